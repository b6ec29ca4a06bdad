// SPDX-License-Identifier: Apache-2.0
/// From a frame to its IP packet: link headers and VLAN tags. Internal to wire/.
#pragma once

#include <cstdint>

#include "wire/cursor.h"
#include "wire/packet.h"

namespace mltat {

enum EtherType : std::uint16_t {
  kEtherIpv4 = 0x0800,
  kEtherVlan = 0x8100,
  kEtherIpv6 = 0x86dd,
  kEtherProvider = 0x88a8,
  kEtherStacked = 0x9100
};

/// What lies behind the link header.
struct Link {
  std::uint8_t version = 0;   ///< 4 or 6
  std::uint16_t vlan_id = 0;  ///< outer tag, 0 = none
};

/// Moves the cursor from the frame to the IP header. `link` is undefined unless Skip::none is returned.
Skip strip_link(LinkType type, Cursor& cursor, Link& link);

}  // namespace mltat
