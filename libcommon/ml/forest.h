// SPDX-License-Identifier: Apache-2.0
/// One tree or many as flat arrays: what c45 and rf train, score with, and write to the model file.
///
/// A tree is listed breadth first, so no node names its children: the children of the k-th split (k = 0, 1, ...) are
/// the nodes 2k+1 and 2k+2 of its list. `feature[i]` is the column that node i compares, or -1 for a leaf;
/// `value[i]` is the index of the threshold of that column (x <= threshold goes to the first child), or of the leaf's
/// entry in `leaves`. A cycle cannot be written. A leaf is a list of (class, count); equal leaves share one entry.
/// Probability = mean over the trees of (count + smoothing) / (sum + classes x smoothing)
/// (mltat-formats(5), "Model", payload of c45 and rf).
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "ml/grow.h"
#include "ml/model.h"

namespace mltat {

struct FlatTree {
  std::vector<std::int32_t> feature;
  std::vector<std::uint32_t> value;
};

/// A leaf: classes ascending, counts above 0.
using Leaf = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// The payload as it stands in the file.
struct ForestParts {
  std::size_t n_features = 0;
  std::size_t n_classes = 0;
  std::uint32_t smoothing = 0;
  std::vector<std::vector<double>> thresholds;  ///< of each feature, ascending
  std::vector<Leaf> leaves;
  std::vector<FlatTree> trees;
};

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
