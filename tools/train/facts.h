// SPDX-License-Identifier: Apache-2.0
/// What is to be known of the rows themselves, before anything is learned from them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/train/tables.h"

namespace mltat::train {

/// Counts of different names; none where the rows have no such column.
struct SourceCounts {
  std::optional<std::size_t> captures;
  std::optional<std::size_t> applications;
};

struct DataFacts {
  std::uint64_t rows = 0;
  std::uint64_t unlabelled = 0;      ///< left out for want of a label
  std::uint64_t dropped = 0;         ///< left out because their class was dropped
  std::uint64_t capped = 0;          ///< left out by --max-per-class
  std::uint64_t duplicate_rows = 0;  ///< equal to an earlier row in every feature and the class
  SourceCounts sources;
  std::vector<std::string> classes;
  std::vector<std::uint64_t> class_rows;
  std::vector<SourceCounts> class_sources;
  std::vector<std::string> features;
  std::vector<std::string> constant_columns;
  std::vector<std::vector<std::string>> duplicate_columns;  ///< lists of columns that are equal in every row
};

DataFacts facts_of(const Tables& tables);

}  // namespace mltat::train
