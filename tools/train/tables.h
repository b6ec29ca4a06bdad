// SPDX-License-Identifier: Apache-2.0
/// The rows that train works on: what is learned from, what is set aside for the test, and what may not be torn apart.
#pragma once

#include <optional>
#include <string>

#include "io/streams.h"
#include "ml/labelled_table.h"
#include "tools/train/options.h"

namespace mltat::train {

inline constexpr std::string_view kCapture = "capture";
inline constexpr std::string_view kApplication = "application";
inline constexpr std::string_view kNone = "none";

/// A column whose values stay on one side of a split. Empty: rows are split at random.
struct Grouping {
  std::string column;

  /// Null for random.
  const TextColumn* in(const LabelledTable& table) const { return column.empty() ? nullptr : table.text(column); }
};

struct Tables {
  LabelledTable train;
  std::optional<LabelledTable> test;  ///< of --test
  std::uint64_t capped = 0;           ///< rows left out by --max-per-class
  Grouping grouping;
};

/// Reads, caps and cuts as the options say. Errors: those of LabelledTableReader and of splits; bad_data: nothing to
/// tell apart; usage: a column that no row has.
Tables read_tables(const ToolOptions& options, Streams& streams);

/// A column that an option names. Errors: usage where no row has it, bad_data where some rows lack it.
const TextColumn& named_column(const LabelledTable& table, const std::string& column, const std::string& option,
                               bool complete);

/// The unit of a feature that featurize writes; empty for any other column.
std::string unit_of(std::string_view feature);

}  // namespace mltat::train
