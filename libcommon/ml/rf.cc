// SPDX-License-Identifier: Apache-2.0
#include "ml/rf.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "ml/forest.h"
#include "ml/tree_rows.h"

namespace mltat {
namespace {

std::size_t whole(const Parameters& parameters, std::string_view name) {
  return static_cast<std::size_t>(parameters.find(name)->second);
}

/// Draws rows with replacement.
class Bootstrap {
 public:
  explicit Bootstrap(const TrainingSet& set) : rows_(set.labels.size()), draws_(rows_) {
    if (set.weights.empty()) return;
    std::uint64_t sum = 0;
    for (const std::uint32_t weight : set.weights)
      ends_.push_back(sum += weight);
    draws_ = std::max<std::uint64_t>((sum + set.weight_unit / 2) / set.weight_unit, 1);
    check_tree_weight(draws_);
  }

  /// How often each row is drawn.
  std::vector<std::uint32_t> draw(Rng& rng) const {
    std::vector<std::uint32_t> times(rows_, 0);
    for (std::uint64_t i = 0; i < draws_; ++i)
      ++times[ends_.empty() ? rng.below(rows_) : row_at(rng.below(ends_.back()))];
    return times;
  }

 private:
  std::size_t row_at(std::uint64_t weight) const {
    return static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), weight) - ends_.begin());
  }

  std::size_t rows_;
  std::uint64_t draws_;
  std::vector<std::uint64_t> ends_;  ///< sums of the weights up to and with each row; empty: rows are equal
};

std::shared_ptr<const Classifier> fit(const TrainingSet& set, const Parameters& parameters, std::uint64_t seed,
                                      Threads threads) {
  const BinnedColumns bins = bin_columns(set.x, whole(parameters, "bins"), threads);
  GrowRules rules{whole(parameters, "max_depth"), whole(parameters, "min_leaf"), whole(parameters, "max_features")};
  if (rules.max_features == 0)
    rules.max_features = static_cast<std::size_t>(std::sqrt(static_cast<double>(set.x.columns())));
  const Bootstrap bootstrap(set);
  std::vector<TreeWithLeaves> trees(whole(parameters, "trees"));
  for_range(threads, trees.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = begin; t < end; ++t) {
      Rng rng{seed, t};
      const std::vector<std::uint32_t> times = bootstrap.draw(rng);
      trees[t] = flatten(grow_gini(bins, tree_rows(set.labels, times), set.n_classes, rules, rng));
    }
  });
  return make_forest(join_trees(std::move(trees), bins, set.n_classes, 0));
}

}  // namespace

Learner rf_learner() {
  return {"rf",
          "random forest",
          {
              {"trees", 100, 1, 10000, true, "trees in the forest", {100, 300}},
              {"max_depth", 0, 0, 1000, true, "splits above a leaf, 0: no limit", {0, 10, 20}},
              {"min_leaf", 1, 1, 1000000, true, "rows on either side of a split, at least", {1, 2, 5}},
              {"max_features", 0, 0, 65536, true, "columns drawn for a split, 0: square root of all", {0, 10, 20}},
              {"bins", 256, 2, 256, true, "bins a column is cut into", {256}},
          },
          fit,
          parse_forest};
}

}  // namespace mltat
