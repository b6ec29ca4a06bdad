// SPDX-License-Identifier: Apache-2.0
#include "ml/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mltat {
namespace {

/// 10 rows, by hand:       answer a  b  c  unknown
///                 truth a        3  1  0  0
///                 truth b        1  2  0  1
///                 truth c        1  0  1  0
Score three_classes() {
  Score score;
  const auto add = [&](const char* truth, const char* answer, int times) {
    for (int i = 0; i < times; ++i)
      score.add(truth, answer);
  };
  add("a", "a", 3);
  add("a", "b", 1);
  add("b", "a", 1);
  add("b", "b", 2);
  add("b", "unknown", 1);
  add("c", "a", 1);
  add("c", "c", 1);
  return score;
}

TEST(Metrics, CountsTruthAgainstAnswer) {
  const Figures figures = three_classes().figures();
  EXPECT_EQ(figures.rows, 10U);
  ASSERT_EQ(figures.classes.size(), 3U);
  EXPECT_EQ(figures.classes[0].name, "a");
  EXPECT_EQ(figures.confusion, (std::vector<std::vector<std::uint64_t>>{{3, 1, 0}, {1, 2, 0}, {1, 0, 1}}));
  EXPECT_EQ(figures.unknown, (std::vector<std::uint64_t>{0, 1, 0}));
  EXPECT_EQ(figures.classes[0].support, 4U);
  EXPECT_EQ(figures.classes[0].predicted, 5U);
}

TEST(Metrics, FiguresOfAClass) {
  const Figures figures = three_classes().figures();
  EXPECT_DOUBLE_EQ(figures.classes[0].precision, 3.0 / 5);
  EXPECT_DOUBLE_EQ(figures.classes[0].recall, 3.0 / 4);
  EXPECT_DOUBLE_EQ(figures.classes[0].f1, 2.0 / 3);  // 2 * .6 * .75 / 1.35
  EXPECT_DOUBLE_EQ(figures.classes[1].precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(figures.classes[1].recall, 2.0 / 4);  // unknown is not found
  EXPECT_DOUBLE_EQ(figures.classes[1].f1, 4.0 / 7);
  EXPECT_DOUBLE_EQ(figures.classes[2].f1, 2.0 / 3);  // precision 1, recall .5
}

TEST(Metrics, BalancedPrecisionSeesClassesAsEquallyFrequent) {
  const Figures figures = three_classes().figures();
  // Shares answered a: .75 of a, .25 of b, .5 of c.
  EXPECT_DOUBLE_EQ(figures.classes[0].precision_balanced, 0.75 / 1.5);
  // b: .25 of a, .5 of b, none of c.
  EXPECT_DOUBLE_EQ(figures.classes[1].precision_balanced, 0.5 / 0.75);
  EXPECT_DOUBLE_EQ(figures.classes[2].precision_balanced, 1);
}

TEST(Metrics, Summary) {
  const Figures figures = three_classes().figures();
  EXPECT_DOUBLE_EQ(figures.accuracy, 0.6);
  EXPECT_DOUBLE_EQ(figures.coverage, 0.9);
  EXPECT_DOUBLE_EQ(*figures.accuracy_covered, 6.0 / 9);
  EXPECT_DOUBLE_EQ(figures.balanced_accuracy, (0.75 + 0.5 + 0.5) / 3);
  EXPECT_DOUBLE_EQ(figures.macro_f1, (2.0 / 3 + 4.0 / 7 + 2.0 / 3) / 3);
  EXPECT_DOUBLE_EQ(figures.weighted_precision, 0.4 * 0.6 + 0.4 * 2 / 3 + 0.2);
  EXPECT_DOUBLE_EQ(figures.weighted_recall, 0.6);
  EXPECT_DOUBLE_EQ(figures.baseline_majority, 0.4);
  EXPECT_FALSE(figures.log_loss);
  EXPECT_FALSE(figures.ece);
}

TEST(Metrics, LogLossIsTheMeanOfSurprise) {
  Score score;
  score.add("a", "a", 0.5, 0.5);
  score.add("a", "b", 0.75, 0.25);
  score.add("z", "a", 1.0, 0.0);
  EXPECT_NEAR(*score.figures().log_loss, (std::log(2) + std::log(4) + 15 * std::log(10)) / 3, 1e-12);
}

TEST(Metrics, CalibrationErrorComparesConfidenceWithAccuracy) {
  Score score;
  // Bin [.8, .8667): 4 rows at .8, half of them right: off by .3. Bin [.4, .4667): 1 row at .45, right: off by .55.
  for (const char* answer : {"a", "a", "b", "b"})
    score.add("a", answer, 0.81);
  score.add("a", "a", 0.45);
  score.add("a", "unknown", 0.1);  // says nothing
  EXPECT_NEAR(*score.figures().ece, (4 * 0.31 + 0.55) / 5, 1e-12);
}

TEST(Metrics, ClassesThatNobodyHasCountForNothing) {
  Score score({"a", "b", "never"});
  score.add("a", "a");
  score.add("b", "a");
  const Figures figures = score.figures();
  ASSERT_EQ(figures.classes.size(), 3U);
  EXPECT_EQ(figures.classes[2].support, 0U);
  EXPECT_DOUBLE_EQ(figures.balanced_accuracy, 0.5);
  EXPECT_DOUBLE_EQ(figures.macro_f1, (2.0 / 3 + 0) / 2);
}

TEST(Metrics, NoRowsNoFigures) {
  const Figures figures = Score().figures();
  EXPECT_EQ(figures.rows, 0U);
  EXPECT_EQ(figures.accuracy, 0);
  EXPECT_FALSE(figures.accuracy_covered);
}

TEST(Metrics, ArgmaxTakesTheFirstOfEquals) {
  EXPECT_EQ(argmax(std::vector<double>{0.2, 0.4, 0.4}), 1U);
  EXPECT_EQ(argmax(std::vector<double>{0.5, 0.5}), 0U);
}

}  // namespace
}  // namespace mltat
