// SPDX-License-Identifier: Apache-2.0
/// log2 of counts in fixed point, from integers alone: libm differs between processors, this does not.
#pragma once

#include <cstdint>

namespace mltat {

inline constexpr int kLog2FractionBits = 38;

/// log2(value) * 2^38, rounded down to within 2^-36 of the exact value. Requires: 1 <= value < 2^24.
std::uint64_t fixed_log2(std::uint32_t value);

}  // namespace mltat
