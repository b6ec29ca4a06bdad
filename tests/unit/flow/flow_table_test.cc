// SPDX-License-Identifier: Apache-2.0
// The rules by which flows start, age, are cut and end, one test for each. Packets are said by hand; every test
// runs with several numbers of shards and sizes of blocks (flow_lab.h).
#include "flow/flow_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "flow_lab.h"

namespace mltat {
namespace {

using testing::ElementsAre;

constexpr std::uint8_t kFinAck = kFin | kAck;
constexpr std::uint8_t kSynAck = kSyn | kAck;

/// Packets a part, part by part.
std::vector<std::size_t> sizes(const std::vector<EndedPart>& ended) {
  std::vector<std::size_t> result;
  for (const EndedPart& part : ended)
    result.push_back(part.result.size());
  return result;
}
std::vector<EndReason> reasons(const std::vector<EndedPart>& ended) {
  std::vector<EndReason> result;
  for (const EndedPart& part : ended)
    result.push_back(part.head.end);
  return result;
}
std::vector<std::uint64_t> noticed(const std::vector<EndedPart>& ended) {
  std::vector<std::uint64_t> result;
  for (const EndedPart& part : ended)
    result.push_back(part.order.noticed);
  return result;
}
/// '+' forward, '-' backward.
std::string directions(const EndedPart& part) {
  std::string result;
  for (const FlowPacket& packet : part.result)
    result += packet.direction == Direction::forward ? '+' : '-';
  return result;
}
std::vector<Nanos> gaps(const EndedPart& part) {
  std::vector<Nanos> result;
  for (const FlowPacket& packet : part.result)
    result.push_back(packet.gap);
  return result;
}

// ------------------------------------------------------------------------------------------ start and identity

TEST(FlowStart, AtTheFirstPacketWhateverItIs) {
  for (const std::uint8_t flags : {kSyn, kAck, kFin}) {
    FlowLab lab;
    lab.from_a(kSecond, flags);
    lab.from_b(2 * kSecond);
    const auto ended = lab.run();
    ASSERT_EQ(sizes(ended), (std::vector<std::size_t>{2})) << int{flags};
    EXPECT_EQ(ended[0].head.first_ts, kSecond);
    EXPECT_EQ(ended[0].head.last_ts, 2 * kSecond);
    EXPECT_EQ(ended[0].head.end, EndReason::eof);
  }
}

TEST(FlowStart, BothDirectionsAreOneFlowAndOtherPortsAndProtocolsAreOthers) {
  FlowLab lab;
  lab.from_a(0);
  lab.from_b(1);
  lab.packet(2, lab.a, lab.b, kUdp, 0);
  lab.packet(3, endpoint("10.0.0.1", 40001), lab.b);
  lab.packet(4, lab.a, endpoint("10.0.0.3", 50000));
  EXPECT_THAT(sizes(lab.run()), ElementsAre(2, 1, 1, 1));
}

TEST(FlowStart, TheHeadRemembersTheFirstPacketsTagAndIcmpCode) {
  FlowLab lab;
  PacketInfo& first = lab.packet(0, endpoint("10.0.0.1"), endpoint("10.0.0.2"), kIcmp, 0);
  first.has_icmp = true;
  first.icmp_type = 8;
  first.icmp_code = 3;
  first.vlan_id = 12;
  PacketInfo& second = lab.packet(1, endpoint("10.0.0.2"), endpoint("10.0.0.1"), kIcmp, 0);
  second.has_icmp = true;
  second.icmp_type = 0;
  second.vlan_id = 13;
  const auto ended = lab.run();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].head.icmp_type, 8);
  EXPECT_EQ(ended[0].head.icmp_code, 3);
  EXPECT_EQ(ended[0].head.vlan_id, 12);
  EXPECT_EQ(ended[0].head.dir_source, DirSource::icmp);
}

TEST(FlowStart, APacketIsHandedOverWithAllThatAMeasurementNeeds) {
  FlowLab lab;
  PacketInfo& first = lab.from_a(5, kSyn);
  first.ip_len = 1500;
  first.wire_len = 1518;
  first.payload_len = 1448;
  const auto ended = lab.run();
  ASSERT_EQ(ended.size(), 1u);
  const FlowPacket& packet = ended[0].result[0];
  EXPECT_EQ(packet.ip_len, 1500u);
  EXPECT_EQ(packet.wire_len, 1518u);
  EXPECT_EQ(packet.payload_len, 1448u);
  EXPECT_EQ(packet.tcp_flags, kSyn);
  EXPECT_EQ(packet.gap, 0);
}

// ------------------------------------------------------------------------------------------------- closing (R4)

TEST(FlowClosing, FinFromBothSidesClosesWithoutAnyAck) {
  FlowLab lab;
  lab.from_a(0, kFin);
  lab.from_b(1, kFin);
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::fin));
}

TEST(FlowClosing, FinFromOneSideAloneDoesNotClose) {
  FlowLab lab;
  lab.from_a(0, kFinAck);
  lab.from_a(1, kFinAck);
  lab.from_b(2, kAck);
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::eof));
}

TEST(FlowClosing, AnyRstCloses) {
  for (const bool from_initiator : {true, false}) {
    FlowLab lab;
    lab.from_a(0, kSyn);
    from_initiator ? lab.from_a(1, kRst) : lab.from_b(1, kRst | kAck);
    EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::rst));
  }
}

TEST(FlowClosing, TheReasonIsWhatClosedItNotWhatCameLater) {
  FlowLab lab;
  lab.from_a(0, kFin);
  lab.from_b(1, kFin);
  lab.from_a(2, kRst);
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::fin)) << "a RST after both FINs";
  lab.clear();
  lab.from_a(0, kRst);
  lab.from_a(1, kFin);
  lab.from_b(2, kFin);
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::rst)) << "FINs after a RST";
  lab.clear();
  lab.from_a(0, kFin);
  lab.from_b(1, kRst);
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::rst)) << "one FIN closes nothing";
}

TEST(FlowClosing, TrailingPacketsBelongToTheClosedFlow) {
  FlowLab lab;
  lab.from_a(0, kFinAck);
  lab.from_b(1, kFinAck);
  lab.from_a(2, kAck);
  const auto ended = lab.run();
  ASSERT_THAT(sizes(ended), ElementsAre(3));
  EXPECT_EQ(ended[0].head.last_ts, 2);
  EXPECT_EQ(ended[0].head.end, EndReason::fin);
}

TEST(FlowClosing, FlagsOfOtherProtocolsCloseNothing) {
  FlowLab lab;
  lab.packet(0, lab.a, lab.b, kUdp, kRst);
  lab.packet(16 * kSecond, lab.a, lab.b, kUdp, 0);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(2)) << "not aged by the linger";
}

TEST(FlowLinger, ExactlyAtTheLimitTheTrailingPacketStillBelongsAndOneNanosecondLaterItStartsAnew) {
  for (const Nanos late : {0, 1}) {
    FlowLab lab;
    lab.from_a(0, kRst);
    lab.from_b(lab.rules.linger + late);
    EXPECT_EQ(sizes(lab.run()), late == 0 ? (std::vector<std::size_t>{2}) : (std::vector<std::size_t>{1, 1}));
  }
}

TEST(FlowLinger, EveryTrailingPacketRestartsIt) {
  FlowLab lab;
  lab.from_a(0, kRst);
  for (int i = 1; i <= 5; ++i)
    lab.from_b(i * 10 * kSecond);
  const auto ended = lab.run();
  EXPECT_THAT(sizes(ended), ElementsAre(6));
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::rst));
}

TEST(FlowLinger, ItsEndIsNoticedAtTheFirstRecordPastIt) {
  FlowLab lab;
  lab.from_a(0, kRst);                     // 0
  lab.tick(lab.rules.linger);              // 1: not yet
  lab.tick(lab.rules.linger + 1);          // 2: a skipped record tells the time
  lab.tick(lab.rules.linger + kSecond);    // 3
  lab.from_b(lab.rules.linger + kSecond);  // 4
  const auto ended = lab.run();
  EXPECT_THAT(noticed(ended), ElementsAre(2, 5));
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::rst, EndReason::eof));
}

TEST(FlowLinger, ItCountsWhereIdleIsOffAndWhereItIsLonger) {
  FlowLab lab;
  lab.rules.idle = 0;
  lab.from_a(0, kRst);
  lab.tick(16 * kSecond);
  EXPECT_THAT(noticed(lab.run()), ElementsAre(1)) << "idle off";
  lab.rules.idle = kSecond;
  EXPECT_THAT(noticed(lab.run()), ElementsAre(1));
  lab.clear();
  lab.from_a(0, kRst);
  lab.tick(2 * kSecond);
  EXPECT_THAT(noticed(lab.run()), ElementsAre(2)) << "closed flows age by the linger alone";
}

// ------------------------------------------------------------------------------------------------------ SYN (R4)

TEST(FlowSyn, OnAClosedFlowItStartsANewFlow) {
  FlowLab lab;
  lab.from_a(0, kSyn, 100);
  lab.from_b(1, kRst);
  lab.from_a(2, kSyn, 200);
  const auto ended = lab.run();
  EXPECT_THAT(sizes(ended), ElementsAre(2, 1));
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::rst, EndReason::eof));
  EXPECT_THAT(noticed(ended), ElementsAre(2, 3)) << "noticed by the SYN itself";
  EXPECT_EQ(ended[1].head.part, 0u) << "a flow, not a part";
  EXPECT_EQ(ended[1].head.flow_number, 2u);
}

TEST(FlowSyn, RepeatedWithinASecondOfTheCloseItBelongsToTheClosedFlow) {
  for (const Nanos after : {Nanos{1}, kSecond, kSecond + 1}) {
    FlowLab lab;
    lab.from_a(0, kSyn, 100);
    lab.from_b(kSecond, kRst);
    lab.from_a(kSecond + after, kSyn, 100);
    EXPECT_EQ(sizes(lab.run()), after <= kSecond ? (std::vector<std::size_t>{3}) : (std::vector<std::size_t>{2, 1}))
        << after;
  }
}

TEST(FlowSyn, TheSecondCountsFromTheCloseNotFromTrailingPackets) {
  FlowLab lab;
  lab.from_a(0, kSyn, 100);
  lab.from_b(0, kRst);
  lab.from_b(kSecond, kAck);
  lab.from_a(kSecond + 1, kSyn, 100);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(3, 1));
}

TEST(FlowSyn, OnlyTheSequenceNumberOfTheSameSideMakesARepetition) {
  FlowLab lab;
  lab.from_a(0, kSyn, 100);
  lab.from_b(1, kRst);
  lab.from_b(2, kSyn, 100);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(2, 1));
}

TEST(FlowSyn, OnAFlowWithoutSynItIsNew) {
  FlowLab lab;
  lab.from_a(0, kRst, 0);
  lab.from_a(1, kSyn, 0);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(1, 1)) << "sequence number 0 is no sentinel";
}

TEST(FlowSyn, ANewOneEndsAHalfClosedFlow) {
  FlowLab lab;
  lab.from_a(0, kSyn, 100);
  lab.from_a(1, kFinAck);
  lab.from_a(2, kSyn, 200);
  const auto ended = lab.run();
  EXPECT_THAT(sizes(ended), ElementsAre(2, 1));
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::fin, EndReason::eof));
  EXPECT_THAT(noticed(ended), ElementsAre(2, 3));
}

TEST(FlowSyn, ARepetitionDoesNotEndAHalfClosedFlow) {
  FlowLab lab;
  lab.from_a(0, kSyn, 100);
  lab.from_a(1, kFinAck);
  lab.from_a(2, kSyn, 100);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(3));
}

TEST(FlowSyn, AnOpenFlowTakesItAndItIsCounted) {
  FlowLab lab;
  lab.from_a(0, kSyn, 100);
  lab.from_b(1, kSynAck, 500);
  lab.from_a(2, kSyn, 200);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(3));
  EXPECT_EQ(lab.noted(Note::syn_in_open_flow), 1u);
}

TEST(FlowSyn, SynAckNeverSplits) {
  FlowLab lab;
  lab.from_a(0, kSyn, 100);
  lab.from_b(1, kRst);
  lab.from_b(2, kSynAck, 500);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(3));
  EXPECT_EQ(lab.noted(Note::syn_in_open_flow), 0u);
}

TEST(FlowSyn, TcpEndNoneNeverClosesAndNeverSplits) {
  FlowLab lab;
  lab.rules.tcp_end = false;
  lab.from_a(0, kSyn, 100);
  lab.from_b(1, kRst);
  lab.from_a(2, kFin);
  lab.from_b(3, kFin);
  lab.from_a(20 * kSecond, kSyn, 200);
  const auto ended = lab.run();
  EXPECT_THAT(sizes(ended), ElementsAre(5)) << "no linger either";
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::eof));
  EXPECT_EQ(lab.noted(Note::syn_in_open_flow), 1u);
}

// ----------------------------------------------------------------------------------------------------- ageing (R2)

TEST(FlowIdle, AGapOfExactlyTheLimitDoesNotEndAndOneNanosecondMoreDoes) {
  for (const Nanos more : {0, 1}) {
    FlowLab lab;
    lab.from_a(0);
    lab.from_b(lab.rules.idle + more);
    const auto ended = lab.run();
    EXPECT_EQ(sizes(ended), more == 0 ? (std::vector<std::size_t>{2}) : (std::vector<std::size_t>{1, 1}));
    EXPECT_EQ(ended[0].head.end, more == 0 ? EndReason::eof : EndReason::idle);
  }
}

TEST(FlowIdle, ItsEndIsNoticedAtTheFirstRecordPastItWhoeverSentThat) {
  FlowLab lab;
  lab.from_a(0);                                                       // 0
  lab.packet(100 * kSecond, endpoint("10.9.9.9", 1), lab.b, kUdp, 0);  // 1
  lab.packet(120 * kSecond, endpoint("10.9.9.9", 1), lab.b, kUdp, 0);  // 2: exactly at the limit
  lab.tick(120 * kSecond + 1);                                         // 3
  lab.from_a(500 * kSecond);                                           // 4: ends the other one as well
  const auto ended = lab.run();
  EXPECT_THAT(noticed(ended), ElementsAre(3, 4, 5));
  EXPECT_EQ(ended[0].head.last_ts, 0) << "it ends at its last packet";
  EXPECT_EQ(ended[2].head.flow_number, 4u);
}

TEST(FlowIdle, AgesByTheClockNotByThePacketsOwnTime) {
  FlowLab lab;
  lab.tick(100 * kSecond);
  lab.from_a(0);            // late: the clock stands at 100 s, and that is when it was seen
  lab.tick(220 * kSecond);  // 120 s later: not above
  lab.from_b(kSecond);      // its own time says 1 s
  const auto ended = lab.run();
  EXPECT_THAT(sizes(ended), ElementsAre(2));
  EXPECT_EQ(ended[0].head.last_ts, kSecond);
}

TEST(FlowIdle, ZeroIsNever) {
  FlowLab lab;
  lab.rules.idle = 0;
  lab.rules.active = 0;
  lab.from_a(0);
  lab.tick(1'000'000 * kSecond);
  lab.from_b(9'000'000'000 * kSecond);
  const auto ended = lab.run();
  EXPECT_THAT(sizes(ended), ElementsAre(2));
  EXPECT_THAT(gaps(ended[0]), ElementsAre(0, 9'000'000'000 * kSecond));
}

TEST(FlowIdle, AFlowThatKeepsTalkingNeverEnds) {
  FlowLab lab;
  lab.rules.active = 0;
  for (int i = 0; i < 50; ++i)
    lab.from_a(i * 100 * kSecond);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(50));
}

TEST(FlowEnd, AtTheEndOfTheUnitOpenFlowsEndByEofAndClosedOnesByWhatClosedThem) {
  FlowLab lab;
  lab.packet(0, endpoint("10.0.0.7", 1), lab.b, kUdp, 0);
  lab.from_a(1, kRst);
  lab.tick(2);
  const auto ended = lab.run();
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::eof, EndReason::rst));
  EXPECT_THAT(noticed(ended), ElementsAre(3, 3)) << "the number of records read";
}

TEST(FlowEnd, APacketThatEndsAnIdleFlowStartsTheNextEvenIfItIsASyn) {
  FlowLab lab;
  lab.from_a(0, kSyn, 100);
  lab.from_a(121 * kSecond, kSyn, 100);
  const auto ended = lab.run();
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::idle, EndReason::eof));
  EXPECT_EQ(ended[1].head.dir_source, DirSource::syn);
  EXPECT_EQ(lab.noted(Note::syn_in_open_flow), 0u);
}

// ------------------------------------------------------------------------------------------------------ parts (R5)

TEST(FlowParts, ActiveCutsOnlyAboveTheLimitAndOnlyAtALookUp) {
  FlowLab lab;
  lab.rules.active = 100 * kSecond;
  lab.from_a(0);              // 0
  lab.from_a(100 * kSecond);  // 1: exactly at the limit
  lab.tick(150 * kSecond);    // 2: nobody looks the flow up
  lab.from_a(200 * kSecond);  // 3: the part would be 200 s long
  lab.from_a(201 * kSecond);  // 4
  const auto ended = lab.run();
  EXPECT_THAT(sizes(ended), ElementsAre(2, 2));
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::active, EndReason::eof));
  EXPECT_THAT(noticed(ended), ElementsAre(3, 5));
}

TEST(FlowParts, OneNanosecondAboveActiveCuts) {
  FlowLab lab;
  lab.rules.active = 100 * kSecond;
  lab.from_a(0);
  lab.from_a(100 * kSecond + 1);
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::active, EndReason::eof));
}

TEST(FlowParts, AnActiveCutCountsFromTheFirstPacketOfThePart) {
  FlowLab lab;
  lab.rules.active = 100 * kSecond;
  for (int i = 0; i <= 6; ++i)
    lab.from_a(i * 60 * kSecond);  // 0 60 | 120 180 | 240 300 | 360
  EXPECT_THAT(sizes(lab.run()), ElementsAre(2, 2, 2, 1));
}

TEST(FlowParts, ActiveZeroNeverCuts) {
  FlowLab lab;
  lab.rules.active = 0;
  for (int i = 0; i <= 100; ++i)
    lab.from_a(i * 100 * kSecond);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(101));
}

TEST(FlowParts, AClosedFlowIsNotCutByActive) {
  FlowLab lab;
  lab.rules.active = 5 * kSecond;
  lab.from_a(0, kRst);
  lab.from_b(10 * kSecond);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(2));
}

TEST(FlowParts, TheyShareTheFlowsNumberAndCountFromZero) {
  FlowLab lab;
  lab.rules.active = kSecond;
  lab.tick(0);
  for (int i = 0; i < 3; ++i)
    lab.from_a(i * 2 * kSecond);
  const auto ended = lab.run();
  ASSERT_EQ(ended.size(), 3u);
  for (std::uint32_t part = 0; part < 3; ++part) {
    EXPECT_EQ(ended[part].head.part, part);
    EXPECT_EQ(ended[part].head.flow_number, 1u);
    EXPECT_EQ(ended[part].head.first_number, part + 1);
    EXPECT_EQ(ended[part].head.first_ts, part * 2 * kSecond);
    EXPECT_EQ(ended[part].head.last_ts, part * 2 * kSecond);
  }
}

TEST(FlowParts, ACutFlowKeepsItsDirection) {
  FlowLab lab;
  lab.rules.active = kSecond;
  lab.from_a(0, kSyn);
  lab.from_b(2 * kSecond);  // alone it would have made b the initiator
  const auto ended = lab.run();
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_EQ(ended[1].head.src(), lab.a);
  EXPECT_EQ(ended[1].head.dir_source, DirSource::syn);
  EXPECT_EQ(directions(ended[1]), "-");
}

TEST(FlowParts, ACutFlowKeepsItsHalfClosedState) {
  FlowLab lab;
  lab.rules.active = kSecond;
  lab.from_a(0, kFin);
  lab.from_b(2 * kSecond, kFin);
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::active, EndReason::fin));
}

TEST(FlowParts, ACutFlowKeepsItsSequenceNumbers) {
  FlowLab lab;
  lab.rules.active = kSecond;
  lab.from_a(0, kSyn, 100);
  lab.from_b(2 * kSecond, kRst);
  lab.from_a(2 * kSecond + 1, kSyn, 100);
  EXPECT_THAT(sizes(lab.run()), ElementsAre(1, 2)) << "the repetition is recognised in part 1";
}

TEST(FlowParts, APartIsCutBeforeItHoldsMoreThanItMay) {
  FlowLab lab;
  lab.rules.max_part_pkts = 3;
  for (int i = 0; i < 7; ++i)
    lab.from_a(i);
  const auto ended = lab.run();
  EXPECT_THAT(sizes(ended), ElementsAre(3, 3, 1));
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::forced, EndReason::forced, EndReason::eof));
  EXPECT_THAT(noticed(ended), ElementsAre(3, 6, 7));
}

TEST(FlowParts, ANewSynOnAFullClosedPartEndsTheFlowInsteadOfCuttingIt) {
  FlowLab lab;
  lab.rules.max_part_pkts = 2;
  lab.from_a(0, kSyn, 100);
  lab.from_b(1, kRst);
  lab.from_a(2, kSyn, 200);
  const auto ended = lab.run();
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::rst, EndReason::eof));
  EXPECT_EQ(ended[1].head.part, 0u);
}

TEST(FlowParts, AFullPartThatIsTooOldIsForced) {
  FlowLab lab;
  lab.rules.max_part_pkts = 2;
  lab.rules.active = kSecond;
  lab.from_a(0);
  lab.from_a(1);
  lab.from_a(5 * kSecond);
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::forced, EndReason::eof));
}

TEST(FlowParts, APartThatWouldPass64BitNanosecondsIsCut) {
  FlowLab lab;
  lab.rules.idle = lab.rules.active = 0;
  lab.from_a(-2);
  lab.from_a(INT64_MAX - 2);  // INT64_MAX ns after the first: the longest span there is
  lab.from_a(INT64_MAX - 1);
  const auto ended = lab.run();
  EXPECT_THAT(sizes(ended), ElementsAre(2, 1));
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::forced, EndReason::eof));
  EXPECT_THAT(gaps(ended[0]), ElementsAre(0, INT64_MAX));
}

TEST(FlowParts, NoGapCountsAcrossThem) {
  FlowLab lab;
  lab.rules.active = kSecond;
  lab.from_a(0);
  lab.from_a(7);
  lab.from_a(2 * kSecond);
  lab.from_b(2 * kSecond + 5);
  const auto ended = lab.run();
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_THAT(gaps(ended[0]), ElementsAre(0, 7));
  EXPECT_THAT(gaps(ended[1]), ElementsAre(0, 5));
}

// ----------------------------------------------------------------------------------------------------------- time

TEST(FlowTime, NeverRunsBackWithinAFlow) {
  FlowLab lab;
  lab.from_a(10);
  lab.from_b(3);
  lab.from_a(12);
  const auto ended = lab.run();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_THAT(gaps(ended[0]), ElementsAre(0, 0, 2)) << "the late packet takes its predecessor's time";
  EXPECT_EQ(ended[0].head.first_ts, 10);
  EXPECT_EQ(lab.noted(Note::time_reversed), 1u);
}

TEST(FlowTime, NeverRunsBackAcrossPartsEither) {
  FlowLab lab;
  lab.rules.max_part_pkts = 1;
  lab.from_a(10);
  lab.from_a(4);
  const auto ended = lab.run();
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_EQ(ended[1].head.first_ts, 10);
  EXPECT_EQ(ended[1].head.last_ts, 10);
}

TEST(FlowTime, OtherFlowsTimesDoNotCount) {
  FlowLab lab;
  lab.from_a(10);
  lab.packet(3, endpoint("10.0.0.7", 1), lab.b, kUdp, 0);
  const auto ended = lab.run();
  EXPECT_EQ(lab.noted(Note::time_reversed), 0u);
  EXPECT_EQ(ended[1].head.first_ts, 3);
}

TEST(FlowTime, BeforeTheYear1970Too) {
  FlowLab lab;
  lab.from_a(-500 * kSecond);
  lab.from_b(-400 * kSecond);
  lab.from_b(-100 * kSecond);
  const auto ended = lab.run();
  EXPECT_THAT(sizes(ended), ElementsAre(2, 1));
  EXPECT_THAT(gaps(ended[0]), ElementsAre(0, 100 * kSecond));
}

// ------------------------------------------------------------------------------------------------- direction (R6)

/// The n-th of nine packets is b's SYN; a sent the first one.
std::vector<EndedPart> with_syn_at(int n, std::uint8_t flags, std::uint16_t port_of_a = 40000) {
  FlowLab lab;
  lab.a.port = port_of_a;
  for (int i = 1; i <= 9; ++i) {
    if (i == n)
      lab.from_b(i, flags, 77);
    else
      lab.from_a(i);
  }
  return lab.run();
}

TEST(FlowDirection, ASynAmongPacketsTwoToSevenOverrulesAGuessAndTurnsEverything) {
  for (int n = 2; n <= 7; ++n) {
    const auto ended = with_syn_at(n, kSyn);
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].head.dir_source, DirSource::syn) << n;
    EXPECT_EQ(ended[0].head.src(), FlowLab().b) << n;
    std::string expected(9, '-');
    expected[static_cast<std::size_t>(n - 1)] = '+';
    EXPECT_EQ(directions(ended[0]), expected) << n;
  }
}

TEST(FlowDirection, ASynAsPacketEightComesTooLate) {
  for (const int n : {8, 9}) {
    const auto ended = with_syn_at(n, kSyn);
    EXPECT_EQ(ended[0].head.dir_source, DirSource::first) << n;
    EXPECT_EQ(ended[0].head.src(), FlowLab().a) << n;
  }
}

TEST(FlowDirection, ASynAckThatAgreesWithTheGuessOnlyNamesTheSource) {
  const auto ended = with_syn_at(3, kSynAck);
  EXPECT_EQ(ended[0].head.dir_source, DirSource::synack);
  EXPECT_EQ(ended[0].head.src(), FlowLab().a);
  EXPECT_EQ(directions(ended[0]), "++-++++++");
}

TEST(FlowDirection, AGuessByPortIsOverruledToo) {
  FlowLab lab;
  lab.b.port = 443;
  lab.from_a(0);
  lab.from_b(1, kSyn);
  const auto ended = lab.run();
  EXPECT_EQ(ended[0].head.dir_source, DirSource::syn);
  EXPECT_EQ(ended[0].head.src(), lab.b);
}

TEST(FlowDirection, AHandshakeIsNeverOverruled) {
  FlowLab lab;
  lab.from_a(0, kSyn, 1);
  lab.from_b(1, kSyn, 2);  // both open at once
  const auto ended = lab.run();
  EXPECT_EQ(ended[0].head.dir_source, DirSource::syn);
  EXPECT_EQ(ended[0].head.src(), lab.a);
  lab.clear();
  lab.from_a(0);
  lab.from_b(1, kSyn, 1);
  lab.from_a(2, kSyn, 2);
  EXPECT_EQ(lab.run()[0].head.src(), lab.b) << "the first handshake packet decides";
}

TEST(FlowDirection, AHandshakeInALaterPartChangesNothing) {
  FlowLab lab;
  lab.rules.max_part_pkts = 1;
  lab.from_a(0);
  lab.from_b(1, kSyn);
  const auto ended = lab.run();
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_EQ(ended[1].head.dir_source, DirSource::first);
  EXPECT_EQ(directions(ended[1]), "-");
}

TEST(FlowDirection, WithoutTcpEndTheHandshakeStillDecides) {
  FlowLab lab;
  lab.rules.tcp_end = false;
  lab.from_a(0);
  lab.from_b(1, kSyn);
  EXPECT_EQ(lab.run()[0].head.src(), lab.b);
}

TEST(FlowDirection, BetweenEqualEndpointsAllIsForward) {
  FlowLab lab;
  lab.b = lab.a;
  lab.from_a(0);
  lab.from_b(1, kSynAck);
  lab.from_a(2, kSyn);
  const auto ended = lab.run();
  EXPECT_EQ(directions(ended[0]), "+++");
}

// --------------------------------------------------------------------------------------------- order and units (R8)

TEST(FlowOrder, ByTheRecordThatNoticedTheEndThenByTheFirstPacket) {
  FlowLab lab;
  lab.packet(0, endpoint("10.0.0.9", 1), lab.b, kUdp, 0);              // 0: idle first seen at 4
  lab.packet(1, endpoint("10.0.0.8", 1), lab.b, kUdp, 0);              // 1: the same
  lab.from_a(2, kSyn, 1);                                              // 2
  lab.from_b(3, kRst);                                                 // 3
  lab.from_a(121 * kSecond, kSyn, 2);                                  // 4: all three are over
  lab.packet(121 * kSecond, endpoint("10.0.0.7", 1), lab.b, kUdp, 0);  // 5
  const auto ended = lab.run();
  EXPECT_THAT(noticed(ended), ElementsAre(4, 4, 4, 6, 6));
  std::vector<std::uint64_t> firsts;
  for (const EndedPart& part : ended)
    firsts.push_back(part.order.first_number);
  EXPECT_THAT(firsts, ElementsAre(0, 1, 2, 4, 5));
}

TEST(FlowOrder, EndOrderComparesNoticedBeforeFirst) {
  EXPECT_LT((EndOrder{1, 9}), (EndOrder{2, 0}));
  EXPECT_LT((EndOrder{2, 0}), (EndOrder{2, 1}));
  EXPECT_EQ((EndOrder{2, 1}), (EndOrder{2, 1}));
}

TEST(FlowUnits, ASecondUnitFindsTheTablesAsNew) {
  FlowLab lab;
  lab.rules.max_flows = 2;
  lab.rules.slice_pkts = 2;
  for (std::uint16_t port = 1; port <= 5; ++port)
    lab.packet(1000 * kSecond + port, endpoint("10.0.0.7", port), lab.b, kUdp, 0);
  lab.from_a(1001 * kSecond, kRst);
  FlowLab second;
  second.rules = lab.rules;
  second.from_a(5);  // earlier than all of the first unit, with its numbers again
  second.from_b(6);
  second.packet(200 * kSecond, endpoint("10.0.0.7", 1), lab.b, kUdp, 0);
  for (const unsigned count : {1u, 3u}) {
    Shards<Recording> shards({count}, lab.rules, Recording());
    std::vector<EndedPart> first_ended;
    lab.feed(shards, 3, first_ended);
    EXPECT_EQ(first_ended.size(), 6u);
    std::vector<EndedPart> ended;
    second.feed(shards, 3, ended);
    EXPECT_EQ(FlowLab::show(ended), FlowLab::show(second.run(1, SIZE_MAX)));
  }
}

// ----------------------------------------------------------------------------------------------------- limits (R7)

/// A packet of the flow with this number; its port tells nothing of direction.
constexpr std::uint16_t kFirstPort = 30000;
void of_flow(FlowLab& lab, Nanos ts, std::uint16_t flow) {
  lab.packet(ts, endpoint("10.0.0.7", static_cast<std::uint16_t>(kFirstPort + flow)), lab.b, kUdp, 0);
}
void of_flows(FlowLab& lab, std::initializer_list<std::uint16_t> flows) {
  for (const std::uint16_t flow : flows)
    of_flow(lab, 0, flow);
}

std::vector<int> which(const std::vector<EndedPart>& ended) {
  std::vector<int> result;
  for (const EndedPart& part : ended)
    result.push_back(part.head.src().port - kFirstPort);
  return result;
}

TEST(FlowLimits, MaxFlowsPutsOutTheOldestLastPacketAtTheSliceEnd) {
  FlowLab lab;
  lab.rules.max_flows = 2;
  lab.rules.slice_pkts = 8;
  of_flows(lab, {1, 2, 3, 1, 2, 4, 1, 1});  // last packets: 3 at 2, 2 at 4, 4 at 5, 1 at 7
  of_flow(lab, 0, 3);                       // 8: starts anew
  const auto ended = lab.run();
  EXPECT_THAT(which(ended), ElementsAre(2, 3, 1, 4, 3)) << "in the order of R8, by first packet";
  EXPECT_THAT(reasons(ended),
              ElementsAre(EndReason::evicted, EndReason::evicted, EndReason::eof, EndReason::eof, EndReason::eof));
  EXPECT_THAT(noticed(ended), ElementsAre(7, 7, 9, 9, 9)) << "the last number of the slice";
  EXPECT_EQ(ended[4].head.flow_number, 8u) << "a new flow, not a part";
  EXPECT_EQ(ended[4].head.part, 0u);
}

TEST(FlowLimits, APartialLastSliceChecksNothing) {
  FlowLab lab;
  lab.rules.max_flows = 1;
  lab.rules.slice_pkts = 4;
  of_flows(lab, {1, 2, 3});
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::eof, EndReason::eof, EndReason::eof));
}

TEST(FlowLimits, SlicesCountEveryRecordNotOnlyPacketsOfFlows) {
  FlowLab lab;
  lab.rules.max_flows = 1;
  lab.rules.slice_pkts = 4;
  of_flow(lab, 0, 1);
  of_flow(lab, 0, 2);
  lab.tick(0);
  lab.tick(0);
  lab.tick(0);
  EXPECT_THAT(noticed(lab.run()), ElementsAre(3, 5));
}

TEST(FlowLimits, ExpiryComesBeforeTheLimits) {
  FlowLab lab;
  lab.rules.max_flows = 1;
  lab.rules.slice_pkts = 3;
  of_flow(lab, 0, 1);
  of_flow(lab, 121 * kSecond, 2);
  lab.tick(121 * kSecond);
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::idle, EndReason::eof)) << "after it the table is small enough";
}

TEST(FlowLimits, AClosedFlowThatIsPutOutIsEvicted) {
  FlowLab lab;
  lab.rules.max_flows = 1;
  lab.rules.slice_pkts = 2;
  lab.from_a(0, kRst);
  of_flow(lab, 0, 2);
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::evicted, EndReason::eof));
}

TEST(FlowLimits, AnEmptyFlowCountsAndIsPutOutWithoutARow) {
  FlowLab lab;
  lab.rules.max_flows = 2;
  lab.rules.max_held_pkts = 2;  // down to 1
  lab.rules.slice_pkts = 3;
  of_flows(lab, {1, 1, 1});  // cut at 2: flow 1 stays, empty
  of_flows(lab, {2, 3, 2});  // three flows at 5: flow 1 goes, then 2 is cut
  of_flow(lab, 0, 1);        // 6
  const auto ended = lab.run();
  EXPECT_THAT(which(ended), ElementsAre(1, 2, 3, 1));
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::forced, EndReason::forced, EndReason::eof, EndReason::eof));
  EXPECT_EQ(ended[3].head.flow_number, 6u) << "the key of a flow that was put out starts a new flow";
  EXPECT_EQ(ended[3].head.part, 0u);
}

TEST(FlowLimits, MaxHeldCutsTheLargestThenTheOldestDownToSevenEighths) {
  FlowLab lab;
  lab.rules.max_held_pkts = 16;  // above it: down to 14
  lab.rules.slice_pkts = 17;
  // 17 packets: flow 1 has 3, flows 2 and 3 have 5 each (2 begins later), flow 4 has 4.
  of_flows(lab, {1, 3, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 1, 1});
  const auto ended = lab.run();
  EXPECT_THAT(which(ended), ElementsAre(3, 1, 2, 4)) << "17 - 5 = 12 is below 14: one cut is enough";
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::forced, EndReason::eof, EndReason::eof, EndReason::eof));
  EXPECT_THAT(noticed(ended), ElementsAre(16, 17, 17, 17));
}

TEST(FlowLimits, MaxHeldGoesOnCuttingUntilSevenEighths) {
  FlowLab lab;
  lab.rules.max_held_pkts = 11;  // 7/8 of it is 9.625: down to 9
  lab.rules.slice_pkts = 12;
  of_flows(lab, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 10});
  const auto ended = lab.run();
  std::vector<int> cut = which(ended);
  cut.resize(2);
  EXPECT_THAT(cut, ElementsAre(1, 10)) << "10 holds two; then 1, the oldest of the single ones: 12 - 2 - 1 = 9";
  EXPECT_EQ(reasons(ended)[2], EndReason::eof);
}

TEST(FlowLimits, AtExactlyTheLimitNothingIsCut) {
  FlowLab lab;
  lab.rules.max_held_pkts = 4;
  lab.rules.max_flows = 4;
  lab.rules.slice_pkts = 4;
  of_flows(lab, {1, 2, 3, 4});
  EXPECT_THAT(reasons(lab.run()), ElementsAre(EndReason::eof, EndReason::eof, EndReason::eof, EndReason::eof));
}

TEST(FlowLimits, AFlowCutByMaxHeldGoesOnAsItsNextPart) {
  FlowLab lab;
  lab.rules.max_held_pkts = 1;
  lab.rules.slice_pkts = 2;
  lab.from_a(0, kSyn, 7);
  lab.from_a(1);
  lab.from_b(2, kFin);
  const auto ended = lab.run();
  ASSERT_THAT(sizes(ended), ElementsAre(2, 1));
  EXPECT_EQ(ended[1].head.part, 1u);
  EXPECT_EQ(ended[1].head.flow_number, 0u);
  EXPECT_EQ(directions(ended[1]), "-");
  EXPECT_THAT(gaps(ended[1]), ElementsAre(0));
}

TEST(FlowLimits, AnEmptyPartLeavesNoRowAtTheEnd) {
  FlowLab lab;
  lab.rules.max_held_pkts = 1;
  lab.rules.slice_pkts = 2;
  lab.from_a(0);
  lab.from_a(1);
  lab.tick(500 * kSecond);
  const auto ended = lab.run();
  EXPECT_THAT(reasons(ended), ElementsAre(EndReason::forced)) << "and none by idle";
  EXPECT_EQ(lab.opened, 1u);
}

// Everything at once, with limits that bite all the time.
FlowLab random_traffic(Rng& rng) {
  FlowLab lab;
  lab.rules = {20 * kSecond,     30 * kSecond,      3 * kSecond,       true,
               1 + rng.below(6), 1 + rng.below(40), 1 + rng.below(12), 1 + rng.below(16)};
  Nanos now = 1000 * kSecond;
  for (int i = 0; i < 600; ++i) {
    now += static_cast<Nanos>(rng.below(rng.below(20) == 0 ? 40'000'000'000 : 800'000'000));
    const Nanos ts = rng.below(10) == 0 ? now - static_cast<Nanos>(rng.below(2'000'000'000)) : now;
    if (rng.below(15) == 0) {
      lab.tick(ts);
      continue;
    }
    const Endpoint one = endpoint("10.0.0.7", static_cast<std::uint16_t>(40000 + rng.below(9)));
    const bool reply = rng.below(2);
    constexpr std::array<std::uint8_t, 8> kFlags{kSyn, kSynAck, kAck, kAck, kAck, kAck, kFinAck, kRst};
    lab.packet(ts, reply ? lab.b : one, reply ? one : lab.b, kTcp, kFlags[rng.below(8)]).seq =
        static_cast<std::uint32_t>(rng.below(3));
  }
  return lab;
}

// run() compares the shards and blocks.
TEST(FlowLimits, RandomTrafficGivesTheSameForAnyShardsAndBlocks) {
  Rng rng({13});
  for (int round = 0; round < 8; ++round) {
    FlowLab lab = random_traffic(rng);
    const auto ended = lab.run();
    std::size_t packets = 0;
    for (const EndedPart& part : ended)
      packets += part.result.size();
    EXPECT_GT(packets, 500u);
    EXPECT_GT(ended.size(), 50u);
  }
}

// --------------------------------------------------------------------------------------- time that goes on by itself

TEST(FlowQuiet, AFlowLeavesWhileNoPacketComes) {
  FlowRules rules;
  rules.idle = 10 * kSecond;
  RawPacket record;
  record.clock = record.ts = 100 * kSecond;
  PacketInfo info = packet_between(endpoint("10.0.0.1", 40000), endpoint("10.0.0.2", 50000), kUdp);
  info.ts = info.clock = record.ts;
  Shards<Recording> shards({2}, rules, Recording());
  std::vector<std::vector<std::uint32_t>> by_shard(2);
  by_shard[Shards<Recording>::shard_of(info.hash, 2)] = {0};
  std::vector<EndedPart> ended;
  shards.update({&record, 1}, {&info, 1}, by_shard, ended);
  shards.advance(110 * kSecond, 1, ended);
  EXPECT_TRUE(ended.empty()) << "not above the timeout yet";
  shards.advance(110 * kSecond + 1, 1, ended);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].head.end, EndReason::idle);
  EXPECT_EQ(ended[0].head.last_ts, 100 * kSecond) << "at its last packet";
  EXPECT_EQ(ended[0].order.noticed, 1u) << "by the next record, if there is one";
}

std::vector<std::string> sorted_lines(const std::vector<EndedPart>& ended) {
  std::vector<std::string> lines;
  for (const EndedPart& part : ended)
    lines.push_back(FlowLab::show({part}));
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(FlowQuiet, TheSamePartsEndAndAreNoticedByTheSameRecords) {
  Rng rng({14});
  for (int round = 0; round < 8; ++round) {
    FlowLab lab = random_traffic(rng);
    const auto expected = sorted_lines(lab.run(1, SIZE_MAX));
    for (const unsigned shards : {1u, 3u})
      for (const std::size_t block : {std::size_t{1}, std::size_t{7}})
        EXPECT_EQ(sorted_lines(lab.run(shards, block, true)), expected);
  }
}

// ------------------------------------------------------------------------------------------------------- memory

/// A flow may be the last of its slab: when it ends its memory goes, and a packet behind it in the same batch had been
/// led to that memory.
TEST(FlowTable, AFlowWhoseMemoryWentWithinABatch) {
  FlowLab lab;
  lab.rules.idle = 10 * kSecond;
  const auto flow = [](std::uint32_t i) { return endpoint("10.0.0.1", static_cast<std::uint16_t>(i)); };
  constexpr std::uint32_t kFlows = 30'000;  // more than a slab, whatever the size of a record here
  const Endpoint last = flow(kFlows);
  for (std::uint32_t i = 1; i <= kFlows; ++i) lab.packet(i, flow(i), lab.b);
  lab.packet(5 * kSecond, last, lab.b);
  for (std::size_t i = 0; i < 3 * lab.rules.slice_pkts; ++i) lab.tick(11 * kSecond);  // all but the last are swept
  lab.packet(20 * kSecond, last, lab.b);
  lab.packet(20 * kSecond + 1, last, lab.b);
  const auto ended = lab.run(1, SIZE_MAX);
  ASSERT_EQ(ended.size(), kFlows + 1);
  EXPECT_EQ(ended[kFlows - 1].result.size(), 2u);
  EXPECT_EQ(ended[kFlows].result.size(), 2u);
  EXPECT_EQ(ended[kFlows].head.end, EndReason::eof);
}

}  // namespace
}  // namespace mltat
