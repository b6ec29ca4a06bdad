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

/// Steps over the VLAN tags that begin with `type`, up to an ethertype that is no tag.
Skip strip_tags(std::uint16_t type, Cursor& cursor, Link& link);
/// Any link layer but Ethernet.
Skip strip_other_link(LinkType type, Cursor& cursor, Link& link);

// Ethernet II (IEEE 802.3, clause 3): an EtherType below 0x600 is a length, and what follows is LLC, not IP.
//
//   0                   6                   12      14
//  +-------------------+-------------------+-------+----
//  |    destination    |      source       | type  | ...
//  +-------------------+-------------------+-------+----
/// Moves the cursor from the frame to the IP header. Inline, because nearly every packet passes here.
inline Skip strip_link(LinkType type, Cursor& cursor, Link& link) {
  if (type != LinkType::ethernet) return strip_other_link(type, cursor, link);
  Header<14> ethernet;
  if (!cursor.read(ethernet)) return Skip::truncated_header;
  if (ethernet.u16<12>() != kEtherIpv4) return strip_tags(ethernet.u16<12>(), cursor, link);
  link.version = 4;
  return Skip::none;
}

}  // namespace mltat
