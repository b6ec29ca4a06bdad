// SPDX-License-Identifier: Apache-2.0
#include "rows/column_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace mltat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Names = std::vector<std::string>;

const Names kFlowRow = {"flow_id",  "capture",         "src_ip",       "src_port",    "dst_ip",
                        "dst_port", "protocol",        "first_ts",     "window",      "dpi_proto",
                        "sni",      "label",           "label_source", "feature_set", "duration_us",
                        "fwd_pkts", "fwd_iat_mean_us", "my_column"};

bool registered(std::string_view name) {
  return name == "protocol" || name == "duration_us" || name.starts_with("fwd_");
}

std::string message(const Names& columns, const FeatureRule& rule) {
  try {
    choose_features(columns, rule);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    return error.what();
  }
  return "";
}

TEST(ChooseFeatures, RegisteredColumnsWhereThereAreAny) {
  EXPECT_THAT(choose_features(kFlowRow, {{}, {}, {"label"}, registered}),
              ElementsAre("protocol", "duration_us", "fwd_pkts", "fwd_iat_mean_us"));
}

TEST(ChooseFeatures, ElseAllButKeysAndNamedColumns) {
  EXPECT_THAT(choose_features(kFlowRow, {{}, {}, {}, {}}),
              ElementsAre("protocol", "duration_us", "fwd_pkts", "fwd_iat_mean_us", "my_column"));
  const Names table = {"duration", "total_fiat", "class", "app"};
  EXPECT_THAT(choose_features(table, {{}, {}, {"class", "app"}, registered}), ElementsAre("duration", "total_fiat"));
  const std::vector<std::string> with_protocol{"protocol", "duration", "total_fiat"};
  EXPECT_THAT(choose_features(with_protocol, {{}, {}, {}, registered}),
              ElementsAre("protocol", "duration", "total_fiat"));
}

TEST(ChooseFeatures, IncludeNarrowsWithWildcardsAndAddsByName) {
  EXPECT_THAT(choose_features(kFlowRow, {{"*iat*"}, {}, {}, registered}), ElementsAre("fwd_iat_mean_us"));
  EXPECT_THAT(choose_features(kFlowRow, {{"fwd_*", "dst_port"}, {}, {}, registered}),
              ElementsAre("dst_port", "fwd_pkts", "fwd_iat_mean_us"));
  EXPECT_THAT(message(kFlowRow, {{"dpi_*"}, {}, {}, registered}), HasSubstr("no column is left"));
}

TEST(ChooseFeatures, ExcludeAndNeverHaveTheLastWord) {
  EXPECT_THAT(choose_features(kFlowRow, {{"*", "dst_port"}, {"fwd_*", "my_column"}, {}, registered}),
              ElementsAre("dst_port", "protocol", "duration_us"));
  EXPECT_THAT(choose_features(kFlowRow, {{"fwd_pkts", "label"}, {}, {"label"}, {}}), ElementsAre("fwd_pkts"));
}

TEST(ChooseFeatures, WhatIsNotThereIsNamed) {
  EXPECT_THAT(message(kFlowRow, {{"fwd_pktz"}, {}, {}, {}}),
              testing::AllOf(HasSubstr("--include"), HasSubstr("'fwd_pktz'")));
  EXPECT_THAT(message(kFlowRow, {{"zz*"}, {}, {}, {}}), HasSubstr("'zz*'"));
  EXPECT_THAT(message(kFlowRow, {{}, {"nope"}, {}, {}}), testing::AllOf(HasSubstr("--exclude"), HasSubstr("'nope'")));
  EXPECT_EQ(message(kFlowRow, {{}, {"zz*"}, {}, {}}), "");
  EXPECT_THAT(message({"label", "capture"}, {{}, {}, {}, {}}), HasSubstr("no column is left"));
}

TEST(GlobMatches, StarsAndQuestionMarks) {
  EXPECT_TRUE(glob_matches("*iat*", "fwd_iat_mean_us"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("a?c", "abc"));
  EXPECT_TRUE(glob_matches("*a*b", "xaxbab"));
  EXPECT_TRUE(glob_matches("a**", "a"));
  EXPECT_FALSE(glob_matches("a?c", "ac"));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_FALSE(glob_matches("*a", "ab"));
  EXPECT_FALSE(glob_matches("iat", "fwd_iat"));
  EXPECT_FALSE(glob_matches(std::string(40, '*') + "b", std::string(10'000, 'a')));
}

TEST(SplitGlobs, CommaListsAndRepetition) {
  EXPECT_THAT(split_globs({"a,b*", ",c,", ""}), ElementsAre("a", "b*", "c"));
}

}  // namespace
}  // namespace mltat
