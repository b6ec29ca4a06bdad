// SPDX-License-Identifier: Apache-2.0
/// Trees as flat arrays, and rows that walk through many of them: what forests and both kinds of boosting score with.
///
/// A tree is listed breadth first, so no node names its children: the children of the k-th split (k = 0, 1, ...) are
/// the nodes 2k+1 and 2k+2 of its list. `feature[i]` is the column that node i compares, or -1 for a leaf;
/// `value[i]` is the index of the threshold of that column (x <= threshold goes to the first child), or the index of
/// the leaf among the leaves of all trees. A cycle cannot be written.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ml/table.h"

namespace mltat {

struct FlatTree {
  std::vector<std::int32_t> feature;
  std::vector<std::uint32_t> value;
};

/// Of each feature, ascending.
using SplitValues = std::vector<std::vector<double>>;

/// Errors: Error(bad_data) with the fact, unless there is a list of thresholds a feature and every tree is one.
void check_trees(const SplitValues& thresholds, const std::vector<FlatTree>& trees, std::size_t n_features,
                 std::size_t n_leaves);

/// Keeps the thresholds that a split uses and renumbers the splits.
void drop_unused_thresholds(SplitValues& thresholds, std::vector<FlatTree>& trees);

/// What each leaf adds to a row of scores: a list of (place, value).
class LeafTable {
 public:
  /// Ends the leaf under way; the next one begins.
  void end_leaf() { begin_.push_back(entries_.size()); }
  void add(std::uint32_t place, double value) { entries_.push_back({place, value}); }

  void add_to(std::span<double> row, std::uint32_t leaf, double weight) const {
    for (std::size_t i = begin_[leaf]; i < begin_[leaf + 1]; ++i)
      row[entries_[i].place] += weight * entries_[i].value;
  }

 private:
  struct Entry {
    std::uint32_t place;
    double value;
  };
  std::vector<std::size_t> begin_ = {0};
  std::vector<Entry> entries_;
};

/// Thread-safe: const calls only.
class TreeScorer {
 public:
  virtual ~TreeScorer() = default;
  /// Adds weight x value of the leaf reached, tree after tree in their order, to every row of out.
  virtual void add_scores(const Columns& x, Matrix& out) const = 0;
  virtual std::vector<FlatTree> trees() const = 0;
};

/// Requires: check_trees has passed; a weight for each tree, or none: all count 1.
std::unique_ptr<const TreeScorer> make_tree_scorer(SplitValues thresholds, const std::vector<FlatTree>& trees,
                                                   LeafTable leaves, std::vector<double> weights);

}  // namespace mltat
