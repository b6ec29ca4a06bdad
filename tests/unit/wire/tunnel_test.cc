// SPDX-License-Identifier: Apache-2.0
// Tunnels, by hand: outer packets go from 10.0.0.8 to 10.0.0.9, what they carry is packet_builder.h's own.
#include "wire/tunnel.h"

#include <gtest/gtest.h>

#include "unit/wire/decoded.h"

namespace mltat {
namespace {

using namespace test;

constexpr DecodeOptions kDecap{.decap = true};
const Packet kInner = ipv4({.length = 45}) + tcp({}) + zeros(5);
const Packet kInner6 = ipv6({.payload = 20}) + tcp({});
const Packet kInnerFrame = ethernet(0x0800) + kInner;

Packet outer(unsigned protocol, const Packet& payload, unsigned fragment = 0) {
  return ethernet(0x0800) +
         ipv4({.protocol = protocol,
               .length = 20 + static_cast<unsigned>(payload.size()),
               .fragment = fragment,
               .source = 0x0a000008,
               .destination = 0x0a000009}) +
         payload;
}
Packet to_port(unsigned port, const Packet& payload) {
  return outer(17, udp(5555, port, 8 + static_cast<unsigned>(payload.size())) + payload);
}
Packet gre(unsigned flags, unsigned type, const Packet& payload) {
  return outer(47, be16(flags) + be16(type) + payload);
}
Packet vxlan(const Packet& frame, unsigned flags = 0x08) {
  return byte(flags) + zeros(3) + be32(42 << 8) + frame;
}
Packet gtp_u(unsigned flags, const Packet& rest, unsigned message = 255) {
  return byte(0x30 | flags) + byte(message) + be16(static_cast<unsigned>(rest.size())) + be32(7) + rest;
}

struct Case {
  const char* what;
  Packet frame;
  std::uint32_t ip_len;
};

const std::vector<Case>& tunnels() {
  static const std::vector<Case> kCases{
      {"IP in IP", outer(4, kInner), 45},
      {"6 in 4", outer(41, kInner6), 60},
      {"4 in 6", ethernet(0x86dd) + ipv6({.next = 4, .payload = 45, .source = 8}) + kInner, 45},
      {"GRE with IPv4", gre(0, 0x0800, kInner), 45},
      {"GRE with IPv6", gre(0, 0x86dd, kInner6), 60},
      {"GRE with checksum, key and number", gre(0xb000, 0x0800, zeros(12) + kInner), 45},
      {"GRE with Ethernet", gre(0x2000, 0x6558, zeros(4) + kInnerFrame), 45},
      {"GRE with a tag", gre(0, 0x6558, ethernet(0x8100) + vlan(9, 0x0800) + kInner), 45},
      {"GRE with MPLS", gre(0, 0x8847, be32(0x100) + kInner), 45},
      {"GRE of PPTP", gre(0x3081, 0x880b, zeros(12) + be16(0xff03) + be16(0x0021) + kInner), 45},
      {"ERSPAN I", gre(0, 0x88be, kInnerFrame), 45},
      {"ERSPAN II", gre(0x1000, 0x88be, zeros(4) + be16(0x1001) + zeros(6) + kInnerFrame), 45},
      {"ERSPAN III", gre(0x1000, 0x22eb, zeros(4) + be16(0x2001) + zeros(10) + kInnerFrame), 45},
      {"ERSPAN III with more", gre(0x1000, 0x22eb, zeros(14) + be16(1) + zeros(8) + kInnerFrame), 45},
      {"ERSPAN III with IP", gre(0x1000, 0x22eb, zeros(14) + be16(2 << 10) + kInner), 45},
      {"VXLAN", to_port(4789, vxlan(kInnerFrame)), 45},
      {"VXLAN of Linux", to_port(8472, vxlan(ethernet(0x86dd) + kInner6)), 60},
      {"Geneve with Ethernet", to_port(6081, byte(0) + byte(0) + be16(0x6558) + zeros(4) + kInnerFrame), 45},
      {"Geneve with options", to_port(6081, byte(2) + byte(0) + be16(0x0800) + zeros(4) + zeros(8) + kInner), 45},
      {"GTP-U", to_port(2152, gtp_u(0, kInner)), 45},
      {"GTP-U with a number", to_port(2152, gtp_u(2, zeros(4) + kInner6)), 60},
      {"GTP-U with extensions",
       to_port(2152, gtp_u(4, zeros(3) + byte(0x85) + byte(1) + zeros(2) + byte(0xc0) + byte(2) + zeros(7) + kInner)),
       45},
  };
  return kCases;
}

TEST(Tunnel, TheInnermostPacketCounts) {
  for (const Case& c : tunnels()) {
    const Decoded got = decode_frame(c.frame, LinkType::ethernet, 0, kDecap);
    ASSERT_EQ(got.skip, Skip::none) << c.what;
    EXPECT_EQ(got.info.ip_len, c.ip_len) << c.what;
    EXPECT_EQ(got.info.source().port, 40000) << c.what;
    EXPECT_EQ(got.info.destination().address[15], 2) << c.what;
    EXPECT_EQ(got.info.payload_len, c.ip_len == 45 ? 5u : 0u) << c.what;
    EXPECT_EQ(got.info.tcp_flags, 0x10) << c.what;
    EXPECT_EQ(got.info.wire_len, c.frame.size()) << c.what;
    EXPECT_EQ(got.noted(Note::tunnelled), 1u) << c.what;
    EXPECT_EQ(got.info.hash, index_hash(got.info.key)) << c.what;
  }
}

TEST(Tunnel, WithoutTheOptionItIsCountedAlone) {
  for (const Case& c : tunnels()) {
    const Decoded got = decode_frame(c.frame);
    ASSERT_EQ(got.skip, Skip::none) << c.what;
    EXPECT_EQ(got.info.source().address[15], 8) << c.what;
    EXPECT_EQ(got.noted(Note::tunnelled), 1u) << c.what;
  }
}

TEST(Tunnel, CutAnywhereNothingIsReadBeyond) {
  for (const Case& c : tunnels())
    for (std::size_t size = 0; size < c.frame.size(); ++size) {
      const Packet cut(c.frame.begin(), c.frame.begin() + static_cast<std::ptrdiff_t>(size));
      const Decoded got = decode_frame(cut, LinkType::ethernet, static_cast<std::uint32_t>(c.frame.size()), kDecap);
      EXPECT_TRUE(got.skip == Skip::none || got.skip == Skip::truncated_header) << c.what << size;
    }
}

TEST(Tunnel, WhatLeadsToNoIpIsNoTunnel) {
  const std::vector<Case> cases{
      {"VXLAN with ARP", to_port(4789, vxlan(ethernet(0x0806) + zeros(28))), 0},
      {"VXLAN without its bit", to_port(4789, vxlan(kInnerFrame, 0)), 0},
      {"from the port of VXLAN", outer(17, udp(4789, 5555, 75) + vxlan(kInnerFrame)), 0},
      {"Geneve of another version", to_port(6081, byte(0x40) + byte(0) + be16(0x0800) + zeros(4) + kInner), 0},
      {"GTP-U that asks", to_port(2152, gtp_u(0, kInner, 1)), 0},
      {"GTP-U with an extension of no length", to_port(2152, gtp_u(4, zeros(3) + byte(1) + zeros(60))), 0},
      {"GTP of version 2", to_port(2152, byte(0x48) + zeros(60)), 0},
      {"Teredo", to_port(3544, kInner6), 0},
      {"GRE that keeps alive", gre(0, 0, {}), 0},
      {"GRE with a route", gre(0x4000, 0x0800, kInner), 0},
      {"GRE of PPTP, compressed", gre(0x3001, 0x880b, zeros(8) + be16(0x00fd) + zeros(40)), 0},
      {"GRE of a third version", gre(2, 0x0800, kInner), 0},
      {"IP in IP of another version", outer(4, kInner6), 0},
      {"nothing inside", outer(4, {}), 0},
  };
  for (const Case& c : cases) {
    const Decoded got = decode_frame(c.frame, LinkType::ethernet, 0, kDecap);
    ASSERT_EQ(got.skip, Skip::none) << c.what;
    EXPECT_EQ(got.info.source().address[15], 8) << c.what;
    EXPECT_EQ(got.noted(Note::tunnelled), 0u) << c.what;
  }
}

TEST(Tunnel, WhatIsInsideIsJudgedAsAnyPacket) {
  EXPECT_EQ(decode_frame(outer(4, ipv4({.words = 4}) + tcp({})), LinkType::ethernet, 0, kDecap).skip, Skip::malformed);
  // Its length of 0 takes what the tunnel holds, not the padding behind it.
  const Decoded offloaded =
      decode_frame(gre(0, 0x0800, ipv4({.length = 0}) + tcp({}) + zeros(7)) + zeros(9), LinkType::ethernet, 0, kDecap);
  EXPECT_EQ(offloaded.info.ip_len, 47u);
  // Pieces of a tunnel's packet are not looked into; pieces inside are pieces.
  const Decoded piece = decode_frame(outer(4, kInner, 0x2000), LinkType::ethernet, 0, kDecap);
  EXPECT_EQ(piece.info.key.protocol, 4);
  EXPECT_EQ(piece.info.fragment, Fragment::first);
  const Decoded inside = decode_frame(outer(4, ipv4({.length = 45, .fragment = 0x2000}) + tcp({}) + zeros(5)),
                                      LinkType::ethernet, 0, kDecap);
  EXPECT_EQ(inside.info.key.protocol, 6);
  EXPECT_EQ(inside.info.fragment, Fragment::first);
}

TEST(Tunnel, AtMostFour) {
  const auto nested = [](unsigned count) {
    Packet inside = kInner;
    for (unsigned i = 0; i < count; ++i)
      inside = ipv4({.protocol = 4, .length = 20 + static_cast<unsigned>(inside.size())}) + inside;
    return ethernet(0x0800) + inside;
  };
  EXPECT_EQ(decode_frame(nested(4), LinkType::ethernet, 0, kDecap).info.key.protocol, 6);
  EXPECT_EQ(decode_frame(nested(5), LinkType::ethernet, 0, kDecap).skip, Skip::too_deep);
  EXPECT_EQ(decode_frame(nested(5)).skip, Skip::none);
}

TEST(Tunnel, TheVlanIsThatOfTheFrame) {
  const Packet inside = gre(0, 0x6558, ethernet(0x8100) + vlan(9, 0x0800) + kInner);
  const Packet tagged = ethernet(0x8100) + vlan(5, 0x0800) + Packet(inside.begin() + 14, inside.end());
  EXPECT_EQ(decode_frame(tagged, LinkType::ethernet, 0, kDecap).info.vlan_id, 5);
  EXPECT_EQ(decode_frame(inside, LinkType::ethernet, 0, kDecap).info.vlan_id, 0);
}

}  // namespace
}  // namespace mltat
