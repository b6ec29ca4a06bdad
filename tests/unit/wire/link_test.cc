// SPDX-License-Identifier: Apache-2.0
// Link layers beside Ethernet, its tags and raw IP, which decode_test.cc has.
#include "wire/link.h"

#include <gtest/gtest.h>

#include "unit/wire/decoded.h"

namespace mltat {
namespace {

using namespace test;

const Packet kIpv4 = ipv4({}) + tcp({});
const Packet kIpv6 = ipv6({}) + tcp({});

Packet label(bool bottom, unsigned number = 100) {
  return be32(number << 12 | (bottom ? 0x100u : 0u) | 64);
}
Packet pppoe(const Packet& ppp) {
  return byte(0x11) + byte(0) + be16(9) + be16(static_cast<unsigned>(ppp.size())) + ppp;
}

/// The packet of 40 (or, of version 6, 60) bytes between the two ends that packet_builder.h makes.
void expect_the_packet(const Decoded& got, std::uint32_t ip_len = 40) {
  ASSERT_EQ(got.skip, Skip::none);
  EXPECT_EQ(got.info.ip_len, ip_len);
  EXPECT_EQ(got.info.source().port, 40000);
  EXPECT_EQ(got.info.destination().port, 443);
  EXPECT_EQ(got.info.payload_len, 0u);
}

// ---------------------------------------------------------------- MPLS

TEST(LinkMpls, LabelsUpToTheBottom) {
  for (const unsigned type : {0x8847, 0x8848}) {
    expect_the_packet(decode_frame(ethernet(type) + label(true) + kIpv4));
    expect_the_packet(decode_frame(ethernet(type) + label(false) + label(false) + label(true) + kIpv6), 60);
  }
  const Decoded tagged = decode_frame(ethernet(0x8100) + vlan(5, 0x8847) + label(true) + kIpv4);
  expect_the_packet(tagged);
  EXPECT_EQ(tagged.info.vlan_id, 5);
}

TEST(LinkMpls, AtMostSixteenLabels) {
  const auto stacked = [](unsigned count) {
    Packet frame = ethernet(0x8847);
    for (unsigned i = 1; i <= count; ++i)
      frame = frame + label(i == count);
    return frame + kIpv4;
  };
  EXPECT_EQ(skip_of(stacked(16)), Skip::none);
  EXPECT_EQ(skip_of(stacked(17)), Skip::too_deep);
}

TEST(LinkMpls, EthernetInside) {
  const Packet head = ethernet(0x8847) + label(false) + label(true);
  const Packet control_word = zeros(2) + be16(7);
  // Addresses of packet_builder.h begin with 0x02, as behind a control word they would look.
  expect_the_packet(decode_frame(head + ethernet(0x0800) + kIpv4));
  expect_the_packet(decode_frame(head + control_word + ethernet(0x86dd) + kIpv6), 60);
  const Decoded tagged = decode_frame(head + control_word + ethernet(0x8100) + vlan(7, 0x0800) + kIpv4);
  expect_the_packet(tagged);
  EXPECT_EQ(tagged.info.vlan_id, 0) << "the frame itself has no tag";
  Packet other_maker = ethernet(0x0800);
  other_maker[0] = 0xac;
  expect_the_packet(decode_frame(head + other_maker + kIpv4));
  EXPECT_EQ(skip_of(head + control_word + ethernet(0x0806) + zeros(28)), Skip::non_ip);
  EXPECT_EQ(skip_of(head + byte(0x10) + zeros(60)), Skip::non_ip) << "an associated channel";
}

TEST(LinkMpls, OneEthernetInsideAtMost) {
  const Packet inner = ethernet(0x8847) + label(true);
  EXPECT_EQ(skip_of(inner + inner + kIpv4), Skip::none);
  EXPECT_EQ(skip_of(inner + inner + ethernet(0x0800) + kIpv4), Skip::too_deep);
}

TEST(LinkMpls, AtEveryLength) {
  cut_everywhere(ethernet(0x8847) + label(false) + label(true) + kIpv4, LinkType::ethernet, 14 + 8 + 20 + 14);
}

// ---------------------------------------------------------------- PPP and what carries it

TEST(LinkPpp, AddressAndProtocolInFullAndCompressed) {
  const Packet address = be16(0xff03);
  for (const LinkType link : {LinkType::ppp, LinkType::ppp_hdlc}) {
    expect_the_packet(decode_frame(address + be16(0x0021) + kIpv4, link));
    expect_the_packet(decode_frame(address + be16(0x0057) + kIpv6, link), 60);
    expect_the_packet(decode_frame(be16(0x0021) + kIpv4, link));
    expect_the_packet(decode_frame(byte(0x21) + kIpv4, link));
    expect_the_packet(decode_frame(address + byte(0x57) + kIpv6, link), 60);
    expect_the_packet(decode_frame(address + be16(0x0281) + label(true) + kIpv4, link));
    EXPECT_EQ(skip_of(address + be16(0xc021) + zeros(20), link), Skip::non_ip) << "link control";
    EXPECT_EQ(skip_of(address + be16(0x00fd) + zeros(20), link), Skip::non_ip) << "compressed";
    // Lines that speak the protocol of Cisco.
    expect_the_packet(decode_frame(be16(0x0f00) + be16(0x0800) + kIpv4, link));
  }
  cut_everywhere(address + be16(0x0021) + kIpv4, LinkType::ppp, 4 + 20 + 14);
}

TEST(LinkPpp, OverEthernet) {
  const Packet session = pppoe(be16(0x0021) + kIpv4);
  expect_the_packet(decode_frame(ethernet(0x8864) + session));
  expect_the_packet(decode_frame(session, LinkType::pppoe));
  const Decoded tagged = decode_frame(ethernet(0x88a8) + vlan(3, 0x8100) + vlan(4, 0x8864) + session);
  expect_the_packet(tagged);
  EXPECT_EQ(tagged.info.vlan_id, 3);
  EXPECT_EQ(skip_of(ethernet(0x8863) + session), Skip::non_ip) << "discovery";
  EXPECT_EQ(skip_of(byte(0x11) + byte(0xa7) + zeros(40), LinkType::pppoe), Skip::non_ip) << "end of the session";
  // Padding of the Ethernet frame is not the packet's; a length of 0 counts from behind the link header.
  expect_the_packet(decode_frame(ethernet(0x8864) + session + zeros(9)));
  EXPECT_EQ(decode_frame(ethernet(0x8864) + pppoe(be16(0x0021) + ipv4({.length = 0}) + tcp({})), LinkType::ethernet,
                         14 + 8 + 3000)
                .info.ip_len,
            3000u);
  cut_everywhere(ethernet(0x8864) + session, LinkType::ethernet, 14 + 8 + 20 + 14);
}

TEST(LinkCisco, EthertypeBehindAddress) {
  for (const unsigned address : {0x0f00, 0x8f00}) {
    expect_the_packet(decode_frame(be16(address) + be16(0x0800) + kIpv4, LinkType::cisco_hdlc));
    expect_the_packet(decode_frame(be16(address) + be16(0x86dd) + kIpv6, LinkType::cisco_hdlc), 60);
    expect_the_packet(decode_frame(be16(address) + be16(0x8847) + label(true) + kIpv4, LinkType::cisco_hdlc));
    EXPECT_EQ(skip_of(be16(address) + be16(0x8035) + zeros(18), LinkType::cisco_hdlc), Skip::non_ip) << "SLARP";
  }
  cut_everywhere(be16(0x0f00) + be16(0x0800) + kIpv4, LinkType::cisco_hdlc, 4 + 20 + 14);
}

// ---------------------------------------------------------------- loopback, NFLOG

TEST(LinkLoop, FamilyBigEndian) {
  expect_the_packet(decode_frame(be32(2) + kIpv4, LinkType::loop));
  expect_the_packet(decode_frame(be32(24) + kIpv6, LinkType::loop), 60);
  EXPECT_EQ(skip_of(be32(7) + zeros(40), LinkType::loop), Skip::non_ip);
}

Packet attribute(bool little, unsigned type, Packet value) {
  const Packet length = be16(static_cast<unsigned>(value.size()) + 4);
  value.resize((value.size() + 3) / 4 * 4);
  if (!little) return length + be16(type) + value;
  return byte(length[1]) + byte(length[0]) + byte(type) + byte(0) + value;
}

TEST(LinkNflog, PayloadAmongAttributesOfEitherByteOrder) {
  for (const bool little : {false, true}) {
    const Packet head = byte(2) + byte(0) + be16(30) + attribute(little, 1, zeros(4)) + attribute(little, 10, zeros(5));
    const Packet frame = head + attribute(little, 9, kIpv4);
    expect_the_packet(decode_frame(frame, LinkType::nflog));
    expect_the_packet(decode_frame(head + attribute(little, 9, kIpv6), LinkType::nflog), 60);
    EXPECT_EQ(skip_of(head, LinkType::nflog), Skip::non_ip) << "no payload";
    EXPECT_EQ(skip_of(head + zeros(4) + kIpv4, LinkType::nflog), Skip::malformed) << "an attribute without length";
  }
  EXPECT_EQ(skip_of(byte(2) + byte(1) + be16(30) + zeros(60), LinkType::nflog), Skip::non_ip) << "another version";
  const Packet frame = byte(2) + byte(0) + be16(30) + attribute(true, 9, kIpv4);
  for (std::size_t size = 0; size < frame.size(); ++size)
    EXPECT_NE(skip_of(Packet(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)), LinkType::nflog, 200),
              Skip::malformed)
        << size;
}

// ---------------------------------------------------------------- 802.11, as the source of the packet found it

TEST(LinkWifi, TheSourceSaysWhereTheEthertypeIs) {
  const auto decoded = [](const Packet& frame, std::uint16_t at) {
    return decode_frame(frame, LinkType::radiotap, 0, {}, at);
  };
  const Packet frame = zeros(38) + be16(0x0800) + kIpv4 + zeros(4);
  expect_the_packet(decoded(frame, 38));
  EXPECT_EQ(decoded(zeros(38) + be16(0x0800) + ipv4({.length = 0}) + tcp({}), 38).info.ip_len, 40u);
  EXPECT_EQ(decoded(frame, kNoData).skip, Skip::non_ip);
  EXPECT_EQ(decoded(frame, kEncrypted).skip, Skip::encrypted);
  EXPECT_EQ(decoded(frame, kBroken).skip, Skip::malformed);
  EXPECT_EQ(decoded(zeros(39), 38).skip, Skip::truncated_header);
  EXPECT_EQ(decoded(zeros(20), 38).skip, Skip::truncated_header);
  EXPECT_EQ(decoded(zeros(38) + be16(0x888e) + zeros(40), 38).skip, Skip::non_ip);
}

}  // namespace
}  // namespace mltat
