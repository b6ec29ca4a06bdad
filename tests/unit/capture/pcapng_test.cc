// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/time_scale.h"
#include "unit/capture/capture_builder.h"

namespace mltat {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

const Packet kFrame = {1, 2, 3, 4, 5};
constexpr std::uint64_t kTicks = 1'600'000'000'000'000;  // us
constexpr Nanos kTime = 1'600'000'000'000'000'000;

TEST(Pcapng, EnhancedPacketsInBothByteOrders) {
  for (const bool little : {true, false}) {
    const Writer w{little};
    const Capture got = read_bytes(w.section() + w.interface(113) + w.enhanced(0, kTicks + 7, kFrame, 60));
    EXPECT_THAT(got.packets, ElementsAre(Seen{0, kTime + 7000, kTime + 7000, kFrame, 60, LinkType::linux_sll}));
    EXPECT_EQ(got.damage, "");
  }
}

TEST(Pcapng, SectionsOfDifferentByteOrder) {
  const Writer little{true};
  const Writer big{false};
  const Capture got = read_bytes(little.section() + little.interface(1) + little.enhanced(0, kTicks, kFrame) +
                                 big.section() + big.interface(101) + big.enhanced(0, kTicks + 1, kFrame) +
                                 little.section() + little.interface(1) + little.enhanced(0, kTicks + 2, kFrame));
  EXPECT_THAT(got.times(), ElementsAre(kTime, kTime + 1000, kTime + 2000));
  EXPECT_EQ(got.packets[1].link, LinkType::raw);
  EXPECT_EQ(got.packets[2].number, 2u);
}

TEST(Pcapng, InterfacesDifferInLinkTypeAndResolution) {
  const Writer w;
  const auto resolution = [&](unsigned code) { return w.option(9, byte(code)) + w.option(0, {}); };
  const Capture got =
      read_bytes(w.section() + w.interface(1) + w.interface(276, 0, resolution(9)) +
                 w.interface(1, 0, resolution(0x80 | 20)) + w.interface(147) + w.enhanced(0, 5, kFrame) +
                 w.enhanced(1, 5, kFrame) + w.enhanced(2, 1 << 20, kFrame) + w.enhanced(3, 5, kFrame));
  EXPECT_THAT(got.times(), ElementsAre(5000, 5, kSecond, 5000));
  EXPECT_EQ(got.packets[0].link, LinkType::ethernet);
  EXPECT_EQ(got.packets[1].link, LinkType::linux_sll2);
  EXPECT_EQ(got.packets[3].link, LinkType::unsupported);
}

TEST(Pcapng, TimeOffset) {
  for (const bool little : {true, false}) {
    const Writer w{little};
    const Capture got =
        read_bytes(w.section() + w.interface(1, 0, w.option(2, {'e', 't', 'h', '0', '1'}) + w.option(14, w.u64(1000))) +
                   w.interface(1, 0, w.option(14, w.u64(~std::uint64_t{0}))) + w.enhanced(1, 250'000, kFrame) +
                   w.enhanced(0, 7, kFrame));
    EXPECT_THAT(got.times(), ElementsAre(-750 * kMillisecond, 1000 * kSecond + 7000));
  }
}

TEST(Pcapng, TimesOutOfRangeTakeTheClock) {
  const Writer w;
  const Capture got = read_bytes(w.section() + w.interface(1) + w.enhanced(0, kTicks, kFrame) +
                                 w.enhanced(0, ~std::uint64_t{0}, kFrame) + w.enhanced(0, kTicks + 1, kFrame));
  EXPECT_THAT(got.times(), ElementsAre(kTime, kTime, kTime + 1000));
  EXPECT_EQ(got.noted(Note::time_out_of_range), 1u);
}

TEST(Pcapng, ObsoletePackets) {
  const Writer w{false};
  const Capture got = read_bytes(w.section() + w.interface(1) + w.interface(101) + w.obsolete(1, kTicks, kFrame));
  EXPECT_THAT(got.packets, ElementsAre(Seen{0, kTime, kTime, kFrame, 5, LinkType::raw}));
}

TEST(Pcapng, SimplePacketsTakeTheClock) {
  const Writer w;
  const Packet frame = {1, 2, 3, 4, 5, 6, 7, 8};
  const Capture got = read_bytes(w.section() + w.interface(1, 6) + w.simple(frame, 5) + w.simple(frame, 900) +
                                 w.enhanced(0, 9, kFrame) + w.simple(frame, 7));
  EXPECT_THAT(got.times(), ElementsAre(0, 0, 9000, 9000));
  EXPECT_EQ(got.packets[0].frame, (Packet{1, 2, 3, 4, 5}));
  EXPECT_EQ(got.packets[1].frame, (Packet{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(got.packets[1].wire_len, 900u);
  const Capture unlimited = read_bytes(w.section() + w.interface(1) + w.simple(frame, 900));
  EXPECT_EQ(unlimited.packets[0].frame, frame);
}

TEST(Pcapng, UnknownBlocksAreSkipped) {
  const Writer w;
  const Capture got = read_bytes(w.section() + w.block(5, zeros(8)) + w.interface(1) + w.block(0x80000bad, {}) +
                                 w.enhanced(0, kTicks, kFrame) + w.block(10, zeros(100)));
  EXPECT_EQ(got.packets.size(), 1u);
  EXPECT_EQ(got.damage, "");
}

TEST(Pcapng, AnyNumberOfSkippedBytesBetweenPackets) {
  const Writer w;
  Packet file = w.section() + w.interface(1);
  for (int i = 0; i < 20; ++i)
    file = file + w.block(10, zeros(100'000));
  const Capture got = read_bytes(file + w.enhanced(0, kTicks, kFrame));
  EXPECT_EQ(got.packets.size(), 1u);
  EXPECT_EQ(got.damage, "");
}

TEST(Pcapng, NamesAndStatisticsSayNothingOfPackets) {
  const Writer w;
  const Packet names = w.block(4, w.u16(1) + w.u16(8) + zeros(4) + zeros(4) + zeros(4));
  const Packet statistics = w.block(5, zeros(12));
  const Packet secrets = w.block(10, w.u32(0x544c534b) + w.u32(0));
  const Capture got = read_bytes(w.section() + names + w.interface(1) + statistics + w.enhanced(0, kTicks, kFrame) +
                                 secrets + names + statistics);
  EXPECT_EQ(got.packets.size(), 1u);
  EXPECT_EQ(got.damage, "");
}

TEST(Pcapng, InterfacesDifferInSnapLength) {
  const Writer w;
  const Capture got = read_bytes(w.section() + w.interface(1, 96) + w.interface(1, 65535) +
                                 w.enhanced(1, kTicks, zeros(100), 1500) + w.enhanced(0, kTicks, zeros(96), 1500));
  ASSERT_EQ(got.packets.size(), 2u);
  EXPECT_EQ(got.packets[0].frame.size(), 100u);
  EXPECT_EQ(got.packets[1].frame.size(), 96u);
}

TEST(Pcapng, NamesTheLinkTypeWhereNoOtherPacketsAre) {
  const Writer w;
  const Packet foreign = w.section() + w.interface(1) + w.interface(147) + w.enhanced(1, kTicks, kFrame);
  const Capture got = read_bytes(foreign);
  EXPECT_EQ(got.packets.size(), 1u) << "it counts, as skipped";
  EXPECT_EQ(got.damage, "x.pcap: link type 147 (USER0) is not supported; flowgen(1) lists those that are");
  EXPECT_EQ(read_bytes(foreign + w.enhanced(0, kTicks, kFrame)).damage, "") << "others are used";
  EXPECT_EQ(read_bytes(w.section() + w.interface(147)).damage, "") << "no packets, no trouble";
}

// ---------------------------------------------------------------- damage

std::string damage_after_header(const Packet& bad) {
  const Writer w;
  return read_bytes(w.section() + w.interface(1) + w.enhanced(0, kTicks, kFrame) + bad).damage;
}

TEST(PcapngDamage, BlocksThatCannotBe) {
  const Writer w;
  // 28 bytes of section, 20 of interface, 40 of packet.
  EXPECT_THAT(damage_after_header(w.u32(6) + w.u32(3) + zeros(8)),
              HasSubstr("x.pcap: byte 88, after 1 packets: a block says that it has 3 bytes"));
  EXPECT_THAT(damage_after_header(w.u32(6) + w.u32(30) + zeros(30)), HasSubstr("30 bytes"));
  EXPECT_THAT(damage_after_header(w.u32(6) + w.u32(0xfffffffc) + zeros(8)), HasSubstr("4294967292 bytes"));
  EXPECT_THAT(damage_after_header(w.u32(6) + w.u32(16) + zeros(4) + w.u32(20)), HasSubstr("two lengths"));
  EXPECT_THAT(damage_after_header(w.u32(6) + w.u32(16) + zeros(7)), HasSubstr("the file ends inside a block"));
  EXPECT_THAT(damage_after_header(zeros(11)), HasSubstr("the file ends inside a block"));
}

TEST(PcapngDamage, PacketsThatCannotBe) {
  const Writer w;
  EXPECT_THAT(damage_after_header(w.enhanced(7, kTicks, kFrame)), HasSubstr("interface 7"));
  EXPECT_THAT(damage_after_header(w.obsolete(1, kTicks, kFrame)), HasSubstr("interface 1"));
  EXPECT_THAT(damage_after_header(w.section() + w.simple(kFrame, 5)), HasSubstr("interface 0"));
  EXPECT_THAT(damage_after_header(w.block(6, zeros(16))), HasSubstr("too short"));
  EXPECT_THAT(damage_after_header(w.block(2, zeros(16))), HasSubstr("too short"));
  EXPECT_THAT(damage_after_header(w.block(3, {})), HasSubstr("too short"));
  EXPECT_THAT(damage_after_header(w.block(6, zeros(12) + w.u32(5) + w.u32(5) + zeros(4))),
              HasSubstr("longer than its block"));
}

TEST(PcapngDamage, SectionsAndInterfacesThatCannotBe) {
  const Writer w;
  EXPECT_THAT(damage_after_header(w.section(2)), HasSubstr("version 1"));
  EXPECT_THAT(damage_after_header(w.block(0x0a0d0d0a, w.u32(0x11223344) + zeros(12))), HasSubstr("byte order"));
  EXPECT_THAT(damage_after_header(w.block(0x0a0d0d0a, w.u32(0x1a2b3c4d) + zeros(8))), HasSubstr("too short"));
  EXPECT_THAT(damage_after_header(w.block(1, zeros(4))), HasSubstr("too short"));
  EXPECT_THAT(damage_after_header(w.interface(1, 0, w.u16(9) + w.u16(8))), HasSubstr("option"));
  Packet many;
  for (int i = 0; i < 65536; ++i) {
    const Packet one = w.interface(1);
    many.insert(many.end(), one.begin(), one.end());
  }
  EXPECT_THAT(damage_after_header(many), HasSubstr("65536 interfaces"));
}

// ---------------------------------------------------------------- resolutions

Nanos scaled(std::uint8_t code, std::uint64_t ticks, std::int64_t offset = 0) {
  TimeScale scale;
  scale.set_offset(offset);
  scale.set_resolution(code);
  const RawTime time = scale.to_time(ticks);
  EXPECT_EQ(time.kind, RawTime::Kind::known);
  return time.value;
}

TEST(TimeScale, PowersOfTen) {
  EXPECT_EQ(TimeScale().to_time(3).value, 3000);
  EXPECT_EQ(scaled(0, 3), 3 * kSecond);
  EXPECT_EQ(scaled(6, 3), 3000);
  EXPECT_EQ(scaled(9, 3), 3);
  EXPECT_EQ(scaled(10, 39), 3);
  EXPECT_EQ(scaled(12, 3999), 3);
  EXPECT_EQ(scaled(28, ~std::uint64_t{0}), 1);
  EXPECT_EQ(scaled(29, ~std::uint64_t{0}), 0);
  EXPECT_EQ(scaled(127, ~std::uint64_t{0}), 0);
}

TEST(TimeScale, PowersOfTwoRoundDown) {
  EXPECT_EQ(scaled(0x80, 3), 3 * kSecond);
  EXPECT_EQ(scaled(0x80 | 1, 3), 1'500'000'000);
  EXPECT_EQ(scaled(0x80 | 32, 1), 0);
  EXPECT_EQ(scaled(0x80 | 32, 5), 1);  // 1.164 ns
  EXPECT_EQ(scaled(0x80 | 64, ~std::uint64_t{0}), 999'999'999);
  EXPECT_EQ(scaled(0x80 | 127, ~std::uint64_t{0}), 0);
}

TEST(TimeScale, OffsetsAreWholeSeconds) {
  EXPECT_EQ(scaled(6, 1, -1), -999'999'000);
  EXPECT_EQ(scaled(0x80 | 1, 1, -2), -1'500'000'000);
}

TEST(TimeScale, TheEdgeOfTheRange) {
  TimeScale scale;
  scale.set_resolution(9);
  EXPECT_EQ(scale.to_time(0x7fffffffffffffff).value, 0x7fffffffffffffff);
  EXPECT_EQ(scale.to_time(0x8000000000000000).kind, RawTime::Kind::out_of_range);
  scale.set_offset(-9'223'372'036);
  EXPECT_EQ(scale.to_time(0x8000000000000000).value, 854'775'808);
  scale.set_offset(-9'223'372'037);
  EXPECT_EQ(scale.to_time(0).kind, RawTime::Kind::out_of_range);
  scale.set_offset(std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(scale.to_time(0).kind, RawTime::Kind::out_of_range);
  scale.set_resolution(0);
  scale.set_offset(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(scale.to_time(~std::uint64_t{0}).kind, RawTime::Kind::out_of_range);
}

}  // namespace
}  // namespace mltat
