// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/capture/capture_builder.h"

namespace mltat {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

const Packet kFrame = {1, 2, 3, 4, 5};

TEST(Pcap, EveryMagicInBothByteOrders) {
  for (const bool little : {true, false}) {
    const Writer w{little};
    const Capture us = read_bytes(w.file(0xa1b2c3d4) + w.record(10, 20, kFrame, 99) + w.record(11, 1, {}));
    EXPECT_THAT(us.packets, ElementsAre(Seen{0, 10'000'020'000, 10'000'020'000, kFrame, 99, LinkType::ethernet},
                                        Seen{1, 11'000'001'000, 11'000'001'000, {}, 0, LinkType::ethernet}));
    EXPECT_EQ(us.damage, "");
    EXPECT_EQ(us.counts.read, 2u);
    const Capture ns = read_bytes(w.file(0xa1b23c4d, 101) + w.record(10, 20, kFrame));
    EXPECT_THAT(ns.packets, ElementsAre(Seen{0, 10'000'000'020, 10'000'000'020, kFrame, 5, LinkType::raw}));
    // Record headers of 24 bytes.
    const Packet odd = w.u32(10) + w.u32(20) + w.u32(5) + w.u32(5) + w.u32(3) + w.u32(8) + kFrame;
    EXPECT_THAT(read_bytes(w.file(0xa1b2cd34) + odd + odd).times(), ElementsAre(10'000'020'000, 10'000'020'000));
  }
}

TEST(Pcap, FractionsAboveASecondCarry) {
  const Writer w;
  EXPECT_THAT(read_bytes(w.file() + w.record(1, 1'000'000, {}) + w.record(1, 0xffffffff, {})).times(),
              ElementsAre(2 * kSecond, kSecond + 4'294'967'295'000));
  // The largest time there is, and it fits.
  EXPECT_THAT(read_bytes(w.file() + w.record(0xffffffff, 0xffffffff, {})).times(),
              ElementsAre(4'294'967'295'000'000'000 + 4'294'967'295'000));
}

TEST(Pcap, CapturedLengthAboveTheOriginal) {
  const Writer w;
  EXPECT_EQ(read_bytes(w.file() + w.record(1, 1, kFrame, 3)).packets.at(0).wire_len, 5u);
  EXPECT_EQ(read_bytes(w.file() + w.record(1, 1, kFrame, 0xffffffff)).packets.at(0).wire_len, 0xffffffffu);
}

TEST(Pcap, HeaderWithoutPacketsIsNoTrouble) {
  const Capture got = read_bytes(Writer{}.file());
  EXPECT_TRUE(got.packets.empty());
  EXPECT_EQ(got.damage, "");
  EXPECT_EQ(got.blocks, 0u);
}

TEST(Pcap, NoBytesAtAllIsNoSource) {
  EXPECT_EQ(open_bytes({}), nullptr);
}

TEST(Pcap, TheFrameCheckSequenceBitsAreNoLinkType) {
  const Writer w;
  EXPECT_EQ(read_bytes(w.file(0xa1b2c3d4, 0x24000001) + w.record(1, 1, kFrame)).packets.at(0).link, LinkType::ethernet);
}

TEST(Pcap, RefusesWhatItCannotRead) {
  const Writer w;
  EXPECT_THAT(refusal(w.file(0xa1b2c3d4, 1, 9)), HasSubstr("x.pcap: PCAP version 9.4"));
  EXPECT_THAT(refusal(w.file(0xa1b2c3d4, 195)),
              HasSubstr("x.pcap: link type 195 (IEEE802_15_4_WITHFCS) is not supported"));
  EXPECT_THAT(refusal(w.file(0xa1b2c3d4, 148)), HasSubstr("link type 148 (USER1)"));
  EXPECT_THAT(refusal(w.file(0xa1b2c3d4, 9999)), HasSubstr("link type 9999 is not"));
  Packet cut = w.file();
  cut.resize(17);
  EXPECT_THAT(refusal(cut), HasSubstr("x.pcap: byte 17: the file ends inside its header"));
}

TEST(Pcap, RefusesWhatIsNoCapture) {
  const auto text = [](std::string_view words) { return Packet(words.begin(), words.end()); };
  EXPECT_THAT(refusal(text("{\"flow_id\":1}\n")), HasSubstr("looks like NDJSON"));
  EXPECT_THAT(refusal(text("flow_id,capture\n1,2\n")), HasSubstr("looks like text or CSV"));
  EXPECT_THAT(refusal({1, 2, 3, 4}), HasSubstr("neither PCAP nor pcapng"));
  EXPECT_THAT(refusal({0x1f, 0x8b, 8, 0}), HasSubstr("zcat"));
  EXPECT_THAT(refusal({0xd4, 0xc3, 0xb2}), HasSubstr("x.pcap: "));
}

// ---------------------------------------------------------------- damage

TEST(PcapDamage, CutInsideARecordHeader) {
  const Writer w;
  Packet file = w.file() + w.record(1, 1, kFrame) + w.record(2, 2, kFrame);
  file.resize(24 + 21 + 15);
  const Capture got = read_bytes(file);
  EXPECT_THAT(got.times(), ElementsAre(1'000'001'000));
  EXPECT_THAT(got.damage, HasSubstr("x.pcap: byte 45, after 1 packets: the file ends inside a record header"));
}

TEST(PcapDamage, CutInsideARecord) {
  const Writer w;
  Packet file = w.file() + w.record(1, 1, kFrame) + w.record(2, 2, kFrame);
  file.pop_back();
  const Capture got = read_bytes(file);
  EXPECT_EQ(got.packets.size(), 1u);
  EXPECT_THAT(got.damage, HasSubstr("byte 45, after 1 packets: the file ends inside a record;"));
}

TEST(PcapDamage, LengthsAboveTheLimit) {
  const Writer w;
  for (const std::uint32_t length : {0xffffffffu, 0x80000000u, (16u << 20) + 1}) {
    const Capture got = read_bytes(w.file() + w.record(1, 1, kFrame) + w.u32(2) + w.u32(0) + w.u32(length) + w.u32(9));
    EXPECT_EQ(got.packets.size(), 1u);
    EXPECT_THAT(got.damage, HasSubstr("byte 45, after 1 packets: a record says that it has " + std::to_string(length)));
  }
  // At the limit the record is only cut: memory follows what came.
  const Capture got = read_bytes(w.file() + w.u32(2) + w.u32(0) + w.u32(16u << 20) + w.u32(9));
  EXPECT_THAT(got.damage, HasSubstr("byte 24, after 0 packets: the file ends inside a record;"));
}

TEST(PcapDamage, FilesJoinedWithCat) {
  for (const bool little : {true, false}) {
    const Writer first;
    const Writer second{little};
    for (const std::uint32_t magic : {0xa1b2c3d4u, 0xa1b23c4du}) {
      const Capture got =
          read_bytes(first.file() + first.record(1, 1, kFrame) + second.file(magic) + second.record(1, 1, kFrame));
      EXPECT_EQ(got.packets.size(), 1u);
      EXPECT_THAT(got.damage, HasSubstr("byte 45, after 1 packets: a second file header"));
      EXPECT_THAT(got.damage, HasSubstr("--continue"));
    }
  }
  // A time that looks like a magic number is none.
  EXPECT_EQ(read_bytes(Writer{}.file() + Writer{}.record(0xa1b2c3d4, 5, kFrame)).damage, "");
}

TEST(PcapDamage, WhatWaitedForItsSuccessorComesOut) {
  const Writer w;
  Packet file = w.file() + w.record(1, 0, kFrame) + w.record(2, 0, kFrame) + w.record(100'000, 0, kFrame) +
                w.record(2, 0, kFrame);
  file.pop_back();
  const Capture got = read_bytes(file);
  EXPECT_THAT(got.times(), ElementsAre(kSecond, 2 * kSecond, 100'000 * kSecond));
  EXPECT_THAT(got.damage, HasSubstr("after 3 packets"));
}

}  // namespace
}  // namespace mltat
