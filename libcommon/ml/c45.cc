// SPDX-License-Identifier: Apache-2.0
#include "ml/c45.h"

#include "ml/forest.h"
#include "ml/tree_rows.h"
#include "ml/weights.h"

namespace mltat {
namespace {

constexpr std::uint32_t kLaplace = 1;  ///< rows added to every class of a leaf

std::size_t whole(const Parameters& parameters, std::string_view name) {
  return static_cast<std::size_t>(parameters.find(name)->second);
}

/// Chance plays no part: the seed goes unused.
std::shared_ptr<const Classifier> fit(const TrainingSet& set, const Parameters& parameters, std::uint64_t,
                                      Threads threads) {
  const BinnedColumns bins = bin_columns(set.x, whole(parameters, "bins"), threads);
  const IntegerWeights weights =
      coarse_weights(set.labels, set.weights, set.weight_unit, set.n_classes, kMaxTreeWeight);
  const GrowRules rules{whole(parameters, "max_depth"), whole(parameters, "min_leaf") * weights.unit, 0, weights.unit};
  GrownTree tree = grow_gain_ratio(bins, tree_rows(set.labels, weights.weights), set.n_classes, rules,
                                   whole(parameters, "mdl") != 0, threads);
  prune_by_error(tree, parameters.find("cf")->second, weights.unit);
  std::vector<TreeWithLeaves> trees;
  trees.push_back(flatten(tree));
  return make_forest(join_trees(std::move(trees), bins, set.n_classes, kLaplace * weights.unit));
}

}  // namespace

Learner c45_learner() {
  return {"c45",
          "C4.5 decision tree",
          {
              {"max_depth", 0, 0, 1000, true, "splits above a leaf, 0: no limit", {0, 10, 20}},
              {"min_leaf", 2, 1, 1000000, true, "rows on either side of a split, at least", {2, 5, 10}},
              {"cf", 0.25, 0.0001, 1, false, "confidence of error-based pruning, above 0.5: none", {0.05, 0.25, 1}},
              {"mdl", 1, 0, 1, true, "1: the gain pays for the choice among many cuts, 0: it does not", {0, 1}},
              {"bins", 256, 2, 256, true, "bins a column is cut into", {256}},
          },
          fit,
          parse_forest};
}

}  // namespace mltat
