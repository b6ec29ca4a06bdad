// SPDX-License-Identifier: Apache-2.0
#include "flow/community_id.h"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/sha1.h"

namespace mltat {
namespace {

/// The type that answers an ICMP message type, if the exchange goes both ways; one-way types keep their order.
std::optional<std::uint8_t> answering_type(std::uint8_t protocol, std::uint8_t type) {
  using Pair = std::pair<std::uint8_t, std::uint8_t>;
  static constexpr std::array<Pair, 5> kV4{Pair{8, 0}, {13, 14}, {15, 16}, {17, 18}, {10, 9}};
  static constexpr std::array<Pair, 6> kV6{Pair{128, 129}, {133, 134}, {135, 136}, {130, 131}, {144, 145}, {139, 140}};
  const auto search = [&](const auto& pairs) -> std::optional<std::uint8_t> {
    for (const auto& [request, reply] : pairs) {
      if (type == request) return reply;
      if (type == reply) return request;
    }
    return std::nullopt;
  };
  return protocol == kIcmp ? search(kV4) : search(kV6);
}

struct Side {
  std::vector<std::uint8_t> address;
  std::uint16_t port;
};

}  // namespace

std::string community_id(const FlowHead& head) {
  const bool v4 = head.key.low.is_ipv4() && head.key.high.is_ipv4();
  const auto side = [&](const Endpoint& endpoint) {
    return Side{{endpoint.address.begin() + (v4 ? 12 : 0), endpoint.address.end()}, endpoint.port};
  };
  // The first packet's sender and receiver matter to one-way ICMP alone; everywhere else the lesser side leads.
  Side a = side(head.first_sender_is_high ? head.key.high : head.key.low);
  Side b = side(head.first_sender_is_high ? head.key.low : head.key.high);
  const std::uint8_t protocol = head.key.protocol;
  bool with_ports = protocol == kTcp || protocol == kUdp || protocol == kSctp;
  bool one_way = false;
  if (head.has_icmp) {
    with_ports = true;
    a.port = head.icmp_type;
    const auto answer = answering_type(protocol, head.icmp_type);
    b.port = answer.value_or(head.icmp_code);
    one_way = !answer;
  }
  const bool in_order = a.address < b.address || (a.address == b.address && a.port < b.port);
  if (!one_way && !in_order) std::swap(a, b);

  std::vector<std::uint8_t> input{0, 0};  // seed
  input.insert(input.end(), a.address.begin(), a.address.end());
  input.insert(input.end(), b.address.begin(), b.address.end());
  input.push_back(protocol);
  input.push_back(0);
  if (with_ports) {
    for (const std::uint16_t port : {a.port, b.port}) {
      input.push_back(static_cast<std::uint8_t>(port >> 8));
      input.push_back(static_cast<std::uint8_t>(port));
    }
  }
  std::string id = "1:";
  append_base64(id, sha1(input));
  return id;
}

}  // namespace mltat
