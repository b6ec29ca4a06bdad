// SPDX-License-Identifier: Apache-2.0
/// The rows that train works on: what is learned from, what is set aside for the test, and what may not be torn apart.
#pragma once

#include <optional>
#include <string>

#include "io/streams.h"
#include "ml/grouping.h"
#include "ml/labelled_table.h"
#include "tools/train/options.h"

namespace mltat::train {

struct Tables {
  LabelledTable train;
  std::optional<LabelledTable> test;  ///< of --test
  std::uint64_t capped = 0;           ///< rows left out by --max-per-class
  Grouping grouping;
};

/// Reads, caps and cuts as the options say. Errors: those of LabelledTableReader and of splits; bad_data: nothing to
/// tell apart; usage: a column that no row has.
Tables read_tables(const ToolOptions& options, Streams& streams);

}  // namespace mltat::train
