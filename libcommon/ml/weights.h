// SPDX-License-Identifier: Apache-2.0
/// How much rows count, from real numbers to the integers that learners take.
///
/// Learners count in integers, so that sums are exact in any order; a weight is rounded to 1 / unit of a row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mltat {

inline constexpr std::uint64_t kMaxWeightSum = 1U << 30;  ///< of integers
inline constexpr std::uint32_t kMaxWeightUnit = 256;

/// weight / unit is how many rows a row counts as. Empty: each counts once, unit 1.
struct IntegerWeights {
  std::vector<std::uint32_t> weights;
  std::uint32_t unit = 1;
};

/// The unit is the least power of two in which all weights are whole, or else the largest up to kMaxWeightUnit for
/// which they sum to at most kMaxWeightSum. No weight is rounded to 0. Weights of 1 throughout become empty.
/// Requires: finite weights above 0. Errors: Error(bad_data) for a sum that no unit brings under the limit.
IntegerWeights integer_weights(std::span<const double> weights);

/// The same in the coarsest unit of which the least weight has two, and coarser yet if it takes that for the sum to be
/// at most `limit`; the unit is a power of two, never below 1. The weights of a class are cut off along their running
/// sum, so that it stays right to one unit; under the limit's pressure small ones may become 0 by that.
IntegerWeights coarse_weights(std::span<const std::uint32_t> labels, std::span<const std::uint32_t> weights,
                              std::uint32_t unit, std::size_t n_classes, std::uint64_t limit);

/// For each row the weight at which all classes that have any count the same: (sum of all weights) / (such classes x
/// sum of those of its class), times its own weight. `weights` empty: 1 each. Requires: labels below n_classes.
std::vector<double> balanced_weights(std::span<const std::uint32_t> labels, std::span<const double> weights,
                                     std::size_t n_classes);

}  // namespace mltat
