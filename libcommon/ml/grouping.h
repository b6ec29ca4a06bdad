// SPDX-License-Identifier: Apache-2.0
/// What may not be torn apart where rows are judged: those of one capture, unless told otherwise.
#pragma once

#include <string>
#include <string_view>

#include "io/log.h"
#include "ml/labelled_table.h"

namespace mltat {

inline constexpr std::string_view kCapture = "capture";
inline constexpr std::string_view kApplication = "application";
inline constexpr std::string_view kNone = "none";

/// A column whose values stay on one side of a split. Empty: rows are split at random.
struct Grouping {
  std::string column;

  /// Null for random.
  const TextColumn* in(const LabelledTable& table) const { return column.empty() ? nullptr : table.text(column); }
};

/// Does the option name a column?
bool is_column(std::string_view given);

/// By the value of --group: a column, `none`, or empty: capture where it can be; where that cannot be, at random, and
/// that is said, with `consequence`. Errors: those of named_column.
Grouping grouping_of(const std::string& group, const LabelledTable& table, std::string_view consequence, Log& log);

/// A column that an option names. Errors: usage where no row has it, bad_data where some rows lack it.
const TextColumn& named_column(const LabelledTable& table, const std::string& column, const std::string& option,
                               bool complete);

}  // namespace mltat
