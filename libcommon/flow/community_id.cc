// SPDX-License-Identifier: Apache-2.0
#include "flow/community_id.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

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
  Bytes address;
  std::uint16_t port;

  bool precedes(const Side& other) const {
    const int order = std::memcmp(address.data(), other.address.data(), address.size());
    return order != 0 ? order < 0 : port < other.port;
  }
};

/// What is hashed: seed, addresses, protocol, padding, ports.
class Text {
 public:
  void put(Bytes bytes) {
    std::memcpy(text_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void put(std::uint8_t byte) { text_[size_++] = byte; }
  void put_u16(std::uint16_t value) {
    put(static_cast<std::uint8_t>(value >> 8));
    put(static_cast<std::uint8_t>(value));
  }
  Bytes bytes() const { return Bytes(text_).first(size_); }

 private:
  std::array<std::uint8_t, 2 + 16 + 16 + 2 + 4> text_;
  std::size_t size_ = 0;
};

}  // namespace

std::string community_id(const FlowHead& head) {
  const bool v4 = head.key.low.is_ipv4() && head.key.high.is_ipv4();
  const auto side = [&](const Endpoint& endpoint) {
    return Side{Bytes(endpoint.address).subspan(v4 ? 12 : 0), endpoint.port};
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
  if (!one_way && !a.precedes(b)) std::swap(a, b);

  Text text;
  text.put_u16(0);  // seed
  text.put(a.address);
  text.put(b.address);
  text.put(protocol);
  text.put(std::uint8_t{0});
  if (with_ports) {
    text.put_u16(a.port);
    text.put_u16(b.port);
  }
  std::string id = "1:";
  append_base64(id, sha1(text.bytes()));
  return id;
}

}  // namespace mltat
