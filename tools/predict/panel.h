// SPDX-License-Identifier: Apache-2.0
/// The models that vote at one time, and what follows from them for a stream: which columns are read, which stay
/// behind, and what is added to a row. When models are read again, a new panel takes the place of the old one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/streams.h"
#include "rows/row_batch.h"
#include "rows/row_writer.h"
#include "tools/predict/options.h"
#include "tools/predict/voters.h"

namespace mltat::predict {

/// Places in RowPlan::texts.
inline constexpr std::size_t kFeatureSetText = 0;
inline constexpr std::size_t kTruthText = 1;
inline constexpr std::size_t kFirstTsText = 2;
inline constexpr std::size_t kLastTsText = 3;

/// Thread-safe once made.
struct Panel {
  /// Errors: those of Voters; mismatch for a model without the profile that an option needs.
  Panel(const ToolOptions& options, const Streams& streams);

  Voters voters;
  RowFormat format;
  RowPlan plan;
  std::vector<std::vector<std::string>> class_columns;  ///< CSV columns of --proba, by voter

  /// Features stay behind; whose row it is and what is known of it goes on, and so does any other column.
  bool keeps(std::string_view name) const;
  /// What it adds to each row.
  std::vector<std::string> added(const ToolOptions& options) const;
};

/// A panel before one input.
struct Seat {
  /// Errors: those of Voters::check_columns.
  Seat(std::shared_ptr<const Panel> of, const RowStream& stream, const ToolOptions& options);

  std::shared_ptr<const Panel> panel;
  RowWriter writer;
};

}  // namespace mltat::predict
