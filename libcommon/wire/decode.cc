// SPDX-License-Identifier: Apache-2.0
#include "wire/decode.h"

#include "wire/cursor.h"
#include "wire/ip.h"
#include "wire/key_hash.h"
#include "wire/link.h"
#include "wire/tunnel.h"

namespace mltat {
namespace {

/// What the L4 header says.
struct Transport {
  std::uint32_t ports = 0;   ///< source in the upper half, destination in the lower
  std::uint32_t header = 0;  ///< bytes, as the header itself says or as the protocol fixes it
  bool may_tunnel = false;   ///< protocol and port are those of a tunnel
};

// TCP, RFC 9293. The first 14 bytes are needed.
//
//   0       2       4               8               12      13      14
//  +-------+-------+---------------+---------------+-------+-------+----
//  | source| dest. |   sequence    |acknowledgment |offset |flags  | ...
//  +-------+-------+---------------+---------------+-------+-------+----
Skip read_tcp(Cursor cursor, Transport& transport, PacketInfo& info) {
  Header<14> header;
  if (!cursor.peek(header)) return Skip::truncated_header;
  transport.ports = header.u32<0>();
  transport.header = header.u8<12>() / 16 * 4u;
  if (info.fragment != Fragment::none) return Skip::none;
  info.seq = header.u32<4>();
  info.tcp_flags = header.u8<13>();
  return Skip::none;
}

// UDP, RFC 768: source port, destination port, length, checksum, 2 bytes each.
Skip read_udp(Cursor cursor, Transport& transport) {
  Header<8> header;
  if (!cursor.peek(header)) return Skip::truncated_header;
  transport.ports = header.u32<0>();
  transport.header = 8;
  transport.may_tunnel = is_tunnel_port(header.u16<2>());
  return Skip::none;
}

// UDP-Lite (RFC 3828), SCTP (RFC 9260), DCCP (RFC 4340): all begin with the two ports. DCCP goes on with the
// length of its header in words of 4 bytes.
Skip read_ports_only(Cursor cursor, std::uint32_t header_bytes, Transport& transport) {
  Header<4> header;
  if (!cursor.peek(header)) return Skip::truncated_header;
  transport.ports = header.u32<0>();
  transport.header = header_bytes;
  return Skip::none;
}

std::uint32_t dccp_header_bytes(Cursor cursor) {
  Header<5> header;
  return cursor.peek(header) ? header.u8<4>() * 4u : 12;
}

// ICMP (RFC 792), ICMPv6 (RFC 4443): type, code, checksum, then 4 bytes by type.
Skip read_icmp(Cursor cursor, Transport& transport, PacketInfo& info) {
  Header<2> header;
  if (!cursor.peek(header)) return Skip::truncated_header;
  info.icmp_type = header.u8<0>();
  info.icmp_code = header.u8<1>();
  info.has_icmp = true;
  transport.header = 8;
  return Skip::none;
}

inline Skip read_transport(Cursor cursor, std::uint8_t protocol, Transport& transport, PacketInfo& info) {
  switch (protocol) {
    case kTcp: return read_tcp(cursor, transport, info);
    case kUdp: return read_udp(cursor, transport);
    case kUdpLite: return read_ports_only(cursor, 8, transport);
    case kSctp: return read_ports_only(cursor, 12, transport);
    case kDccp: return read_ports_only(cursor, dccp_header_bytes(cursor), transport);
    case kIcmp:
    case kIcmpv6: return read_icmp(cursor, transport, info);
    case kIpv4InIp:
    case kIpv6InIp:
    case kGre: transport.may_tunnel = true; return Skip::none;
    default: return Skip::none;
  }
}

void set_endpoint(Address address, std::uint16_t port, Endpoint& endpoint) {
  const std::array<std::uint64_t, 2> on_wire{big_endian(static_cast<std::uint64_t>(address >> 64)),
                                             big_endian(static_cast<std::uint64_t>(address))};
  endpoint.address = std::bit_cast<std::array<std::uint8_t, 16>>(on_wire);
  endpoint.port = port;
}

/// Orders the two ends, by address, then by port, and hashes the key while it is still in registers.
/// The exchange has no branches: which end sends is a coin toss to the processor.
inline void set_key(const IpHeaders& ip, std::uint32_t ports, std::uint16_t vlan, PacketInfo& info) {
  bool swapped = ip.source > ip.destination;
  if (ip.source == ip.destination) swapped = ports >> 16 > (ports & 0xffff);
  const Address exchange = (ip.source ^ ip.destination) & (Address{0} - swapped);
  const Address low = ip.source ^ exchange;
  const Address high = ip.destination ^ exchange;
  ports = std::rotl(ports, swapped * 16);
  set_endpoint(low, static_cast<std::uint16_t>(ports >> 16), info.key.low);
  set_endpoint(high, static_cast<std::uint16_t>(ports), info.key.high);
  info.key.protocol = ip.protocol;
  info.key.vlan = vlan;
  info.swapped = swapped;
  info.hash = fast_index_hash(low, high, pack_rest(ports, ip.protocol, vlan));
}

Skip decode_version(const RawPacket& packet, const DecodeOptions& options, std::uint8_t version, std::uint16_t vlan_id,
                    Cursor cursor, std::uint32_t behind, unsigned tunnels, PacketInfo& info, PacketCounts& counts);

/// From behind the IP headers to the end. `cursor` shows the captured bytes within the IP length.
[[gnu::always_inline]] inline Skip decode_transport(const RawPacket& packet, const DecodeOptions& options,
                                                    const IpHeaders& ip, std::uint16_t vlan_id, Cursor cursor,
                                                    unsigned tunnels, PacketInfo& info, PacketCounts& counts) {
  info.fragment = ip.fragment;
  info.seq = ip.identification;
  info.tcp_flags = 0;
  info.icmp_type = 0;
  info.icmp_code = 0;
  info.has_icmp = false;
  Transport transport;
  if (ip.fragment != Fragment::later) {
    const Skip skip = read_transport(cursor, ip.protocol, transport, info);
    if (skip != Skip::none) return skip;
  }
  bool tunnelled = tunnels > 0;
  if (transport.may_tunnel && ip.fragment == Fragment::none) {
    Cursor inner = cursor;
    Link link;
    if (find_inner(ip.protocol, inner, link)) {
      if (options.decap && tunnels == kMaxTunnels) return Skip::too_deep;
      const auto tunnel_bytes = static_cast<std::uint32_t>(cursor.left() - inner.left());
      if (options.decap)
        return decode_version(packet, options, link.version, vlan_id, inner, ip.length - ip.header - tunnel_bytes,
                              tunnels + 1, info, counts);
      tunnelled = true;
    }
  }
  set_key(ip, transport.ports, options.vlan_in_key ? vlan_id : 0, info);
  if (ip.fragment == Fragment::none && !in_shard(info.key, options)) return Skip::other_shard;

  info.number = packet.number;
  info.ts = packet.ts;
  info.clock = packet.clock;
  info.ip_len = ip.length;
  info.wire_len = packet.wire_len;
  const std::uint32_t headers = ip.header + transport.header;
  info.payload_len = ip.length > headers ? ip.length - headers : 0;
  info.vlan_id = vlan_id;
  if (ip.clipped) counts.note(Note::clipped_length);
  if (tunnelled) counts.note(Note::tunnelled);
  return Skip::none;
}

/// From the IP header to the end. `behind` = wire length without what stands in front of that header, which is behind
/// `tunnels` tunnels.
template <unsigned kVersion>
[[gnu::always_inline]] inline Skip decode_ip(const RawPacket& packet, const DecodeOptions& options,
                                             std::uint16_t vlan_id, Cursor cursor, std::uint32_t behind,
                                             unsigned tunnels, PacketInfo& info, PacketCounts& counts) {
  constexpr auto read_ip = kVersion == 4 ? read_ipv4 : read_ipv6;
  info.l3 = cursor.rest();
  IpHeaders ip;
  const Skip skip = read_ip(cursor, behind, packet.wire_len, ip);
  if (skip != Skip::none) return skip;
  return decode_transport(packet, options, ip, vlan_id, cursor, tunnels, info, counts);
}

/// The same where the version is known only now: off the straight line, and for what tunnels carry.
[[gnu::noinline]] Skip decode_version(const RawPacket& packet, const DecodeOptions& options, std::uint8_t version,
                                      std::uint16_t vlan_id, Cursor cursor, std::uint32_t behind, unsigned tunnels,
                                      PacketInfo& info, PacketCounts& counts) {
  if (version == 4) return decode_ip<4>(packet, options, vlan_id, cursor, behind, tunnels, info, counts);
  return decode_ip<6>(packet, options, vlan_id, cursor, behind, tunnels, info, counts);
}

/// Wire length without the link header; `cursor` stands behind that and shows all the rest of the frame.
std::uint32_t behind_link(const RawPacket& packet, const Cursor& cursor) {
  return packet.wire_len - static_cast<std::uint32_t>(packet.frame.size() - cursor.left());
}

[[gnu::noinline]] Skip decode_any_link(const RawPacket& packet, const DecodeOptions& options, PacketInfo& info,
                                       PacketCounts& counts) {
  Cursor cursor(packet.frame);
  Link link;
  const Skip skip = strip_link(packet, cursor, link);
  if (skip != Skip::none) return skip;
  return decode_version(packet, options, link.version, link.vlan_id, cursor, behind_link(packet, cursor), 0, info,
                        counts);
}

}  // namespace

// IPv4 on untagged Ethernet, nearly all that there is, takes a straight line: the same functions, but inlined,
// so that cursor and headers stay in registers.
Skip decode(const RawPacket& packet, const DecodeOptions& options, PacketInfo& info, PacketCounts& counts) {
  Cursor cursor(packet.frame);
  Header<14> ethernet;
  if (packet.link == LinkType::ethernet && cursor.read(ethernet) && ethernet.u16<12>() == kEtherIpv4)
    return decode_ip<4>(packet, options, 0, cursor, behind_link(packet, cursor), 0, info, counts);
  return decode_any_link(packet, options, info, counts);
}

}  // namespace mltat
