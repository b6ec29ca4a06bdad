// SPDX-License-Identifier: Apache-2.0
/// IPv4 and IPv6 headers with their extension headers. Internal to wire/.
#pragma once

#include <cstdint>

#include "base/wide_int.h"
#include "wire/cursor.h"
#include "wire/packet.h"

namespace mltat {

/// An address as one number: cheap to compare and to move.
using Address = u128;

/// ::ffff:a.b.c.d
inline Address mapped_ipv4(std::uint32_t address) {
  return 0xffff'0000'0000u | address;
}

/// What the IP headers say; lengths in bytes.
struct IpHeaders {
  Address source = 0;
  Address destination = 0;
  std::uint32_t length = 0;  ///< of the whole IP packet, at most the frame's wire length
  std::uint32_t header = 0;  ///< of all IP headers together; header <= length
  std::uint8_t protocol = 0;
  Fragment fragment = Fragment::none;
  std::uint32_t identification = 0;  ///< of a fragment
  bool clipped = false;  ///< the length field said more than the frame holds

  /// Takes over a length field. `behind_link` = wire length without the link header, for a length field of 0
  /// (segmentation offload: the card fills it in after the capture has seen the packet).
  void set_length(std::uint64_t field, std::uint32_t behind_link, std::uint32_t wire_len) {
    if (field == 0) field = behind_link;
    clipped = field > wire_len;
    length = clipped ? wire_len : static_cast<std::uint32_t>(field);
  }
};

// IPv4, RFC 791.
//
//   0       1       2               4               6               8
//  +-------+-------+---------------+---------------+---------------+
//  |ver|ihl|  tos  | total length  |identification |flags, offset  |
//  +-------+-------+---------------+---------------+---------------+
//  |  ttl  | proto |   checksum    |            source             |
//  +-------+-------+---------------+-------------------------------+
//  |          destination          |  options (ihl * 4 - 20) ...
//  +-------------------------------+----
/// Moves the cursor behind the IP header and hides what lies beyond the IP length. `behind_link` as above.
/// Inline, because nearly every packet passes here.
inline Skip read_ipv4(Cursor& cursor, std::uint32_t behind_link, std::uint32_t wire_len, IpHeaders& ip) {
  Header<20> header;
  if (!cursor.peek(header)) return Skip::truncated_header;
  ip.header = (header.u8<0>() & 0x0fu) * 4;
  if (header.u8<0>() >> 4 != 4 || ip.header < 20) return Skip::malformed;
  ip.set_length(header.u16<2>(), behind_link, wire_len);
  if (ip.header > ip.length || !cursor.skip(ip.header)) return Skip::malformed;
  cursor.limit(ip.length - ip.header);

  constexpr std::uint16_t kMoreFragments = 0x2000;
  constexpr std::uint16_t kOffset = 0x1fff;
  const std::uint16_t position = header.u16<6>();
  if (position & (kOffset | kMoreFragments)) {
    ip.fragment = position & kOffset ? Fragment::later : Fragment::first;
    ip.identification = header.u16<4>();
  }
  ip.protocol = header.u8<9>();
  ip.source = mapped_ipv4(header.u32<12>());
  ip.destination = mapped_ipv4(header.u32<16>());
  return Skip::none;
}

/// The same for IPv6; extension headers count as IP header, and `protocol` is what follows the last of them.
/// The walk ends at a fragment that is not the first: what follows there is a piece of something.
Skip read_ipv6(Cursor& cursor, std::uint32_t behind_link, std::uint32_t wire_len, IpHeaders& ip);

}  // namespace mltat
