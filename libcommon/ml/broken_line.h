// SPDX-License-Identifier: Apache-2.0
/// A line through knots, straight between two of them, level before the first and behind the last.
#pragma once

#include <algorithm>
#include <span>

namespace mltat {

/// The height at x. Requires: at least one knot, knots ascending, as many heights; all finite, of any size.
inline double on_broken_line(std::span<const double> knots, std::span<const double> heights, double x) {
  if (x <= knots.front()) return heights.front();
  if (x >= knots.back()) return heights.back();
  const auto i = static_cast<std::size_t>(std::upper_bound(knots.begin(), knots.end(), x) - knots.begin());
  const double part = (x / 2 - knots[i - 1] / 2) / (knots[i] / 2 - knots[i - 1] / 2);  // halves: without overflow
  return heights[i - 1] + (heights[i] - heights[i - 1]) * part;
}

}  // namespace mltat
