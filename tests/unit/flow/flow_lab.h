// SPDX-License-Identifier: Apache-2.0
/// Captures written by hand for the flow table: packets are said, not read, and what ends is shown as text.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "flow/identity.h"
#include "flow/shards.h"
#include "wire/decode.h"

namespace mltat {

/// A measurement that keeps every packet, in the direction that was right in the end.
class Recording {
 public:
  using State = std::vector<FlowPacket>;
  using Result = std::vector<FlowPacket>;

  void start(State& state, std::uint32_t) { state.clear(); }
  void prefetch(const State&, Direction) const {}
  void prefetch_pools(const State&, const FlowPacket&) const {}
  void prefetch_finish(const State&) const {}
  void add(State& state, const FlowPacket& packet, Bytes) { state.push_back(packet); }
  void flip(State& state) {
    for (FlowPacket& packet : state)
      packet.direction = packet.direction == Direction::forward ? Direction::backward : Direction::forward;
  }
  Result finish(State& state) { return std::exchange(state, {}); }
};
static_assert(Measurement<Recording>);

using EndedPart = Ended<Recording>;

inline Endpoint endpoint(const char* address, std::uint16_t port = 0) {
  Endpoint result = parse_address(address).value();
  result.port = port;
  return result;
}

/// A packet from one endpoint to another, as decode() would tell it.
inline PacketInfo packet_between(const Endpoint& from, const Endpoint& to, std::uint8_t protocol,
                                 std::uint8_t flags = 0) {
  PacketInfo packet;
  packet.swapped = to < from;
  packet.key.low = packet.swapped ? to : from;
  packet.key.high = packet.swapped ? from : to;
  packet.key.protocol = protocol;
  packet.hash = shard_hash(packet.key, false);  // any hash will do; this one is the same in every run
  packet.tcp_flags = flags;
  packet.ip_len = 40;
  packet.wire_len = 54;
  return packet;
}

/// A unit under construction and what became of it.
class FlowLab {
 public:
  FlowRules rules;

  // Both ports tell nothing, so the first sender initiates unless a handshake says otherwise.
  Endpoint a = endpoint("10.0.0.1", 40000);
  Endpoint b = endpoint("10.0.0.2", 50000);

  /// The next record; times may run back, the clock does not.
  PacketInfo& packet(Nanos ts, const Endpoint& from, const Endpoint& to, std::uint8_t protocol = kTcp,
                     std::uint8_t flags = kAck) {
    tick(ts);
    PacketInfo info = packet_between(from, to, protocol, flags);
    info.number = records_.back().number;
    info.ts = ts;
    info.clock = records_.back().clock;
    infos_.push_back(info);
    return infos_.back();
  }
  PacketInfo& from_a(Nanos ts, std::uint8_t flags = kAck, std::uint32_t seq = 0) {
    return with_seq(ts, a, b, flags, seq);
  }
  PacketInfo& from_b(Nanos ts, std::uint8_t flags = kAck, std::uint32_t seq = 0) {
    return with_seq(ts, b, a, flags, seq);
  }
  /// A record that is no packet of any flow: skipped, but its clock counts.
  void tick(Nanos ts) {
    RawPacket record;
    record.number = records_.size();
    record.ts = ts;
    record.clock = records_.empty() ? ts : std::max(ts, records_.back().clock);
    records_.push_back(record);
  }
  void clear() {
    records_.clear();
    infos_.clear();
  }

  /// Every part that ended, in order. Run for several numbers of shards and sizes of blocks, which must agree.
  std::vector<EndedPart> run() {
    const std::vector<EndedPart> first = run(1, 1);
    constexpr std::array<std::pair<unsigned, std::size_t>, 4> kOthers{{{1, SIZE_MAX}, {2, 1}, {3, 5}, {7, SIZE_MAX}}};
    for (const auto& [shards, block] : kOthers)
      EXPECT_EQ(show(run(shards, block)), show(first)) << shards << " shards, blocks of " << block;
    return first;
  }

  /// With `live`, time is told up to each block before it comes.
  std::vector<EndedPart> run(unsigned shard_count, std::size_t block, bool live = false) {
    Shards<Recording> shards({shard_count}, rules, Recording());
    std::vector<EndedPart> ended;
    feed(shards, block, ended, live);
    opened = shards.parts_opened();
    notes = shards.notes();
    EXPECT_EQ(opened, ended.size()) << "opened = written";
    for (const EndedPart& part : ended)
      EXPECT_FALSE(part.result.empty()) << "an empty part was written";
    return ended;
  }

  /// One unit into tables that may have seen others before.
  void feed(Shards<Recording>& shards, std::size_t block, std::vector<EndedPart>& ended, bool live = false) const {
    std::size_t next_info = 0;
    for (std::size_t begin = 0; begin < records_.size();) {
      if (live) shards.advance(records_[begin].clock, begin, ended);
      const std::size_t count = std::min(block, records_.size() - begin);
      std::vector<std::vector<std::uint32_t>> by_shard(shards.count());
      std::vector<PacketInfo> infos;
      for (; next_info < infos_.size() && infos_[next_info].number < begin + count; ++next_info) {
        by_shard[Shards<Recording>::shard_of(infos_[next_info].hash, shards.count())].push_back(
            static_cast<std::uint32_t>(infos.size()));
        infos.push_back(infos_[next_info]);
      }
      shards.update(std::span(records_).subspan(begin, count), infos, by_shard, ended);
      begin += count;
    }
    shards.begin_finish(records_.size());
    while (shards.drain(2, ended)) {
    }
  }

  std::uint64_t noted(Note note) const { return notes.notes[static_cast<std::size_t>(note)]; }

  std::uint64_t opened = 0;  // of the last run
  PacketCounts notes;

  /// One part a line: `noticed 5 fin, flow 0 part 0 from 0, 10.0.0.1:40000 > 10.0.0.2:50000 (syn), 1.0 - 2.0: +40@0
  /// -40@1`.
  static std::string show(const std::vector<EndedPart>& ended) {
    std::string out;
    for (const EndedPart& part : ended) {
      const FlowHead& head = part.head;
      out += "noticed " + std::to_string(part.order.noticed) + " " + std::string(name(head.end)) + ", flow " +
             std::to_string(head.flow_number) + " part " + std::to_string(head.part) + " from " +
             std::to_string(part.order.first_number) + ", ";
      append_address(out, head.src());
      out += ":" + std::to_string(head.src().port) + " > ";
      append_address(out, head.dst());
      out += ":" + std::to_string(head.dst().port) + " (" + std::string(name(head.dir_source)) + "), ";
      append_timestamp(out, head.first_ts);
      out += " - ";
      append_timestamp(out, head.last_ts);
      out += ":";
      for (const FlowPacket& packet : part.result)
        out += (packet.direction == Direction::forward ? " +" : " -") + std::to_string(packet.ip_len) + "@" +
               std::to_string(packet.gap);
      out += "\n";
    }
    return out;
  }

 private:
  PacketInfo& with_seq(Nanos ts, const Endpoint& from, const Endpoint& to, std::uint8_t flags, std::uint32_t seq) {
    PacketInfo& info = packet(ts, from, to, kTcp, flags);
    info.seq = seq;
    return info;
  }

  std::vector<RawPacket> records_;
  std::vector<PacketInfo> infos_;
};

}  // namespace mltat
