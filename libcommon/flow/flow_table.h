// SPDX-License-Identifier: Apache-2.0
/// The flows of one shard: looks packets up, starts, cuts, closes, ages and ends flows by the rules of
/// mltat-formats(5), "Flow rules". It knows nothing of what is measured on them.
///
/// Ages go by the clock of the unit, never by the wall. When the end of a flow is *noticed* is computed from the
/// clocks of the records, not observed: it does not depend on when the table looked. One thread per table.
///
/// Invariants
/// 1. Between two calls no flow is in the table whose deadline is before the last clock swept (expire()).
/// 2. held_pkts() is the sum of the packets of all open parts.
/// 3. A flow has exactly one entry in the expiry queue that agrees with its `armed` deadline, or none if it can
///    never expire.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "flow/direction.h"
#include "flow/expiry_queue.h"
#include "flow/flow.h"
#include "flow/flow_index.h"

namespace mltat {

template <Measurement M>
class FlowTable {
 public:
  FlowTable(const FlowRules& rules, const M& prototype) : rules_(rules), measurement_(prototype) {}

  /// Adds the packets infos[i] for i in `mine`, in order. `clocks` covers their records. Parts that end on the way
  /// are appended to `ended`, in no order.
  void update(std::span<const PacketInfo> infos, std::span<const std::uint32_t> mine, const ClockSpan& clocks,
              std::vector<Ended<M>>& ended) {
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = 0; i < mine.size(); ++i) {
      if (i + kAhead < mine.size()) index_.prefetch(infos[mine[i + kAhead]].hash);
      add(infos[mine[i]], clocks, ended);
    }
  }

  /// Ends every flow whose deadline passed within `clocks`.
  void expire(const ClockSpan& clocks, std::vector<Ended<M>>& ended) {
    const Nanos now = clocks.last_clock();
    while (const auto due = expiry_.pop_due(now)) {
      Record& record = records_[due->flow];
      if (record.armed != due->deadline) continue;  // of a flow that closed, was put out, or made room for another
      const Nanos deadline = deadline_of(record);
      if (deadline < now)
        end(due->flow, clocks.first_past(deadline), record.closed ? record.closed_by : EndReason::idle, ended);
      else
        arm(due->flow, deadline);
    }
  }

  std::size_t flows() const { return index_.size(); }
  std::uint64_t held_pkts() const { return held_pkts_; }
  std::uint64_t parts_opened() const { return parts_opened_; }
  const PacketCounts& notes() const { return notes_; }

  /// Number of the last packet of the flow that was quiet longest. Requires: flows() > 0.
  std::uint64_t oldest_last_number() {
    arm_eviction();
    while (true) {
      const Oldest candidate = oldest_first_.front();
      Record& record = records_[candidate.flow];
      if (record.in_use && record.evict_key == candidate.last_number) {
        if (record.last_number == candidate.last_number) return candidate.last_number;
        push_oldest(candidate.flow);
      }
      drop_oldest();
    }
  }

  /// Puts that flow out. Requires: oldest_last_number() was the last call.
  void evict_oldest(std::uint64_t noticed, std::vector<Ended<M>>& ended) {
    const std::uint32_t flow = oldest_first_.front().flow;
    drop_oldest();
    end(flow, noticed, EndReason::evicted, ended);
  }

  /// A part that holds packets.
  struct OpenPart {
    std::uint64_t pkts;
    std::uint64_t first_number;
    std::uint32_t flow;
  };
  void list_open(std::vector<OpenPart>& parts) const {
    for (std::uint32_t id = 0; id < records_.bound(); ++id) {
      const Record& record = records_[id];
      if (record.in_use && record.part_pkts > 0) parts.push_back({record.part_pkts, record.head.first_number, id});
    }
  }
  /// Ends a flow because its unit did.
  void end_with_unit(std::uint32_t flow, std::uint64_t records_read, std::vector<Ended<M>>& ended) {
    end(flow, records_read, records_[flow].closed ? records_[flow].closed_by : EndReason::eof, ended);
  }
  /// The table is as new. Requires: no part is open; flows with an empty part go without a trace.
  void clear() {
    std::vector<Ended<M>> none;
    for (std::uint32_t id = 0; id < records_.bound(); ++id)
      if (records_[id].in_use) end(id, 0, EndReason::eof, none);
    expiry_ = ExpiryQueue();
    oldest_first_.clear();
    eviction_is_armed_ = false;
  }
  /// Cuts the open part of a flow; the flow stays, with an empty part.
  void cut_held(std::uint32_t flow, std::uint64_t noticed, std::vector<Ended<M>>& ended) {
    cut(records_[flow], noticed, EndReason::forced, ended);
  }

 private:
  static constexpr Nanos kNever = std::numeric_limits<Nanos>::max();
  static constexpr std::size_t kQueueSlack = 4096;  // entries of gone flows that a queue may hold beside the live ones

  struct Record {
    FlowHead head;                  // first_ts, first_number: of the open part; last_ts: of the flow
    std::uint64_t hash = 0;
    Nanos seen = 0;                 // clock at the last packet
    Nanos armed = kNever;           // deadline of the entry in the expiry queue that counts
    Nanos closed_at = 0;            // packet time, if closed
    std::uint64_t last_number = 0;  // of the flow's last packet
    std::uint64_t evict_key = 0;    // last_number in the eviction heap's entry that counts
    std::uint64_t part_pkts = 0;    // in the open part; 0: the part is empty
    std::uint32_t parts_cut = 0;    // the number of the open part
    std::uint32_t syn_seq[2] = {};  // by side: [0] of key.low, [1] of key.high
    bool syn_seen[2] = {};
    bool fin_seen[2] = {};
    bool closed = false;
    bool in_use = false;
    EndReason closed_by = EndReason::fin;
    typename M::State state;
  };

  struct Oldest {
    std::uint64_t last_number;  // at the time of the entry: never above the flow's own
    std::uint32_t flow;
    static bool younger(const Oldest& a, const Oldest& b) { return a.last_number > b.last_number; }
  };

  auto hash_of() const {
    return [this](std::uint32_t id) { return records_[id].hash; };
  }

  Nanos deadline_of(const Record& record) const {
    if (!record.closed && rules_.idle == 0) return kNever;
    const Nanos span = record.closed ? rules_.linger : rules_.idle;
    return record.seen > kNever - span ? kNever : record.seen + span;
  }

  void arm(std::uint32_t id, Nanos deadline) {
    records_[id].armed = deadline;
    if (deadline == kNever) return;
    expiry_.arm({deadline, id});
    if (expiry_.size() > 2 * std::size_t{records_.bound()} + kQueueSlack) rebuild_expiry();
  }
  /// Flows that close and are followed by others on their key leave entries behind until the old deadline: once
  /// they are most of the queue, it is built anew.
  void rebuild_expiry() {
    expiry_ = ExpiryQueue();
    for (std::uint32_t id = 0; id < records_.bound(); ++id)
      if (records_[id].in_use && records_[id].armed != kNever) expiry_.arm({records_[id].armed, id});
  }

  void add(const PacketInfo& packet, const ClockSpan& clocks, std::vector<Ended<M>>& ended) {
    std::uint32_t id = index_.find(packet.hash, [&](std::uint32_t i) { return records_[i].head.key == packet.key; });
    if (id != FlowIndex::kNone && !stays(id, packet, clocks, ended)) id = FlowIndex::kNone;
    if (id == FlowIndex::kNone) id = start(packet);
    take(id, packet);
  }

  /// Rules R3 (a) to (d) for a packet of a known key. Returns false if the flow ended and the packet starts anew.
  bool stays(std::uint32_t id, const PacketInfo& packet, const ClockSpan& clocks, std::vector<Ended<M>>& ended) {
    Record& record = records_[id];
    const Nanos deadline = deadline_of(record);
    if (deadline < packet.clock) {
      end(id, clocks.first_past(deadline), record.closed ? record.closed_by : EndReason::idle, ended);
      return false;
    }
    if (rules_.tcp_end && is_syn(packet.tcp_flags)) {
      const bool half_closed = record.fin_seen[0] || record.fin_seen[1];
      if ((record.closed || half_closed) && is_new_syn(record, packet)) {
        end(id, packet.number, record.closed ? record.closed_by : EndReason::fin, ended);
        return false;
      }
    }
    // Gaps and durations are 64-bit nanoseconds: a part that would pass them is as full as one of too many packets.
    const std::uint64_t age = record.part_pkts == 0 ? 0 : span(record.head.first_ts, time_in_flow(record, packet));
    if (record.part_pkts >= rules_.max_part_pkts || age > kNever)
      cut(record, packet.number, EndReason::forced, ended);
    else if (rules_.active > 0 && !record.closed && age > static_cast<std::uint64_t>(rules_.active))
      cut(record, packet.number, EndReason::active, ended);
    return true;
  }

  /// A retransmitted SYN belongs to the flow that is closing: to a closed one for a second after the close.
  static bool is_new_syn(const Record& record, const PacketInfo& packet) {
    const bool repeats = record.syn_seen[packet.swapped] && record.syn_seq[packet.swapped] == packet.seq;
    return !repeats || (record.closed && span(record.closed_at, time_in_flow(record, packet)) > kSecond);
  }

  /// Time never runs back within a flow.
  static Nanos time_in_flow(const Record& record, const PacketInfo& packet) {
    return std::max(packet.ts, record.head.last_ts);
  }

  /// later - earlier, which may pass what Nanos hold. Requires: later >= earlier.
  static std::uint64_t span(Nanos earlier, Nanos later) {
    return static_cast<std::uint64_t>(later) - static_cast<std::uint64_t>(earlier);
  }

  std::uint32_t start(const PacketInfo& packet) {
    const std::uint32_t id = records_.acquire();
    Record& record = records_[id];
    record.head = FlowHead{};
    record.head.key = packet.key;
    record.head.flow_number = packet.number;
    record.head.vlan_id = packet.vlan_id;
    record.head.icmp_type = packet.icmp_type;
    record.head.icmp_code = packet.icmp_code;
    record.head.has_icmp = packet.has_icmp;
    record.head.first_sender_is_high = packet.swapped;
    const DirectionGuess guess = guess_direction(packet);
    record.head.initiator_is_high = guess.initiator_is_high;
    record.head.dir_source = guess.source;
    record.head.last_ts = packet.ts;
    record.hash = packet.hash;
    record.seen = packet.clock;
    record.part_pkts = 0;
    record.parts_cut = 0;
    for (const int side : {0, 1}) record.syn_seen[side] = record.fin_seen[side] = false;
    record.closed = false;
    record.in_use = true;
    index_.insert(packet.hash, id, hash_of());
    arm(id, deadline_of(record));
    record.last_number = packet.number;
    if (eviction_is_armed_) push_newest(id);
    return id;
  }

  /// Adds the packet to the open part, opening it if it is empty; then flips and closes as the packet says.
  void take(std::uint32_t id, const PacketInfo& packet) {
    Record& record = records_[id];
    FlowHead& head = record.head;
    const bool starts_flow = head.flow_number == packet.number;
    if (packet.ts < head.last_ts) notes_.note(Note::time_reversed);
    const Nanos t = time_in_flow(record, packet);
    Nanos gap = 0;
    if (record.part_pkts == 0) {
      head.part = record.parts_cut;
      head.first_ts = t;
      head.first_number = packet.number;
      measurement_.start(record.state, head.part);
      ++parts_opened_;
    } else {
      gap = t - head.last_ts;
    }
    if (!starts_flow) correct_direction(record, packet);
    const Direction direction = packet.swapped == head.initiator_is_high ? Direction::forward : Direction::backward;
    measurement_.add(record.state,
                     {direction, gap, packet.ip_len, packet.wire_len, packet.payload_len, packet.tcp_flags}, packet.l3);
    ++record.part_pkts;
    ++held_pkts_;
    head.last_ts = t;
    record.seen = packet.clock;
    record.last_number = packet.number;
    if (packet.key.protocol == kTcp) follow_tcp(id, packet, starts_flow);
  }

  /// A handshake packet among packets 2 to 7 of part 0 overrules a guess (R6).
  void correct_direction(Record& record, const PacketInfo& packet) {
    constexpr std::uint64_t kLastPacket = 7;
    FlowHead& head = record.head;
    if (head.part != 0 || record.part_pkts >= kLastPacket) return;
    if (head.dir_source != DirSource::port && head.dir_source != DirSource::first) return;
    const bool syn = is_syn(packet.tcp_flags);
    if (!syn && !is_synack(packet.tcp_flags)) return;
    const DirectionGuess handshake = guess_direction(packet);
    head.dir_source = handshake.source;
    if (handshake.initiator_is_high == head.initiator_is_high) return;
    head.initiator_is_high = handshake.initiator_is_high;
    measurement_.flip(record.state);
  }

  void follow_tcp(std::uint32_t id, const PacketInfo& packet, bool starts_flow) {
    Record& record = records_[id];
    const bool side = packet.swapped;
    if (is_syn(packet.tcp_flags)) {
      if (!starts_flow && !record.closed) notes_.note(Note::syn_in_open_flow);
      record.syn_seen[side] = true;
      record.syn_seq[side] = packet.seq;
    }
    if (!rules_.tcp_end || record.closed) return;
    if (packet.tcp_flags & kFin) record.fin_seen[side] = true;
    const bool reset = packet.tcp_flags & kRst;
    if (!reset && !(record.fin_seen[0] && record.fin_seen[1])) return;
    record.closed = true;
    record.closed_by = reset ? EndReason::rst : EndReason::fin;
    record.closed_at = record.head.last_ts;
    arm(id, deadline_of(record));
  }

  /// Writes the open part unless it is empty. The flow stays.
  void cut(Record& record, std::uint64_t noticed, EndReason reason, std::vector<Ended<M>>& ended) {
    if (record.part_pkts == 0) return;
    FlowHead head = record.head;
    head.end = reason;
    ended.push_back({{noticed, head.first_number}, head, measurement_.finish(record.state)});
    held_pkts_ -= record.part_pkts;
    record.part_pkts = 0;
    ++record.parts_cut;
  }

  void end(std::uint32_t id, std::uint64_t noticed, EndReason reason, std::vector<Ended<M>>& ended) {
    Record& record = records_[id];
    cut(record, noticed, reason, ended);
    index_.erase(record.hash, id, hash_of());
    record.in_use = false;
    record.armed = kNever;
    records_.release(id);
  }

  void arm_eviction() {
    if (eviction_is_armed_) return;
    eviction_is_armed_ = true;
    rebuild_eviction();
  }
  void rebuild_eviction() {
    oldest_first_.clear();
    for (std::uint32_t id = 0; id < records_.bound(); ++id)
      if (records_[id].in_use) push_oldest(id);
  }
  /// Entries of flows that ended stay until they come up, which they never do while the limit is kept: once they are
  /// most of the heap, it is built anew.
  void push_newest(std::uint32_t id) {
    push_oldest(id);
    if (oldest_first_.size() > 2 * std::size_t{records_.bound()} + kQueueSlack) rebuild_eviction();
  }
  void push_oldest(std::uint32_t id) {
    records_[id].evict_key = records_[id].last_number;
    oldest_first_.push_back({records_[id].last_number, id});
    std::push_heap(oldest_first_.begin(), oldest_first_.end(), Oldest::younger);
  }
  void drop_oldest() {
    std::pop_heap(oldest_first_.begin(), oldest_first_.end(), Oldest::younger);
    oldest_first_.pop_back();
  }

  FlowRules rules_;
  M measurement_;
  Arena<Record> records_;
  FlowIndex index_;
  ExpiryQueue expiry_;
  std::vector<Oldest> oldest_first_;  // heap, built when the limit is first met
  bool eviction_is_armed_ = false;
  std::uint64_t held_pkts_ = 0;
  std::uint64_t parts_opened_ = 0;
  PacketCounts notes_;
};

}  // namespace mltat
