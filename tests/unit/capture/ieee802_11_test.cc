// SPDX-License-Identifier: Apache-2.0
#include "capture/ieee802_11.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tins/tins.h>

#include <memory>

#include "base/rng.h"
#include "unit/capture/capture_builder.h"
#include "wire/decode.h"

namespace mltat {
namespace {

using namespace test;
using testing::ElementsAre;

const Packet kSnap = be32(0xaaaa0300) + be16(0);
const Packet kIp = ipv4({}) + tcp({});

/// A data frame by hand: frame control, duration, three addresses, sequence control.
Packet dot11(unsigned kind, unsigned flags, std::size_t more = 0) {
  return byte(kind) + byte(flags) + zeros(2 + 18 + 2 + more);
}
Packet radiotap(unsigned length = 8) {
  return zeros(2) + byte(length) + byte(length >> 8) + zeros(4);
}
Packet ppi(unsigned link = 105) {
  return zeros(2) + byte(8) + byte(0) + byte(link) + zeros(3);
}

/// The frame stands in memory of exactly its size, so that the sanitizer sees a read beyond it.
std::uint16_t find(const Packet& frame, LinkType link = LinkType::ieee802_11) {
  const auto exact = std::make_unique<std::uint8_t[]>(frame.size());
  std::copy(frame.begin(), frame.end(), exact.get());
  return find_ether_type(link, {exact.get(), frame.size()});
}

TEST(Ieee80211, HeadersOfEveryLength) {
  const Packet behind = kSnap + be16(0x0800) + kIp;
  EXPECT_EQ(find(dot11(0x08, 0x01) + behind), 24 + 6);
  EXPECT_EQ(find(dot11(0x08, 0x03, 6) + behind), 30 + 6) << "four addresses";
  EXPECT_EQ(find(dot11(0x88, 0x02, 2) + behind), 26 + 6) << "QoS";
  EXPECT_EQ(find(dot11(0x88, 0x03, 8) + behind), 32 + 6);
  EXPECT_EQ(find(dot11(0x88, 0x82, 6) + behind), 30 + 6) << "QoS and HT control";
  EXPECT_EQ(find(radiotap() + dot11(0x08, 0x01) + behind, LinkType::radiotap), 32 + 6);
  EXPECT_EQ(find(ppi() + dot11(0x08, 0x01) + behind, LinkType::ppi), 32 + 6);
}

TEST(Ieee80211, WhatHasNoEthertype) {
  EXPECT_EQ(find(dot11(0x08, 0x41) + zeros(40)), kEncrypted);
  EXPECT_EQ(find(dot11(0x80, 0) + zeros(12)), kNoData) << "a beacon";
  EXPECT_EQ(find(byte(0xd4) + zeros(9)), kNoData) << "an acknowledgement";
  EXPECT_EQ(find(dot11(0x48, 0x01)), kNoData) << "data without data";
  EXPECT_EQ(find(dot11(0x08, 0x01) + be32(0xf0f00300) + zeros(40)), kNoData) << "LLC, no SNAP";
  EXPECT_EQ(find(kIp), kBroken) << "no 802.11 at all: the version is not 0";
  EXPECT_EQ(find({}), kBroken);
  EXPECT_EQ(find(radiotap(4000) + dot11(0x08, 0x01), LinkType::radiotap), kBroken);
  EXPECT_EQ(find(ppi(1) + zeros(60), LinkType::ppi), kNoData) << "PPI around something else";
}

TEST(Ieee80211, RadioNotesOfAnyBytesStayInsideTheFrame) {
  Rng rng{11};
  for (int i = 0; i < 20'000; ++i) {
    Packet frame(rng.below(80));
    for (std::uint8_t& value : frame)
      value = static_cast<std::uint8_t>(rng.next());
    if (frame.size() > 8) frame[3] = 0;  // a length that may fit
    for (const LinkType link : {LinkType::radiotap, LinkType::ppi})
      EXPECT_LE(find(frame, link), kFirstEtherTypeAt + frame.size());
  }
}

TEST(Ieee80211, AtEveryLength) {
  const Packet whole = radiotap() + dot11(0x88, 0x01, 2) + kSnap + be16(0x0800) + kIp;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::uint16_t at =
        find(Packet(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), LinkType::radiotap);
    if (size >= 8 + 26 + 6)
      EXPECT_EQ(at, 8 + 26 + 6) << size;
    else
      EXPECT_LT(at, kFirstEtherTypeAt) << size;
  }
}

/// Made by libtins from the other end: a data frame as an access point relays it, with a frame check sequence.
Packet made_by_libtins() {
  Tins::Dot11QoSData data("02:00:00:00:00:01", "02:00:00:00:00:02");
  data.from_ds(1);
  const auto frame = Tins::RadioTap() / data / Tins::SNAP() / Tins::IP("10.0.0.2", "10.0.0.1") / Tins::TCP(443, 40000);
  auto copy = frame;
  return copy.serialize();
}

TEST(Ieee80211, FromFileToPacket) {
  const Writer w;
  const Packet frame = made_by_libtins();
  const Packet file = w.file(0xa1b2c3d4, 127) + w.record(1, 0, frame) + w.record(2, 0, radiotap() + kIp);
  const auto source = open_bytes(file);
  PacketBlock block;
  ASSERT_TRUE(source->next(block));
  ASSERT_EQ(block.packets.size(), 2u);
  PacketInfo info;
  PacketCounts counts;
  ASSERT_EQ(decode(block.packets[0], {}, info, counts), Skip::none);
  EXPECT_EQ(info.source().port, 40000);
  EXPECT_EQ(info.destination().port, 443);
  EXPECT_EQ(info.ip_len, 40u);
  EXPECT_EQ(info.wire_len, frame.size());
  EXPECT_EQ(decode(block.packets[1], {}, info, counts), Skip::malformed);
}

}  // namespace
}  // namespace mltat
