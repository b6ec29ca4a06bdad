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
  return fuse_votes(votes, std::nullopt, {method, unknown_below});
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
  expect(by(FuseMethod::calibrated, votes), "web", 0.6 * 0.39366 / 0.50616, 1.0 / 3);
  expect(by(FuseMethod::majority, votes), "tor", 0.9, 2.0 / 3);
  // Without a weight a vote counts in full.
  expect(by(FuseMethod::calibrated, {open_vote("web", 0.3), open_vote("tor", 0.4, 0.9)}), "web",
         0.3 * 0.3 / (0.3 + 0.26244), 0.5);
  // One voter, or several of one mind, are as sure as the surest.
  expect(by(FuseMethod::calibrated, {open_vote("web", 0.3, 0.9)}), "web", 0.3, 1);
  expect(by(FuseMethod::calibrated, {open_vote("web", 0.3, 0.9), open_vote("web", 0.4, 0.5)}), "web", 0.4, 1);
  // Nothing but worthless models: ties fall back to the confidences.
  expect(by(FuseMethod::calibrated, {open_vote("web", 0.3, 0), open_vote("tor", 0.2, 0)}), "web", 0, 0.5);
}

TEST(FuseVotes, InAClosedSetTheClassWinsThatIsDeniedLeast) {
  const auto closed = [](FuseMethod method, std::vector<Vote> votes) {
    FuseRules rules{method};
    rules.closed_set = true;
    return fuse_votes(votes, std::nullopt, rules);
  };
  const std::vector<Vote> denied = {binary("web", false, 0.9), binary("tor", false, 0.6), binary("tor", false, 0.8)};
  expect(by(FuseMethod::weighted, denied), "background", 0.7, 1);
  expect(closed(FuseMethod::weighted, denied), "tor", (0.4 + 0.2) / 2, 1.0 / 3);
  // A yes that its group did not follow counts for its class.
  std::vector<Vote> outvoted = {binary("web", false, 0.6), binary("tor", true, 0.9), binary("tor", false, 0.99)};
  expect(closed(FuseMethod::weighted, outvoted), "tor", (0.9 + (1 - 0.99)) / 2, 2.0 / 3);
  outvoted[1].weight = 0;  // not that of a worthless model
  expect(closed(FuseMethod::calibrated, outvoted), "web", 1 - 0.6, 1.0 / 3);
  // Where a group says yes, nothing changes.
  expect(closed(FuseMethod::weighted, {binary("web", false, 0.5), binary("tor", true, 0.55)}), "tor", 0.55, 1);
  // Where other models vote, groups that say background abstain as ever.
  expect(closed(FuseMethod::weighted, {binary("web", false, 0.5), open_vote("tor", 0.1)}), "tor", 0.1, 1);
}

TEST(FuseVotes, UnknownAbstains) {
  expect(by(FuseMethod::majority, {open_vote("unknown", 0.9), open_vote("unknown", 0.8), open_vote("web", 0.2)}), "web",
         0.2, 1);
  const Verdict none = by(FuseMethod::weighted, {open_vote("unknown", 0.9)});
  EXPECT_EQ(none.label, "unknown");
  EXPECT_EQ(none.source, VerdictSource::none);
  EXPECT_FALSE(none.confidence || none.agreement);
  EXPECT_EQ(by(FuseMethod::weighted, {}).label, "unknown");
}

TEST(FuseVotes, BelowTheThresholdIsUnknown) {
  const std::vector<Vote> votes = {open_vote("web", 0.6)};
  EXPECT_NE(by(FuseMethod::majority, votes, 0.6).source, VerdictSource::none);
  const Verdict verdict = by(FuseMethod::majority, votes, 0.61);
  EXPECT_EQ(verdict.source, VerdictSource::none);
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

Verdict with_dpi(DpiMode mode, std::vector<Vote> votes, std::optional<std::string_view> dpi, double unknown_below = 0,
                 double weight = 1, FuseMethod method = FuseMethod::weighted) {
  return fuse_votes(votes, dpi, {method, unknown_below, mode, weight});
}

TEST(FuseDpi, OnlyWhatWasSeenInThePayloadIsAWord) {
  EXPECT_EQ(dpi_word("web", "DPI"), "web");
  EXPECT_EQ(dpi_word("web", "DPI (partial)"), "web");
  EXPECT_EQ(dpi_word("web", "Match by port"), std::nullopt);
  EXPECT_EQ(dpi_word(std::nullopt, "DPI"), std::nullopt);
  EXPECT_EQ(dpi_word("web", std::nullopt), std::nullopt);
}

TEST(FuseDpi, TrustDecidesAndSaysWhoAgrees) {
  const std::vector<Vote> votes = {open_vote("web", 0.9), open_vote("tor", 0.2)};
  Verdict verdict = with_dpi(DpiMode::trust, votes, "tor");
  expect(verdict, "tor", 1, 0.5);
  EXPECT_EQ(verdict.source, VerdictSource::both);
  verdict = with_dpi(DpiMode::trust, votes, "voip");
  expect(verdict, "voip", 1, 0);
  EXPECT_EQ(verdict.source, VerdictSource::dpi);
  verdict = with_dpi(DpiMode::trust, votes, std::nullopt);
  expect(verdict, "web", 0.45, 0.5);
  EXPECT_EQ(verdict.source, VerdictSource::ml);
  EXPECT_EQ(with_dpi(DpiMode::trust, {}, "voip").label, "voip");
}

TEST(FuseDpi, FallbackFillsTheUnknown) {
  const std::vector<Vote> votes = {open_vote("web", 0.6)};
  EXPECT_EQ(with_dpi(DpiMode::fallback, votes, "tor", 0.5).label, "web");
  Verdict verdict = with_dpi(DpiMode::fallback, votes, "tor", 0.7);
  expect(verdict, "tor", 1, 0);
  EXPECT_EQ(verdict.source, VerdictSource::dpi);
  verdict = with_dpi(DpiMode::fallback, votes, std::nullopt, 0.7);
  EXPECT_EQ(verdict.label, "unknown");
  EXPECT_EQ(verdict.source, VerdictSource::none);
  EXPECT_EQ(with_dpi(DpiMode::fallback, {open_vote("unknown", 0.9)}, "tor").label, "tor");
}

TEST(FuseDpi, AVoteOfDpiCountsAsManyAsItsWeight) {
  const std::vector<Vote> votes = {open_vote("web", 0.9), open_vote("web", 0.8), open_vote("tor", 0.1)};
  // Sums: web 1.7, tor 0.1 + weight; of 3 + weight voters.
  expect(with_dpi(DpiMode::vote, votes, "tor", 0, 1), "web", 1.7 / 4, 2.0 / 3);
  expect(with_dpi(DpiMode::vote, votes, "tor", 0, 2), "tor", 2.1 / 5, 1.0 / 3);
  // Heads: web 2, tor 1 + weight.
  EXPECT_EQ(with_dpi(DpiMode::vote, votes, "tor", 0, 0.5, FuseMethod::majority).label, "web");
  expect(with_dpi(DpiMode::vote, votes, "tor", 0, 1.5, FuseMethod::majority), "tor", 1.6 / 2.5, 1.0 / 3);
  EXPECT_EQ(with_dpi(DpiMode::vote, votes, "tor", 0, 2).source, VerdictSource::both);
  EXPECT_EQ(with_dpi(DpiMode::ignore, votes, "tor", 0, 9).source, VerdictSource::ml);
}

TEST(FuseDpi, AStackedVerdictIsTheModels) {
  const std::vector<Vote> votes = {open_vote("web", 0.9), open_vote("tor", 0.1)};
  const FuseRules rules{FuseMethod::majority, 0.5, DpiMode::fallback, 1};
  expect(stacked_verdict("tor", 0.7, votes, "voip", rules), "tor", 0.7, 0.5);
  expect(stacked_verdict("tor", 0.4, votes, "voip", rules), "voip", 1, 0);
}

}  // namespace
}  // namespace mltat
