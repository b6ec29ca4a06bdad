// SPDX-License-Identifier: Apache-2.0
/// Splitting one CSV record into its fields (RFC 4180): a field may be quoted, two quotes in a quoted field stand
/// for one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mltat {

/// The fields as they stand, quotes included; views into `record`. Returns: nothing, or the fact that makes the
/// record unusable. `out` holds the fields found so far then.
std::optional<std::string> split_csv(std::string_view record, std::vector<std::string_view>& out);

/// Appends what a field as it stands means: without its quotes.
void append_unquoted(std::string& out, std::string_view field);

}  // namespace mltat
