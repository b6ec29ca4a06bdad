// SPDX-License-Identifier: Apache-2.0
#include "wire/link.h"

#include "wire/decode.h"

namespace mltat {
namespace {

bool is_tag(std::uint16_t type) {
  return type == kEtherVlan || type == kEtherProvider || type == kEtherStacked;
}

Skip set_version(std::uint8_t version, Link& link) {
  link.version = version;
  return Skip::none;
}

// IEEE 802.1Q tags, stacked; of the 16 bits the lower 12 are the VLAN id, and id 0 says "priority only".
//
//   type    0       2       4
//  -------+-------+-------+----
//   8100  |  tag  | type  | ...
//  -------+-------+-------+----
/// Steps over the tags that begin with `type`, up to an ethertype that is no tag.
Skip strip_tags(std::uint16_t type, Cursor& cursor, Link& link) {
  for (unsigned tags = 0; is_tag(type); ++tags) {
    if (tags == kMaxVlanTags) return Skip::too_deep;
    Header<4> tag;
    if (!cursor.read(tag)) return Skip::truncated_header;
    if (tags == 0) link.vlan_id = tag.u16<0>() & 0x0fff;
    type = tag.u16<2>();
  }
  if (type == kEtherIpv4) return set_version(4, link);
  if (type == kEtherIpv6) return set_version(6, link);
  return Skip::non_ip;
}

// Ethernet II (IEEE 802.3, clause 3): a type below 0x600 is a length, and what follows is LLC, not IP.
//
//   0                   6                   12      14
//  +-------------------+-------------------+-------+----
//  |    destination    |      source       | type  | ...
//  +-------------------+-------------------+-------+----
Skip strip_ethernet(Cursor& cursor, Link& link) {
  Header<14> header;
  if (!cursor.read(header)) return Skip::truncated_header;
  return strip_tags(header.u16<12>(), cursor, link);
}

// LINKTYPE_LINUX_SLL, "cooked" capture: one header for any device.
//
//   0     2      4       6                       14      16
//  +-----+------+-------+-----------------------+-------+----
//  |kind |device|length |    sender address     | type  | ...
//  +-----+------+-------+-----------------------+-------+----
Skip strip_sll(Cursor& cursor, Link& link) {
  Header<16> header;
  if (!cursor.read(header)) return Skip::truncated_header;
  return strip_tags(header.u16<14>(), cursor, link);
}

// LINKTYPE_LINUX_SLL2: the type comes first, and the interface is named.
//
//   0      2    4           8      10   11      12                      20
//  +------+----+-----------+------+----+-------+-----------------------+----
//  | type | 0  | interface |device|kind|length |    sender address     | ...
//  +------+----+-----------+------+----+-------+-----------------------+----
Skip strip_sll2(Cursor& cursor, Link& link) {
  Header<20> header;
  if (!cursor.read(header)) return Skip::truncated_header;
  return strip_tags(header.u16<0>(), cursor, link);
}

// LINKTYPE_NULL, BSD loopback: the address family in the byte order of the machine that captured. AF_INET is 2
// everywhere; AF_INET6 is 10 (Linux), 24 (NetBSD, OpenBSD), 28 (FreeBSD), 30 (macOS).
Skip strip_null(Cursor& cursor, Link& link) {
  Header<4> header;
  if (!cursor.read(header)) return Skip::truncated_header;
  for (const std::uint32_t family : {header.u32<0>(), swap_bytes(header.u32<0>())}) {
    if (family == 2) return set_version(4, link);
    if (family == 10 || family == 24 || family == 28 || family == 30) return set_version(6, link);
  }
  return Skip::non_ip;
}

// LINKTYPE_RAW: an IP packet of either version.
Skip strip_raw(const Cursor& cursor, Link& link) {
  Header<1> header;
  if (!cursor.peek(header)) return Skip::truncated_header;
  const std::uint8_t version = header.u8<0>() >> 4;
  return version == 4 || version == 6 ? set_version(version, link) : Skip::malformed;
}

}  // namespace

Skip strip_link(LinkType type, Cursor& cursor, Link& link) {
  switch (type) {
    case LinkType::ethernet: return strip_ethernet(cursor, link);
    case LinkType::linux_sll: return strip_sll(cursor, link);
    case LinkType::linux_sll2: return strip_sll2(cursor, link);
    case LinkType::null: return strip_null(cursor, link);
    case LinkType::raw_12:
    case LinkType::raw_14:
    case LinkType::raw: return strip_raw(cursor, link);
    case LinkType::ipv4: return set_version(4, link);
    case LinkType::ipv6: return set_version(6, link);
    default: return Skip::unsupported_link;
  }
}

bool is_supported(LinkType type) {
  switch (type) {
    case LinkType::null:
    case LinkType::ethernet:
    case LinkType::raw_12:
    case LinkType::raw_14:
    case LinkType::raw:
    case LinkType::linux_sll:
    case LinkType::ipv4:
    case LinkType::ipv6:
    case LinkType::linux_sll2: return true;
    case LinkType::unsupported: return false;
  }
  return false;
}

}  // namespace mltat
