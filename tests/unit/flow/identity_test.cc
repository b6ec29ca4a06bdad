// SPDX-License-Identifier: Apache-2.0
// community_id: the values of the public specification's baseline, and others by a Python program that gives the
// same values; flow_id by a Python SipHash that passes the published vectors.
#include "flow/identity.h"

#include <gtest/gtest.h>

#include "flow/community_id.h"
#include "flow_lab.h"

namespace mltat {
namespace {

FlowHead head_of(const PacketInfo& first) {
  FlowHead head;
  head.key = first.key;
  head.first_sender_is_high = first.swapped;
  head.has_icmp = first.has_icmp;
  head.icmp_type = first.icmp_type;
  head.icmp_code = first.icmp_code;
  return head;
}
std::string community(const char* from, std::uint16_t from_port, const char* to, std::uint16_t to_port, int protocol) {
  const Endpoint source = endpoint(from, from_port);
  const Endpoint target = endpoint(to, to_port);
  return community_id(head_of(packet_between(source, target, static_cast<std::uint8_t>(protocol))));
}
std::string community_icmp(const char* from, const char* to, int protocol, int type, int code) {
  PacketInfo packet = packet_between(endpoint(from), endpoint(to), static_cast<std::uint8_t>(protocol));
  packet.has_icmp = true;
  packet.icmp_type = static_cast<std::uint8_t>(type);
  packet.icmp_code = static_cast<std::uint8_t>(code);
  return community_id(head_of(packet));
}

TEST(CommunityId, BaselineOfTheSpecificationWithPorts) {
  EXPECT_EQ(community("128.232.110.120", 34855, "66.35.250.204", 80, kTcp), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
  EXPECT_EQ(community("192.168.1.52", 54585, "8.8.8.8", 53, kUdp), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
  EXPECT_EQ(community("192.168.170.8", 7, "192.168.170.56", 80, kSctp), "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=");
}

TEST(CommunityId, BothDirectionsAreOne) {
  EXPECT_EQ(community("66.35.250.204", 80, "128.232.110.120", 34855, kTcp), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
  EXPECT_EQ(community("8.8.8.8", 53, "192.168.1.52", 54585, kUdp), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
}

TEST(CommunityId, BetweenPortsOfOneAddress) {
  EXPECT_EQ(community("127.0.0.1", 53, "127.0.0.1", 40000, kUdp), "1:gir0IfrzfLF5jsdNt5PFAnifXH0=");
  EXPECT_EQ(community("127.0.0.1", 40000, "127.0.0.1", 53, kUdp), "1:gir0IfrzfLF5jsdNt5PFAnifXH0=");
}

TEST(CommunityId, Ipv6UsesAllSixteenBytes) {
  EXPECT_EQ(community("2001:db8::1", 40000, "2001:db8::2", 443, kTcp), "1:RYG3Msb11GthNt1OYXJouPzmrvA=");
}

TEST(CommunityId, IcmpRequestAndReplyAreOne) {
  EXPECT_EQ(community_icmp("192.168.0.89", "192.168.0.1", kIcmp, 8, 0), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
  EXPECT_EQ(community_icmp("192.168.0.1", "192.168.0.89", kIcmp, 0, 0), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
  EXPECT_EQ(community_icmp("fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", kIcmpv6, 135, 0),
            "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=");
}

TEST(CommunityId, IcmpThatGoesOneWayKeepsItsOrder) {
  EXPECT_EQ(community_icmp("192.168.0.89", "192.168.0.1", kIcmp, 20, 0), "1:3o2RFccXzUgjl7zDpqmY7yJi8rI=");
  EXPECT_EQ(community_icmp("192.168.0.1", "192.168.0.89", kIcmp, 20, 0), "1:xka8imJTHE0ZCHTDqMsnK5QKoh8=");
  EXPECT_EQ(community_icmp("10.0.0.1", "10.0.0.2", kIcmp, 3, 1), "1:gkoOC4ouXvyYq0Ek/WqwbLoqcxM=");
  EXPECT_EQ(community_icmp("10.0.0.2", "10.0.0.1", kIcmp, 3, 1), "1:JHjlyD5IJJjl3wHWOMj46lLWZag=");
}

TEST(CommunityId, OtherProtocolsHaveNoPorts) {
  EXPECT_EQ(community("10.1.24.4", 0, "10.1.12.1", 0, 46), "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4=");
  EXPECT_EQ(community("10.0.0.1", 1, "10.0.0.2", 2, kDccp), "1:qKfrGVs14/VI2wLMVfhXXHfa6a0=") << "nor has DCCP here";
}

TEST(Identity, FlowIdOfTheKeyAndTheNumberOfTheFirstRecord) {
  FlowHead head = head_of(packet_between(endpoint("10.0.0.2", 443), endpoint("10.0.0.1", 40000), kTcp));
  head.flow_number = 5;
  EXPECT_EQ(make_identity(head, "", false, false).flow_id, 0x3960926212fbb729u);
  head.key.vlan = 7;
  EXPECT_EQ(make_identity(head, "", true, false).flow_id, 0x4fa537ccb6dbd48cu) << "with --key vlan";
}

TEST(Identity, SourceIsTheInitiator) {
  FlowHead head = head_of(packet_between(endpoint("10.0.0.2", 443), endpoint("10.0.0.1", 40000), kTcp));
  head.initiator_is_high = false;
  EXPECT_EQ(make_identity(head, "", false, false).src, endpoint("10.0.0.1", 40000));
  head.initiator_is_high = true;
  EXPECT_EQ(make_identity(head, "", false, false).src, endpoint("10.0.0.2", 443));
  EXPECT_EQ(make_identity(head, "", false, false).dst, endpoint("10.0.0.1", 40000));
}

TEST(Identity, CommunityIdOnlyIfWanted) {
  const FlowHead head = head_of(packet_between(endpoint("10.0.0.2", 443), endpoint("10.0.0.1", 40000), kTcp));
  EXPECT_EQ(make_identity(head, "", false, false).community_id, "");
  EXPECT_EQ(make_identity(head, "", false, true).community_id, "1:UWHKJ/x6OQ1YiVv4rIl0t3yhjg8=");
}

std::string written(const char* address) {
  std::string out;
  append_address(out, endpoint(address));
  return out;
}

TEST(Address, InTheFormOfRfc5952) {
  EXPECT_EQ(written("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(written("::ffff:10.0.0.1"), "10.0.0.1") << "a mapped address is the IPv4 address";
  EXPECT_EQ(written("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
  EXPECT_EQ(written("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1") << "one group of zeros is not shortened";
  EXPECT_EQ(written("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1") << "the longest run is";
  EXPECT_EQ(written("::"), "::");
}

TEST(Address, WhatIsNoneIsRefused) {
  for (const std::string_view text : {"", "10.0.0", "10.0.0.256", "10.0.0.1 ", " 10.0.0.1", "10.0.0.1/8", "010.0.0.1",
                                      "host", ":::", "2001:db8::1%eth0", "2001:db8::g"})
    EXPECT_FALSE(parse_address(text)) << text;
  EXPECT_FALSE(parse_address(std::string_view("10.0.0.1\0x", 10))) << "a zero byte does not end the text";
}

TEST(Names, EveryReasonAndSource) {
  std::string all;
  for (int i = 0; i <= static_cast<int>(EndReason::eof); ++i)
    (all += name(static_cast<EndReason>(i))) += ' ';
  EXPECT_EQ(all, "fin rst idle active forced evicted eof ");
  all.clear();
  for (int i = 0; i <= static_cast<int>(DirSource::first); ++i)
    (all += name(static_cast<DirSource>(i))) += ' ';
  EXPECT_EQ(all, "syn synack icmp mcast port first ");
}

}  // namespace
}  // namespace mltat
