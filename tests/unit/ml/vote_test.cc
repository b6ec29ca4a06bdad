// SPDX-License-Identifier: Apache-2.0
#include "ml/vote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/record_reader.h"

namespace mltat {
namespace {

using testing::HasSubstr;

std::optional<std::string> read(std::string_view json, std::vector<Vote>& out) {
  RecordBlock padded;
  padded.assign(json);
  VoteReader reader;
  return reader.read(padded.text(), out);
}

std::string fact(std::string_view json) {
  std::vector<Vote> votes;
  return read(json, votes).value_or("");
}

TEST(AppendVotes, TheFormOfTheContract) {
  Vote full{"c45", "web", 0.93, std::nullopt, 0.81, {{"voip", 0.07}, {"web", 0.93}}};
  Vote binary{"v\"1", "voip", 1, "voip", std::nullopt, {}};
  std::string out;
  append_votes(out, std::vector<Vote>{full, binary});
  EXPECT_EQ(
      out,
      R"([{"model":"c45","label":"web","confidence":0.93,"positive":null,"weight":0.81,"proba":{"voip":0.07,"web":0.93}},)"
      R"({"model":"v\"1","label":"voip","confidence":1,"positive":"voip","weight":null}])");
  std::vector<Vote> back;
  ASSERT_EQ(read(out, back), std::nullopt);
  std::string again;
  append_votes(again, back);
  EXPECT_EQ(again, out);
}

TEST(VoteReader, NoVotesAndUnknownKeys) {
  std::vector<Vote> votes;
  EXPECT_EQ(read("[]", votes), std::nullopt);
  EXPECT_TRUE(votes.empty());
  EXPECT_EQ(read(R"([ {"x":[1],"confidence":5e-1,"label":"a","model":"m"} ])", votes), std::nullopt);
  ASSERT_EQ(votes.size(), 1u);
  EXPECT_EQ(votes[0].confidence, 0.5);
  EXPECT_EQ(votes[0].weight, std::nullopt);
}

TEST(VoteReader, VotesAreAppended) {
  std::vector<Vote> votes;
  EXPECT_EQ(read(R"([{"model":"a","label":"x","confidence":0.5}])", votes), std::nullopt);
  EXPECT_EQ(read(R"([{"model":"a","label":"y","confidence":1},{"model":"b","label":"z","confidence":0}])", votes), std::nullopt);
  ASSERT_EQ(votes.size(), 3u);
  EXPECT_EQ(votes[0].label + votes[1].label + votes[2].label, "xyz");
}

TEST(VoteReader, WhatCannotBeUsed) {
  EXPECT_THAT(fact(R"({"model":"m"})"), HasSubstr("no array"));
  EXPECT_THAT(fact("[1]"), HasSubstr("no JSON object"));
  EXPECT_THAT(fact(R"([{"model":"m","label":"a","confidence":1,"x":01}])"), HasSubstr("no JSON value: 01"));
  EXPECT_THAT(fact(R"([{"model":"m","label":"a","confidence":1,"x":[{}]]}])"), HasSubstr("no well-formed JSON"));
  EXPECT_THAT(fact(R"([{"model":"m","label":"a"}])"), HasSubstr("lacks"));
  EXPECT_THAT(fact(R"([{"label":"a","confidence":1}])"), HasSubstr("lacks"));
  EXPECT_THAT(fact(R"([{"model":"m","label":null,"confidence":1}])"), HasSubstr("'label' is no text"));
  EXPECT_THAT(fact(R"([{"model":"m","label":"a","confidence":1.01}])"), HasSubstr("'confidence'"));
  EXPECT_THAT(fact(R"([{"model":"m","label":"a","confidence":-0.5}])"), HasSubstr("'confidence'"));
  EXPECT_THAT(fact(R"([{"model":"m","label":"a","confidence":"1"}])"), HasSubstr("'confidence'"));
  EXPECT_THAT(fact(R"([{"model":"m","label":"a","confidence":1,"weight":1e400}])"), HasSubstr("'weight'"));
  EXPECT_THAT(fact(R"([{"model":"m","label":"a","confidence":1,"positive":1}])"), HasSubstr("'positive'"));
  EXPECT_THAT(fact(R"([{"model":"m","label":"a","confidence":1,"proba":{"a":2}}])"), HasSubstr("'proba'"));
  EXPECT_THAT(fact(R"([{"model":"m","label":"a","confidence":1},{"model":"m","label":"b","confidence":1}])"),
              HasSubstr("'m' votes twice"));
}

TEST(ProbabilityOf, OnlyWhereTheVoteTells) {
  const Vote told{"m", "web", 0.9, {}, {}, {{"voip", 0.1}, {"web", 0.9}}};
  EXPECT_EQ(probability_of(told, "voip"), 0.1);
  EXPECT_EQ(probability_of(told, "tor"), 0);
  const Vote untold{"m", "web", 0.9, {}, {}, {}};
  EXPECT_EQ(probability_of(untold, "web"), std::nullopt);
}

}  // namespace
}  // namespace mltat
