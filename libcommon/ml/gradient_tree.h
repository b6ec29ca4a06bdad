// SPDX-License-Identifier: Apache-2.0
/// Growing one regression tree of gradient boosting over binned columns: the step of one class in one round.
///
/// With G and H the sums of the gradients and of the second derivatives of the loss over the rows of a node, its step
/// is -G / (H + l2), cut off at +-kMaxStep, and lowers the loss by about half of G^2 / (H + l2). A split is worth what
/// its sides save beyond their parent; the leaf whose best split is worth the most is split next.
///
/// Splits are chosen from histograms of integers: gradients and second derivatives are rounded to a 2^30th of the sum
/// of their sizes. Sums are therefore exact, the histogram of one child is that of its parent less its sister's, and
/// nothing depends on the number of threads. Steps are computed from the unrounded numbers, in the order of rows.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ml/bins.h"
#include "ml/tree_scorer.h"
#include "parallel/pipeline.h"

namespace mltat {

struct GradientRules {
  std::size_t max_leaves = 31;
  std::size_t max_depth = 0;   ///< splits above a leaf, 0: no limit
  std::int32_t min_leaf = 20;  ///< weight on either side of a split
  double l2 = 0;
};
inline constexpr double kMaxStep = 10;

/// Of each row. A row with all three 0 goes along and has no say.
struct RowGradients {
  std::vector<float> gradient;
  std::vector<float> hessian;         ///< the second derivative, not negative
  std::vector<std::uint32_t> weight;  ///< sums to less than 2^31
};

struct GradientTree {
  FlatTree tree;             ///< the value of a leaf is its place in steps
  std::vector<float> steps;  ///< times the rate
};

/// Grows one tree after the other in the same memory: 16 bytes for each bin and leaf, and 40 bytes a row.
/// One thread at a time; it may use several itself.
class GradientGrower {
 public:
  /// The bins outlive the grower.
  GradientGrower(const BinnedColumns& bins, const GradientRules& rules, Threads threads);
  ~GradientGrower();

  /// Adds to the score of each of `rows` what the tree says. Requires: rows ascend, at least one.
  GradientTree grow(std::span<const std::uint32_t> rows, const RowGradients& gradients, double rate,
                    std::span<float> scores);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mltat
