// SPDX-License-Identifier: Apache-2.0
/// AdaBoost for several classes: SAMME over trees of limited depth by Gini impurity.
/// Reference: Zhu, Zou, Rosset, Hastie, "Multi-class AdaBoost", Statistics and Its Interface 2, 2009.
///
/// Each tree is grown on rows weighted by how often the trees before it were wrong about them, and every leaf votes
/// for one class. A tree's vote counts rate * (log((1 - error) / error) + log(classes - 1)), error being its share of
/// the weights; the weights of the rows that it gets wrong are multiplied by exp of that. Boosting ends early with a
/// tree that is never wrong, or before one that is no better than chance; if the first one is not, the answer is the
/// shares of the classes. Probability = a class's share of the votes.
///
/// Growing counts in integers, so the weights are scaled to sum to just below 2^28 and rounded up: no row is forgotten
/// (with a coarser scale, or rounding to 0, B14 loses one point of a hundred). Errors and weights themselves are
/// doubles, summed in the order of rows.
#pragma once

#include <span>
#include <vector>

#include "ml/grow.h"
#include "ml/learner.h"

namespace mltat {

Learner adaboost_learner();

/// Rows in their order, those with much weight more than once: the weights of a row's entries sum to its share of
/// kMaxGiniWeight, rounded up, the whole to no more than that. Requires: weights are not negative, some are above 0.
/// Errors: Error(bad_data) for more than 2^24 - 1 rows.
std::vector<TreeRow> rows_of_weight(std::span<const std::uint32_t> labels, std::span<const double> weights);

}  // namespace mltat
