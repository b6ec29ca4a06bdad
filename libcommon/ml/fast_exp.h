// SPDX-License-Identifier: Apache-2.0
/// exp of numbers that are not positive, without a call or a branch, so that a loop over it becomes vector code; the
/// same bytes on every machine.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace mltat {

/// Relative error below 3e-7; below -87 it stays at exp(-87). Requires: x <= 0.
inline float exp_not_positive(float x) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const float power = std::max(x, -87.0F) * kLog2E;
  const float rounded = power + kRound;
  const float rest = power - (rounded - kRound);  // in [-1/2, 1/2]
  // 2^rest by its series, (ln 2)^n / n!.
  float value = 1.54035304e-4F;
  value = value * rest + 1.33335581e-3F;
  value = value * rest + 9.61812911e-3F;
  value = value * rest + 5.55041087e-2F;
  value = value * rest + 2.40226507e-1F;
  value = value * rest + 6.93147181e-1F;
  value = value * rest + 1.0F;
  const auto exponent = (std::bit_cast<std::int32_t>(rounded) - std::bit_cast<std::int32_t>(kRound) + 127) << 23;
  return value * std::bit_cast<float>(exponent);
}

}  // namespace mltat
