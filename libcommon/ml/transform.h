// SPDX-License-Identifier: Apache-2.0
/// Columns brought to one scale for the learners that measure distances or multiply: fitted on the rows learned from,
/// part of the model. No unit has to be known, and no value is too large.
///
/// slog: sign(x) ln(1 + |x| / s), s = first percentile of the column's |x| above 0, then less the mean, divided by the
/// standard deviation, and cut off at +-10. rank: the share of the rows below x (equal values: their middle), between
/// 256 knots by straight lines, as (share - 1/2) sqrt(12), so that its deviation is about 1 too. A constant column
/// becomes 0. Rows are not weighted here.
/// (mltat-formats(5), "Model", `transform`.)
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "ml/table.h"
#include "parallel/pipeline.h"

namespace mltat {

struct SlogColumn {
  double scale = 1;      ///< s, above 0
  double mean = 0;       ///< of sign(x) ln(1 + |x| / s)
  double deviation = 0;  ///< 0: the column is constant, all becomes 0

  double operator()(double x) const;
};

struct RankColumn {
  std::vector<double> knots;   ///< ascending
  std::vector<double> shares;  ///< of each knot, ascending, in [0, 1]; as many

  double operator()(double x) const;
};

/// Requires: at least one value, all finite.
SlogColumn fit_slog(std::span<const double> values);
RankColumn fit_rank(std::span<const double> values);

enum class TransformKind { slog, slog_rank };

/// Rows of floats, the slog of every column first, then the ranks.
class Transform {
 public:
  /// Requires: at least one row, finite values. O(columns x rows log rows).
  static Transform fit(const Columns& x, TransformKind kind, Threads threads);

  /// Errors: Error(bad_data) with the fact, for anything that no fit yields.
  static Transform parse(const nlohmann::ordered_json& json, TransformKind kind, std::size_t n_columns);
  std::string json() const;

  std::size_t width() const { return slog_.size() + rank_.size(); }
  /// Rows begin to end of x into rows of `out`, `stride` floats apart. Requires: stride >= width().
  void apply(const Columns& x, std::size_t begin, std::size_t end, float* out, std::size_t stride) const;

 private:
  std::vector<SlogColumn> slog_;
  std::vector<RankColumn> rank_;  ///< one a column, or none
};

}  // namespace mltat
