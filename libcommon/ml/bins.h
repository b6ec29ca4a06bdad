// SPDX-License-Identifier: Apache-2.0
/// Columns cut into at most 256 bins of about equally many rows, so that a learner works on bytes and integers.
///
/// A column with no more distinct values than bins gets a bin for each: splits are then exact. Thresholds lie midway
/// between the neighbouring values that they separate. Rows are not weighted here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ml/table.h"
#include "parallel/pipeline.h"

namespace mltat {

inline constexpr std::size_t kMaxBins = 256;

struct BinnedColumns {
  std::size_t rows = 0;
  std::vector<std::vector<double>> thresholds;  ///< of each column, ascending; one less than its bins
  std::vector<std::uint8_t> codes;              ///< column-major; a row's code = thresholds below its value

  std::size_t columns() const { return thresholds.size(); }
  const std::uint8_t* column(std::size_t c) const { return codes.data() + c * rows; }
};

/// Requires: values are finite, fewer than 2^32 rows, 2 <= bins <= kMaxBins. O(rows x columns).
BinnedColumns bin_columns(const Columns& x, std::size_t bins, Threads threads);

/// How many thresholds lie below the value: value <= thresholds[i] exactly if the code is <= i.
std::size_t code_of(std::span<const double> thresholds, double value);

}  // namespace mltat
