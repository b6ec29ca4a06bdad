// SPDX-License-Identifier: Apache-2.0
#include "wire/ip.h"

#include <optional>

#include "wire/decode.h"

namespace mltat {
namespace {

constexpr std::uint32_t kIpv6Header = 40;

enum NextHeader : std::uint8_t {
  kHopByHop = 0,
  kRouting = 43,
  kFragmentHeader = 44,
  kAuthentication = 51,
  kDestinationOptions = 60,
  kMobility = 135,
  kHostIdentity = 139,
  kShim6 = 140
};

bool is_extension(std::uint8_t protocol) {
  switch (protocol) {
    case kHopByHop:
    case kRouting:
    case kFragmentHeader:
    case kAuthentication:
    case kDestinationOptions:
    case kMobility:
    case kHostIdentity:
    case kShim6: return true;
    default: return false;
  }
}

/// Bytes of an extension header whose length field says `units`.
std::uint32_t extension_bytes(std::uint8_t protocol, std::uint32_t units) {
  if (protocol == kFragmentHeader) return 8;
  if (protocol == kAuthentication) return (units + 2) * 4;
  return (units + 1) * 8;
}

// Jumbo payload option, RFC 2675, in a hop-by-hop header right behind the IPv6 header. Option 0 is one byte of
// padding, every other option has a length byte.
//
//   0       1       2                               6
//  +-------+-------+-------------------------------+
//  |  c2   |   4   |     jumbo payload length      |
//  +-------+-------+-------------------------------+
/// Returns the payload length, if the option is there. `cursor` stands behind the IPv6 header.
std::optional<std::uint32_t> jumbo_payload(Cursor cursor) {
  Header<2> start;
  if (!cursor.read(start)) return std::nullopt;
  cursor.limit(extension_bytes(kHopByHop, start.u8<1>()) - 2);
  Header<2> option;
  while (cursor.peek(option)) {
    Header<6> jumbo;
    if (option.u16<0>() == 0xc204 && cursor.peek(jumbo)) return jumbo.u32<2>();
    if (!cursor.skip(option.u8<0>() == 0 ? 1 : std::size_t{2} + option.u8<1>())) break;
  }
  return std::nullopt;
}

// Fragment header, RFC 8200, 4.5: offset in units of 8 bytes, M = more fragments.
//
//   0       1       2             |res|M|   4               8
//  +-------+-------+---------------------+-----------------+
//  | next  |   0   |     offset    |   | |  identification |
//  +-------+-------+---------------------+-----------------+
Fragment fragment_of(const Header<8>& header) {
  const std::uint16_t position = header.u16<2>();
  if (position >> 3) return Fragment::later;
  return position & 1 ? Fragment::first : Fragment::none;
}

/// Walks the chain that begins with ip.protocol; ip.header grows with it.
Skip walk_extensions(Cursor& cursor, IpHeaders& ip) {
  for (unsigned walked = 0; is_extension(ip.protocol) && ip.fragment != Fragment::later; ++walked) {
    if (walked == kMaxExtensionHeaders) return Skip::too_deep;
    // Every extension header is at least 8 bytes long.
    Header<8> header;
    if (!cursor.peek(header)) return Skip::truncated_header;
    const std::uint32_t bytes = extension_bytes(ip.protocol, header.u8<1>());
    if (!cursor.skip(bytes)) return Skip::truncated_header;
    if (ip.protocol == kFragmentHeader) {
      const Fragment fragment = fragment_of(header);
      if (fragment != Fragment::none) {
        ip.fragment = fragment;
        ip.identification = header.u32<4>();
      }
    }
    ip.header += bytes;
    ip.protocol = header.u8<0>();
  }
  return Skip::none;
}

}  // namespace

// IPv6, RFC 8200.
//
//   0               4               6       7       8
//  +---------------+---------------+-------+-------+
//  |ver,class,label|payload length | next  | limit |
//  +---------------+---------------+-------+-------+
//  8                 source (16)                   24
//  +-----------------------------------------------+
//  24              destination (16)                40
//  +-----------------------------------------------+
Skip read_ipv6(Cursor& cursor, std::uint32_t behind_link, std::uint32_t wire_len, IpHeaders& ip) {
  Header<kIpv6Header> header;
  if (!cursor.read(header)) return Skip::truncated_header;
  if (header.u8<0>() >> 4 != 6) return Skip::malformed;
  ip.protocol = header.u8<6>();
  std::optional<std::uint64_t> payload;
  if (header.u16<4>() != 0)
    payload = header.u16<4>();
  else if (ip.protocol == kHopByHop)
    payload = jumbo_payload(cursor);
  ip.set_length(payload ? kIpv6Header + *payload : 0, behind_link, wire_len);
  ip.header = kIpv6Header;
  cursor.limit(ip.length - ip.header);
  ip.source = Address{header.u64<8>()} << 64 | header.u64<16>();
  ip.destination = Address{header.u64<24>()} << 64 | header.u64<32>();
  return walk_extensions(cursor, ip);
}

}  // namespace mltat
