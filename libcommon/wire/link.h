// SPDX-License-Identifier: Apache-2.0
/// From a frame to its IP packet: link headers, VLAN tags, MPLS labels, PPPoE. Internal to wire/.
#pragma once

#include <cstdint>

#include "wire/cursor.h"
#include "wire/packet.h"

namespace mltat {

enum EtherType : std::uint16_t {
  kEtherIpv4 = 0x0800,
  kEtherVlan = 0x8100,
  kEtherIpv6 = 0x86dd,
  kEtherMpls = 0x8847,
  kEtherMplsMulticast = 0x8848,
  kEtherPppoe = 0x8864,
  kEtherProvider = 0x88a8,
  kEtherStacked = 0x9100
};

/// What lies behind the link header.
struct Link {
  std::uint8_t version = 0;   ///< 4 or 6
  std::uint16_t vlan_id = 0;  ///< outer tag, 0 = none
  bool in_mpls = false;       ///< an Ethernet frame behind MPLS labels was entered: there is one at most
};

/// Moves the cursor from the frame to the IP header. `cursor` shows packet.frame. `link` is undefined unless Skip::none
/// is returned; so are the cursor and `link` in the functions below.
Skip strip_link(const RawPacket& packet, Cursor& cursor, Link& link);

/// From an Ethernet header, from what an ethertype announced, from a PPP header.
Skip strip_ethernet(Cursor& cursor, Link& link);
Skip strip_ether_type(std::uint16_t type, Cursor& cursor, Link& link);
Skip strip_ppp(Cursor& cursor, Link& link);

}  // namespace mltat
