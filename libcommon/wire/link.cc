// SPDX-License-Identifier: Apache-2.0
#include "wire/link.h"

#include "wire/decode.h"

namespace mltat {
namespace {

bool is_tag(std::uint16_t type) {
  return type == kEtherVlan || type == kEtherProvider || type == kEtherStacked;
}

/// Steps over a header of kBytes in which an ethertype stands at kTypeAt, and over what that announces.
template <unsigned kBytes, unsigned kTypeAt>
Skip strip_typed_header(Cursor& cursor, Link& link) {
  Header<kBytes> header;
  if (!cursor.read(header)) return Skip::truncated_header;
  return strip_ether_type(header.template u16<kTypeAt>(), cursor, link);
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
Skip strip_tags(std::uint16_t& type, Cursor& cursor, Link& link) {
  for (unsigned tags = 0; is_tag(type); ++tags) {
    if (tags == kMaxVlanTags) return Skip::too_deep;
    Header<4> tag;
    if (!cursor.read(tag)) return Skip::truncated_header;
    if (tags == 0 && !link.in_mpls) link.vlan_id = tag.u16<0>() & 0x0fff;
    type = tag.u16<2>();
  }
  return Skip::none;
}

// Ethernet over MPLS (RFC 4448): a control word may stand in front. It begins with four zero bits, but so do the
// addresses of most makers, so both readings are tried: first the one where an ethertype that leads to IP stands
// where it should behind the control word.
Skip strip_ethernet_in_mpls(std::uint8_t nibble, Cursor& cursor, Link& link) {
  if (link.in_mpls) return Skip::too_deep;
  link.in_mpls = true;
  Cursor behind_word = cursor;
  if (nibble == 0 && behind_word.skip(4)) {
    Link within = link;
    if (strip_ethernet(behind_word, within) == Skip::none) {
      cursor = behind_word;
      link = within;
      return Skip::none;
    }
  }
  return strip_ethernet(cursor, link);
}

// MPLS label stack entry, RFC 3032: the bit S marks the bottom of the stack. Nothing says what follows it; RFC 4928
// tells to look at the first four bits: 4 and 6 are IP, 1 is an associated channel, the rest a pseudowire.
//
//   0                          20    23 24          32
//  +--------------------------+-----+--+-----------+----
//  |          label           | exp |S |    ttl    | ...
//  +--------------------------+-----+--+-----------+----
Skip strip_mpls(Cursor& cursor, Link& link) {
  Header<4> entry;
  unsigned labels = 0;
  do {
    if (labels++ == kMaxMplsLabels) return Skip::too_deep;
    if (!cursor.read(entry)) return Skip::truncated_header;
  } while (!(entry.u8<2>() & 1));
  Header<1> first;
  if (!cursor.peek(first)) return Skip::truncated_header;
  const std::uint8_t nibble = first.u8<0>() >> 4;
  if (nibble == 4 || nibble == 6) return set_version(nibble, link);
  return nibble == 1 ? Skip::non_ip : strip_ethernet_in_mpls(nibble, cursor, link);
}

// PPPoE (RFC 2516) of a session: version and type 0x11, code 0, session id, length; then PPP.
//
//   0       1       2               4               6
//  +-------+-------+---------------+---------------+----
//  | 1 , 1 |   0   |    session    |    length     | ...
//  +-------+-------+---------------+---------------+----
Skip strip_pppoe(Cursor& cursor, Link& link) {
  Header<6> header;
  if (!cursor.read(header)) return Skip::truncated_header;
  return header.u16<0>() == 0x1100 ? strip_ppp(cursor, link) : Skip::non_ip;
}

// LINKTYPE_LINUX_SLL, "cooked" capture: one header for any device.
//
//   0     2      4       6                       14      16
//  +-----+------+-------+-----------------------+-------+----
//  |kind |device|length |    sender address     | type  | ...
//  +-----+------+-------+-----------------------+-------+----
Skip strip_sll(Cursor& cursor, Link& link) {
  return strip_typed_header<16, 14>(cursor, link);
}

// LINKTYPE_LINUX_SLL2: the type comes first, and the interface is named.
//
//   0      2    4           8      10   11      12                      20
//  +------+----+-----------+------+----+-------+-----------------------+----
//  | type | 0  | interface |device|kind|length |    sender address     | ...
//  +------+----+-----------+------+----+-------+-----------------------+----
Skip strip_sll2(Cursor& cursor, Link& link) {
  return strip_typed_header<20, 0>(cursor, link);
}

// LINKTYPE_NULL and LINKTYPE_LOOP, BSD loopback: the address family, in the byte order of the machine that captured in
// the first, big endian in the second. Files with the one number and the other order exist. AF_INET is 2
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

// LINKTYPE_C_HDLC, and PPP lines that speak it: address, control, ethertype.
Skip strip_cisco_hdlc(Cursor& cursor, Link& link) {
  return strip_typed_header<4, 2>(cursor, link);
}

// LINKTYPE_PPP and LINKTYPE_PPP_HDLC. The address of Cisco HDLC is 0x0f or 0x8f, that of PPP 0xff or left out.
Skip strip_serial_line(Cursor& cursor, Link& link) {
  Header<1> address;
  if (!cursor.peek(address)) return Skip::truncated_header;
  return (address.u8<0>() & 0x7f) == 0x0f ? strip_cisco_hdlc(cursor, link) : strip_ppp(cursor, link);
}

// LINKTYPE_NFLOG: packets that a firewall rule logged, as attributes, each padded to 4 bytes. Length (which counts
// itself and the type) and type are in the byte order of the machine that captured; types are small numbers, so
// their zero byte tells which that was.
//
//   0      1      2       4        6       8
//  +------+------+-------+--------+-------+---- - - -+--------+----
//  |family|  0   | group | length | type  |  value   | length | ...
//  +------+------+-------+--------+-------+---- - - -+--------+----
Skip strip_nflog(Cursor& cursor, Link& link) {
  constexpr std::uint16_t kPayload = 9;
  Header<4> header;
  if (!cursor.read(header)) return Skip::truncated_header;
  if (header.u8<1>() != 0) return Skip::non_ip;
  Header<4> attribute;
  while (cursor.read(attribute)) {
    const bool little = attribute.u8<3>() == 0;
    const auto in_order = [little](std::uint16_t value) { return little ? swap_bytes(value) : value; };
    const std::size_t size = in_order(attribute.u16<0>());
    if (size < 4) return Skip::malformed;
    if (in_order(attribute.u16<2>()) == kPayload) return strip_raw(cursor, link);
    if (!cursor.skip((size + 3) / 4 * 4 - 4)) return Skip::truncated_header;
  }
  return Skip::non_ip;
}

// 802.11: the source of the packet has found the ethertype (RFC 1042, SNAP).
Skip strip_ieee802_11(std::uint16_t ether_type_at, Cursor& cursor, Link& link) {
  switch (ether_type_at) {
    case kNoData: return Skip::non_ip;
    case kEncrypted: return Skip::encrypted;
    case kBroken: return Skip::malformed;
    default: break;
  }
  if (!cursor.skip(ether_type_at)) return Skip::truncated_header;
  return strip_typed_header<2, 0>(cursor, link);
}

}  // namespace

Skip strip_ether_type(std::uint16_t type, Cursor& cursor, Link& link) {
  const Skip skip = strip_tags(type, cursor, link);
  if (skip != Skip::none) return skip;
  switch (type) {
    case kEtherIpv4: return set_version(4, link);
    case kEtherIpv6: return set_version(6, link);
    case kEtherMpls:
    case kEtherMplsMulticast: return strip_mpls(cursor, link);
    case kEtherPppoe: return strip_pppoe(cursor, link);
    default: return Skip::non_ip;
  }
}

// Ethernet II (IEEE 802.3, clause 3): a type below 0x600 is a length, and what follows is LLC, not IP.
//
//   0                   6                   12      14
//  +-------------------+-------------------+-------+----
//  |    destination    |      source       | type  | ...
//  +-------------------+-------------------+-------+----
Skip strip_ethernet(Cursor& cursor, Link& link) {
  return strip_typed_header<14, 12>(cursor, link);
}

// PPP, RFC 1661 and 1662: address 0xff and control 3 may be left out, and so may the first byte of a protocol number
// below 256, all of which are odd.
//
//   0       1       2               4
//  +-------+-------+---------------+----
//  |  ff   |  03   |   protocol    | ...
//  +-------+-------+---------------+----
Skip strip_ppp(Cursor& cursor, Link& link) {
  Header<1> small;
  if (!cursor.peek(small)) return Skip::truncated_header;
  if (small.u8<0>() == 0xff && (!cursor.skip(2) || !cursor.peek(small))) return Skip::truncated_header;
  std::uint16_t protocol = small.u8<0>();
  Header<2> full;
  if (protocol & 1) {
    cursor.skip(1);
  } else {
    if (!cursor.read(full)) return Skip::truncated_header;
    protocol = full.u16<0>();
  }
  switch (protocol) {
    case 0x0021: return set_version(4, link);
    case 0x0057: return set_version(6, link);
    case 0x0281:
    case 0x0283: return strip_mpls(cursor, link);
    default: return Skip::non_ip;
  }
}

Skip strip_link(const RawPacket& packet, Cursor& cursor, Link& link) {
  switch (packet.link) {
    case LinkType::ethernet: return strip_ethernet(cursor, link);
    case LinkType::linux_sll: return strip_sll(cursor, link);
    case LinkType::linux_sll2: return strip_sll2(cursor, link);
    case LinkType::null:
    case LinkType::loop: return strip_null(cursor, link);
    case LinkType::raw_12:
    case LinkType::raw_14:
    case LinkType::raw: return strip_raw(cursor, link);
    case LinkType::ipv4: return set_version(4, link);
    case LinkType::ipv6: return set_version(6, link);
    case LinkType::ppp:
    case LinkType::ppp_hdlc: return strip_serial_line(cursor, link);
    case LinkType::pppoe: return strip_pppoe(cursor, link);
    case LinkType::cisco_hdlc: return strip_cisco_hdlc(cursor, link);
    case LinkType::nflog: return strip_nflog(cursor, link);
    case LinkType::ieee802_11:
    case LinkType::radiotap:
    case LinkType::ppi: return strip_ieee802_11(packet.ether_type_at, cursor, link);
    default: return Skip::unsupported_link;
  }
}

bool is_supported(LinkType type) {
  switch (type) {
    case LinkType::null:
    case LinkType::ethernet:
    case LinkType::ppp:
    case LinkType::raw_12:
    case LinkType::raw_14:
    case LinkType::ppp_hdlc:
    case LinkType::pppoe:
    case LinkType::raw:
    case LinkType::cisco_hdlc:
    case LinkType::ieee802_11:
    case LinkType::loop:
    case LinkType::linux_sll:
    case LinkType::radiotap:
    case LinkType::ppi:
    case LinkType::ipv4:
    case LinkType::ipv6:
    case LinkType::nflog:
    case LinkType::linux_sll2: return true;
    case LinkType::unsupported: return false;
  }
  return false;
}

}  // namespace mltat
