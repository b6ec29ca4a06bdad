// SPDX-License-Identifier: Apache-2.0
/// Growing and pruning one decision tree over binned columns.
///
/// Everything that decides a split is an integer, or a double computed from integers in a fixed order: a tree is a
/// function of rows, rules and random stream alone. A split sends rows with code <= bin to the left.
#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "ml/bins.h"
#include "parallel/pipeline.h"

namespace mltat {

/// A training row as the grower moves it about. Weights are integers; all weights of a tree sum to no more than
/// kMaxTreeWeight, or kMaxGiniWeight where only grow_gini sees them. A row may stand more than once.
struct TreeRow {
  std::uint32_t row;
  std::uint16_t label;
  std::uint16_t weight;
};
inline constexpr std::uint64_t kMaxTreeWeight = (1U << 24) - 1;
inline constexpr std::uint64_t kMaxGiniWeight = 1U << 28;  ///< its square is far from the end of 64 bits

struct GrowRules {
  std::size_t max_depth = 0;      ///< splits above a leaf, 0: no limit
  std::size_t min_leaf = 1;       ///< weight on either side of a split
  std::size_t max_features = 0;   ///< columns drawn for each node, 0: all
  std::uint32_t weight_unit = 1;  ///< the weight that is one row
};

/// Children stand beside each other behind their parent: right = left + 1.
struct GrownNode {
  static constexpr std::int32_t kLeaf = -1;
  std::int32_t feature = kLeaf;
  std::uint32_t left = 0;
  std::uint8_t bin = 0;
};

struct GrownTree {
  std::size_t n_classes = 0;
  std::vector<GrownNode> nodes;       ///< the root first
  std::vector<std::uint32_t> counts;  ///< [nodes x classes] weight of each class
};

/// CART by Gini impurity, every node drawing its columns anew; a node is split while it is impure and one of its
/// columns varies. More columns than asked for are tried until one of them varies.
/// Requires: rows is not empty, labels < n_classes.
GrownTree grow_gini(const BinnedColumns& x, std::vector<TreeRow> rows, std::size_t n_classes, const GrowRules& rules,
                    Rng rng);

/// C4.5: in each column the cut of the highest information gain; among the columns with at least the average gain
/// that of the highest gain ratio. `mdl`: the gain pays log2(cuts) / rows for the choice of the cut.
/// Reference: J. R. Quinlan, "C4.5: Programs for Machine Learning", 1993; "Improved Use of Continuous Attributes in
/// C4.5", 1996.
GrownTree grow_gain_ratio(const BinnedColumns& x, std::vector<TreeRow> rows, std::size_t n_classes,
                          const GrowRules& rules, bool mdl, Threads threads);

/// Error-based pruning: from the bottom, a subtree becomes a leaf where the upper limit of its errors, at confidence
/// cf, is no better than that of the leaf. Requires: 0 < cf <= 1; above .5 nothing is pruned. Cut off nodes stay in
/// the vector, out of reach. `weight_unit`: the weight that is one row.
void prune_by_error(GrownTree& tree, double cf, std::uint32_t weight_unit = 1);

/// Errors to expect beyond the `errors` seen among `rows`: upper limit of the binomial at confidence cf.
double extra_errors(double rows, double errors, double cf);

}  // namespace mltat
