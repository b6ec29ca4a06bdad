// SPDX-License-Identifier: Apache-2.0
#include "base/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace mltat {
namespace {

template <class T>
void append_chars(std::string& out, T value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

/// `digits` decimal places of value, zero padded.
void append_padded(std::string& out, std::uint64_t value, int digits) {
  std::array<char, 20> buffer;
  for (int i = digits - 1; i >= 0; --i) {
    buffer[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(buffer.data(), static_cast<std::size_t>(digits));
}

}  // namespace

void append_uint(std::string& out, std::uint64_t value) {
  append_chars(out, value);
}
void append_int(std::string& out, std::int64_t value) {
  append_chars(out, value);
}

void append_number(std::string& out, double value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::fabs(value) < kExact) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value) return append_chars(out, whole);
  }
  append_chars(out, value);
}

void append_timestamp(std::string& out, Nanos time) {
  std::uint64_t magnitude = static_cast<std::uint64_t>(time);
  if (time < 0) {
    out += '-';
    magnitude = 0 - magnitude;
  }
  append_chars(out, magnitude / 1'000'000'000);
  out += '.';
  append_padded(out, magnitude % 1'000'000'000, 9);
}

void append_microseconds(std::string& out, Nanos span) {
  append_chars(out, span / 1000);
  const auto rest = static_cast<unsigned>(span % 1000);
  if (rest == 0) return;
  out += '.';
  if (rest % 100 == 0)
    append_padded(out, rest / 100, 1);
  else if (rest % 10 == 0)
    append_padded(out, rest / 10, 2);
  else
    append_padded(out, rest, 3);
}

void append_duration(std::string& out, Nanos span) {
  if (span == 0) {
    out += '0';
    return;
  }
  // Minutes and hours only where a user would say them: 120s stays seconds, 1800s too.
  static constexpr std::array<std::pair<Nanos, std::string_view>, 4> kUnits{
      {{kSecond, "s"}, {kMillisecond, "ms"}, {kMicrosecond, "us"}, {1, "ns"}}};
  for (const auto& [scale, name] : kUnits) {
    if (span % scale != 0) continue;
    append_chars(out, span / scale);
    out += name;
    return;
  }
}

void append_hex64(std::string& out, std::uint64_t value) {
  std::array<char, 16> digits;
  for (std::size_t i = 0; i < digits.size(); ++i)
    digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
  out.append(digits.data(), digits.size());
}

bool parse_fixed(std::string_view text, int places, std::int64_t& value) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  std::uint64_t magnitude = 0;
  const auto put = [&](std::uint64_t digit) {
    return !__builtin_mul_overflow(magnitude, std::uint64_t{10}, &magnitude) &&
           !__builtin_add_overflow(magnitude, digit, &magnitude);
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  auto at = text.begin();
  for (; at != text.end() && is_digit(*at); ++at)
    if (!put(static_cast<std::uint64_t>(*at - '0'))) return false;
  if (at == text.begin()) return false;
  if (at != text.end()) {
    if (*at++ != '.' || at == text.end()) return false;
    for (; at != text.end(); ++at)
      if (!is_digit(*at) || places-- == 0 || !put(static_cast<std::uint64_t>(*at - '0'))) return false;
  }
  for (; places > 0; --places)
    if (!put(0)) return false;
  if (magnitude > static_cast<std::uint64_t>(INT64_MAX)) return false;
  value = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
  return true;
}

std::optional<Nanos> parse_timestamp(std::string_view text) {
  Nanos time = 0;
  return parse_fixed(text, 9, time) ? std::optional(time) : std::nullopt;
}

}  // namespace mltat
