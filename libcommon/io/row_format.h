// SPDX-License-Identifier: Apache-2.0
/// The two forms of a stream of rows.
#pragma once

#include <cstdint>

namespace mltat {

enum class RowFormat : std::uint8_t { ndjson, csv };

}  // namespace mltat
