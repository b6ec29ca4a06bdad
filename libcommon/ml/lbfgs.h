// SPDX-License-Identifier: Apache-2.0
/// The smallest value of a smooth function of many variables, by dlib's L-BFGS and line search.
/// Reference: J. Nocedal, S. J. Wright, "Numerical Optimization", 2006, algorithm 7.5.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace mltat {

/// The value at x; writes the gradient, as many entries as x has. Both are finite wherever x is.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct LbfgsRules {
  std::size_t max_iterations = 200;
  double tolerance = 1e-6;  ///< a step that lowers the value by less than this share of it is the last
  std::size_t memory = 10;  ///< steps that the curvature is estimated from
};

struct LbfgsResult {
  double value = 0;
  std::size_t iterations = 0;
  std::size_t evaluations = 0;
};

/// Moves x downhill until a step no longer pays or max_iterations are made: both are a result, not a failure. The same
/// objective from the same x gives the same bytes. Requires: the objective is bounded below by 0.
/// Errors: Error(internal) where the objective is not finite.
LbfgsResult minimize(const Objective& objective, std::vector<double>& x, const LbfgsRules& rules);

}  // namespace mltat
