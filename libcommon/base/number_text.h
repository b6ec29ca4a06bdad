// SPDX-License-Identifier: Apache-2.0
/// Numbers as text, the same on every machine and in every locale (mltat-formats(5), "Numbers").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace mltat {

/// No number takes more.
inline constexpr std::size_t kNumberChars = 32;

// write_ puts kNumberChars characters at most at `at` and returns where they end; append_ appends the same.

char* write_uint(char* at, std::uint64_t value);
char* write_int(char* at, std::int64_t value);
void append_uint(std::string& out, std::uint64_t value);
void append_int(std::string& out, std::int64_t value);

/// Integral values below 2^53 as digits, all others in the shortest form that reads back to the same double.
/// Requires: value is finite (NaN and infinity never leave a tool).
char* write_number(char* at, double value);
void append_number(std::string& out, double value);

/// Seconds since 1970 with exactly nine decimals; negative times carry the sign in front: -0.500000000.
char* write_timestamp(char* at, Nanos time);
void append_timestamp(std::string& out, Nanos time);

/// Nanoseconds as microseconds with up to three decimals, trailing zeros dropped: 1500 -> 1.5.
/// Requires: span >= 0.
char* write_microseconds(char* at, Nanos span);

/// 16 lower-case hex digits.
char* write_hex64(char* at, std::uint64_t value);

/// A duration as the options take it, in the largest of s, ms, us, ns that divides it; 0 as 0.
void append_duration(std::string& out, Nanos span);

/// A decimal with at most `places` digits behind the point, as an integer of the last of them: with 3 places 1.5 is
/// 1500. Returns: whether the text is one and fits.
bool parse_fixed(std::string_view text, int places, std::int64_t& value);

/// Seconds since 1970 with at most nine decimals. Returns: nothing for other text.
std::optional<Nanos> parse_timestamp(std::string_view text);

}  // namespace mltat
