// SPDX-License-Identifier: Apache-2.0
#include "features/mltat30.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feature_lab.h"

namespace mltat {
namespace {

using testing::ElementsAre;

/// Six packets, all of whose features can be had with a pencil:
///
///     | # | side | gap ns | time ns | gap of its side | IP length (bin) | payload |
///     | 1 | fwd  |      0 |       0 | -               |   60 (3)        |    0    |
///     | 2 | bwd  |   1000 |    1000 | -               |   60 (3)        |    0    |
///     | 3 | fwd  |    500 |    1500 | 1500 (bin 41)   |   52 (3)        |    0    |
///     | 4 | fwd  |   2500 |    4000 | 2500 (bin 44)   |  572 (35)       |  520    |
///     | 5 | bwd  |   2500 |    6500 | 5500 (bin 49)   | 1500 (93)       | 1448    |
///     | 6 | bwd  |      0 |    6500 |    0 (bin 0)    | 1500 (93)       | 1448    |
std::vector<FlowPacket> six_packets() {
  return {fwd(0, 60), bwd(1000, 60), fwd(500, 52), fwd(2500, 572, 520), bwd(2500, 1500, 1448), bwd(0, 1500, 1448)};
}

TEST(Mltat30, AllThirtyOfSixPacketsByHand) {
  const auto rows = measure(six_packets());
  ASSERT_EQ(rows.size(), 1u);
  const NamedRow& row = rows[0];
  EXPECT_EQ(row.values.size(), 29u) << "protocol stands among the identity keys";
  EXPECT_EQ(row["duration_us"], 6.5);
  EXPECT_EQ(row["fwd_pkts"], 3);
  EXPECT_EQ(row["bwd_pkts"], 3);
  EXPECT_EQ(row["fwd_bytes"], 684);   // 60 + 52 + 572
  EXPECT_EQ(row["bwd_bytes"], 3060);  // 60 + 1500 + 1500
  EXPECT_EQ(row["fwd_payload_bytes"], 520);
  EXPECT_EQ(row["bwd_payload_bytes"], 2896);  // 2 * 1448
  EXPECT_EQ(row["fwd_payload_pkts"], 1);
  EXPECT_EQ(row["bwd_payload_pkts"], 2);
  EXPECT_EQ(row["fwd_pkt_len_min"], 52);
  EXPECT_EQ(row["fwd_pkt_len_max"], 572);
  EXPECT_EQ(row["fwd_pkt_len_mean"], 228);          // 684 / 3
  EXPECT_EQ(row["fwd_pkt_len_var"], 177536.0 / 3);  // 168^2 + 176^2 + 344^2 = 177536
  EXPECT_EQ(row["bwd_pkt_len_min"], 60);
  EXPECT_EQ(row["bwd_pkt_len_max"], 1500);
  EXPECT_EQ(row["bwd_pkt_len_mean"], 1020);
  EXPECT_EQ(row["bwd_pkt_len_var"], 460800);  // (960^2 + 480^2 + 480^2) / 3
  EXPECT_EQ(row["fwd_iat_min_us"], 1.5);
  EXPECT_EQ(row["fwd_iat_max_us"], 2.5);
  EXPECT_EQ(row["fwd_iat_mean_us"], 2);
  EXPECT_EQ(row["fwd_iat_var_us"], 0.25);  // (0.5^2 + 0.5^2) / 2
  EXPECT_EQ(row["bwd_iat_min_us"], 0);
  EXPECT_EQ(row["bwd_iat_max_us"], 5.5);
  EXPECT_EQ(row["bwd_iat_mean_us"], 2.75);
  EXPECT_EQ(row["bwd_iat_var_us"], 7.5625);                           // 2.75^2
  EXPECT_NEAR(row["fwd_pkt_len_entropy"], 0.9182958340544896, 1e-9);  // bins 2 : 1, log2 3 - 2/3
  EXPECT_NEAR(row["bwd_pkt_len_entropy"], 0.9182958340544896, 1e-9);
  EXPECT_NEAR(row["fwd_iat_entropy"], 1, 1e-9);  // two bins, one gap each
  EXPECT_NEAR(row["bwd_iat_entropy"], 1, 1e-9);
}

TEST(Mltat30, NamesInTheOrderOfARow) {
  std::vector<std::string> names;
  for (const FeatureInfo& info : mltat30_features()) {
    names.push_back(info.name);
    EXPECT_NE(info.unit, "") << info.name;
    EXPECT_NE(info.doc, "") << info.name;
  }
  EXPECT_THAT(
      names, ElementsAre("protocol", "duration_us", "fwd_pkts", "fwd_bytes", "fwd_payload_bytes", "fwd_payload_pkts",
                         "bwd_pkts", "bwd_bytes", "bwd_payload_bytes", "bwd_payload_pkts", "fwd_pkt_len_min",
                         "fwd_pkt_len_max", "fwd_pkt_len_mean", "fwd_pkt_len_var", "bwd_pkt_len_min", "bwd_pkt_len_max",
                         "bwd_pkt_len_mean", "bwd_pkt_len_var", "fwd_iat_min_us", "fwd_iat_max_us", "fwd_iat_mean_us",
                         "fwd_iat_var_us", "bwd_iat_min_us", "bwd_iat_max_us", "bwd_iat_mean_us", "bwd_iat_var_us",
                         "fwd_pkt_len_entropy", "fwd_iat_entropy", "bwd_pkt_len_entropy", "bwd_iat_entropy"));
}

TEST(Mltat30, OnePacketHasNoGapsAndTheOtherSideIsAllZero) {
  const NamedRow row = measure({fwd(0, 100, 60)})[0];
  for (const auto& [name, value] : row.values) {
    if (name == "fwd_pkts" || name == "fwd_payload_pkts")
      EXPECT_EQ(value, 1) << name;
    else if (name == "fwd_bytes" || name == "fwd_pkt_len_min" || name == "fwd_pkt_len_max" ||
             name == "fwd_pkt_len_mean")
      EXPECT_EQ(value, 100) << name;
    else if (name == "fwd_payload_bytes")
      EXPECT_EQ(value, 60);
    else
      EXPECT_EQ(value, 0) << name;
  }
}

TEST(Mltat30, ASecondPacketOfASideHasTheFirstGapAsMinMaxAndMean) {
  const NamedRow row = measure({fwd(0, 40), fwd(7000, 40)})[0];
  EXPECT_EQ(row["fwd_iat_min_us"], 7);
  EXPECT_EQ(row["fwd_iat_max_us"], 7);
  EXPECT_EQ(row["fwd_iat_mean_us"], 7);
  EXPECT_EQ(row["fwd_iat_var_us"], 0);
  EXPECT_EQ(row["bwd_iat_max_us"], 0);
}

TEST(Mltat30, TheGapOfASideIsTheSumOfAllGapsSinceItsPreviousPacket) {
  const NamedRow row = measure({fwd(0, 40), bwd(1000, 40), bwd(1000, 40), bwd(1000, 40), fwd(1000, 40)})[0];
  EXPECT_EQ(row["fwd_iat_mean_us"], 4);
  EXPECT_EQ(row["bwd_iat_mean_us"], 1);
}

// A gap of 7.5e17 ns, a nanosecond and none: the difference of two numbers near 2^119 must be exact. Python: mean
// 0x1.c6bf52634p+47 us, variance 0x1.93e5939a08ceap+96 us^2.
TEST(Mltat30, VarianceIsExactWithTheLongestGapOfTheCaptures) {
  constexpr Nanos kLongest = 750'000'000'000'000'000;
  const NamedRow row = measure({fwd(0, 40), fwd(kLongest, 40), fwd(0, 40), fwd(1, 40)})[0];
  EXPECT_EQ(row["fwd_iat_mean_us"], 0x1.c6bf526340000p+47);
  EXPECT_EQ(row["fwd_iat_var_us"], 0x1.93e5939a08ceap+96);
  EXPECT_EQ(row["fwd_iat_min_us"], 0);
  EXPECT_EQ(row["fwd_iat_max_us"], 750'000'000'000'000.0);
  EXPECT_EQ(row["duration_us"], 0x1.550f7dca7p+49 + 0.0) << "750000000000000.001 rounds to the whole microsecond";
}

// Of 1000 gaps one is that long: now n * sum of squares passes 128 bits. Literals from Python's fractions.
TEST(Mltat30, VarianceIsExactBeyond128Bits) {
  std::vector<FlowPacket> packets{fwd(0, 40), fwd(750'000'000'000'000'000, 40)};
  for (int i = 0; i < 999; ++i)
    packets.push_back(fwd(1, 40));
  const NamedRow row = measure(packets)[0];
  EXPECT_EQ(row["fwd_iat_mean_us"], 0x1.5d3ef79800008p+39);
  EXPECT_EQ(row["fwd_iat_var_us"], 0x1.d0d2e4ea40f4ep+88);
}

TEST(Mltat30, EqualValuesHaveNoVarianceHoweverLargeTheyAre) {
  std::vector<FlowPacket> packets{fwd(0, 65535)};
  for (int i = 0; i < 1000; ++i)
    packets.push_back(fwd(9'000'000'000'000'001, 65535));
  const NamedRow row = measure(packets)[0];
  EXPECT_EQ(row["fwd_iat_var_us"], 0);
  EXPECT_EQ(row["fwd_pkt_len_var"], 0);
}

TEST(Mltat30, AFlipIsTheSameAsHavingKnownBetter) {
  std::vector<FlowPacket> flipped = six_packets();
  for (std::size_t i = 0; i < 4; ++i)
    flipped[i] = turned(flipped[i]);
  EXPECT_EQ(measure(flipped, "mltat30", "flow", 0, 4), measure(six_packets()));
}

TEST(Mltat30, AStateIsUsedAgainForTheNextPart) {
  const FeatureSet features("mltat30,bursts");
  FeatureMeasurement measurement(features, {});
  FeatureMeasurement::State state;
  for (int part = 0; part < 3; ++part) {
    measurement.start(state, 0);
    std::vector<FlowPacket> packets = six_packets();
    for (int i = 0; i < 20; ++i)
      packets.push_back(fwd(i, 100));  // enough for a dense histogram
    for (const FlowPacket& packet : timed(packets))
      measurement.add(state, packet, {});
    EXPECT_EQ(named(features, measurement.finish(state)), measure(packets, "mltat30,bursts"));
  }
}

}  // namespace
}  // namespace mltat
