// SPDX-License-Identifier: Apache-2.0
/// What became of the rows of a run, for --stats.
#pragma once

#include <cstdint>
#include <string>

#include "io/counters.h"
#include "rows/row_batch.h"

namespace mltat {

struct RowCounts {
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  std::uint64_t rejected = 0;  ///< could not be used; the run ended there

  /// For a batch whose rows are written: counts them, and throws the batch's trouble.
  void add(const RowBatch& batch);

  void add_to(Counters& counters) const;
  /// Nothing for an empty path. Errors: Error(cannot_create), Error(io).
  void write(const std::string& path, const std::string& tool) const;
};

}  // namespace mltat
