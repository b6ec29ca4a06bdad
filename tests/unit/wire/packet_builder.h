// SPDX-License-Identifier: Apache-2.0
/// Packets by hand, header by header: `ethernet(0x0800) + ipv4({.protocol = 6, .length = 40}) + tcp({})`.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace mltat::test {

using Packet = std::vector<std::uint8_t>;

inline Packet operator+(Packet left, const Packet& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}
inline Packet be16(unsigned value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}
inline Packet be32(std::uint32_t value) {
  return be16(value >> 16) + be16(value & 0xffff);
}
inline Packet byte(unsigned value) {
  return {static_cast<std::uint8_t>(value)};
}
inline Packet zeros(std::size_t count) {
  return Packet(count, 0);
}

inline Packet ethernet(unsigned type) {
  return Packet{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1} + be16(type);
}
inline Packet vlan(unsigned tag, unsigned type) {
  return be16(tag) + be16(type);
}

struct Ipv4 {
  unsigned protocol = 6;
  unsigned length = 40;
  unsigned version = 4;
  unsigned words = 5;                      ///< IHL
  unsigned fragment = 0;                   ///< flags and offset
  std::uint32_t source = 0x0a000001;       ///< 10.0.0.1
  std::uint32_t destination = 0x0a000002;  ///< 10.0.0.2
};
inline Packet ipv4(const Ipv4& ip) {
  return byte(ip.version << 4 | ip.words) + byte(0) + be16(ip.length) + be16(7) + be16(ip.fragment) + byte(64) +
         byte(ip.protocol) + be16(0) + be32(ip.source) + be32(ip.destination) +
         zeros(ip.words > 5 ? (ip.words - 5) * 4 : 0);
}

struct Ipv6 {
  unsigned next = 6;
  unsigned payload = 20;
  unsigned version = 6;
  unsigned source = 1;  ///< last byte of 2001:db8::
  unsigned destination = 2;
};
inline Packet ipv6(const Ipv6& ip) {
  const Packet prefix = Packet{0x20, 0x01, 0x0d, 0xb8} + zeros(11);
  return byte(ip.version << 4) + zeros(3) + be16(ip.payload) + byte(ip.next) + byte(64) + prefix + byte(ip.source) +
         prefix + byte(ip.destination);
}
/// An extension header of (units + 1) * 8 bytes.
inline Packet extension(unsigned next, unsigned units = 0) {
  return byte(next) + byte(units) + zeros(6 + std::size_t{8} * units);
}
/// `position` = offset << 3 | M.
inline Packet ipv6_fragment(unsigned next, unsigned position) {
  return byte(next) + byte(0) + be16(position) + be32(0x1234);
}

struct Tcp {
  unsigned source = 40000;
  unsigned destination = 443;
  unsigned words = 5;
  unsigned flags = 0x10;
  std::uint32_t sequence = 0x01020304;
};
inline Packet tcp(const Tcp& tcp) {
  return be16(tcp.source) + be16(tcp.destination) + be32(tcp.sequence) + be32(0) + byte(tcp.words << 4) +
         byte(tcp.flags) + be16(1000) + be32(0);
}
inline Packet udp(unsigned source, unsigned destination, unsigned length) {
  return be16(source) + be16(destination) + be16(length) + be16(0);
}

}  // namespace mltat::test
