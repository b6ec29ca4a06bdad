// SPDX-License-Identifier: Apache-2.0
/// Random numbers as a function of what they are for, never of the thread that asks: f(seed, tree, fold, class).
/// Own generator and own shuffle, because the standard distributions differ between libraries.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>

#include "base/wide_int.h"

namespace mltat {

/// SplitMix64 finaliser: a bijection that spreads every bit.
inline std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

class Rng {
 public:
  /// A stream of its own for every list of coordinates, e.g. {seed, fold, tree}.
  explicit Rng(std::initializer_list<std::uint64_t> coordinates) {
    for (const std::uint64_t c : coordinates) state_ = mix64(state_ + 0x9e3779b97f4a7c15 + mix64(c + 1));
  }

  std::uint64_t next() { return mix64(state_ += 0x9e3779b97f4a7c15); }

  /// Uniform in [0, bound), without bias. Requires: bound > 0.
  std::uint64_t below(std::uint64_t bound) {
    // Lemire's multiply-and-reject: the low half decides whether the high half is biased.
    while (true) {
      const u128 product = static_cast<u128>(next()) * bound;
      const auto low = static_cast<std::uint64_t>(product);
      if (low >= bound || low >= (0 - bound) % bound) return static_cast<std::uint64_t>(product >> 64);
    }
  }

  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace mltat
