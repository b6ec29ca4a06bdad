// SPDX-License-Identifier: Apache-2.0
/// SipHash-2-4, the published hash of flow keys: flow_id and --shard are the same on every machine.
/// Reference: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace mltat {

struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

std::uint64_t siphash24(Bytes data, SipKey key = {});

}  // namespace mltat
