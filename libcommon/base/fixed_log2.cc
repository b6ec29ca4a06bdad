// SPDX-License-Identifier: Apache-2.0
#include "base/fixed_log2.h"

#include <array>
#include <bit>

#include "base/wide_int.h"

namespace mltat {
namespace {

constexpr std::uint32_t kTableSize = 4096;

/// Bit by bit: squaring the mantissa doubles the logarithm, and each overflow past 2 is one binary digit.
std::uint64_t log2_by_squaring(std::uint32_t value) {
  const int whole = std::bit_width(value) - 1;
  std::uint64_t mantissa = static_cast<std::uint64_t>(value) << (62 - whole);  // in [2^62, 2^63)
  std::uint64_t result = static_cast<std::uint64_t>(whole);
  for (int i = 0; i < kLog2FractionBits; ++i) {
    mantissa = static_cast<std::uint64_t>(static_cast<u128>(mantissa) * mantissa >> 62);
    const bool digit = mantissa >> 63;
    mantissa >>= static_cast<int>(digit);
    result = result << 1 | static_cast<std::uint64_t>(digit);
  }
  return result;
}

std::array<std::uint64_t, kTableSize> make_table() {
  std::array<std::uint64_t, kTableSize> table{};
  for (std::uint32_t i = 1; i < kTableSize; ++i) table[i] = log2_by_squaring(i);
  return table;
}

}  // namespace

std::uint64_t fixed_log2(std::uint32_t value) {
  static const std::array<std::uint64_t, kTableSize> table = make_table();
  if (value < kTableSize) return table[value];
  return log2_by_squaring(value);
}

}  // namespace mltat
