// SPDX-License-Identifier: Apache-2.0
/// The hash for the index of this process, inline for decode(). Internal to wire/.
#pragma once

#include <array>
#include <cstdint>

#include "base/wide_int.h"
#include "wire/packet.h"

namespace mltat {

using IndexKey = std::array<std::uint64_t, 6>;
/// Drawn once per process: nobody can prepare packets whose keys all meet in one place of the table.
extern const IndexKey kIndexKey;

/// Multiplies to 128 bits and folds: every bit of the result depends on both factors.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const u128 product = u128{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Over the two addresses as numbers and all that is left of the key.
inline std::uint64_t fast_index_hash(u128 low, u128 high, std::uint64_t rest) {
  const auto upper = [](u128 address) { return static_cast<std::uint64_t>(address >> 64); };
  const auto lower = [](u128 address) { return static_cast<std::uint64_t>(address); };
  const IndexKey& k = kIndexKey;
  const std::uint64_t low_end = fold(upper(low) ^ k[0], lower(low) ^ k[1]);
  const std::uint64_t high_end = fold(upper(high) ^ k[2], lower(high) ^ k[3]);
  return fold(low_end ^ rest ^ k[4], high_end ^ k[5]);
}

/// `ports` = low port << 16 | high port.
inline std::uint64_t pack_rest(std::uint64_t ports, std::uint64_t protocol, std::uint64_t vlan) {
  return ports | protocol << 32 | vlan << 40;
}

}  // namespace mltat
