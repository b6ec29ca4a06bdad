// SPDX-License-Identifier: Apache-2.0
#include "wire/decode.h"

#include "wire/cursor.h"
#include "wire/ip.h"
#include "wire/link.h"

namespace mltat {
namespace {

/// What the L4 header says.
struct Transport {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t header = 0;  ///< bytes, as the header itself says or as the protocol fixes it
};

template <std::size_t N>
void read_ports(const Header<N>& header, Transport& transport) {
  transport.source_port = header.template u16<0>();
  transport.destination_port = header.template u16<2>();
}

// TCP, RFC 9293. The first 14 bytes are needed.
//
//   0       2       4               8               12      13      14
//  +-------+-------+---------------+---------------+-------+-------+----
//  | source| dest. |   sequence    |acknowledgment |offset |flags  | ...
//  +-------+-------+---------------+---------------+-------+-------+----
Skip read_tcp(const Cursor& cursor, Transport& transport, PacketInfo& info) {
  Header<14> header;
  if (!cursor.peek(header)) return Skip::truncated_header;
  read_ports(header, transport);
  transport.header = header.u8<12>() / 16 * 4u;
  if (info.fragment) return Skip::none;
  info.seq = header.u32<4>();
  info.tcp_flags = header.u8<13>();
  return Skip::none;
}

// UDP, RFC 768: source port, destination port, length, checksum, 2 bytes each.
Skip read_udp(const Cursor& cursor, Transport& transport) {
  Header<8> header;
  if (!cursor.peek(header)) return Skip::truncated_header;
  read_ports(header, transport);
  transport.header = 8;
  return Skip::none;
}

// UDP-Lite (RFC 3828), SCTP (RFC 9260), DCCP (RFC 4340): all begin with the two ports. DCCP goes on with the
// length of its header in words of 4 bytes.
Skip read_ports_only(const Cursor& cursor, std::uint32_t header_bytes, Transport& transport) {
  Header<4> header;
  if (!cursor.peek(header)) return Skip::truncated_header;
  read_ports(header, transport);
  transport.header = header_bytes;
  return Skip::none;
}

std::uint32_t dccp_header_bytes(const Cursor& cursor) {
  Header<5> header;
  return cursor.peek(header) ? header.u8<4>() * 4u : 12;
}

// ICMP (RFC 792), ICMPv6 (RFC 4443): type, code, checksum, then 4 bytes by type.
Skip read_icmp(const Cursor& cursor, Transport& transport, PacketInfo& info) {
  Header<2> header;
  if (!cursor.peek(header)) return Skip::truncated_header;
  info.icmp_type = header.u8<0>();
  info.icmp_code = header.u8<1>();
  info.has_icmp = true;
  transport.header = 8;
  return Skip::none;
}

Skip read_transport(const Cursor& cursor, std::uint8_t protocol, Transport& transport, PacketInfo& info) {
  switch (protocol) {
    case kTcp: return read_tcp(cursor, transport, info);
    case kUdp: return read_udp(cursor, transport);
    case kUdpLite: return read_ports_only(cursor, 8, transport);
    case kSctp: return read_ports_only(cursor, 12, transport);
    case kDccp: return read_ports_only(cursor, dccp_header_bytes(cursor), transport);
    case kIcmp:
    case kIcmpv6: return read_icmp(cursor, transport, info);
    default: return Skip::none;
  }
}

void set_endpoint(const Address& address, std::uint16_t port, Endpoint& endpoint) {
  const std::array<std::uint64_t, 2> on_wire{big_endian(address.high), big_endian(address.low)};
  endpoint.address = std::bit_cast<std::array<std::uint8_t, 16>>(on_wire);
  endpoint.port = port;
}

/// Orders the two ends: by address, then by port.
void set_key(const IpHeaders& ip, const Transport& transport, std::uint16_t vlan, PacketInfo& info) {
  const auto order = ip.source <=> ip.destination;
  info.swapped = order > 0 || (order == 0 && transport.source_port > transport.destination_port);
  set_endpoint(ip.source, transport.source_port, info.swapped ? info.key.high : info.key.low);
  set_endpoint(ip.destination, transport.destination_port, info.swapped ? info.key.low : info.key.high);
  info.key.protocol = ip.protocol;
  info.key.vlan = vlan;
}

}  // namespace

Skip decode(const RawPacket& packet, const DecodeOptions& options, PacketInfo& info, PacketCounts& counts) {
  Cursor cursor(packet.frame);
  Link link;
  if (const Skip skip = strip_link(packet.link, cursor, link); skip != Skip::none) return skip;
  info.l3 = cursor.rest();

  const auto link_bytes = static_cast<std::uint32_t>(packet.frame.size() - cursor.left());
  const std::uint32_t behind_link = packet.wire_len - link_bytes;
  IpHeaders ip;
  const Skip ip_skip = link.version == 4 ? read_ipv4(cursor, behind_link, packet.wire_len, ip)
                                         : read_ipv6(cursor, behind_link, packet.wire_len, ip);
  if (ip_skip != Skip::none) return ip_skip;

  info.fragment = ip.fragment != Fragment::none;
  info.seq = 0;
  info.tcp_flags = 0;
  info.icmp_type = 0;
  info.icmp_code = 0;
  info.has_icmp = false;
  Transport transport;
  if (ip.fragment != Fragment::later) {
    const Skip skip = read_transport(cursor, ip.protocol, transport, info);
    if (skip != Skip::none) return skip;
  }
  set_key(ip, transport, options.vlan_in_key ? link.vlan_id : 0, info);
  if (options.shards > 1 && shard_hash(info.key, options.vlan_in_key) % options.shards != options.shard)
    return Skip::other_shard;

  info.hash = index_hash(info.key);
  info.number = packet.number;
  info.ts = packet.ts;
  info.clock = packet.clock;
  info.ip_len = ip.length;
  info.wire_len = packet.wire_len;
  const std::uint32_t headers = ip.header + transport.header;
  info.payload_len = ip.length > headers ? ip.length - headers : 0;
  info.vlan_id = link.vlan_id;
  if (ip.clipped) counts.note(Note::clipped_length);
  if (info.fragment) counts.note(Note::fragments);
  return Skip::none;
}

}  // namespace mltat
