// SPDX-License-Identifier: Apache-2.0
#include "flow/flow.h"

#include <algorithm>
#include <array>

namespace mltat {

std::string_view name(EndReason reason) {
  static constexpr std::array<std::string_view, 7> kNames{"fin", "rst", "idle", "active", "forced", "evicted", "eof"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string_view name(DirSource source) {
  static constexpr std::array<std::string_view, 6> kNames{"syn", "synack", "icmp", "mcast", "port", "first"};
  return kNames[static_cast<std::size_t>(source)];
}

std::uint64_t ClockSpan::first_past(Nanos deadline) const {
  return std::upper_bound(records.begin(), records.end(), deadline,
                          [](Nanos limit, const RawPacket& record) { return limit < record.clock; })
      ->number;
}

}  // namespace mltat
