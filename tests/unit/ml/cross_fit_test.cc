// SPDX-License-Identifier: Apache-2.0
#include "ml/cross_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"

namespace mltat {
namespace {

using testing::ElementsAre;

/// 4,000 rows in four folds. A model that is right in seven of ten cases and says 0.9 of all of them.
struct Case {
  LabelledTable table;
  Evaluation evaluation;
};

Case too_sure() {
  Case out;
  out.table.classes = {"a", "b"};
  out.evaluation.folds.resize(4);
  out.evaluation.proba = Matrix(4000, 2);
  for (std::uint32_t r = 0; r < 4000; ++r) {
    out.table.labels.push_back(r % 2);
    out.evaluation.rows.push_back(r);
    out.evaluation.fold_of.push_back(r / 1000);
    const std::size_t answer = r % 20 < 14 ? r % 2 : 1 - r % 2;
    out.evaluation.proba.row(r)[answer] = 0.9;
    out.evaluation.proba.row(r)[1 - answer] = 0.1;
  }
  return out;
}

TEST(CrossFit, ConfidencesOfUnseenFoldsComeToMeanWhatTheySay) {
  Case one = too_sure();
  EXPECT_NEAR(*reliability_of(one.table, one.evaluation).bins.ece(), 0.2, 1e-9);
  const Matrix after = cross_calibrate(one.table, one.evaluation, one.evaluation, {2});
  judge_again(one.evaluation, one.table, after);
  EXPECT_NEAR(*reliability_of(one.table, one.evaluation).bins.ece(), 0, 0.005);
  EXPECT_DOUBLE_EQ(one.evaluation.all.accuracy, 0.7);
}

TEST(CrossFit, NoRowHasASayInItsOwnCalibration) {
  const Case plain = too_sure();
  Case turned = plain;
  for (std::uint32_t r = 0; r < 1000; ++r)  // all of the first fold become wrong
    turned.table.labels[r] = plain.evaluation.proba.row(r)[0] > 0.5 ? 1 : 0;
  const Matrix before = cross_calibrate(plain.table, plain.evaluation, plain.evaluation, {1});
  const Matrix after = cross_calibrate(turned.table, turned.evaluation, turned.evaluation, {1});
  EXPECT_TRUE(std::ranges::equal(before.row(10), after.row(10)));
  EXPECT_FALSE(std::ranges::equal(before.row(1010), after.row(1010)));
}

TEST(CrossFit, AFoldThatTestsAllKeepsItsOwn) {
  Case one = too_sure();
  std::fill(one.evaluation.fold_of.begin(), one.evaluation.fold_of.end(), 0);
  one.evaluation.folds.resize(1);
  const Matrix after = cross_calibrate(one.table, one.evaluation, one.evaluation, {1});
  EXPECT_EQ(after.row(0)[0], one.evaluation.proba.row(0)[0]);
}

TEST(CrossFit, ThresholdsAreOfTheAnswersGiven) {
  const Case one = too_sure();
  const FittedThresholds fitted = fit_thresholds(one.table, one.evaluation, 0.65);
  EXPECT_EQ(fitted.thresholds.by_class[0], 0.9);
  EXPECT_EQ(fitted.kept[0].kept, 2000U);
  EXPECT_EQ(fitted.kept[0].right, 1400U);
  EXPECT_EQ(fit_thresholds(one.table, one.evaluation, 0.75).thresholds.by_class[0], std::nullopt);
}

TEST(CrossFit, ThresholdsAreJudgedByFoldsThatDidNotChooseThem) {
  // Answers with 0.9 are right in all folds but the first, those with 0.6 never.
  Case one = too_sure();
  for (std::uint32_t r = 0; r < 4000; ++r) {
    const bool sure = r % 20 < 10;
    const std::size_t answer = sure && r >= 1000 ? r % 2 : 1 - r % 2;
    one.evaluation.proba.row(r)[answer] = sure ? 0.9 : 0.6;
    one.evaluation.proba.row(r)[1 - answer] = sure ? 0.1 : 0.4;
  }
  const FittedThresholds fitted = fit_thresholds(one.table, one.evaluation, 0.7);
  EXPECT_EQ(fitted.thresholds.by_class[0], 0.9);  // 3 of 4 are right
  // The first fold is judged by thresholds of the others: 250 answers, none right. The others by those that the first
  // brings down: (250 * 2) / 750 = 2 of 3 is not enough, so nothing of them is kept.
  EXPECT_EQ(fitted.kept[0].kept, 250U);
  EXPECT_EQ(fitted.kept[0].right, 0U);
  EXPECT_EQ(fitted.kept[0].support, 2000U);
}

TEST(CrossFit, RowsWithoutATeacherAreNotTested) {
  LabelledTable table;
  table.classes = {"a", "b"};
  table.labels = {0, 0, 1, 1};
  const std::vector<Fold> folds = answerable({{"x", {0}, {1, 2}}, {"y", {1, 2}, {0, 3}}, {"z", {0, 1}, {2, 3}}}, table);
  ASSERT_EQ(folds.size(), 2U);
  EXPECT_THAT(folds[0].test, ElementsAre(1));
  EXPECT_THAT(folds[1].test, ElementsAre(0, 3));
}

}  // namespace
}  // namespace mltat
