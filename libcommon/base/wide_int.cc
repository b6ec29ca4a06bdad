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

double ratio(const U256& numerator, std::uint64_t denominator) {
  // Schoolbook division bit by bit, until 55 quotient bits are known: 53 kept, one to round, the rest sticky.
  // Quotient bits below the binary point come from shifting zeros in.
  const int top = static_cast<int>(numerator.bit_width());
  if (top == 0) return 0;
  std::uint64_t quotient = 0;
  u128 remainder = 0;
  int position = top;  // weight of the next bit is 2^(position - 1)
  while (std::bit_width(quotient) < 55) {
    --position;
    remainder = remainder << 1 | static_cast<u128>(position >= 0 && numerator.bit(static_cast<unsigned>(position)));
    quotient <<= 1;
    if (remainder >= denominator) {
      remainder -= denominator;
      quotient |= 1;
    }
  }
  bool sticky = remainder != 0;
  for (int i = position - 1; i >= 0 && !sticky; --i) sticky = numerator.bit(static_cast<unsigned>(i));
  // 55 bits: quotient = (53 kept)(half)(below half); sticky joins the last.
  quotient |= static_cast<std::uint64_t>(sticky);
  std::uint64_t kept = quotient >> 2;
  const unsigned below = static_cast<unsigned>(quotient & 3);
  if (below > 2 || (below == 2 && (kept & 1))) ++kept;
  return std::ldexp(static_cast<double>(kept), position + 2);
}

}  // namespace mltat
