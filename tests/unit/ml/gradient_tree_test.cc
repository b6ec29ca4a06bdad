// SPDX-License-Identifier: Apache-2.0
#include "ml/gradient_tree.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "ml/grow.h"

namespace mltat {
namespace {

struct Case {
  BinnedColumns bins;
  RowGradients gradients;
  std::vector<std::uint32_t> rows;
};

Case four_rows() {
  Columns x(4, 1);
  std::iota(x.column(0).begin(), x.column(0).end(), 1.0);
  return {bin_columns(x, 256, {1}), {{-1, -1, 0.5F, 1}, {0.25F, 0.25F, 0.25F, 0.25F}, {1, 1, 1, 1}}, {0, 1, 2, 3}};
}

struct Grown {
  GradientTree tree;
  std::vector<float> scores;
};

Grown grow(const Case& one, const GradientRules& rules, double rate = 1, unsigned threads = 1) {
  Grown out;
  out.scores.assign(one.bins.rows, 0);
  out.tree = GradientGrower(one.bins, rules, {threads}).grow(one.rows, one.gradients, rate, out.scores);
  return out;
}

TEST(GradientTree, OneSplitByHand) {
  // Cut 2|2: 4/.5 + 2.25/.5 = 12.5; 1|3: 4 + .25/.75; 3|1: 2.25/.75 + 4.
  const Grown grown = grow(four_rows(), {2, 0, 1, 0});
  EXPECT_EQ(grown.tree.tree.feature, (std::vector<std::int32_t>{0, -1, -1}));
  EXPECT_EQ(grown.tree.tree.value, (std::vector<std::uint32_t>{1, 0, 1}));
  EXPECT_EQ(grown.tree.steps, (std::vector<float>{4, -3}));
  EXPECT_EQ(grown.scores, (std::vector<float>{4, 4, -3, -3}));
}

TEST(GradientTree, ThePenaltyShortensSteps) {
  EXPECT_EQ(grow(four_rows(), {2, 0, 1, 0.5}).tree.steps, (std::vector<float>{2, -1.5F}));
  EXPECT_EQ(grow(four_rows(), {2, 0, 1, 0}, 0.5).tree.steps, (std::vector<float>{2, -1.5F}));
}

TEST(GradientTree, AStepIsCutOff) {
  Case one = four_rows();
  one.gradients.hessian.assign(4, 1e-20F);
  EXPECT_EQ(grow(one, {31, 0, 1, 0}).tree.steps, (std::vector<float>{static_cast<float>(0.5 / 4e-20) > 10 ? 10 : 0}));
}

TEST(GradientTree, TheNextSplitIsTheOneThatSavesMost) {
  // After 2|2 the left side is even, the right one is not: 1|1 there saves .25/.25 + 1/.25 - 2.25/.5 = .5.
  const Grown grown = grow(four_rows(), {31, 0, 1, 0});
  EXPECT_EQ(grown.tree.tree.feature, (std::vector<std::int32_t>{0, -1, 0, -1, -1}));
  EXPECT_EQ(grown.scores, (std::vector<float>{4, 4, -2, -4}));
}

TEST(GradientTree, LimitsHold) {
  EXPECT_EQ(grow(four_rows(), {31, 1, 1, 0}).tree.steps.size(), 2U);
  EXPECT_EQ(grow(four_rows(), {31, 0, 2, 0}).tree.steps.size(), 2U);
  EXPECT_EQ(grow(four_rows(), {31, 0, 3, 0}).tree.steps.size(), 1U);
  Case heavy = four_rows();
  heavy.gradients.weight.assign(4, 3);
  EXPECT_EQ(grow(heavy, {31, 0, 3, 0}).tree.steps.size(), 3U);
}

TEST(GradientTree, ARowWithoutWeightOnlyGoesAlong) {
  Case one = four_rows();
  one.gradients.gradient[2] = one.gradients.hessian[2] = 0;
  one.gradients.weight[2] = 0;
  const Grown grown = grow(one, {2, 0, 1, 0});
  EXPECT_EQ(grown.tree.steps, (std::vector<float>{4, -4}));
  EXPECT_EQ(grown.tree.tree.value[0], 1U);  // midway over the bin that counts for nothing
  EXPECT_EQ(grown.scores[2], -4);
}

TEST(GradientTree, NothingToGainIsOneLeaf) {
  Case one = four_rows();
  one.gradients.gradient.assign(4, 0.5F);
  EXPECT_EQ(grow(one, {31, 0, 1, 0}).tree.steps, (std::vector<float>{-2}));
  one.gradients.gradient.assign(4, 0);
  EXPECT_EQ(grow(one, {31, 0, 1, 0}).tree.steps, (std::vector<float>{0}));
}

Case random_case(std::uint64_t seed, std::size_t rows) {
  Rng rng{seed, 78};
  Columns x(rows, 5);
  for (std::size_t c = 0; c < 5; ++c) {
    const std::uint64_t values = 1 + rng.below(c < 2 ? 4 : 300);
    for (double& value : x.column(c))
      value = static_cast<double>(rng.below(values));
  }
  Case out{bin_columns(x, 256, {1}), {}, {}};
  for (std::uint32_t r = 0; r < rows; ++r) {
    out.rows.push_back(r);
    out.gradients.weight.push_back(static_cast<std::uint32_t>(1 + rng.below(3)));
    const auto weight = static_cast<float>(out.gradients.weight.back());
    out.gradients.gradient.push_back(weight * static_cast<float>(rng.uniform() - 0.5));
    out.gradients.hessian.push_back(weight * static_cast<float>(0.05 + 0.2 * rng.uniform()));
  }
  return out;
}

/// The slow twin: every cut of every leaf, from sums in doubles made afresh. Returns the score of each row.
std::vector<double> naive_scores(const Case& one, const GradientRules& rules) {
  const auto sum = [](const auto& values, const std::vector<std::uint32_t>& rows) {
    double total = 0;
    for (const std::uint32_t r : rows)
      total += static_cast<double>(values[r]);
    return total;
  };
  const auto score = [&](const std::vector<std::uint32_t>& rows) {
    const double g = sum(one.gradients.gradient, rows);
    return g * g / (sum(one.gradients.hessian, rows) + rules.l2);
  };
  std::vector<std::vector<std::uint32_t>> leaves = {one.rows};
  while (leaves.size() < rules.max_leaves) {
    double best = 1e-6;
    std::size_t place = 0;
    std::vector<std::uint32_t> best_left, best_right;
    for (std::size_t i = 0; i < leaves.size(); ++i)
      for (std::size_t c = 0; c < one.bins.columns(); ++c)
        for (int code = 0; code < 255; ++code) {
          std::vector<std::uint32_t> left, right;
          for (const std::uint32_t r : leaves[i])
            (one.bins.column(c)[r] <= code ? left : right).push_back(r);
          if (sum(one.gradients.weight, left) < rules.min_leaf || sum(one.gradients.weight, right) < rules.min_leaf)
            continue;
          const double gain = score(left) + score(right) - score(leaves[i]);
          if (gain <= best) continue;
          best = gain;
          place = i;
          best_left = left;
          best_right = right;
        }
    if (best_left.empty()) break;
    leaves[place] = best_left;
    leaves.push_back(best_right);
  }
  std::vector<double> scores(one.bins.rows);
  for (const auto& leaf : leaves)
    for (const std::uint32_t r : leaf)
      scores[r] = -sum(one.gradients.gradient, leaf) / (sum(one.gradients.hessian, leaf) + rules.l2);
  return scores;
}

TEST(GradientTree, GrowsWhatATrialOfAllCutsGrows) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Case one = random_case(seed, 4 + seed);
    const GradientRules rules{6, 0, static_cast<std::int32_t>(1 + seed % 4), static_cast<double>(seed % 3)};
    const Grown grown = grow(one, rules);
    const std::vector<double> wanted = naive_scores(one, rules);
    for (std::size_t r = 0; r < wanted.size(); ++r)
      ASSERT_NEAR(static_cast<double>(grown.scores[r]), wanted[r], 1e-5) << "seed " << seed << " row " << r;
  }
}

TEST(GradientTree, IsTheSameForAnyNumberOfThreadsAndTwice) {
  const Case one = random_case(1, 20000);
  const Grown alone = grow(one, {31, 0, 20, 0}), many = grow(one, {31, 0, 20, 0}, 1, 4);
  EXPECT_EQ(alone.scores, many.scores);
  EXPECT_EQ(alone.tree.tree.value, many.tree.tree.value);
  EXPECT_EQ(alone.tree.steps.size(), 31U);
  GradientGrower grower(one.bins, {31, 0, 20, 0}, {1});
  for (int i = 0; i < 2; ++i) {
    std::vector<float> scores(one.bins.rows, 0);
    grower.grow(one.rows, one.gradients, 1, scores);
    EXPECT_EQ(scores, alone.scores);
  }
}

}  // namespace
}  // namespace mltat
