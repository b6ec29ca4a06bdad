// SPDX-License-Identifier: Apache-2.0
/// A support vector machine with the RBF kernel between two sets of rows, fitted by dlib's SMO.
/// Reference: J. C. Platt, "Fast Training of Support Vector Machines using Sequential Minimal Optimization", 1998.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace mltat {

/// Rows of floats, `stride` apart, a multiple of kLanes; what lies behind the row's width is 0.
struct FloatRows {
  static constexpr std::size_t kLanes = 8;
  static std::size_t stride_of(std::size_t width) { return (width + kLanes - 1) / kLanes * kLanes; }

  std::size_t stride = 0;
  std::vector<float> values;

  const float* row(std::size_t r) const { return values.data() + r * stride; }
};

/// One side: rows and how many rows each counts as (above 0; all 1 when empty).
struct SmoSide {
  std::vector<std::uint32_t> rows;
  std::vector<double> weights;
};

/// Weights as a search takes them that knows one c a side: row i stands times[i] >= 1 times, each at a cost up to
/// c x share. Exact where all weights are multiples of the least; otherwise within 5 percent, or with no more than
/// about kMaxTimes times the rows, whichever takes fewer. The sum is kept.
struct Repeats {
  std::vector<std::uint32_t> times;
  double share;
};
inline constexpr double kMaxTimes = 4;
Repeats repeats_of(const SmoSide& side);

/// The decision is sum of coefficient x kernel(row, x) - offset: above 0 for the positive side.
struct SmoResult {
  std::vector<std::pair<std::uint32_t, double>> support;  ///< row, coefficient; rows ascending, each once
  double offset = 0;
};

/// exp(-gamma |a - b|^2)
float rbf_kernel(const float* a, const float* b, std::size_t stride, float gamma);

/// A row of weight w costs up to c x w (as repeats_of says). Runs until the duality conditions hold within 1e-3, as
/// libsvm does; there is no limit of steps, each lowers the objective. Memory: up to 200 MB of kernel columns.
/// Requires: rows on both sides, weights above 0.
SmoResult fit_smo(const FloatRows& rows, const SmoSide& positive, const SmoSide& negative, double c, double gamma);

}  // namespace mltat
