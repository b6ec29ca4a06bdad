// SPDX-License-Identifier: Apache-2.0
/// Packets with a payload that libndpi knows, made by hand.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "unit/wire/packet_builder.h"

namespace mltat::test {

inline Packet bytes(std::string_view text) {
  return Packet(text.begin(), text.end());
}

struct Ends {
  std::uint32_t source = 0xc0a80105;       ///< 192.168.1.5
  std::uint32_t destination = 0xc0000201;  ///< 192.0.2.1
  unsigned source_port = 40000;
  unsigned destination_port = 50000;

  Ends reversed() const { return {destination, source, destination_port, source_port}; }
};

inline Packet udp_packet(const Ends& ends, const Packet& payload) {
  const auto length = static_cast<unsigned>(8 + payload.size());
  return ipv4({.protocol = 17, .length = 20 + length, .source = ends.source, .destination = ends.destination}) +
         udp(ends.source_port, ends.destination_port, length) + payload;
}

inline Packet tcp_packet(const Ends& ends, unsigned flags, std::uint32_t sequence, const Packet& payload = {}) {
  const auto length = static_cast<unsigned>(40 + payload.size());
  return ipv4({.protocol = 6, .length = length, .source = ends.source, .destination = ends.destination}) +
         tcp({.source = ends.source_port, .destination = ends.destination_port, .flags = flags, .sequence = sequence}) +
         payload;
}

/// A name as DNS has it: each label behind its length.
inline Packet dns_name(std::string_view name) {
  Packet out;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    out = out + byte(static_cast<unsigned>(dot)) + bytes(name.substr(0, dot));
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return out + byte(0);
}

/// A query for the address of `name` (RFC 1035).
inline Packet dns_query(std::string_view name) {
  return be16(0x1234) + be16(0x0100) + be16(1) + be16(0) + be16(0) + be16(0) + dns_name(name) + be16(1) + be16(1);
}

/// A ClientHello of TLS 1.2 with one cipher and a server name (RFC 5246, RFC 6066).
inline Packet client_hello(std::string_view server_name) {
  const auto length = static_cast<unsigned>(server_name.size());
  const Packet name_list = be16(length + 3) + byte(0) + be16(length) + bytes(server_name);
  const Packet extension = be16(0) + be16(static_cast<unsigned>(name_list.size())) + name_list;
  const Packet body = be16(0x0303) + Packet(32, 0x5a) + byte(0) + be16(2) + be16(0xc02f) + byte(1) + byte(0) +
                      be16(static_cast<unsigned>(extension.size())) + extension;
  const auto body_length = static_cast<unsigned>(body.size());
  return byte(22) + be16(0x0301) + be16(body_length + 4) + byte(1) + byte(0) + be16(body_length) + body;
}

/// Handshake, ClientHello and silence: the packets of a TLS flow that names its server.
inline std::vector<Packet> tls_flow(const Ends& ends, std::string_view server_name) {
  constexpr unsigned kSynFlag = 2, kAckFlag = 16, kPushFlag = 8;
  return {tcp_packet(ends, kSynFlag, 1), tcp_packet(ends.reversed(), kSynFlag | kAckFlag, 1),
          tcp_packet(ends, kAckFlag, 2), tcp_packet(ends, kAckFlag | kPushFlag, 2, client_hello(server_name))};
}

}  // namespace mltat::test
