// SPDX-License-Identifier: Apache-2.0
#include "base/wide_int.h"

#include <bit>
#include <cmath>

namespace mltat {

U256 U256::product(u128 a, u128 b) {
  const std::array<std::uint64_t, 2> x{static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(a >> 64)};
  const std::array<std::uint64_t, 2> y{static_cast<std::uint64_t>(b), static_cast<std::uint64_t>(b >> 64)};
  U256 result;
  for (std::size_t i = 0; i < 2; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < 2; ++j) {
      const u128 term = static_cast<u128>(x[i]) * y[j] + result.words_[i + j] + carry;
      result.words_[i + j] = static_cast<std::uint64_t>(term);
      carry = static_cast<std::uint64_t>(term >> 64);
    }
    result.words_[i + 2] = carry;
  }
  return result;
}

U256 U256::operator-(const U256& other) const {
  U256 result;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const u128 difference = static_cast<u128>(words_[i]) - other.words_[i] - borrow;
    result.words_[i] = static_cast<std::uint64_t>(difference);
    borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
  }
  return result;
}

unsigned U256::bit_width() const {
  for (unsigned i = 4; i-- > 0;)
    if (words_[i] != 0) return i * 64 + static_cast<unsigned>(std::bit_width(words_[i]));
  return 0;
}

namespace {

/// quotient * 2^exponent to double, once, ties to even; `sticky`: something nonzero lies below.
/// Requires: quotient has at least 55 bits, so that rounding looks at a whole half bit.
double round_once(u128 quotient, bool sticky, int exponent) {
  const auto high = static_cast<std::uint64_t>(quotient >> 64);
  const int width = high != 0 ? 128 - std::countl_zero(high) : static_cast<int>(std::bit_width(static_cast<std::uint64_t>(quotient)));
  const int drop = width - 53;
  auto kept = static_cast<std::uint64_t>(quotient >> drop);
  const u128 below = quotient & ((u128{1} << drop) - 1);
  const u128 half = u128{1} << (drop - 1);
  if (below > half || (below == half && (sticky || (kept & 1)))) ++kept;
  return std::ldexp(static_cast<double>(kept), exponent + drop);
}

}  // namespace

double ratio(const U256& numerator, std::uint64_t denominator) {
  const unsigned width = numerator.bit_width();
  if (width == 0) return 0;
  constexpr std::uint64_t kExact = std::uint64_t{1} << 53;
  // First: both exact as doubles, and the machine's own division rounds once.
  if (width <= 53 && denominator <= kExact)
    return static_cast<double>(numerator.word(0)) / static_cast<double>(denominator);
  // Then long division by words of 64 bits, two of them below the point: at least 64 bits of quotient are known.
  u128 quotient = 0;
  u128 remainder = 0;
  int exponent = 0;
  for (int i = 3; i >= -2; --i) {
    const std::uint64_t word = i >= 0 ? numerator.word(static_cast<unsigned>(i)) : 0;
    if (quotient >> 64 != 0) {
      // Enough is known; the rest only tells whether anything is left.
      exponent = 64 * (i + 1);
      bool sticky = remainder != 0;
      for (int rest = i; rest >= 0; --rest) sticky |= numerator.word(static_cast<unsigned>(rest)) != 0;
      return round_once(quotient, sticky, exponent);
    }
    const u128 dividend = remainder << 64 | word;
    quotient = quotient << 64 | static_cast<std::uint64_t>(dividend / denominator);
    remainder = dividend % denominator;
  }
  return round_once(quotient, remainder != 0, -128);
}

}  // namespace mltat
