// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace mltat {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view wanted) {
  throw Error(ExitCode::usage, "\"" + std::string(text) + "\" is not " + std::string(wanted));
}

/// Splits `1.5s` into its digits and its unit.
std::pair<std::string_view, std::string_view> split_unit(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789.");
  if (end == std::string_view::npos) return {text, {}};
  return {text.substr(0, end), text.substr(end)};
}

}  // namespace

std::pair<std::string, std::string> parse_named(std::string_view text, std::string_view form) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos || equals + 1 == text.size())
    throw Error(ExitCode::usage, "\"" + std::string(text) + "\": expected " + std::string(form));
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::uint64_t parse_count(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kScales{
      {{"", 1}, {"k", 1'000}, {"M", 1'000'000}, {"G", 1'000'000'000}}};
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view suffix(end, text.data() + text.size());
  const auto scale = std::find_if(kScales.begin(), kScales.end(), [&](const auto& one) { return one.first == suffix; });
  if (error != std::errc() || scale == kScales.end() || __builtin_mul_overflow(value, scale->second, &value))
    refuse(text, "a whole number, such as 1000 or 4M");
  return value;
}

double parse_real(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    refuse(text, "a number, such as 0.9");
  return value;
}

Nanos parse_duration(std::string_view text) {
  constexpr std::string_view kWanted = "a duration: give a number and a unit, such as 30s, 5m or 100ms";
  static constexpr std::array<std::pair<std::string_view, Nanos>, 6> kUnits{{
      {"ns", 1}, {"us", kMicrosecond}, {"ms", kMillisecond}, {"s", kSecond}, {"m", kMinute}, {"h", kHour}}};
  if (text == "0") return 0;
  const auto [digits, unit] = split_unit(text);
  for (const auto& [name, scale] : kUnits) {
    if (unit != name) continue;
    // Whole and fraction apart: a duration of whole units never passes through a double.
    const std::size_t dot = digits.find('.');
    const std::string_view whole = digits.substr(0, dot);
    std::string_view fraction = dot == std::string_view::npos ? std::string_view{} : digits.substr(dot + 1);
    if (whole.empty() || (dot != std::string_view::npos && fraction.empty())) refuse(text, kWanted);
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), count);
    if (error != std::errc() || end != whole.data() + whole.size()) refuse(text, kWanted);
    if (count > static_cast<std::uint64_t>(std::numeric_limits<Nanos>::max() / 2 / scale)) refuse(text, kWanted);
    Nanos value = static_cast<Nanos>(count) * scale;
    Nanos place = scale;
    for (const char digit : fraction) {
      if (digit < '0' || digit > '9' || place % 10 != 0) refuse(text, kWanted);
      place /= 10;
      value += (digit - '0') * place;
    }
    return value;
  }
  refuse(text, kWanted);
}

}  // namespace mltat
