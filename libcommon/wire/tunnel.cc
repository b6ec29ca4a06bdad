// SPDX-License-Identifier: Apache-2.0
#include "wire/tunnel.h"

namespace mltat {
namespace {

enum TunnelledType : std::uint16_t {
  kEthernetFrame = 0x6558,
  kPpp = 0x880b,
  kErspan = 0x88be,  ///< types I and II
  kErspan3 = 0x22eb
};

constexpr unsigned kMaxGtpExtensions = 8;

bool by_ether_type(std::uint16_t type, Cursor& cursor, Link& link) {
  if (type == kEthernetFrame) return strip_ethernet(cursor, link) == Skip::none;
  return strip_ether_type(type, cursor, link) == Skip::none;
}

// ERSPAN carries the frames of a mirrored port. Type I has no header of its own, and GRE no sequence number.
//
//   II    0               4               8            III   0               8       10              12
//        +---------------+---------------+----              +---------------+-------+---------------+----
//        |ver,vlan,sessn.|     index     | frame            |  ver .. time  | group |P,kind,hw,..,O | frame
//        +---------------+---------------+----              +---------------+-------+---------------+----
//
// With the bit O of type III another 8 bytes follow. Its kind of frame is Ethernet (0) or IP (2).
bool read_erspan(std::uint16_t type, bool numbered, Cursor& cursor, Link& link) {
  if (type == kErspan && numbered && !cursor.skip(8)) return false;
  if (type == kErspan3) {
    Header<12> header;
    if (!cursor.read(header)) return false;
    if ((header.u16<10>() & 1) && !cursor.skip(8)) return false;
    const unsigned kind = header.u16<10>() >> 10 & 0x1f;
    Header<1> first;
    if (kind == 2 && cursor.peek(first)) {
      link.version = first.u8<0>() >> 4;
      return true;
    }
    if (kind != 0) return false;
  }
  return strip_ethernet(cursor, link) == Skip::none;
}

// GRE, RFC 2784 and 2890; version 1, of PPTP, RFC 2637, has bit A for an acknowledgment. Fields stand in the order
// of the bits C (with 2 bytes reserved), K, S, A, 4 bytes each. Source routes (R) are obsolete.
//
//   0             13      16              32
//  +-+-+-+-+- - -+-------+---------------+----
//  |C|R|K|S|     |version|     type      | ...
//  +-+-+-+-+- - -+-------+---------------+----
bool read_gre(Cursor& cursor, Link& link) {
  constexpr std::uint16_t kChecksum = 0x8000, kRoute = 0x4000, kKey = 0x2000, kSequence = 0x1000, kAck = 0x0080;
  Header<4> header;
  if (!cursor.read(header)) return false;
  const std::uint16_t flags = header.u16<0>();
  const std::uint16_t type = header.u16<2>();
  const unsigned version = flags & 7;
  if (version > 1 || flags & kRoute || (version == 1) != (type == kPpp)) return false;
  std::size_t fields = 0;
  for (const std::uint16_t field : {kChecksum, kKey, kSequence})
    fields += flags & field ? 4 : 0;
  if (version == 1 && flags & kAck) fields += 4;
  if (!cursor.skip(fields)) return false;
  if (type == kPpp) return strip_ppp(cursor, link) == Skip::none;
  if (type == kErspan || type == kErspan3) return read_erspan(type, flags & kSequence, cursor, link);
  return by_ether_type(type, cursor, link);
}

// VXLAN, RFC 7348: the bit I must be set.
//
//   0       1               4               7       8
//  +-------+---------------+---------------+-------+----
//  | flags |       0       |   network id  |   0   | Ethernet frame
//  +-------+---------------+---------------+-------+----
bool read_vxlan(Cursor& cursor, Link& link) {
  Header<8> header;
  return cursor.read(header) && (header.u8<0>() & 0x08) && strip_ethernet(cursor, link) == Skip::none;
}

// Geneve, RFC 8926: version 0; the lower six bits of the first byte count its options in words of 4 bytes.
//
//   0       1       2       4               7       8
//  +-------+-------+-------+---------------+-------+----
//  |ver,opt| flags | type  |   network id  |   0   | options ...
//  +-------+-------+-------+---------------+-------+----
bool read_geneve(Cursor& cursor, Link& link) {
  Header<8> header;
  if (!cursor.read(header) || header.u8<0>() >> 6 != 0 || !cursor.skip((header.u8<0>() & 0x3fu) * 4)) return false;
  return by_ether_type(header.u16<2>(), cursor, link);
}

/// Extension headers of GTP-U: a length in words of 4 bytes, contents, the type of the next in the last byte.
bool skip_gtp_extensions(std::uint8_t next, Cursor& cursor) {
  for (unsigned walked = 0; next != 0; ++walked) {
    Header<1> words;
    Header<1> following;
    if (walked == kMaxGtpExtensions || !cursor.peek(words) || words.u8<0>() == 0) return false;
    if (!cursor.skip(words.u8<0>() * std::size_t{4} - 1) || !cursor.read(following)) return false;
    next = following.u8<0>();
  }
  return true;
}

// GTP-U, 3GPP TS 29.281: version 1, protocol type 1, message 255 (user data). With any of the bits E, S, PN four more
// bytes follow; the last of them, with E, is the type of an extension header.
//
//   0       1       2       4               8               11      12
//  +-------+-------+-------+---------------+---------------+-------+----
//  | flags |  255  |length |   tunnel id   |sequence, N-PDU| next  | ...
//  +-------+-------+-------+---------------+---------------+-------+----
bool read_gtp_u(Cursor& cursor, Link& link) {
  constexpr std::uint8_t kExtension = 0x04, kOptional = 0x07;
  Header<8> header;
  if (!cursor.read(header) || header.u8<0>() >> 4 != 3 || header.u8<1>() != 255) return false;
  Header<4> optional;
  if (header.u8<0>() & kOptional) {
    if (!cursor.read(optional)) return false;
    if ((header.u8<0>() & kExtension) && !skip_gtp_extensions(optional.u8<3>(), cursor)) return false;
  }
  Header<1> first;
  if (!cursor.peek(first)) return false;
  link.version = first.u8<0>() >> 4;
  return true;
}

bool read_udp_tunnel(Cursor& cursor, Link& link) {
  Header<8> udp;
  if (!cursor.read(udp)) return false;
  switch (udp.u16<2>()) {
    case kVxlan:
    case kVxlanLinux: return read_vxlan(cursor, link);
    case kGeneve: return read_geneve(cursor, link);
    case kGtpU: return read_gtp_u(cursor, link);
    default: return false;
  }
}

bool read_by_protocol(std::uint8_t protocol, Cursor& cursor, Link& link) {
  switch (protocol) {
    case kIpv4InIp: link.version = 4; return true;
    case kIpv6InIp: link.version = 6; return true;
    case kGre: return read_gre(cursor, link);
    case kUdp: return read_udp_tunnel(cursor, link);
    default: return false;
  }
}

}  // namespace

bool find_inner(std::uint8_t protocol, Cursor& cursor, Link& link) {
  if (!read_by_protocol(protocol, cursor, link) || (link.version != 4 && link.version != 6)) return false;
  Header<1> first;
  return cursor.peek(first) && first.u8<0>() >> 4 == link.version;
}

}  // namespace mltat
