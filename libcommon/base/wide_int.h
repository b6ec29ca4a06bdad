// SPDX-License-Identifier: Apache-2.0
/// Exact integer arithmetic beyond 64 bits, for sums of squares and their one rounding at the end.
///
/// A gap of 7.5e17 ns exists in real captures: n * sum of squares then passes 128 bits, so differences are taken
/// in 256. Everything is exact until ratio(), which rounds once, to nearest even.
#pragma once

#include <array>
#include <cstdint>

namespace mltat {

__extension__ using u128 = unsigned __int128;

/// Unsigned 256-bit integer, little-endian words; wraps modulo 2^256.
class U256 {
 public:
  constexpr U256() = default;
  constexpr U256(u128 value)  // NOLINT: an integer is a wider integer
      : words_{static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(value >> 64), 0, 0} {}

  /// Product of 128-bit numbers: never wraps.
  static U256 product(u128 a, u128 b);

  /// Requires: *this >= other, for a true difference.
  U256 operator-(const U256& other) const;

  std::uint64_t word(unsigned index) const { return words_[index]; }
  /// Index of the highest set bit plus one; 0 for zero.
  unsigned bit_width() const;

 private:
  std::array<std::uint64_t, 4> words_{};
};

/// numerator / denominator, rounded once to the nearest double (ties to even).
/// Requires: denominator > 0; numerator < 2^255.
double ratio(const U256& numerator, std::uint64_t denominator);

}  // namespace mltat
