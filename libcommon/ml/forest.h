// SPDX-License-Identifier: Apache-2.0
/// One tree or many that vote: what c45, rf and adaboost train, score with, and write to the model file.
///
/// Trees are those of ml/tree_scorer.h. A leaf is a list of (class, count); equal leaves share one entry.
/// Probability = mean over the trees, each with its weight, of (count + smoothing) / (sum + classes x smoothing)
/// (mltat-formats(5), "Model", payload of c45, rf and adaboost).
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ml/classifier.h"
#include "ml/grow.h"
#include "ml/tree_scorer.h"

namespace mltat {

/// A leaf: classes ascending, counts above 0.
using Leaf = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// The payload as it stands in the file.
struct ForestParts {
  std::size_t n_features = 0;
  std::size_t n_classes = 0;
  std::uint32_t smoothing = 0;  ///< added to every count: none, or the weight that is one row
  SplitValues thresholds;
  std::vector<Leaf> leaves;
  std::vector<FlatTree> trees;
  std::vector<double> weights = {};  ///< of each tree, above 0 and at most kMaxTreeVote; empty: all the same
};
inline constexpr double kMaxTreeVote = 1e6;

/// Drops unreachable nodes, lists the rest breadth first. `leaves` are the tree's own. O(nodes x classes).
struct TreeWithLeaves {
  FlatTree tree;
  std::vector<Leaf> leaves;
};
TreeWithLeaves flatten(const GrownTree& grown);

/// Joins trees grown over the same bins: leaves are shared (without smoothing also those of equal shares), unused
/// thresholds dropped.
ForestParts join_trees(std::vector<TreeWithLeaves> trees, const BinnedColumns& bins, std::size_t n_classes,
                       std::uint32_t smoothing);

/// Takes the parts apart. Errors: Error(bad_data) with the fact, for anything that a forest is not.
std::shared_ptr<const Classifier> make_forest(const ForestParts& parts);

/// The payload of a model file back into a classifier. Errors: as make_forest.
std::shared_ptr<const Classifier> parse_forest(const nlohmann::ordered_json& payload, std::size_t n_features,
                                               std::size_t n_classes);

std::string forest_text(const ForestParts& parts);

}  // namespace mltat
