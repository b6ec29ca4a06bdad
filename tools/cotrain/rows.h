// SPDX-License-Identifier: Apache-2.0
/// The rows of a run: read once to learn from, and kept to be written with their labels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/spool.h"
#include "io/streams.h"
#include "ml/grouping.h"
#include "ml/labelled_table.h"
#include "tools/cotrain/options.h"

namespace mltat::cotrain {

struct Rows {
  LabelledTable all;                     ///< labels may be kUnlabelled
  LabelledTable given;                   ///< those with a label
  std::vector<std::uint32_t> given_row;  ///< of each, its row in `all`
  Grouping grouping;
  std::vector<Spool> inputs;  ///< as they came

  const TextColumn* groups() const { return grouping.in(all); }
  std::uint64_t unlabelled() const { return all.rows() - given.rows(); }
};

/// Errors: those of LabelledTableReader; bad_data: no label, or labels of one class; usage: a column that no row has.
Rows read_rows(const ToolOptions& options, Streams& streams);

/// Labels that contradict each other: rows equal in every feature that were given different ones.
struct Conflicts {
  std::uint64_t sets = 0;  ///< of equal rows
  std::uint64_t rows = 0;  ///< in them
};
Conflicts conflicts_of(const LabelledTable& given);

}  // namespace mltat::cotrain
