// SPDX-License-Identifier: Apache-2.0
/// Numbers as users write them: `30s`, `100ms`, `64MiB`. A word that cannot be read is a usage error that shows
/// what would be accepted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.h"

namespace mltat {

/// A span of time: an integer or decimal with one of ns us ms s m h, or a plain 0. Errors: usage.
Nanos parse_duration(std::string_view text);

/// A count of things: digits, or digits with one of k M G, which are thousands, millions and thousands of millions.
/// Errors: usage.
std::uint64_t parse_count(std::string_view text);

/// A finite real number. Errors: usage.
double parse_real(std::string_view text);

/// `NAME=REST`, neither side empty; `form` is what the message shows as accepted. Errors: usage.
std::pair<std::string, std::string> parse_named(std::string_view text, std::string_view form);

}  // namespace mltat
