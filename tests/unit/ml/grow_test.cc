// SPDX-License-Identifier: Apache-2.0
#include "ml/grow.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace mltat {
namespace {

Columns columns(const std::vector<std::vector<double>>& values) {
  Columns x(values.front().size(), values.size());
  for (std::size_t c = 0; c < values.size(); ++c)
    std::copy(values[c].begin(), values[c].end(), x.column(c).begin());
  return x;
}

std::vector<TreeRow> rows_of(const std::vector<std::uint16_t>& labels) {
  std::vector<TreeRow> rows;
  for (std::uint32_t r = 0; r < labels.size(); ++r)
    rows.push_back({r, labels[r], 1});
  return rows;
}

// Eight rows, five of class 0 and three of class 1: entropy .9544.
const std::vector<std::uint16_t> kLabels = {0, 0, 0, 0, 0, 1, 1, 1};
const std::vector<double> kHalves = {0, 0, 0, 0, 1, 1, 1, 1};  // 4+0 | 1+3: gain .5488, split info 1, ratio .5488
const std::vector<double> kTail = {0, 0, 0, 0, 0, 0, 1, 1};    // 5+1 | 0+2: gain .4669, split info .8113, ratio .5755
const std::vector<double> kWeak = {0, 0, 0, 1, 1, 0, 1, 1};    // 3+1 | 2+2: gain .0488

TEST(GainRatio, OnlyColumnsOfAverageGainMayWin) {
  // The average gain is .5079: the tail has the better ratio but not the gain.
  const GrownTree tree =
      grow_gain_ratio(bin_columns(columns({kHalves, kTail}), 256, {1}), rows_of(kLabels), 2, {1, 1, 0}, false, {1});
  EXPECT_EQ(tree.nodes[0].feature, 0);
}

TEST(GainRatio, TheBestRatioWinsAmongThem) {
  // With the weak column the average gain falls to .3548 and the tail qualifies.
  const GrownTree tree = grow_gain_ratio(bin_columns(columns({kHalves, kTail, kWeak}), 256, {1}), rows_of(kLabels), 2,
                                         {1, 1, 0}, false, {1});
  EXPECT_EQ(tree.nodes[0].feature, 1);
  ASSERT_EQ(tree.nodes.size(), 3U);
  EXPECT_EQ(std::vector<std::uint32_t>(tree.counts.begin() + 2, tree.counts.end()),
            (std::vector<std::uint32_t>{5, 1, 0, 2}));
}

TEST(GainRatio, MinLeafForbidsSmallSides) {
  const GrownTree tree =
      grow_gain_ratio(bin_columns(columns({kTail}), 256, {1}), rows_of(kLabels), 2, {0, 3, 0}, false, {1});
  EXPECT_EQ(tree.nodes.size(), 1U);
}

TEST(GainRatio, TheChoiceAmongManyCutsIsPaidFor) {
  // Numbers 1 to 8 have seven cuts: the best, 4+0 | 1+3, gains .5488 - log2(7)/8 = .1979, still a gain. Where the
  // one row of class 1 stands in the middle, the best cut gains .1379 and nothing is left of it.
  const Columns numbers = columns({{1, 2, 3, 4, 5, 6, 7, 8}});
  const BinnedColumns bins = bin_columns(numbers, 256, {1});
  EXPECT_EQ(grow_gain_ratio(bins, rows_of({0, 0, 0, 0, 1, 0, 1, 1}), 2, {1, 1, 0}, true, {1}).nodes.size(), 3U);
  EXPECT_EQ(grow_gain_ratio(bins, rows_of({0, 0, 0, 0, 1, 0, 0, 0}), 2, {1, 1, 0}, false, {1}).nodes.size(), 3U);
  EXPECT_EQ(grow_gain_ratio(bins, rows_of({0, 0, 0, 0, 1, 0, 0, 0}), 2, {1, 1, 0}, true, {1}).nodes.size(), 1U);
}

TEST(GainRatio, GrowsUntilPure) {
  // By x, then by y: 0 0 | 1 | 0.
  const Columns x = columns({{1, 2, 3, 4}, {5, 5, 1, 5}});
  const GrownTree tree = grow_gain_ratio(bin_columns(x, 256, {1}), rows_of({0, 0, 1, 0}), 2, {0, 1, 0}, false, {1});
  ASSERT_EQ(tree.nodes.size(), 3U);
  EXPECT_EQ(tree.nodes[0].feature, 1);  // gain .8113 in one cut
}

TEST(Gini, PureNodesAreLeaves) {
  const BinnedColumns bins = bin_columns(columns({{1, 2, 3}}), 256, {1});
  EXPECT_EQ(grow_gini(bins, rows_of({1, 1, 1}), 2, {}, Rng{1}).nodes.size(), 1U);
}

TEST(Gini, EqualRowsOfTwoClassesStayTogether) {
  const BinnedColumns bins = bin_columns(columns({{1, 1}}), 256, {1});
  const GrownTree tree = grow_gini(bins, rows_of({0, 1}), 2, {}, Rng{1});
  ASSERT_EQ(tree.nodes.size(), 1U);
  EXPECT_EQ(tree.counts, (std::vector<std::uint32_t>{1, 1}));
}

TEST(Gini, ColumnsAreTriedUntilOneVaries) {
  const BinnedColumns bins = bin_columns(columns({{7, 7}, {7, 7}, {7, 7}, {1, 2}}), 256, {1});
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_EQ(grow_gini(bins, rows_of({0, 1}), 2, {0, 1, 1}, Rng{seed}).nodes.size(), 3U);
}

TEST(Gini, WeightsCountAsRows) {
  std::vector<TreeRow> weighted = rows_of({0, 1, 0});
  weighted[1].weight = 5;
  const GrownTree tree = grow_gini(bin_columns(columns({{1, 2, 3}}), 256, {1}), weighted, 2, {1, 1, 0}, Rng{1});
  EXPECT_EQ(std::vector<std::uint32_t>(tree.counts.begin(), tree.counts.begin() + 2),
            (std::vector<std::uint32_t>{2, 5}));
}

/// The slow twins: every cut of every column, from class counts made afresh.
struct NaiveCut {
  double score = -1;
  std::size_t feature = 0;
  std::uint8_t code = 0;  ///< the highest on the left that some row has
};

template <class Score>
std::vector<NaiveCut> naive_cuts(const BinnedColumns& x, const std::vector<TreeRow>& rows, std::size_t n_classes,
                                 Score score) {
  std::vector<NaiveCut> best(x.columns());
  for (std::size_t f = 0; f < x.columns(); ++f)
    for (int code = 0; code < 256; ++code) {
      std::vector<double> left(n_classes), right(n_classes);
      bool used = false;
      for (const TreeRow& row : rows) {
        const int own = x.column(f)[row.row];
        (own <= code ? left : right)[row.label] += row.weight;
        used |= own == code;
      }
      const double l = std::accumulate(left.begin(), left.end(), 0.0);
      const double r = std::accumulate(right.begin(), right.end(), 0.0);
      if (!used || l == 0 || r == 0) continue;
      const double value = score(left, right, l, r);
      if (value > best[f].score + 1e-9) best[f] = {value, f, static_cast<std::uint8_t>(code)};
    }
  return best;
}

double impurity(const std::vector<double>& counts, double total, bool entropy) {
  double sum = entropy ? 0 : 1;
  for (const double n : counts)
    if (n > 0) sum -= entropy ? n / total * std::log2(n / total) : n / total * n / total;
  return sum;
}

double gain(const std::vector<double>& left, const std::vector<double>& right, double l, double r, bool entropy) {
  std::vector<double> all(left);
  for (std::size_t c = 0; c < all.size(); ++c)
    all[c] += right[c];
  return impurity(all, l + r, entropy) - (l * impurity(left, l, entropy) + r * impurity(right, r, entropy)) / (l + r);
}

struct RandomCase {
  BinnedColumns bins;
  std::vector<TreeRow> rows;
};

RandomCase random_case(std::uint64_t seed) {
  Rng rng{seed, 77};
  const std::size_t n = 2 + rng.below(60);
  Columns x(n, 5);
  for (std::size_t c = 0; c < 5; ++c) {
    const std::uint64_t values = 1 + rng.below(c < 2 ? 4 : 300);
    for (double& value : x.column(c))
      value = static_cast<double>(rng.below(values));
  }
  RandomCase out{bin_columns(x, 256, {1}), {}};
  for (std::uint32_t r = 0; r < n; ++r)
    out.rows.push_back({r, static_cast<std::uint16_t>(rng.below(3)), static_cast<std::uint16_t>(1 + rng.below(3))});
  return out;
}

/// Class weights on the left of the root's split.
std::vector<std::uint32_t> left_counts(const GrownTree& tree) {
  return {tree.counts.begin() + 3, tree.counts.begin() + 6};
}
std::vector<std::uint32_t> left_counts(const RandomCase& one, const NaiveCut& cut) {
  std::vector<std::uint32_t> counts(3, 0);
  for (const TreeRow& row : one.rows)
    if (one.bins.column(cut.feature)[row.row] <= cut.code) counts[row.label] += row.weight;
  return counts;
}

TEST(Gini, FindsTheCutThatATrialOfAllFinds) {
  int splits = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const RandomCase one = random_case(seed);
    const auto cuts = naive_cuts(one.bins, one.rows, 3, [](const auto& l, const auto& r, double a, double b) {
      return gain(l, r, a, b, false);
    });
    const GrownTree tree = grow_gini(one.bins, one.rows, 3, {1, 1, 0}, Rng{seed});
    if (tree.nodes.size() == 1) continue;
    ++splits;
    // Columns are tried in random order, so among equals any may win: the score must be the best there is.
    const auto feature = static_cast<std::size_t>(tree.nodes[0].feature);
    double best = 0;
    for (const NaiveCut& cut : cuts)
      best = std::max(best, cut.score);
    ASSERT_NEAR(cuts[feature].score, best, 1e-9) << seed;
    ASSERT_EQ(left_counts(tree), left_counts(one, cuts[feature])) << seed;
  }
  EXPECT_GT(splits, 200);
}

TEST(GainRatio, FindsTheSplitThatATrialOfAllFinds) {
  int splits = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const RandomCase one = random_case(seed);
    const auto cuts = naive_cuts(
        one.bins, one.rows, 3, [](const auto& l, const auto& r, double a, double b) { return gain(l, r, a, b, true); });
    double sum = 0, useful = 0;
    for (const NaiveCut& cut : cuts)
      if (cut.score > 1e-6) sum += cut.score, ++useful;
    NaiveCut wanted;
    double best = 0;
    for (const NaiveCut& cut : cuts) {
      if (cut.score <= 1e-6 || cut.score < sum / useful - 1e-3) continue;
      const auto counts = left_counts(one, cut);
      const double left = std::accumulate(counts.begin(), counts.end(), 0.0);
      double total = 0;
      for (const TreeRow& row : one.rows)
        total += row.weight;
      const double ratio = cut.score / impurity({left, total - left}, total, true);
      if (ratio <= best) continue;
      best = ratio;
      wanted = cut;
    }
    const GrownTree tree = grow_gain_ratio(one.bins, one.rows, 3, {1, 1, 0}, false, {1});
    ASSERT_EQ(tree.nodes.size(), best > 0 ? 3U : 1U) << seed;
    if (best == 0) continue;
    ++splits;
    ASSERT_EQ(left_counts(tree), left_counts(one, wanted)) << seed;
  }
  EXPECT_GT(splits, 200);
}

TEST(Prune, LimitsOfErrorsAsPublished) {
  // Quinlan 1993, section 4.2: U.25(0,6) = .206, U.25(0,9) = .143, U.25(0,1) = .750, U.25(1,16) = .157.
  EXPECT_NEAR(extra_errors(6, 0, 0.25), 6 * 0.206, 0.005);
  EXPECT_NEAR(extra_errors(9, 0, 0.25), 9 * 0.143, 0.005);
  EXPECT_NEAR(extra_errors(1, 0, 0.25), 0.75, 1e-12);
  EXPECT_NEAR(extra_errors(16, 1, 0.25) + 1, 16 * 0.157, 0.05);
  EXPECT_EQ(extra_errors(16, 1, 0.6), 0);
  EXPECT_GT(extra_errors(16, 1, 0.1), extra_errors(16, 1, 0.25));
}

/// Leaves of 6+0, 9+0 and 0+1 rows: the published example, binary.
GrownTree published_tree() {
  GrownTree tree;
  tree.n_classes = 2;
  tree.nodes = {{0, 1, 0}, {}, {1, 3, 0}, {}, {}};
  tree.counts = {15, 1, 6, 0, 9, 1, 9, 0, 0, 1};
  return tree;
}

TEST(Prune, ASubtreeWorseThanItsLeafIsCut) {
  // Leaf: 2.48 errors to expect; subtree: 6 * .206 + 9 * .143 + .75 = 3.27.
  GrownTree tree = published_tree();
  prune_by_error(tree, 0.25);
  EXPECT_EQ(tree.nodes[0].feature, GrownNode::kLeaf);
}

TEST(Prune, NothingIsCutAboveOneHalf) {
  GrownTree tree = published_tree();
  prune_by_error(tree, 1);
  EXPECT_EQ(tree.nodes[0].feature, 0);
  EXPECT_EQ(tree.nodes[2].feature, 1);
}

TEST(Prune, AGoodSplitStays) {
  GrownTree tree;
  tree.n_classes = 2;
  tree.nodes = {{0, 1, 0}, {}, {}};
  tree.counts = {20, 20, 20, 0, 0, 20};
  prune_by_error(tree, 0.25);
  EXPECT_EQ(tree.nodes[0].feature, 0);
}

}  // namespace
}  // namespace mltat
