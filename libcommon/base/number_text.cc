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
char* write_chars(char* at, T value) {
  return std::to_chars(at, at + kNumberChars, value).ptr;
}

/// `digits` decimal places of value, zero padded.
char* write_padded(char* at, std::uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return at + digits;
}

template <class T>
void append_by(char* (*write)(char*, T), std::string& out, T value) {
  std::array<char, kNumberChars> buffer;
  out.append(buffer.data(), write(buffer.data(), value));
}

}  // namespace

char* write_uint(char* at, std::uint64_t value) {
  if (value >= 10) return write_chars(at, value);
  *at = static_cast<char>('0' + value);  // as most are
  return at + 1;
}
void append_uint(std::string& out, std::uint64_t value) {
  append_by(write_uint, out, value);
}

char* write_int(char* at, std::int64_t value) {
  return write_chars(at, value);
}
void append_int(std::string& out, std::int64_t value) {
  append_by(write_int, out, value);
}

char* write_number(char* at, double value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::fabs(value) < kExact) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value)
      return whole < 0 ? write_int(at, whole) : write_uint(at, static_cast<std::uint64_t>(whole));
  }
  return write_chars(at, value);
}
void append_number(std::string& out, double value) {
  append_by(write_number, out, value);
}

char* write_timestamp(char* at, Nanos time) {
  std::uint64_t magnitude = static_cast<std::uint64_t>(time);
  if (time < 0) {
    *at++ = '-';
    magnitude = 0 - magnitude;
  }
  at = write_chars(at, magnitude / 1'000'000'000);
  *at++ = '.';
  return write_padded(at, magnitude % 1'000'000'000, 9);
}
void append_timestamp(std::string& out, Nanos time) {
  append_by(write_timestamp, out, time);
}

char* write_microseconds(char* at, Nanos span) {
  at = write_uint(at, static_cast<std::uint64_t>(span / 1000));
  const auto rest = static_cast<unsigned>(span % 1000);
  if (rest == 0) return at;
  *at++ = '.';
  if (rest % 100 == 0) return write_padded(at, rest / 100, 1);
  if (rest % 10 == 0) return write_padded(at, rest / 10, 2);
  return write_padded(at, rest, 3);
}

char* write_hex64(char* at, std::uint64_t value) {
  for (int i = 0; i < 16; ++i)
    *at++ = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
  return at;
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
    append_int(out, span / scale);
    out += name;
    return;
  }
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
