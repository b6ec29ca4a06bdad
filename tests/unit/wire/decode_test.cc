// SPDX-License-Identifier: Apache-2.0
#include "wire/decode.h"

#include <gtest/gtest.h>

#include "unit/wire/decoded.h"

namespace mltat {
namespace {

using namespace test;

const Packet kTcpFrame = ethernet(0x0800) + ipv4({.length = 50}) + tcp({}) + zeros(10);

TEST(Decode, TcpOverIpv4) {
  const Decoded got = decode_frame(kTcpFrame, LinkType::ethernet, 70);
  ASSERT_EQ(got.skip, Skip::none);
  EXPECT_EQ(got.info.source(), (Endpoint{mapped(1), 40000}));
  EXPECT_EQ(got.info.destination(), (Endpoint{mapped(2), 443}));
  EXPECT_FALSE(got.info.swapped);
  EXPECT_EQ(got.info.key.protocol, 6);
  EXPECT_EQ(got.info.key.vlan, 0);
  EXPECT_EQ(got.info.ip_len, 50u);
  EXPECT_EQ(got.info.wire_len, 70u);
  EXPECT_EQ(got.info.payload_len, 10u);
  EXPECT_EQ(got.info.seq, 0x01020304u);
  EXPECT_EQ(got.info.tcp_flags, 0x10);
  EXPECT_EQ(got.info.vlan_id, 0);
  EXPECT_FALSE(got.info.has_icmp);
  EXPECT_EQ(got.info.fragment, Fragment::none);
  EXPECT_EQ(got.info.number, 5u);
  EXPECT_EQ(got.info.ts, 7);
  EXPECT_EQ(got.info.clock, 9);
  EXPECT_EQ(got.counts.notes, PacketCounts{}.notes);
}

TEST(Decode, BothDirectionsShareAKey) {
  const Decoded there = decode_frame(kTcpFrame);
  const Decoded back =
      decode_frame(ethernet(0x0800) + ipv4({.length = 40, .source = 0x0a000002, .destination = 0x0a000001}) +
                   tcp({.source = 443, .destination = 40000}));
  ASSERT_EQ(back.skip, Skip::none);
  EXPECT_EQ(there.info.key, back.info.key);
  EXPECT_EQ(there.info.hash, back.info.hash);
  EXPECT_TRUE(back.info.swapped);
  EXPECT_EQ(back.info.source(), (Endpoint{mapped(2), 443}));
}

TEST(Decode, EqualAddressesAreOrderedByPort) {
  const auto between = [](unsigned source, unsigned destination) {
    return decode_frame(ethernet(0x0800) + ipv4({.length = 40, .destination = 0x0a000001}) +
                        tcp({.source = source, .destination = destination}));
  };
  EXPECT_FALSE(between(5, 7).info.swapped);
  EXPECT_TRUE(between(7, 5).info.swapped);
  EXPECT_FALSE(between(7, 7).info.swapped);
  EXPECT_EQ(between(5, 7).info.key, between(7, 5).info.key);
}

TEST(Decode, IndexHashIsThatOfTheKey) {
  EXPECT_EQ(decode_frame(kTcpFrame).info.hash, index_hash(decode_frame(kTcpFrame).info.key));
  const Decoded six = decode_frame(ethernet(0x86dd) + ipv6({}) + tcp({}));
  EXPECT_EQ(six.info.hash, index_hash(six.info.key));
}

TEST(Decode, L3BeginsAtTheIpHeader) {
  RawPacket raw;
  const Packet frame = ethernet(0x8100) + vlan(3, 0x0800) + ipv4({}) + tcp({});
  raw.frame = frame;
  raw.wire_len = 58;
  PacketInfo info;
  PacketCounts counts;
  ASSERT_EQ(decode(raw, {}, info, counts), Skip::none);
  EXPECT_EQ(info.l3.data(), frame.data() + 18);
  EXPECT_EQ(info.l3.size(), 40u);
}

TEST(Decode, EthernetPaddingNeverCounts) {
  const Decoded got = decode_frame(ethernet(0x0800) + ipv4({.length = 40}) + tcp({}) + zeros(6));
  EXPECT_EQ(got.info.ip_len, 40u);
  EXPECT_EQ(got.info.payload_len, 0u);
  EXPECT_EQ(got.info.wire_len, 60u);
}

TEST(Decode, PaddingIsNoHeader) {
  // 20 bytes of TCP were captured, but the IP length leaves room for 13 only.
  EXPECT_EQ(skip_of(ethernet(0x0800) + ipv4({.length = 33}) + tcp({})), Skip::truncated_header);
  EXPECT_EQ(skip_of(ethernet(0x0800) + ipv4({.length = 34}) + tcp({})), Skip::none);
}

TEST(Decode, SnappedPacketsCountInFull) {
  Packet frame = ethernet(0x0800) + ipv4({.length = 1500}) + tcp({});
  frame.resize(14 + 20 + 14);
  const Decoded got = decode_frame(frame, LinkType::ethernet, 1514);
  ASSERT_EQ(got.skip, Skip::none);
  EXPECT_EQ(got.info.ip_len, 1500u);
  EXPECT_EQ(got.info.payload_len, 1460u);
}

TEST(Decode, PayloadIsNeverNegative) {
  EXPECT_EQ(decode_frame(ethernet(0x0800) + ipv4({.length = 40}) + tcp({.words = 15})).info.payload_len, 0u);
  EXPECT_EQ(decode_frame(ethernet(0x0800) + ipv4({.protocol = 1, .length = 22}) + zeros(2)).info.payload_len, 0u);
}

TEST(Decode, HeaderBytesByProtocol) {
  struct Case {
    unsigned protocol;
    std::uint32_t payload;
  };
  // 40 bytes behind the IP header; byte 4 is 7, byte 12 is 0x60.
  Packet l4 = be16(1000) + be16(2000) + byte(7) + zeros(7) + byte(0x60) + zeros(27);
  for (const Case& c : {Case{6, 16}, {17, 32}, {136, 32}, {1, 32}, {58, 32}, {132, 28}, {33, 12}, {47, 40}, {50, 40}})
    EXPECT_EQ(decode_frame(ethernet(0x0800) + ipv4({.protocol = c.protocol, .length = 60}) + l4).info.payload_len,
              c.payload)
        << c.protocol;
  // DCCP without its byte 4: 12 are assumed.
  l4.resize(4);
  EXPECT_EQ(decode_frame(ethernet(0x0800) + ipv4({.protocol = 33, .length = 60}) + l4, LinkType::ethernet, 74)
                .info.payload_len,
            28u);
}

TEST(Decode, PortsOnlyWhereThereAreSome) {
  const auto source_port = [](unsigned protocol) {
    return decode_frame(ethernet(0x0800) + ipv4({.protocol = protocol, .length = 40}) + be16(1000) + be16(2000) +
                        zeros(16))
        .info.source()
        .port;
  };
  for (const unsigned protocol : {6, 17, 33, 132, 136})
    EXPECT_EQ(source_port(protocol), 1000) << protocol;
  for (const unsigned protocol : {0, 1, 4, 47, 50, 58, 59, 255})
    EXPECT_EQ(source_port(protocol), 0) << protocol;
}

TEST(Decode, NeededBytesOfTheL4Header) {
  struct Case {
    unsigned protocol;
    std::size_t needed;
  };
  for (const Case& c : {Case{6, 14}, {17, 8}, {136, 4}, {132, 4}, {33, 4}, {1, 2}, {58, 2}, {47, 0}, {59, 0}}) {
    const Packet head = ethernet(0x0800) + ipv4({.protocol = c.protocol, .length = 60});
    EXPECT_EQ(skip_of(head + zeros(c.needed), LinkType::ethernet, 74), Skip::none) << c.protocol;
    if (c.needed == 0) continue;
    EXPECT_EQ(skip_of(head + zeros(c.needed - 1), LinkType::ethernet, 74), Skip::truncated_header) << c.protocol;
  }
}

TEST(Decode, IcmpTypeAndCode) {
  const Decoded got =
      decode_frame(ethernet(0x0800) + ipv4({.protocol = 1, .length = 30}) + byte(8) + byte(3) + zeros(8));
  ASSERT_EQ(got.skip, Skip::none);
  EXPECT_TRUE(got.info.has_icmp);
  EXPECT_EQ(got.info.icmp_type, 8);
  EXPECT_EQ(got.info.icmp_code, 3);
  EXPECT_EQ(got.info.payload_len, 2u);
}

// ---------------------------------------------------------------- IPv4 headers

TEST(DecodeIpv4, ContradictionsAreMalformed) {
  EXPECT_EQ(skip_of(ethernet(0x0800) + ipv4({.version = 6}) + tcp({})), Skip::malformed);
  EXPECT_EQ(skip_of(ethernet(0x0800) + ipv4({.words = 4}) + tcp({})), Skip::malformed);
  EXPECT_EQ(skip_of(ethernet(0x0800) + ipv4({.length = 23, .words = 6}) + tcp({})), Skip::malformed);
  EXPECT_EQ(skip_of(ethernet(0x0800) + ipv4({.length = 24, .words = 6}) + tcp({})), Skip::truncated_header);
  Packet options_cut = ethernet(0x0800) + ipv4({.length = 80, .words = 15});
  options_cut.resize(14 + 59);
  EXPECT_EQ(skip_of(options_cut, LinkType::ethernet, 94), Skip::malformed);
  options_cut.resize(14 + 19);
  EXPECT_EQ(skip_of(options_cut, LinkType::ethernet, 94), Skip::truncated_header);
}

TEST(DecodeIpv4, OptionsAreHeader) {
  const Decoded got = decode_frame(ethernet(0x0800) + ipv4({.length = 60, .words = 10}) + tcp({}));
  ASSERT_EQ(got.skip, Skip::none);
  EXPECT_EQ(got.info.payload_len, 0u);
  EXPECT_EQ(got.info.source().port, 40000);
}

TEST(DecodeIpv4, TotalLengthZeroTakesTheWireLength) {
  const Decoded got =
      decode_frame(ethernet(0x8100) + vlan(5, 0x0800) + ipv4({.length = 0}) + tcp({}), LinkType::ethernet, 3018);
  ASSERT_EQ(got.skip, Skip::none);
  EXPECT_EQ(got.info.ip_len, 3000u);
  EXPECT_EQ(got.info.payload_len, 2960u);
  EXPECT_EQ(got.noted(Note::clipped_length), 0u);
}

TEST(DecodeIpv4, LengthAboveTheFrameIsClippedToTheFrame) {
  const Decoded got = decode_frame(ethernet(0x0800) + ipv4({.length = 55}) + tcp({}));
  EXPECT_EQ(got.info.ip_len, 54u);  // the wire length, link header and all
  EXPECT_EQ(got.info.payload_len, 14u);
  EXPECT_EQ(got.noted(Note::clipped_length), 1u);
  EXPECT_EQ(decode_frame(ethernet(0x0800) + ipv4({.length = 54}) + tcp({})).noted(Note::clipped_length), 0u);
}

TEST(DecodeIpv4, Fragments) {
  const Decoded first = decode_frame(ethernet(0x0800) + ipv4({.fragment = 0x2000}) + tcp({.flags = 2}));
  ASSERT_EQ(first.skip, Skip::none);
  EXPECT_EQ(first.info.fragment, Fragment::first);
  EXPECT_EQ(first.info.source().port, 40000);
  EXPECT_EQ(first.info.tcp_flags, 0);
  EXPECT_EQ(first.info.fragment_id(), 7u);
  EXPECT_EQ(first.info.payload_len, 0u);

  const Decoded later = decode_frame(ethernet(0x0800) + ipv4({.fragment = 0x0001}) + tcp({.flags = 2}));
  ASSERT_EQ(later.skip, Skip::none);
  EXPECT_EQ(later.info.fragment, Fragment::later);
  EXPECT_EQ(later.info.source().port, 0);
  EXPECT_EQ(later.info.tcp_flags, 0);
  EXPECT_EQ(later.info.payload_len, 20u);
  EXPECT_EQ(later.info.fragment_id(), 7u);

  // Later fragments need no L4 bytes, first ones do; "do not fragment" is no fragment.
  EXPECT_EQ(skip_of(ethernet(0x0800) + ipv4({.length = 28, .fragment = 0x1fff}) + zeros(1)), Skip::none);
  EXPECT_EQ(skip_of(ethernet(0x0800) + ipv4({.length = 28, .fragment = 0x2000}) + zeros(1)), Skip::truncated_header);
  EXPECT_EQ(decode_frame(ethernet(0x0800) + ipv4({.fragment = 0x4000}) + tcp({})).info.fragment, Fragment::none);
  const Decoded ping = decode_frame(ethernet(0x0800) + ipv4({.protocol = 1, .fragment = 0x2001}) + byte(8) + zeros(19));
  EXPECT_FALSE(ping.info.has_icmp);
}

// ---------------------------------------------------------------- IPv6 headers

TEST(DecodeIpv6, Tcp) {
  const Decoded got = decode_frame(ethernet(0x86dd) + ipv6({.payload = 25}) + tcp({}) + zeros(5));
  ASSERT_EQ(got.skip, Skip::none);
  EXPECT_EQ(got.info.source().address,
            (std::array<std::uint8_t, 16>{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(got.info.destination().address[15], 2);
  EXPECT_EQ(got.info.ip_len, 65u);
  EXPECT_EQ(got.info.payload_len, 5u);
  EXPECT_EQ(got.info.tcp_flags, 0x10);
  EXPECT_EQ(skip_of(ethernet(0x86dd) + ipv6({.version = 4}) + tcp({})), Skip::malformed);
}

TEST(DecodeIpv6, EveryExtensionHeaderIsWalked) {
  for (const unsigned kind : {0, 43, 60, 135, 139, 140}) {
    const Decoded got =
        decode_frame(ethernet(0x86dd) + ipv6({.next = kind, .payload = 36}) + extension(6, 1) + tcp({}));
    ASSERT_EQ(got.skip, Skip::none) << kind;
    EXPECT_EQ(got.info.key.protocol, 6) << kind;
    EXPECT_EQ(got.info.payload_len, 0u) << kind;
    EXPECT_EQ(got.info.source().port, 40000) << kind;
  }
  // The authentication header counts in words of 4 bytes, less 2.
  const Decoded auth =
      decode_frame(ethernet(0x86dd) + ipv6({.next = 51, .payload = 44}) + byte(6) + byte(4) + zeros(22) + tcp({}));
  EXPECT_EQ(auth.info.key.protocol, 6);
  EXPECT_EQ(auth.info.source().port, 40000);
  // A fragment header that stands for a whole packet ("atomic"), its length byte ignored.
  const Decoded atomic =
      decode_frame(ethernet(0x86dd) + ipv6({.next = 44, .payload = 28}) + byte(6) + byte(9) + zeros(6) + tcp({}));
  EXPECT_EQ(atomic.info.fragment, Fragment::none);
  EXPECT_EQ(atomic.info.tcp_flags, 0x10);
  // 59 = nothing follows, 50 = encrypted: no extension headers.
  EXPECT_EQ(decode_frame(ethernet(0x86dd) + ipv6({.next = 59}) + zeros(20)).info.key.protocol, 59);
  EXPECT_EQ(decode_frame(ethernet(0x86dd) + ipv6({.next = 50}) + zeros(20)).info.key.protocol, 50);
}

TEST(DecodeIpv6, AtMostSixteenExtensionHeaders) {
  const auto stacked = [](unsigned count) {
    Packet frame = ethernet(0x86dd) + ipv6({.next = 60, .payload = count * 8 + 20});
    for (unsigned i = 1; i <= count; ++i)
      frame = frame + extension(i == count ? 6 : 60);
    return frame + tcp({});
  };
  EXPECT_EQ(skip_of(stacked(16)), Skip::none);
  EXPECT_EQ(skip_of(stacked(17)), Skip::too_deep);
}

TEST(DecodeIpv6, ExtensionHeaderCut) {
  const Packet whole = ethernet(0x86dd) + ipv6({.next = 60, .payload = 36}) + extension(6, 1) + tcp({});
  const Packet cut(whole.begin(), whole.begin() + 14 + 40 + 15);
  EXPECT_EQ(skip_of(cut, LinkType::ethernet, 90), Skip::truncated_header);
  // All bytes are there, but the IP length ends inside the extension header.
  EXPECT_EQ(skip_of(ethernet(0x86dd) + ipv6({.next = 60, .payload = 15}) + extension(6, 1) + tcp({})),
            Skip::truncated_header);
}

TEST(DecodeIpv6, Fragments) {
  const Packet head = ethernet(0x86dd) + ipv6({.next = 44, .payload = 28});
  const Decoded first = decode_frame(head + ipv6_fragment(6, 1) + tcp({}));
  EXPECT_EQ(first.info.fragment, Fragment::first);
  EXPECT_EQ(first.info.source().port, 40000);
  EXPECT_EQ(first.info.tcp_flags, 0);
  const Decoded later = decode_frame(head + ipv6_fragment(6, 8) + tcp({}));
  EXPECT_EQ(later.info.fragment, Fragment::later);
  EXPECT_EQ(later.info.source().port, 0);
  EXPECT_EQ(later.info.payload_len, 20u);
  // Behind a later fragment nothing is walked.
  EXPECT_EQ(decode_frame(head + ipv6_fragment(60, 8) + zeros(20)).info.key.protocol, 60);
}

TEST(DecodeIpv6, PayloadLengthZero) {
  const Decoded plain = decode_frame(ethernet(0x86dd) + ipv6({.payload = 0}) + tcp({}), LinkType::ethernet, 9014);
  EXPECT_EQ(plain.info.ip_len, 9000u);
  // Hop-by-hop: a byte of padding, an option of two, and then the jumbo payload length 70000.
  const Packet jumbo = byte(6) + byte(1) + byte(0) + byte(1) + byte(1) + byte(0) + byte(0xc2) + byte(4) + be32(70000) +
                       byte(1) + byte(2) + zeros(2);
  const Decoded big =
      decode_frame(ethernet(0x86dd) + ipv6({.next = 0, .payload = 0}) + jumbo + tcp({}), LinkType::ethernet, 70054);
  ASSERT_EQ(big.skip, Skip::none);
  EXPECT_EQ(big.info.ip_len, 70040u);
  EXPECT_EQ(big.info.payload_len, 70000u - 16 - 20);
  const Decoded none = decode_frame(ethernet(0x86dd) + ipv6({.next = 0, .payload = 0}) + extension(6) + tcp({}),
                                    LinkType::ethernet, 9014);
  EXPECT_EQ(none.info.ip_len, 9000u);
  const Decoded clipped =
      decode_frame(ethernet(0x86dd) + ipv6({.next = 0, .payload = 0}) + jumbo + tcp({}), LinkType::ethernet, 70000);
  EXPECT_EQ(clipped.info.ip_len, 70000u);
  EXPECT_EQ(clipped.noted(Note::clipped_length), 1u);
}

// ---------------------------------------------------------------- link layers

TEST(DecodeLink, VlanTags) {
  for (const unsigned kind : {0x8100, 0x88a8, 0x9100}) {
    const Decoded got = decode_frame(ethernet(kind) + vlan(0xe123, 0x0800) + ipv4({}) + tcp({}));
    ASSERT_EQ(got.skip, Skip::none);
    EXPECT_EQ(got.info.vlan_id, 0x123);
    EXPECT_EQ(got.info.key.vlan, 0);
  }
  const Packet stacked = ethernet(0x88a8) + vlan(7, 0x8100) + vlan(8, 0x86dd) + ipv6({}) + tcp({});
  EXPECT_EQ(decode_frame(stacked).info.vlan_id, 7);
  DecodeOptions in_key;
  in_key.vlan_in_key = true;
  EXPECT_EQ(decode_frame(stacked, LinkType::ethernet, 0, in_key).info.key.vlan, 7);
  EXPECT_EQ(decode_frame(kTcpFrame, LinkType::ethernet, 0, in_key).info.key.vlan, 0);
}

TEST(DecodeLink, AtMostEightVlanTags) {
  const auto stacked = [](unsigned count) {
    Packet frame = ethernet(0x8100);
    for (unsigned i = 1; i <= count; ++i)
      frame = frame + vlan(i, i == count ? 0x0800 : 0x8100);
    return frame + ipv4({}) + tcp({});
  };
  EXPECT_EQ(skip_of(stacked(8)), Skip::none);
  EXPECT_EQ(skip_of(stacked(9)), Skip::too_deep);
}

TEST(DecodeLink, WhatIsNoIp) {
  EXPECT_EQ(skip_of(ethernet(0x0806) + zeros(46)), Skip::non_ip);
  EXPECT_EQ(skip_of(ethernet(0x05ff) + zeros(46)), Skip::non_ip);
  EXPECT_EQ(skip_of(ethernet(0x8100) + vlan(1, 0x0806) + zeros(46)), Skip::non_ip);
}

TEST(DecodeLink, RawByVersionNibble) {
  for (const LinkType link : {LinkType::raw, LinkType::raw_12, LinkType::raw_14}) {
    EXPECT_EQ(decode_frame(ipv4({}) + tcp({}), link).info.ip_len, 40u);
    EXPECT_EQ(decode_frame(ipv6({}) + tcp({}), link).info.ip_len, 60u);
    EXPECT_EQ(skip_of(byte(0x50) + zeros(60), link), Skip::malformed);
    EXPECT_EQ(skip_of({}, link), Skip::truncated_header);
  }
  EXPECT_EQ(skip_of(ipv4({}) + tcp({}), LinkType::ipv4), Skip::none);
  EXPECT_EQ(skip_of(ipv6({}) + tcp({}), LinkType::ipv4), Skip::malformed);
  EXPECT_EQ(skip_of(ipv6({}) + tcp({}), LinkType::ipv6), Skip::none);
  EXPECT_EQ(skip_of(ipv4({}) + zeros(40), LinkType::ipv6), Skip::malformed);
}

TEST(DecodeLink, LinuxCooked) {
  const Packet sll = be16(0) + be16(1) + be16(6) + zeros(8);
  EXPECT_EQ(skip_of(sll + be16(0x0800) + ipv4({}) + tcp({}), LinkType::linux_sll), Skip::none);
  EXPECT_EQ(skip_of(sll + be16(0x0806) + zeros(28), LinkType::linux_sll), Skip::non_ip);
  EXPECT_EQ(decode_frame(sll + be16(0x8100) + vlan(9, 0x86dd) + ipv6({}) + tcp({}), LinkType::linux_sll).info.vlan_id,
            9);
  const Packet sll2 = be16(0) + be32(3) + be16(1) + byte(0) + byte(6) + zeros(8);
  EXPECT_EQ(skip_of(be16(0x86dd) + sll2 + ipv6({}) + tcp({}), LinkType::linux_sll2), Skip::none);
  EXPECT_EQ(decode_frame(be16(0x8100) + sll2 + vlan(9, 0x0800) + ipv4({.length = 0}) + tcp({}), LinkType::linux_sll2)
                .info.ip_len,
            40u);
}

TEST(DecodeLink, NullInEitherByteOrder) {
  for (const unsigned family : {2, 10, 24, 28, 30}) {
    const Packet packet = family == 2 ? ipv4({}) + tcp({}) : ipv6({}) + tcp({});
    EXPECT_EQ(skip_of(be32(family) + packet, LinkType::null), Skip::none) << family;
    EXPECT_EQ(skip_of(byte(family) + zeros(3) + packet, LinkType::null), Skip::none) << family;
  }
  EXPECT_EQ(skip_of(be32(7) + zeros(60), LinkType::null), Skip::non_ip);
}

TEST(DecodeLink, UnsupportedInterface) {
  EXPECT_EQ(skip_of(kTcpFrame, LinkType::unsupported), Skip::unsupported_link);
  EXPECT_FALSE(is_supported(LinkType::unsupported));
  EXPECT_FALSE(is_supported(static_cast<LinkType>(147)));
  for (const int link : {0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 127, 192, 228, 229, 239, 276})
    EXPECT_TRUE(is_supported(static_cast<LinkType>(link))) << link;
}

// ---------------------------------------------------------------- truncation

TEST(DecodeTruncated, TcpAtEveryLength) {
  cut_everywhere(kTcpFrame, LinkType::ethernet, 14 + 20 + 14);
}

TEST(DecodeTruncated, StackedTagsAtEveryLength) {
  cut_everywhere(ethernet(0x88a8) + vlan(7, 0x8100) + vlan(8, 0x0800) + ipv4({}) + tcp({}), LinkType::ethernet,
                 22 + 20 + 14);
}

TEST(DecodeTruncated, Ipv6WithExtensionsAtEveryLength) {
  cut_everywhere(ethernet(0x86dd) + ipv6({.next = 0, .payload = 8 + 16 + 8 + 8}) + extension(43) + extension(60, 1) +
                     extension(17) + udp(53, 53, 8),
                 LinkType::ethernet, 14 + 40 + 8 + 16 + 8 + 8);
}

TEST(DecodeTruncated, CookedAtEveryLength) {
  cut_everywhere(be16(0x0800) + zeros(18) + ipv4({.protocol = 17, .length = 28}) + udp(1, 2, 8), LinkType::linux_sll2,
                 20 + 20 + 8);
}

// ---------------------------------------------------------------- shards

TEST(DecodeShard, EveryPacketBelongsToExactlyOneShard) {
  for (unsigned port = 1; port < 50; ++port) {
    const Packet frame = ethernet(0x0800) + ipv4({}) + tcp({.source = port});
    unsigned used = 0;
    for (std::uint64_t shard = 0; shard < 3; ++shard) {
      DecodeOptions options;
      options.shards = 3;
      options.shard = shard;
      const Decoded got = decode_frame(frame, LinkType::ethernet, 0, options);
      if (got.skip == Skip::none) {
        ++used;
        EXPECT_EQ(shard_hash(got.info.key, false) % 3, shard);
      } else {
        EXPECT_EQ(got.skip, Skip::other_shard);
      }
    }
    EXPECT_EQ(used, 1u);
  }
}

}  // namespace
}  // namespace mltat
