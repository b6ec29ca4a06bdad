// SPDX-License-Identifier: Apache-2.0
/// Shannon entropy over fixed bins, the bins being part of the format (mltat-formats(5), "Entropy bins",
/// feature set version 1). Integer sums and a fixed-point logarithm: the same bits on every processor.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "base/fixed_log2.h"
#include "base/time.h"

namespace mltat {

inline constexpr std::size_t kLengthBins = 96;
inline constexpr std::size_t kGapBins = 160;

/// IP length in bytes to one of 96 bins of 16 bytes; longer packets fall into the last.
inline std::size_t length_bin(std::uint32_t length) { return std::min<std::uint32_t>(length, 1535) / 16; }

/// Gap in ns to one of 160 bins, four an octave (19 % wide on average). Requires: gap >= 0.
inline std::size_t gap_bin(Nanos gap) {
  const auto ns = static_cast<std::uint64_t>(gap);
  if (ns < 2) return 0;
  const int octave = static_cast<int>(std::bit_width(ns)) - 1;
  const std::uint64_t quarter = octave >= 2 ? ns >> (octave - 2) & 3 : ns << (2 - octave) & 3;
  return std::min<std::size_t>(kGapBins - 1, 4 * static_cast<std::size_t>(octave) + quarter);
}

/// Accumulates counts and yields the entropy in bits: H = log2 N - (1/N) * sum of c * log2 c.
class EntropySum {
 public:
  /// Zero counts add nothing. Requires: the sum of all counts stays below 2^20 (a part holds 1,000,000 packets).
  void add(std::uint32_t count) {
    if (count == 0) return;
    total_ += count;
    weighted_ += count * fixed_log2(count);
  }

  /// 0 for an empty sample.
  double bits() const {
    if (total_ == 0) return 0;
    const std::uint64_t scaled = total_ * fixed_log2(static_cast<std::uint32_t>(total_)) - weighted_;
    return static_cast<double>(scaled) / (static_cast<double>(total_) * (std::uint64_t{1} << kLog2FractionBits));
  }

 private:
  std::uint64_t total_ = 0;
  std::uint64_t weighted_ = 0;
};

}  // namespace mltat
