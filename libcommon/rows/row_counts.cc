// SPDX-License-Identifier: Apache-2.0
#include "rows/row_counts.h"

namespace mltat {

void RowCounts::add(const RowBatch& batch) {
  read += batch.rows();
  written += batch.rows();
  if (!batch.trouble()) return;
  if (batch.trouble()->code() != ExitCode::io) {
    ++read;
    ++rejected;
  }
  throw Error(*batch.trouble());
}

void RowCounts::add_to(Counters& counters) const {
  counters.add("rows_read", read, "Rows read");
  counters.add("rows_written", written, "Rows written");
  counters.add("rows_rejected", rejected, "Rows that could not be used");
}

void RowCounts::write(const std::string& path, const std::string& tool) const {
  if (path.empty()) return;
  Counters counters;
  add_to(counters);
  counters.write(path, tool);
}

}  // namespace mltat
