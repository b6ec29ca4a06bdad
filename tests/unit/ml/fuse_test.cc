// SPDX-License-Identifier: Apache-2.0
#include "ml/fuse.h"

#include <gtest/gtest.h>

namespace mltat {
namespace {

Vote open_vote(std::string label, double confidence, std::optional<double> weight = std::nullopt) {
  static int number = 0;
  return {"m" + std::to_string(number++), std::move(label), confidence, std::nullopt, weight, {}};
}

Vote binary(std::string positive, bool yes, double confidence) {
  Vote vote = open_vote(yes ? positive : std::string(kBackgroundLabel), confidence);
  vote.positive = std::move(positive);
  return vote;
}

Verdict by(FuseMethod method, std::vector<Vote> votes, double unknown_below = 0) {
  return fuse_votes(votes, {method, unknown_below});
}

void expect(const Verdict& verdict, std::string_view label, double confidence, double agreement) {
  EXPECT_EQ(verdict.label, label);
  ASSERT_TRUE(verdict.confidence && verdict.agreement);
  EXPECT_DOUBLE_EQ(*verdict.confidence, confidence);
  EXPECT_DOUBLE_EQ(*verdict.agreement, agreement);
}

TEST(FuseVotes, MajorityCountsAndWeightedSums) {
  const std::vector<Vote> votes = {open_vote("web", 0.5), open_vote("web", 0.4), open_vote("tor", 0.95)};
  expect(by(FuseMethod::majority, votes), "web", 0.45, 2.0 / 3);
  expect(by(FuseMethod::weighted, votes), "tor", 0.95 / 3, 1.0 / 3);
}

TEST(FuseVotes, MajorityTiesGoToTheHigherSumThenToTheFirstName) {
  expect(by(FuseMethod::majority, {open_vote("web", 0.5), open_vote("tor", 0.6)}), "tor", 0.6, 0.5);
  expect(by(FuseMethod::majority, {open_vote("web", 0.5), open_vote("tor", 0.5)}), "tor", 0.5, 0.5);
  expect(by(FuseMethod::weighted, {open_vote("web", 0.5), open_vote("tor", 0.5)}), "tor", 0.25, 0.5);
}

TEST(FuseVotes, CalibratedTakesTheFourthPowerOfTheWeight) {
  // .6 * .9^4 = .39366 against 2 * .9 * .5^4 = .1125.
  const std::vector<Vote> votes = {open_vote("web", 0.6, 0.9), open_vote("tor", 0.9, 0.5), open_vote("tor", 0.9, 0.5)};
  expect(by(FuseMethod::calibrated, votes), "web", 0.39366 / 0.50616, 1.0 / 3);
  expect(by(FuseMethod::majority, votes), "tor", 0.9, 2.0 / 3);
  // Without a weight a vote counts in full.
  expect(by(FuseMethod::calibrated, {open_vote("web", 0.3), open_vote("tor", 0.4, 0.9)}), "web", 0.3 / (0.3 + 0.26244),
         0.5);
  // Nothing but worthless models: ties fall back to the confidences.
  expect(by(FuseMethod::calibrated, {open_vote("web", 0.3, 0), open_vote("tor", 0.2, 0)}), "web", 0, 0.5);
}

TEST(FuseVotes, UnknownAbstains) {
  expect(by(FuseMethod::majority, {open_vote("unknown", 0.9), open_vote("unknown", 0.8), open_vote("web", 0.2)}), "web",
         0.2, 1);
  const Verdict none = by(FuseMethod::weighted, {open_vote("unknown", 0.9)});
  EXPECT_EQ(none.label, "unknown");
  EXPECT_FALSE(none.decided);
  EXPECT_FALSE(none.confidence || none.agreement);
  EXPECT_EQ(by(FuseMethod::weighted, {}).label, "unknown");
}

TEST(FuseVotes, BelowTheThresholdIsUnknown) {
  const std::vector<Vote> votes = {open_vote("web", 0.6)};
  EXPECT_TRUE(by(FuseMethod::majority, votes, 0.6).decided);
  const Verdict verdict = by(FuseMethod::majority, votes, 0.61);
  EXPECT_FALSE(verdict.decided);
  expect(verdict, "unknown", 0.6, 1);
}

TEST(FuseVotes, BinaryModelsOfOneClassAreFusedFirst) {
  // voip: 2 of 3 yes, mean .6; video: yes with .7. The highest positive wins.
  const std::vector<Vote> votes = {binary("voip", true, 0.5), binary("voip", true, 0.7), binary("voip", false, 0.9),
                                   binary("video", true, 0.7)};
  expect(by(FuseMethod::majority, votes), "video", 0.7, 0.5);
  // weighted: voip 1.2 against .9, confidence .4; video .7.
  expect(by(FuseMethod::weighted, votes), "video", 0.7, 0.5);
  expect(by(FuseMethod::majority, {binary("voip", true, 0.6), binary("video", false, 0.99)}), "voip", 0.6, 1);
}

TEST(FuseVotes, NoPositiveIsBackgroundAsSureAsTheLeastSureGroup) {
  expect(by(FuseMethod::majority, {binary("voip", false, 0.9), binary("video", false, 0.6)}), "background", 0.6, 1);
}

TEST(FuseVotes, EqualPositivesGoByName) {
  expect(by(FuseMethod::weighted, {binary("voip", true, 0.6), binary("mail", true, 0.6)}), "mail", 0.6, 0.5);
}

TEST(FuseVotes, BesideOpenModelsAGroupIsOneVoteAndBackgroundAbstains) {
  expect(by(FuseMethod::majority, {open_vote("web", 0.9), binary("voip", false, 1), binary("video", false, 1)}), "web",
         0.9, 1);
  // voip 2 (open .4, group .8) against web 1.
  expect(by(FuseMethod::majority, {open_vote("web", 0.9), open_vote("voip", 0.4), binary("voip", true, 0.8)}), "voip",
         0.6, 2.0 / 3);
}

}  // namespace
}  // namespace mltat
