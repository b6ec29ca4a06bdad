// SPDX-License-Identifier: Apache-2.0
// Who initiated, rule by rule in the order in which they are asked.
#include "flow/direction.h"

#include <gtest/gtest.h>

#include "flow_lab.h"

namespace mltat {
namespace {

struct Guess {
  bool sender;  ///< the first packet's sender initiates
  DirSource source;
  bool operator==(const Guess&) const = default;
};
void PrintTo(const Guess& guess, std::ostream* out) {
  *out << (guess.sender ? "sender" : "receiver") << " by " << name(guess.source);
}

/// The same must come out whichever of the two is the lower endpoint: hosts 1 and 9, sender first.
Guess guess(PacketInfo packet) {
  const DirectionGuess got = guess_direction(packet);
  return {got.initiator_is_high == packet.swapped, got.source};
}
Guess between(std::uint16_t sender_port, std::uint16_t receiver_port, std::uint8_t protocol = kTcp,
              std::uint8_t flags = kAck) {
  const Guess low_sends =
      guess(packet_between(endpoint("10.0.0.1", sender_port), endpoint("10.0.0.9", receiver_port), protocol, flags));
  const Guess high_sends =
      guess(packet_between(endpoint("10.0.0.9", sender_port), endpoint("10.0.0.1", receiver_port), protocol, flags));
  EXPECT_EQ(low_sends, high_sends);
  return low_sends;
}
Guess icmp(std::uint8_t protocol, int type, bool has_icmp = true) {
  PacketInfo packet = packet_between(endpoint("10.0.0.9"), endpoint("10.0.0.1"), protocol);
  packet.has_icmp = has_icmp;
  packet.icmp_type = static_cast<std::uint8_t>(type);
  return guess(packet);
}
constexpr Guess sender_by(DirSource source) {
  return {true, source};
}
constexpr Guess receiver_by(DirSource source) {
  return {false, source};
}

TEST(Direction, ASynsSenderInitiatesWhateverThePorts) {
  EXPECT_EQ(between(443, 40000, kTcp, kSyn), sender_by(DirSource::syn));
  EXPECT_EQ(between(40000, 443, kTcp, kSyn | kEce | kCwr), sender_by(DirSource::syn));
}

TEST(Direction, ASynAcksReceiverInitiatesWhateverThePorts) {
  EXPECT_EQ(between(40000, 443, kTcp, kSyn | kAck), receiver_by(DirSource::synack));
}

TEST(Direction, IcmpRequestsComeFromTheInitiatorAndRepliesGoToIt) {
  for (const int type : {8, 13, 15, 17})
    EXPECT_EQ(icmp(kIcmp, type), sender_by(DirSource::icmp)) << type;
  for (const int type : {0, 14, 16, 18})
    EXPECT_EQ(icmp(kIcmp, type), receiver_by(DirSource::icmp)) << type;
  for (const int type : {128, 130, 133, 135, 139})
    EXPECT_EQ(icmp(kIcmpv6, type), sender_by(DirSource::icmp)) << type;
  for (const int type : {129, 131, 134, 136, 140})
    EXPECT_EQ(icmp(kIcmpv6, type), receiver_by(DirSource::icmp)) << type;
}

TEST(Direction, OtherIcmpIsTheFirstSendersEvenToAGroup) {
  EXPECT_EQ(icmp(kIcmp, 3), sender_by(DirSource::first));
  EXPECT_EQ(icmp(kIcmp, 128), sender_by(DirSource::first)) << "a request in ICMPv6 only";
  EXPECT_EQ(icmp(kIcmpv6, 8), sender_by(DirSource::first));
  EXPECT_EQ(icmp(kIcmp, 0, false), sender_by(DirSource::first)) << "the type was not read";
  PacketInfo report = packet_between(endpoint("fe80::1"), endpoint("ff02::16"), kIcmpv6);
  report.has_icmp = true;
  report.icmp_type = 143;
  EXPECT_EQ(guess(report), sender_by(DirSource::first));
}

TEST(Direction, WhoSendsToAGroupInitiatesEvenFromAServicePort) {
  const auto to = [](const char* address) {
    return guess(packet_between(endpoint("10.0.0.1", 53), endpoint(address, 60000), kUdp));
  };
  EXPECT_EQ(to("224.0.0.0"), sender_by(DirSource::mcast));
  EXPECT_EQ(to("239.255.255.250"), sender_by(DirSource::mcast));
  EXPECT_EQ(to("255.255.255.255"), sender_by(DirSource::mcast));
  EXPECT_EQ(to("223.255.255.255"), receiver_by(DirSource::port));
  EXPECT_EQ(to("240.0.0.1"), receiver_by(DirSource::port));
  EXPECT_EQ(to("10.0.0.255"), receiver_by(DirSource::port)) << "a subnet's broadcast is not told by its address";
  EXPECT_EQ(guess(packet_between(endpoint("fe80::1", 53), endpoint("ff02::fb", 60000), kUdp)),
            sender_by(DirSource::mcast));
  EXPECT_EQ(guess(packet_between(endpoint("fe80::1", 53), endpoint("fe80::2", 60000), kUdp)),
            receiver_by(DirSource::port));
}

TEST(Direction, AGroupAsSenderTellsNothing) {
  EXPECT_EQ(guess(packet_between(endpoint("224.0.0.1", 53), endpoint("10.0.0.1", 60000), kUdp)),
            receiver_by(DirSource::port));
}

TEST(Direction, TheSideWithAKnownServiceResponds) {
  EXPECT_EQ(between(40000, 3389), sender_by(DirSource::port));
  EXPECT_EQ(between(3389, 40000), receiver_by(DirSource::port));
  EXPECT_EQ(between(5060, 40000, kUdp), receiver_by(DirSource::port));
}

TEST(Direction, AKnownServiceBeatsAPortBelow1024) {
  // 3306 is MySQL; 22 is below 1024 and not in the table: the table holds services from 1024 on.
  ASSERT_TRUE(is_known_service(kTcp, 3306));
  ASSERT_FALSE(is_known_service(kTcp, 22));
  EXPECT_EQ(between(3306, 22), receiver_by(DirSource::port));
  EXPECT_EQ(between(22, 3306), sender_by(DirSource::port));
}

TEST(Direction, AServiceIsKnownByItsProtocol) {
  EXPECT_TRUE(is_known_service(kUdp, 1900));
  EXPECT_FALSE(is_known_service(kTcp, 1900));
  EXPECT_EQ(between(1900, 40000, kTcp), sender_by(DirSource::first));
  EXPECT_FALSE(is_known_service(kTcp, 0));
  EXPECT_FALSE(is_known_service(kTcp, 65535));
}

TEST(Direction, TheOnlyPortBelow1024Responds) {
  EXPECT_EQ(between(1023, 1024), receiver_by(DirSource::port));
  EXPECT_EQ(between(1024, 1023), sender_by(DirSource::port));
  for (const std::uint8_t protocol : {kTcp, kUdp, kUdpLite, kSctp, kDccp})
    EXPECT_EQ(between(7, 60000, protocol), receiver_by(DirSource::port)) << int{protocol};
}

TEST(Direction, OtherwiseTheFirstSenderInitiates) {
  EXPECT_EQ(between(40000, 50000), sender_by(DirSource::first));
  EXPECT_EQ(between(50000, 40000), sender_by(DirSource::first));
  EXPECT_EQ(between(80, 22), sender_by(DirSource::first)) << "both below 1024";
  EXPECT_EQ(between(3306, 3389), sender_by(DirSource::first)) << "both known";
  EXPECT_EQ(between(0, 0, 47), sender_by(DirSource::first)) << "GRE has no ports";
  EXPECT_EQ(between(7, 60000, 47), sender_by(DirSource::first)) << "numbers of other protocols are no ports";
}

TEST(Direction, EqualEndpointsAreTheLowOne) {
  for (const int flags : {int{kAck}, int{kSyn}, kSyn | kAck}) {
    PacketInfo packet =
        packet_between(endpoint("10.0.0.1", 7), endpoint("10.0.0.1", 7), kTcp, static_cast<std::uint8_t>(flags));
    EXPECT_FALSE(guess_direction(packet).initiator_is_high);
  }
}

TEST(Direction, HandshakePacketsByTheirFlags) {
  EXPECT_TRUE(is_syn(kSyn));
  EXPECT_TRUE(is_syn(kSyn | kEce));
  EXPECT_FALSE(is_syn(kSyn | kAck));
  EXPECT_FALSE(is_syn(kAck));
  EXPECT_TRUE(is_synack(kSyn | kAck | kEce));
  EXPECT_FALSE(is_synack(kAck));
}

}  // namespace
}  // namespace mltat
