// SPDX-License-Identifier: Apache-2.0
#include "flow/direction.h"

#include <algorithm>
#include <array>
#include <optional>

namespace mltat {
namespace {

struct Service {
  std::uint16_t port;
  std::uint8_t protocol;
  auto operator<=>(const Service&) const = default;
};

constexpr std::uint8_t tcp = kTcp;
constexpr std::uint8_t udp = kUdp;
constexpr Service kServices[] = {
#define SERVICE(protocol, port, name) {port, protocol},
#include "flow/known_services.def"
#undef SERVICE
};
static_assert(std::is_sorted(std::begin(kServices), std::end(kServices)));

bool has_ports(std::uint8_t protocol) {
  return protocol == kTcp || protocol == kUdp || protocol == kUdpLite || protocol == kSctp || protocol == kDccp;
}

/// +1 a request, -1 a reply, 0 neither.
int icmp_role(std::uint8_t protocol, std::uint8_t type) {
  if (protocol == kIcmp) {
    // Echo, timestamp, information, address mask (RFC 792, RFC 950).
    if (type == 8 || type == 13 || type == 15 || type == 17) return 1;
    if (type == 0 || type == 14 || type == 16 || type == 18) return -1;
    return 0;
  }
  // Echo, listener query and report, router and neighbour discovery, node information (RFC 4443, 2710, 4861, 4620).
  if (type == 128 || type == 130 || type == 133 || type == 135 || type == 139) return 1;
  if (type == 129 || type == 131 || type == 134 || type == 136 || type == 140) return -1;
  return 0;
}

bool is_group_address(const Endpoint& endpoint) {
  const auto& a = endpoint.address;
  if (!endpoint.is_ipv4()) return a[0] == 0xff;
  const bool multicast = (a[12] & 0xf0) == 0xe0;
  const bool broadcast = a[12] == 255 && a[13] == 255 && a[14] == 255 && a[15] == 255;
  return multicast || broadcast;
}

/// The responder by its port: true = high. Nothing if the ports do not tell.
std::optional<bool> responder_by_port(const FlowKey& key) {
  if (!has_ports(key.protocol)) return std::nullopt;
  const bool low_known = is_known_service(key.protocol, key.low.port);
  const bool high_known = is_known_service(key.protocol, key.high.port);
  if (low_known != high_known) return high_known;
  constexpr std::uint16_t kFirstUserPort = 1024;
  const bool low_system = key.low.port < kFirstUserPort;
  const bool high_system = key.high.port < kFirstUserPort;
  if (low_system != high_system) return high_system;
  return std::nullopt;
}

}  // namespace

bool is_known_service(std::uint8_t protocol, std::uint16_t port) {
  return std::binary_search(std::begin(kServices), std::end(kServices), Service{port, protocol});
}

DirectionGuess guess_direction(const PacketInfo& first) {
  const bool sender_is_high = first.swapped;
  const auto decided = [&](bool initiator_is_high, DirSource source) {
    return DirectionGuess{first.key.low == first.key.high ? false : initiator_is_high, source};
  };
  if (is_syn(first.tcp_flags)) return decided(sender_is_high, DirSource::syn);
  if (is_synack(first.tcp_flags)) return decided(!sender_is_high, DirSource::synack);
  if (first.key.protocol == kIcmp || first.key.protocol == kIcmpv6) {
    const int role = first.has_icmp ? icmp_role(first.key.protocol, first.icmp_type) : 0;
    if (role == 0) return decided(sender_is_high, DirSource::first);
    return decided(role > 0 ? sender_is_high : !sender_is_high, DirSource::icmp);
  }
  if (is_group_address(first.destination())) return decided(sender_is_high, DirSource::mcast);
  if (const auto responder_is_high = responder_by_port(first.key)) return decided(!*responder_is_high, DirSource::port);
  return decided(sender_is_high, DirSource::first);
}

}  // namespace mltat
