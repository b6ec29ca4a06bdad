// SPDX-License-Identifier: Apache-2.0
#include "rows/row_times.h"

#include <string>

#include "base/number_text.h"

namespace mltat {

std::vector<RowMark> row_marks(RowBatch& batch, std::size_t text, std::span<const std::size_t> ends) {
  std::vector<RowMark> marks;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    const auto stamp = batch.text(row, text);
    const std::optional<Nanos> time = stamp ? parse_timestamp(*stamp) : std::nullopt;
    if (!time) {
      batch.fail(row, Error(ExitCode::bad_data,
                            batch.place(row) + ": no time in '" + std::string(kRowTime) + "', by which --rotate cuts"));
      break;
    }
    marks.push_back({ends[row], *time});
  }
  return marks;
}

}  // namespace mltat
