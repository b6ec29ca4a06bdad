// SPDX-License-Identifier: Apache-2.0
#include "features/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "feature_lab.h"

namespace mltat {
namespace {

using testing::ElementsAre;

std::vector<std::uint64_t> numbers(const std::vector<NamedRow>& rows) {
  std::vector<std::uint64_t> result;
  for (const NamedRow& row : rows)
    result.push_back(row.window);
  return result;
}
std::vector<double> packets(const std::vector<NamedRow>& rows) {
  std::vector<double> result;
  for (const NamedRow& row : rows)
    result.push_back(row["fwd_pkts"] + row["bwd_pkts"]);
  return result;
}

TEST(WindowText, EachForm) {
  EXPECT_EQ(parse_window("flow"), (Window{}));
  EXPECT_EQ(parse_window("first:20"), (Window{Window::Kind::first_pkts, 20, 0}));
  EXPECT_EQ(parse_window("first:10s"), (Window{Window::Kind::first_time, 0, 10 * kSecond}));
  EXPECT_EQ(parse_window("first:1.5ms"), (Window{Window::Kind::first_time, 0, 1'500'000}));
  EXPECT_EQ(parse_window("every:15s"), (Window{Window::Kind::every, 0, 15 * kSecond}));
}

TEST(WindowText, WhatIsNone) {
  for (const char* text : {"", "Flow", "flow:1", "first", "first:", "first:0", "first:0s", "first:-1", "first:x",
                           "every", "every:", "every:5", "every:0", "every:0s", "last:5", "first:20:30"}) {
    try {
      parse_window(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage) << text;
    }
  }
}

TEST(Windows, EveryIsHalfOpenFromThePartsFirstPacket) {
  // Times 0, 9, 10, 19, 20 for windows of 10 ns.
  const auto rows = measure({fwd(0, 1), fwd(9, 2), fwd(1, 4), fwd(9, 8), fwd(1, 16)}, "mltat30", "every:10ns");
  EXPECT_THAT(numbers(rows), ElementsAre(0, 1, 2));
  EXPECT_THAT(packets(rows), ElementsAre(2, 2, 1));
  EXPECT_EQ(rows[0]["fwd_bytes"], 3);
  EXPECT_EQ(rows[1]["fwd_bytes"], 12);
  EXPECT_EQ(rows[2]["fwd_bytes"], 16);
}

TEST(Windows, EmptyOnesShowAsGapsInTheNumbering) {
  const auto rows = measure({fwd(0, 1), fwd(35, 1), bwd(1'000'000'000'000, 1)}, "mltat30", "every:10ns");
  EXPECT_THAT(numbers(rows), ElementsAre(0, 3, 100'000'000'003));
}

TEST(Windows, NoGapCountsAcrossTheEdge) {
  const auto rows =
      measure({fwd(0, 1), fwd(8, 1), fwd(4, 1), fwd(5, 1), bwd(1, 1)}, "mltat30,bursts,splt:2", "every:10ns");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["fwd_iat_max_us"], 0.008);
  EXPECT_EQ(rows[1]["fwd_iat_max_us"], 0.005) << "12 to 17, not 8 to 12";
  EXPECT_EQ(rows[1]["bwd_iat_max_us"], 0);
  EXPECT_EQ(rows[1]["splt_iat_1_us"], 0);
  EXPECT_EQ(rows[1]["splt_iat_2_us"], 0.005);
  EXPECT_EQ(rows[1]["burst_count"], 1);
}

TEST(Windows, TimesAreTheWindowsOwn) {
  const auto rows = measure({fwd(0, 1), fwd(3, 1), fwd(9, 1), fwd(5, 1)}, "mltat30", "every:10ns");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].first, 0);
  EXPECT_EQ(rows[0].last, 3);
  EXPECT_EQ(rows[0]["duration_us"], 0.003);
  EXPECT_EQ(rows[1].first, 12);
  EXPECT_EQ(rows[1].last, 17);
  EXPECT_EQ(rows[1]["duration_us"], 0.005);
}

TEST(Windows, EveryGoesOnInLaterPartsFromTheirOwnFirstPacket) {
  const auto rows = measure({fwd(0, 1), fwd(12, 1)}, "mltat30", "every:10ns", 3);
  EXPECT_THAT(numbers(rows), ElementsAre(0, 1));
}

TEST(Windows, FirstPacketsOfPartZero) {
  const std::vector<FlowPacket> five{fwd(0, 1), bwd(1, 2), fwd(1, 4), bwd(1, 8), fwd(1, 16)};
  const auto rows = measure(five, "mltat30", "first:3");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["fwd_bytes"] + rows[0]["bwd_bytes"], 7);
  EXPECT_EQ(rows[0].last, 2);
  EXPECT_EQ(rows[0].window, 0u);
  EXPECT_TRUE(measure(five, "mltat30", "first:3", 1).empty()) << "later parts have no row";
}

TEST(Windows, AShortFlowHasItsRowToo) {
  EXPECT_THAT(packets(measure({fwd(0, 1), fwd(1, 1)}, "mltat30", "first:20")), ElementsAre(2));
  EXPECT_THAT(packets(measure({fwd(0, 1), fwd(1, 1)}, "mltat30", "first:10s")), ElementsAre(2));
}

TEST(Windows, FirstTimeIsHalfOpenAndOfPartZero) {
  const std::vector<FlowPacket> packets_at{fwd(0, 1), fwd(9, 2), fwd(1, 4), fwd(1, 8)};  // 0, 9, 10, 11
  const auto rows = measure(packets_at, "mltat30", "first:10ns");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["fwd_bytes"], 3);
  EXPECT_TRUE(measure(packets_at, "mltat30", "first:10ns", 1).empty());
}

TEST(Windows, AFlowIsOneWindowForEachPart) {
  for (const std::uint32_t part : {0u, 5u}) {
    const auto rows = measure({fwd(0, 1), fwd(kHour, 1)}, "mltat30", "flow", part);
    EXPECT_THAT(packets(rows), ElementsAre(2));
  }
}

TEST(Windows, AFlipTurnsFinishedWindowsAndTheOpenOne) {
  const std::vector<FlowPacket> truth{fwd(0, 100, 60, kSyn),  bwd(5, 200, 160, kAck), fwd(10, 300, 260),
                                      bwd(2, 400, 360, kPsh), bwd(10, 500, 460),      fwd(1, 600, 560, kFin)};
  const std::string all = "mltat30,flags,splt:3,bursts,hist";
  for (const char* window : {"flow", "every:10ns", "first:2", "first:10ns"}) {
    for (std::size_t at = 1; at < truth.size(); ++at) {
      std::vector<FlowPacket> guessed = truth;
      for (std::size_t i = 0; i < at; ++i)
        guessed[i] = turned(guessed[i]);
      EXPECT_EQ(measure(guessed, all, window, 0, at), measure(truth, all, window)) << window << " at " << at;
    }
  }
}

TEST(Windows, ManyOfThemInterleavedInOnePool) {
  const FeatureSet features("mltat30,bursts");
  FeatureMeasurement measurement(features, parse_window("every:100ns"));
  std::vector<FeatureMeasurement::State> states(5);
  std::vector<std::vector<FlowPacket>> given(5);
  std::vector<Nanos> now(5);
  for (auto& state : states)
    measurement.start(state, 0);
  for (int i = 0; i < 400; ++i) {
    const std::size_t flow = static_cast<std::size_t>(i * i + i / 7) % 5;
    FlowPacket packet = i % 3 == 0 ? bwd(i % 11, 40 + i % 1500u) : fwd(i % 17, 40 + i % 900u);
    given[flow].push_back(packet);
    packet.at = now[flow] += packet.gap;
    measurement.add(states[flow], packet, {});
  }
  for (std::size_t flow = 0; flow < 5; ++flow)
    EXPECT_EQ(named(features, measurement.finish(states[flow])), measure(given[flow], "mltat30,bursts", "every:100ns"));
}

}  // namespace
}  // namespace mltat
