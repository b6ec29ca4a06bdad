// SPDX-License-Identifier: Apache-2.0
#include "ml/thresholds.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;

struct Answers {
  Matrix proba;
  std::vector<std::uint32_t> labels;
  std::vector<std::uint32_t> rows;
};

/// Rows of two classes: the probability of the first, and whether it is the truth.
Answers answers(const std::vector<std::pair<double, bool>>& given) {
  Answers out{Matrix(given.size(), 2), {}, std::vector<std::uint32_t>(given.size())};
  std::iota(out.rows.begin(), out.rows.end(), 0);
  for (std::size_t r = 0; r < given.size(); ++r) {
    out.proba.row(r)[0] = given[r].first;
    out.proba.row(r)[1] = 1 - given[r].first;
    out.labels.push_back(given[r].second ? 0 : 1);
  }
  return out;
}

/// Twenty answers of the first class, from .99 down by .01; those at the places named are wrong. Then two of the other.
Answers twenty(std::initializer_list<int> wrong) {
  std::vector<std::pair<double, bool>> given;
  for (int i = 0; i < 20; ++i)
    given.emplace_back(0.99 - 0.01 * i, std::find(wrong.begin(), wrong.end(), i) == wrong.end());
  given.emplace_back(0.1, false);
  given.emplace_back(0.2, true);
  return answers(given);
}

ClassThresholds found(const Answers& given, double target) {
  return thresholds_for(given.proba, given.labels, given.rows, target);
}

TEST(Thresholds, TheLowestConfidenceThatStillHoldsTheTarget) {
  // Right of the first n: 12 of 12, 14 of 15, 14 of 16, 17 of 19, 17 of 20.
  const Answers given = twenty({12, 15, 19});
  EXPECT_EQ(*found(given, 1)[0], given.proba.row(11)[0]);
  EXPECT_EQ(*found(given, 14.0 / 15)[0], given.proba.row(14)[0]);
  EXPECT_EQ(*found(given, 0.85)[0], given.proba.row(19)[0]);
  EXPECT_EQ(*found(given, 17.0 / 19)[0], given.proba.row(18)[0]);  // though 14 of 16 was not enough
}

TEST(Thresholds, FewerThanTenAnswersAreNotBelieved) {
  const Answers given = twenty({9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
  EXPECT_FALSE(found(given, 0.95)[0]);  // 9 of 9, then 9 of 10
  EXPECT_EQ(*found(given, 0.9)[0], given.proba.row(9)[0]);
  EXPECT_FALSE(found(given, 0.9)[1]);  // two answers
}

TEST(Thresholds, EqualConfidencesStandOrFallTogether) {
  std::vector<std::pair<double, bool>> same(12, {0.8, true});
  same[11].second = false;
  EXPECT_FALSE(found(answers(same), 0.95)[0]);  // 11 of 12, though 11 of 11 stand before the wrong one
  EXPECT_EQ(*found(answers(same), 0.9)[0], 0.8);
}

TEST(Thresholds, WhatIsKeptOfTheAnswers) {
  Answers given = twenty({12, 15, 19});
  const ClassThresholds by_class = found(given, 14.0 / 15);
  const std::vector<KeptAnswers> kept = kept_answers(given.proba, given.labels, given.rows, by_class);
  EXPECT_EQ(kept[0].support, 18U);  // 17 and the one answered with the other class
  EXPECT_EQ(kept[0].kept, 15U);
  EXPECT_EQ(kept[0].right, 14U);
  EXPECT_DOUBLE_EQ(*kept[0].precision(), 14.0 / 15);
  EXPECT_DOUBLE_EQ(*kept[0].recall(), 14.0 / 18);
  EXPECT_EQ(kept[1].kept, 0U);
  EXPECT_FALSE(kept[1].precision());
  const Json json = Json::parse(thresholds_json({14.0 / 15, by_class}, {"a", "b"}, kept).str());
  EXPECT_DOUBLE_EQ(json["coverage"], 15.0 / 22);
  EXPECT_EQ(json["classes"]["a"]["kept"], 15);
  EXPECT_TRUE(json["classes"]["b"]["threshold"].is_null());
  given.rows.resize(11);
  EXPECT_EQ(*found(given, 1)[0], given.proba.row(10)[0]);  // only the rows named
}

TEST(Thresholds, AnAnswerIsAcceptedFromItsThresholdOn) {
  const Thresholds thresholds{0.9, {0.5, std::nullopt}};
  EXPECT_TRUE(thresholds.accept(0, 0.5));
  EXPECT_FALSE(thresholds.accept(0, 0.4999));
  EXPECT_FALSE(thresholds.accept(1, 1));
}

TEST(Thresholds, WritingAndReadingChangesNothing) {
  const Thresholds thresholds{0.95, {1.0 / 3, std::nullopt, 1}};
  const std::string text = thresholds.json({"a", "b", "c"});
  EXPECT_EQ(text, R"({"target_precision":0.95,"classes":{"a":0.3333333333333333,"b":null,"c":1}})");
  const Thresholds read = Thresholds::parse(Json::parse(text), {"a", "b", "c"});
  EXPECT_EQ(read.by_class, thresholds.by_class);
  EXPECT_EQ(read.target_precision, 0.95);
}

TEST(Thresholds, HostileTextIsRefused) {
  for (const char* text :
       {R"([])", R"({"target_precision":0.9})", R"({"classes":{"a":0.5,"b":0.5}})",
        R"({"target_precision":2,"classes":{"a":0.5,"b":0.5}})",
        R"({"target_precision":null,"classes":{"a":0.5,"b":0.5}})", R"({"target_precision":0.9,"classes":[0.5,0.5]})",
        R"({"target_precision":0.9,"classes":{"a":0.5}})", R"({"target_precision":0.9,"classes":{"a":0.5,"c":0.5}})",
        R"({"target_precision":0.9,"classes":{"a":0.5,"b":0.5,"c":0.5}})",
        R"({"target_precision":0.9,"classes":{"a":-0.5,"b":0.5}})",
        R"({"target_precision":0.9,"classes":{"a":0.5,"b":1.5}})",
        R"({"target_precision":0.9,"classes":{"a":0.5,"b":"0.5"}})"}) {
    try {
      Thresholds::parse(Json::parse(text), {"a", "b"});
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::bad_data);
    }
  }
}

}  // namespace
}  // namespace mltat
