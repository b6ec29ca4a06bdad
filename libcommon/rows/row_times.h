// SPDX-License-Identifier: Apache-2.0
/// The time of each row, for output that is cut by time.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "io/rotation.h"
#include "rows/row_batch.h"

namespace mltat {

/// Whose time a row is of: its flow's last packet.
inline constexpr std::string_view kRowTime = "last_ts";

/// Ends and times of the rows of a batch, `text` being the place of kRowTime among the plan's texts. A row without a
/// time cuts the batch off. Requires: an end for each row.
std::vector<RowMark> row_marks(RowBatch& batch, std::size_t text, std::span<const std::size_t> ends);

}  // namespace mltat
