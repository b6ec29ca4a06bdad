// SPDX-License-Identifier: Apache-2.0
// Each family with a vector made by hand.
#include "features/family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "feature_lab.h"

namespace mltat {
namespace {

using testing::HasSubstr;

TEST(Flags, PacketsWithEachFlagByDirection) {
  const NamedRow row = measure({fwd(0, 40, 0, kSyn | kEce | kCwr), bwd(1, 40, 0, kSyn | kAck),
                                fwd(1, 40, 0, kAck | kPsh), fwd(1, 40, 0, kAck | kUrg | kFin), bwd(1, 40, 0, kRst)},
                               "mltat30,flags")[0];
  const std::map<std::string, double> expected{
      {"fwd_fin_count", 1}, {"fwd_syn_count", 1}, {"fwd_rst_count", 0}, {"fwd_psh_count", 1},
      {"fwd_ack_count", 2}, {"fwd_urg_count", 1}, {"fwd_ece_count", 1}, {"fwd_cwr_count", 1},
      {"bwd_fin_count", 0}, {"bwd_syn_count", 1}, {"bwd_rst_count", 1}, {"bwd_psh_count", 0},
      {"bwd_ack_count", 1}, {"bwd_urg_count", 0}, {"bwd_ece_count", 0}, {"bwd_cwr_count", 0}};
  for (const auto& [name, count] : expected)
    EXPECT_EQ(row[name], count) << name;
  EXPECT_EQ(row.values.size(), 29u + 16u);
}

TEST(Splt, SignedPayloadAndGapOfTheFirstPackets) {
  const NamedRow row =
      measure({fwd(0, 60, 0), bwd(1500, 1500, 1448), fwd(2000, 100, 48), fwd(1, 999, 900)}, "mltat30,splt:3")[0];
  EXPECT_EQ(row["splt_len_1"], 0);
  EXPECT_EQ(row["splt_iat_1_us"], 0);
  EXPECT_EQ(row["splt_len_2"], -1448);
  EXPECT_EQ(row["splt_iat_2_us"], 1.5);
  EXPECT_EQ(row["splt_len_3"], 48);
  EXPECT_EQ(row["splt_iat_3_us"], 2);
  EXPECT_EQ(row.values.size(), 29u + 6u) << "the fourth packet is not kept";
}

TEST(Splt, PacketsThatDoNotExistAreZero) {
  const NamedRow row = measure({bwd(0, 100, 60)}, "mltat30,splt:1000")[0];
  EXPECT_EQ(row["splt_len_1"], -60);
  EXPECT_EQ(row["splt_len_2"], 0);
  EXPECT_EQ(row["splt_iat_1000_us"], 0);
}

TEST(Bursts, RunsWithGapsOfAtMost100msAndGapsAbove1s) {
  // Bursts: {100, 200}, {300}, {400, 500, 600}, {700}; idle: 1 s + 1 ns and 3 s.
  const NamedRow row = measure({fwd(0, 100), bwd(100 * kMillisecond, 200), fwd(100 * kMillisecond + 1, 300),
                                fwd(kSecond + 1, 400), bwd(0, 500), fwd(50 * kMillisecond, 600), fwd(3 * kSecond, 700)},
                               "mltat30,bursts")[0];
  EXPECT_EQ(row["burst_count"], 4);
  EXPECT_EQ(row["burst_pkts_mean"], 1.75);  // 7 / 4
  EXPECT_EQ(row["burst_pkts_max"], 3);
  EXPECT_EQ(row["burst_bytes_mean"], 700);  // 2800 / 4
  EXPECT_EQ(row["burst_bytes_max"], 1500);
  EXPECT_EQ(row["idle_count"], 2);
  EXPECT_EQ(row["idle_mean_us"], 2'000'000.0005);  // (1000000.001 + 3000000) / 2
  EXPECT_EQ(row["idle_max_us"], 3'000'000);
}

TEST(Bursts, ExactlyASecondIsABurstsEndAndNoIdlePeriod) {
  const NamedRow row = measure({fwd(0, 1), fwd(kSecond, 1)}, "mltat30,bursts")[0];
  EXPECT_EQ(row["burst_count"], 2);
  EXPECT_EQ(row["idle_count"], 0);
  EXPECT_EQ(row["idle_mean_us"], 0);
  EXPECT_EQ(row["idle_max_us"], 0);
}

TEST(Bursts, OfOnePacket) {
  const NamedRow row = measure({bwd(0, 77)}, "mltat30,bursts")[0];
  EXPECT_EQ(row["burst_count"], 1);
  EXPECT_EQ(row["burst_pkts_mean"], 1);
  EXPECT_EQ(row["burst_bytes_max"], 77);
}

TEST(Hist, PayloadsInBinsOf96BytesTheLastOneOpen) {
  const NamedRow row = measure({fwd(0, 2000, 0), fwd(0, 2000, 95), fwd(0, 2000, 96), bwd(0, 2000, 1439),
                                bwd(0, 2000, 1440), bwd(0, 2000, 1535), bwd(0, 70000, 65515)},
                               "mltat30,hist")[0];
  EXPECT_EQ(row["fwd_payload_hist_0"], 2);
  EXPECT_EQ(row["fwd_payload_hist_1"], 1);
  EXPECT_EQ(row["fwd_payload_hist_2"], 0);
  EXPECT_EQ(row["bwd_payload_hist_0"], 0);
  EXPECT_EQ(row["bwd_payload_hist_14"], 1);
  EXPECT_EQ(row["bwd_payload_hist_15"], 3);
  double sum = 0;
  for (const auto& [name, value] : row.values)
    if (name.find("_payload_hist_") != std::string::npos) sum += value;
  EXPECT_EQ(sum, 7);
}

TEST(FeatureSet, NamesTellTheFamiliesAndTheVersion) {
  EXPECT_EQ(FeatureSet("mltat30").name(), "mltat30/1");
  EXPECT_EQ(FeatureSet("mltat30,flags,splt:20").name(), "mltat30+flags+splt:20/1");
  EXPECT_EQ(FeatureSet("mltat30,hist,bursts").name(), "mltat30+hist+bursts/1") << "in the order given";
}

TEST(FeatureSet, FeaturesOfTheFamiliesFollowInOrderAndNoNameTwice) {
  const FeatureSet set("mltat30,hist,splt:2,flags,bursts");
  const std::vector<FeatureInfo> features = set.features();
  ASSERT_EQ(features.size(), 30u + 32 + 4 + 16 + 8);
  EXPECT_EQ(features[0].name, "protocol");
  EXPECT_EQ(features[30].name, "fwd_payload_hist_0");
  EXPECT_EQ(features[62].name, "splt_len_1");
  EXPECT_EQ(features[66].name, "fwd_fin_count");
  EXPECT_EQ(features[82].name, "burst_count");
  std::set<std::string> names;
  for (const FeatureInfo& info : features) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_NE(info.unit, "") << info.name;
    EXPECT_NE(info.doc, "") << info.name;
  }
}

TEST(FeatureSet, OnlyFlagsNeedMoreThanTheSeries) {
  EXPECT_TRUE(FeatureSet("mltat30,bursts,flags").needs_flags());
  EXPECT_FALSE(FeatureSet("mltat30,bursts,hist,splt:5").needs_flags());
}

TEST(FeatureSet, MemoryIsPaidForTheFamiliesAskedFor) {
  EXPECT_EQ(FeatureSet("mltat30").words(), 0u);
  EXPECT_EQ(FeatureSet("mltat30,splt:10").words(), 21u);
  EXPECT_EQ(FeatureSet("mltat30,splt:10,flags").words(), 37u);
}

std::string refusal(const std::string& spec) {
  try {
    FeatureSet set(spec);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage) << spec;
    return error.what();
  }
  return "";
}

TEST(FeatureSet, WhatIsNoneIsAUsageErrorThatNamesIt) {
  EXPECT_THAT(refusal(""), HasSubstr("begins with mltat30"));
  EXPECT_THAT(refusal("flags"), HasSubstr("begins with mltat30"));
  EXPECT_THAT(refusal("flags,mltat30"), HasSubstr("begins with mltat30"));
  EXPECT_THAT(refusal("mltat30,"), HasSubstr("\"\" is no feature family"));
  EXPECT_THAT(refusal("mltat30,wavelets"),
              HasSubstr("\"wavelets\" is no feature family: there are flags, splt:N, bursts and hist"));
  EXPECT_THAT(refusal("mltat30,splt"), HasSubstr("\"splt\""));
  EXPECT_THAT(refusal("mltat30,mltat30"), HasSubstr("\"mltat30\""));
  EXPECT_THAT(refusal("mltat30,splt:0"), HasSubstr("1 to 1000"));
  EXPECT_THAT(refusal("mltat30,splt:1001"), HasSubstr("1 to 1000"));
  EXPECT_THAT(refusal("mltat30,splt:x"), HasSubstr("whole number"));
  EXPECT_THAT(refusal("mltat30,flags,flags"), HasSubstr("\"flags\" is named twice"));
  EXPECT_THAT(refusal("mltat30,splt:5,splt:6"), HasSubstr("\"splt\" is named twice"));
}

}  // namespace
}  // namespace mltat
