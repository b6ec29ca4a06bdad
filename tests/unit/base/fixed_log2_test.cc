// SPDX-License-Identifier: Apache-2.0
#include "base/fixed_log2.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace mltat {
namespace {

/// How far below the exact logarithm, in units of 2^-38. The reference is libm's, in 64 bits of mantissa or more.
long double shortfall(std::uint32_t value) {
  const long double exact = std::log2(static_cast<long double>(value)) * (std::uint64_t{1} << kLog2FractionBits);
  return exact - static_cast<long double>(fixed_log2(value));
}

constexpr long double kAllowed = 4;       // 2^-36
constexpr long double kReference = 1e-5;  // what the reference itself may be off

TEST(FixedLog2, PowersOfTwoAreExact) {
  for (int i = 0; i < 24; ++i)
    EXPECT_EQ(fixed_log2(1u << i), static_cast<std::uint64_t>(i) << kLog2FractionBits) << i;
}

TEST(FixedLog2, NeverAboveAndAtMost2ToMinus36BelowTheExactValue) {
  for (std::uint32_t value = 1; value <= 70000; ++value) {
    ASSERT_GE(shortfall(value), -kReference) << value;
    ASSERT_LE(shortfall(value), kAllowed) << value;
  }
}

TEST(FixedLog2, LargeCountsToo) {
  Rng rng({4});
  for (int i = 0; i < 20000; ++i) {
    const auto value = static_cast<std::uint32_t>(1 + rng.below((1u << 24) - 1));
    ASSERT_GE(shortfall(value), -kReference) << value;
    ASSERT_LE(shortfall(value), kAllowed) << value;
  }
  for (const std::uint32_t value : {(1u << 20) - 1, (1u << 20), (1u << 20) + 1, 1'000'000u, (1u << 24) - 1}) {
    EXPECT_GE(shortfall(value), -kReference) << value;
    EXPECT_LE(shortfall(value), kAllowed) << value;
  }
}

// The end of the table and the first value behind it follow the same rule, so the sequence never runs back.
TEST(FixedLog2, GrowsWithTheValue) {
  for (std::uint32_t value = 1; value < 10000; ++value)
    ASSERT_LT(fixed_log2(value), fixed_log2(value + 1)) << value;
}

}  // namespace
}  // namespace mltat
