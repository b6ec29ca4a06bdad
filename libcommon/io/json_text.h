// SPDX-License-Identifier: Apache-2.0
/// Writing JSON and CSV text by hand: no library stands on the path of a row.
#pragma once

#include <string>
#include <string_view>

namespace mltat {

/// A JSON string with quotes. Bytes that are no UTF-8 are written as U+FFFD, so that the line stays JSON.
void append_json_string(std::string& out, std::string_view text);

/// A CSV field, quoted only where RFC 4180 asks for it.
void append_csv_field(std::string& out, std::string_view text);

}  // namespace mltat
