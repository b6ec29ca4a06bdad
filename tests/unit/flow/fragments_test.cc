// SPDX-License-Identifier: Apache-2.0
#include "flow/fragments.h"

#include <gtest/gtest.h>

#include "unit/flow/flow_lab.h"

namespace mltat {
namespace {

constexpr std::uint8_t kOfIpv4[] = {0x45};
constexpr std::uint8_t kOfIpv6[] = {0x60};

class Fragments : public testing::Test {
 protected:
  /// A piece from 10.0.0.1 to 10.0.0.2, as decode() tells it: only the first has ports.
  PacketInfo piece(Fragment kind, std::uint32_t id, Nanos clock = 0, std::uint8_t protocol = kUdp) {
    const std::uint16_t port = kind == Fragment::first ? 5000 : 0;
    PacketInfo info = packet_between(endpoint(from_, port), endpoint(to_, port ? 53 : 0), protocol);
    info.fragment = kind;
    info.seq = id;
    info.clock = clock;
    info.l3 = is_ipv6_ ? Bytes(kOfIpv6) : Bytes(kOfIpv4);
    return info;
  }
  void first(std::uint32_t id, Nanos clock = 0, std::uint8_t protocol = kUdp) {
    PacketInfo info = piece(Fragment::first, id, clock, protocol);
    table_.join(info, counts_);
  }
  /// The port of its source that a later piece is given, 0 if it stays alone.
  unsigned later(std::uint32_t id, Nanos clock = 0, std::uint8_t protocol = kUdp) {
    PacketInfo info = piece(Fragment::later, id, clock, protocol);
    table_.join(info, counts_);
    joined_ = info;
    return info.source().port;
  }
  std::uint64_t noted(Note what) const { return counts_.notes[static_cast<std::size_t>(what)]; }

  const char* from_ = "10.0.0.1";
  const char* to_ = "10.0.0.2";
  bool is_ipv6_ = false;
  FragmentTable table_{3};
  PacketCounts counts_;
  PacketInfo joined_;
};

TEST_F(Fragments, LaterPiecesJoinTheFlowOfTheirFirst) {
  first(7);
  EXPECT_EQ(later(7), 5000u);
  const PacketInfo whole = piece(Fragment::first, 7);
  EXPECT_EQ(joined_.key, whole.key);
  EXPECT_EQ(joined_.hash, whole.hash);
  EXPECT_EQ(joined_.swapped, whole.swapped);
  EXPECT_EQ(later(7), 5000u) << "as many as there are";
  EXPECT_EQ(noted(Note::fragment_alone), 0u);
}

TEST_F(Fragments, WithoutAFirstTheyStayAlone) {
  EXPECT_EQ(later(7), 0u) << "it came too early";
  first(7);
  EXPECT_EQ(later(8), 0u) << "another packet";
  EXPECT_EQ(later(7, 0, kTcp), 0u) << "another protocol";
  std::swap(from_, to_);
  EXPECT_EQ(later(7), 0u) << "the other way";
  EXPECT_EQ(noted(Note::fragment_alone), 4u);
}

TEST_F(Fragments, ThirtySecondsByTheClockWhoeverAsks) {
  first(7, kSecond);
  EXPECT_EQ(later(7, 20 * kSecond), 5000u);
  EXPECT_EQ(later(7, 31 * kSecond), 5000u);
  EXPECT_EQ(later(7, 31 * kSecond + 1), 0u);
}

TEST_F(Fragments, AnotherFirstPieceTakesThePlace) {
  first(7, 0);
  first(8, 10 * kSecond);
  first(7, 20 * kSecond);
  EXPECT_EQ(later(7, 45 * kSecond), 5000u);
  EXPECT_EQ(later(8, 45 * kSecond), 0u);
  first(1, 45 * kSecond);
  first(2, 45 * kSecond);
  EXPECT_EQ(noted(Note::fragment_overflow), 0u) << "three places, and one entry went";
}

TEST_F(Fragments, TheOldestGoesWhereAllPlacesAreTaken) {
  for (std::uint32_t id = 1; id <= 4; ++id)
    first(id, static_cast<Nanos>(id));
  EXPECT_EQ(noted(Note::fragment_overflow), 1u);
  EXPECT_EQ(later(1, 5), 0u);
  EXPECT_EQ(later(2, 5), 5000u);
  EXPECT_EQ(later(4, 5), 5000u);
}

TEST_F(Fragments, ProtocolCountsInIpv4Alone) {
  is_ipv6_ = true;
  from_ = "2001:db8::1";
  to_ = "2001:db8::2";
  first(0x12345678);
  EXPECT_EQ(later(0x12345678, 0, 60), 5000u) << "destination options stand between";
  EXPECT_EQ(joined_.key.protocol, kUdp);
  EXPECT_EQ(later(0x00005678), 0u) << "all 32 bits of the identification count";
}

TEST_F(Fragments, UnitsShareNothing) {
  first(7);
  table_.clear();
  EXPECT_EQ(later(7), 0u);
}

TEST_F(Fragments, ClocksBeforeTheEpoch) {
  first(7, -60 * kSecond);
  EXPECT_EQ(later(7, -30 * kSecond), 5000u);
  EXPECT_EQ(later(7, -29 * kSecond), 0u);
}

}  // namespace
}  // namespace mltat
