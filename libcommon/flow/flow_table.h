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
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/prefetch.h"
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
    std::array<Coming, kBatch> memory;
    while (!mine.empty()) {
      const std::span batch(memory.data(), std::min(kBatch, mine.size()));
      for (std::size_t i = 0; i < batch.size(); ++i) batch[i].packet = &infos[mine[i]];
      mine = mine.subspan(batch.size());
      prefetch_batch(batch);
      for (const Coming& coming : batch) add(coming, clocks, ended);
    }
  }

  /// Ends every flow whose deadline passed within `clocks`.
  void expire(const ClockSpan& clocks, std::vector<Ended<M>>& ended) {
    const Nanos now = clocks.last_clock();
    std::array<ExpiryQueue::Entry, kBatch> memory;
    std::array<std::uint32_t, kBatch> ids;
    // An entry may be that of a flow that closed, was put out, or made room for another.
    const auto counts = [&](const ExpiryQueue::Entry& entry) {
      return records_.holds(entry.flow) && records_[entry.flow].armed == entry.deadline;
    };
    while (const std::size_t count = expiry_.pop_due(now, memory)) {
      const std::span<const ExpiryQueue::Entry> due(memory.data(), count);
      for (const ExpiryQueue::Entry& entry : due)
        if (records_.holds(entry.flow)) prefetch_record(records_[entry.flow]);
      std::size_t over = 0;
      for (const ExpiryQueue::Entry& entry : due)
        if (counts(entry) && deadline_of(records_[entry.flow]) < now) ids[over++] = entry.flow;
      prefetch_ends({ids.data(), over});
      for (const ExpiryQueue::Entry& entry : due) {
        if (!counts(entry)) continue;
        const Record& record = records_[entry.flow];
        const Nanos deadline = deadline_of(record);
        if (deadline < now)
          end(entry.flow, clocks.first_past(deadline), record.reason(EndReason::idle), ended);
        else
          arm(entry.flow, deadline);
      }
    }
  }

  std::size_t flows() const { return index_.size(); }
  std::uint64_t held_pkts() const { return held_pkts_; }
  std::uint64_t parts_opened() const { return parts_opened_; }
  const PacketCounts& notes() const { return notes_; }

  /// Number of the last packet of the flow that was quiet longest, of those that take_oldest() has left.
  std::optional<std::uint64_t> oldest_last_number() {
    arm_eviction();
    while (!oldest_first_.empty()) {
      const Oldest candidate = oldest_first_.front();
      const bool there = records_.holds(candidate.flow) && records_[candidate.flow].in_use;
      if (there && evict_keys_[candidate.flow] == candidate.last_number) {
        if (records_[candidate.flow].last_number == candidate.last_number) return candidate.last_number;
        push_oldest(candidate.flow);
      }
      drop_oldest();
    }
    return std::nullopt;
  }
  /// That flow, which is now to be put out. Requires: oldest_last_number() was the last call, and found one.
  std::uint32_t take_oldest() {
    const std::uint32_t flow = oldest_first_.front().flow;
    drop_oldest();
    return flow;
  }
  void evict(std::span<const std::uint32_t> flows, std::uint64_t noticed, std::vector<Ended<M>>& ended) {
    end_all(flows, [&](std::uint32_t flow) { end(flow, noticed, EndReason::evicted, ended); });
  }

  /// A part that holds packets.
  struct OpenPart {
    std::uint64_t pkts;
    std::uint64_t first_number;
    std::uint32_t flow;
  };
  void list_open(std::vector<OpenPart>& parts) const {
    records_.for_each([&](std::uint32_t id, const Record& record) {
      if (record.in_use && record.part_pkts > 0) parts.push_back({record.part_pkts, record.first_number, id});
    });
  }
  /// Ends flows because their unit did.
  void end_with_unit(std::span<const std::uint32_t> flows, std::uint64_t records_read, std::vector<Ended<M>>& ended) {
    end_all(flows, [&](std::uint32_t flow) { end(flow, records_read, records_[flow].reason(EndReason::eof), ended); });
  }
  /// The table is as new. Requires: no part is open; flows with an empty part go without a trace.
  void clear() {
    std::vector<std::uint32_t> left;
    records_.for_each([&](std::uint32_t id, const Record& record) {
      if (record.in_use) left.push_back(id);
    });
    std::vector<Ended<M>> none;
    for (const std::uint32_t id : left) end(id, 0, EndReason::eof, none);
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
  static constexpr std::size_t kQueueSlack = 65536;  // entries of gone flows that a queue may hold beside the live ones

  static constexpr unsigned kBothSides = 3;
  static constexpr std::size_t kBatch = 64;  // packets whose lines of memory are asked for together

  /// A flow: two cache lines, then what is measured. A packet of a known flow reads the first and writes both.
  struct alignas(64) Record {
    struct Icmp {
      std::uint8_t type, code;
    };

    FlowKey key;
    Nanos first_ts = 0;  // of the open part
    Nanos last_ts = 0;   // of the flow
    Nanos seen = 0;      // clock at the last packet

    std::uint64_t last_number = 0;   // of the flow's last packet
    std::uint64_t first_number = 0;  // of the open part's first packet
    std::uint64_t flow_number = 0;   // of the flow's first packet
    Nanos armed = kNever;            // deadline of the entry in the expiry queue that counts
    Nanos closed_at = 0;             // packet time, if closed
    std::uint32_t part_pkts = 0;     // in the open part; 0: the part is empty
    std::uint32_t part = 0;          // number of the open part
    FlowIndex::Tag tag = 0;
    union {
      std::uint32_t syn_seq[2] = {};  // TCP, by side: [0] of key.low, [1] of key.high
      Icmp icmp;  // of the first packet, with has_icmp
    };
    std::uint16_t vlan_id = 0;  // outer tag of the first packet
    bool has_icmp : 1 = false;
    bool first_sender_is_high : 1 = false;
    bool initiator_is_high : 1 = false;
    bool in_use : 1 = false;
    bool closed : 1 = false;
    std::uint8_t syn_seen : 2 = 0;  // a bit a side
    std::uint8_t fin_seen : 2 = 0;
    EndReason closed_by : 3 = EndReason::fin;
    DirSource dir_source : 3 = DirSource::first;

    typename M::State state;

    /// A closed flow ends for what closed it, whatever ends it.
    EndReason reason(EndReason otherwise) const { return closed ? closed_by : otherwise; }
    Direction direction_of(const PacketInfo& packet) const {
      return packet.swapped == initiator_is_high ? Direction::forward : Direction::backward;
    }
  };
  static_assert(offsetof(Record, last_number) == 64 && offsetof(Record, state) <= 128);

  struct Oldest {
    std::uint64_t last_number;  // at the time of the entry: never above the flow's own
    std::uint32_t flow;
    static bool younger(const Oldest& a, const Oldest& b) { return a.last_number > b.last_number; }
  };

  static FlowIndex::Tag tag_of(const PacketInfo& packet) { return static_cast<FlowIndex::Tag>(packet.hash); }

  /// A packet of a batch, and the flow that its tag leads to. That is a guess: first, a tag may be another flow's;
  /// second, a packet before it in the batch may start or end its flow.
  struct Coming {
    const PacketInfo* packet = nullptr;
    std::uint32_t guess = FlowIndex::kNone;
    const Record* record = nullptr;  // only while memory is asked for
  };

  /// Asks for all memory that the packets will touch, each step for all of them before the next: the slot of the
  /// index leads to the flow, the flow to what is measured.
  void prefetch_batch(std::span<Coming> batch) {
    for (const Coming& coming : batch) index_.prefetch_slot(tag_of(*coming.packet));
    for (Coming& coming : batch) {
      coming.guess = index_.candidate(tag_of(*coming.packet));
      coming.record = coming.guess == FlowIndex::kNone ? nullptr : &records_[coming.guess];
      if (coming.record == nullptr) continue;
      prefetch_record(*coming.record);
    }
    for (const auto& [packet, guess, record] : batch)
      if (record != nullptr) measurement_.prefetch(record->state, record->direction_of(*packet));
    for (const auto& [packet, guess, record] : batch) {
      if (record == nullptr) continue;
      FlowPacket coming;
      coming.direction = record->direction_of(*packet);
      coming.ip_len = packet->ip_len;
      const std::uint64_t age = span(record->first_ts, std::max(packet->ts, record->first_ts));
      coming.at = static_cast<Nanos>(std::min<std::uint64_t>(age, kNever));
      measurement_.prefetch_pools(record->state, coming);
    }
  }

  static void prefetch_record(const Record& record) {
    prefetch(&record);
    prefetch(&record.last_number);
  }

  /// Asks for what the ends of these flows will touch behind their records, which were asked for before.
  void prefetch_ends(std::span<const std::uint32_t> flows) {
    for (const std::uint32_t flow : flows) {
      const Record& record = records_[flow];
      index_.prefetch_slot(record.tag);
      for (const Direction direction : {Direction::forward, Direction::backward})
        measurement_.prefetch(record.state, direction);
    }
    for (const std::uint32_t flow : flows) measurement_.prefetch_finish(records_[flow].state);
  }

  /// Calls end_one(flow) for all of them, which ends it. Requires: all are in use.
  template <class EndOne>
  void end_all(std::span<const std::uint32_t> flows, EndOne end_one) {
    while (!flows.empty()) {
      const std::span<const std::uint32_t> batch = flows.first(std::min(kBatch, flows.size()));
      flows = flows.subspan(batch.size());
      for (const std::uint32_t flow : batch) prefetch_record(records_[flow]);
      prefetch_ends(batch);
      for (const std::uint32_t flow : batch) end_one(flow);
    }
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
    if (expiry_.size() > 2 * records_.used() + kQueueSlack) rebuild_expiry();
  }
  /// Flows that close and are followed by others on their key leave entries behind until the old deadline: once
  /// they are most of the queue, it is built anew.
  void rebuild_expiry() {
    expiry_ = ExpiryQueue();
    records_.for_each([&](std::uint32_t id, const Record& record) {
      if (record.in_use && record.armed != kNever) expiry_.arm({record.armed, id});
    });
  }

  void add(const Coming& coming, const ClockSpan& clocks, std::vector<Ended<M>>& ended) {
    const PacketInfo& packet = *coming.packet;
    const auto takes = [&](const Record& record) { return record.key == packet.key; };
    // What the flow was led to may even have gone back to the system by now.
    std::uint32_t id = coming.guess;
    if (id == FlowIndex::kNone || !records_.holds(id) || !records_[id].in_use || !takes(records_[id]))
      id = index_.find(tag_of(packet), [&](std::uint32_t i) { return takes(records_[i]); });
    if (id != FlowIndex::kNone && !stays(id, packet, clocks, ended)) id = FlowIndex::kNone;
    if (id == FlowIndex::kNone) id = start(packet);
    take(id, packet);
  }

  /// Rules R3 (a) to (d) for a packet of a known key. Returns false if the flow ended and the packet starts anew.
  bool stays(std::uint32_t id, const PacketInfo& packet, const ClockSpan& clocks, std::vector<Ended<M>>& ended) {
    Record& record = records_[id];
    const Nanos deadline = deadline_of(record);
    if (deadline < packet.clock) {
      end(id, clocks.first_past(deadline), record.reason(EndReason::idle), ended);
      return false;
    }
    if (rules_.tcp_end && is_syn(packet.tcp_flags)) {
      const bool half_closed = record.fin_seen != 0;
      if ((record.closed || half_closed) && is_new_syn(record, packet)) {
        end(id, packet.number, record.reason(EndReason::fin), ended);
        return false;
      }
    }
    // Gaps and durations are 64-bit nanoseconds: a part that would pass them is as full as one of too many packets.
    const std::uint64_t age = record.part_pkts == 0 ? 0 : span(record.first_ts, time_in_flow(record, packet));
    if (record.part_pkts >= rules_.max_part_pkts || age > kNever)
      cut(record, packet.number, EndReason::forced, ended);
    else if (rules_.active > 0 && !record.closed && age > static_cast<std::uint64_t>(rules_.active))
      cut(record, packet.number, EndReason::active, ended);
    return true;
  }

  /// A retransmitted SYN belongs to the flow that is closing: to a closed one for a second after the close.
  static bool is_new_syn(const Record& record, const PacketInfo& packet) {
    const bool repeats = (record.syn_seen >> packet.swapped & 1) != 0 && record.syn_seq[packet.swapped] == packet.seq;
    return !repeats || (record.closed && span(record.closed_at, time_in_flow(record, packet)) > kSecond);
  }

  /// Time never runs back within a flow.
  static Nanos time_in_flow(const Record& record, const PacketInfo& packet) {
    return std::max(packet.ts, record.last_ts);
  }

  /// later - earlier, which may pass what Nanos hold. Requires: later >= earlier.
  static std::uint64_t span(Nanos earlier, Nanos later) {
    return static_cast<std::uint64_t>(later) - static_cast<std::uint64_t>(earlier);
  }

  std::uint32_t start(const PacketInfo& packet) {
    const std::uint32_t id = records_.acquire();
    Record& record = records_[id];
    record.key = packet.key;
    record.last_ts = packet.ts;
    record.seen = packet.clock;
    record.last_number = packet.number;
    record.flow_number = packet.number;
    record.part_pkts = 0;
    record.part = 0;
    record.tag = tag_of(packet);
    record.vlan_id = packet.vlan_id;
    record.has_icmp = packet.has_icmp;
    if (packet.has_icmp) record.icmp = {packet.icmp_type, packet.icmp_code};
    record.first_sender_is_high = packet.swapped;
    const DirectionGuess guess = guess_direction(packet);
    record.initiator_is_high = guess.initiator_is_high;
    record.dir_source = guess.source;
    record.syn_seen = record.fin_seen = 0;
    record.closed = false;
    record.in_use = true;
    index_.insert(record.tag, id);
    arm(id, deadline_of(record));
    if (eviction_is_armed_) push_newest(id);
    return id;
  }

  /// Adds the packet to the open part, opening it if it is empty; then flips and closes as the packet says.
  void take(std::uint32_t id, const PacketInfo& packet) {
    Record& record = records_[id];
    const bool starts_flow = record.flow_number == packet.number;
    if (packet.ts < record.last_ts) notes_.note(Note::time_reversed);
    const Nanos t = time_in_flow(record, packet);
    Nanos gap = 0;
    if (record.part_pkts == 0) {
      record.first_ts = t;
      record.first_number = packet.number;
      measurement_.start(record.state, record.part);
      ++parts_opened_;
    } else {
      gap = t - record.last_ts;
    }
    if (!starts_flow) correct_direction(record, packet);
    measurement_.add(record.state,
                     {record.direction_of(packet), gap, packet.ip_len, packet.wire_len, packet.payload_len,
                      packet.tcp_flags, t - record.first_ts},
                     packet.l3);
    ++record.part_pkts;
    ++held_pkts_;
    record.last_ts = t;
    record.seen = packet.clock;
    record.last_number = packet.number;
    if (packet.key.protocol == kTcp) follow_tcp(id, packet, starts_flow);
  }

  /// A handshake packet among packets 2 to 7 of part 0 overrules a guess (R6).
  void correct_direction(Record& record, const PacketInfo& packet) {
    constexpr std::uint64_t kLastPacket = 7;
    if (record.part != 0 || record.part_pkts >= kLastPacket) return;
    if (record.dir_source != DirSource::port && record.dir_source != DirSource::first) return;
    if (!is_syn(packet.tcp_flags) && !is_synack(packet.tcp_flags)) return;
    const DirectionGuess handshake = guess_direction(packet);
    record.dir_source = handshake.source;
    if (handshake.initiator_is_high == record.initiator_is_high) return;
    record.initiator_is_high = handshake.initiator_is_high;
    measurement_.flip(record.state);
  }

  void follow_tcp(std::uint32_t id, const PacketInfo& packet, bool starts_flow) {
    Record& record = records_[id];
    const unsigned side = 1u << packet.swapped;
    if (is_syn(packet.tcp_flags)) {
      if (!starts_flow && !record.closed) notes_.note(Note::syn_in_open_flow);
      record.syn_seen = (record.syn_seen | side) & kBothSides;
      record.syn_seq[packet.swapped] = packet.seq;
    }
    if (!rules_.tcp_end || record.closed) return;
    if (packet.tcp_flags & kFin) record.fin_seen = (record.fin_seen | side) & kBothSides;
    const bool reset = packet.tcp_flags & kRst;
    if (!reset && record.fin_seen != kBothSides) return;
    record.closed = true;
    record.closed_by = reset ? EndReason::rst : EndReason::fin;
    record.closed_at = record.last_ts;
    arm(id, deadline_of(record));
  }

  /// Writes the open part unless it is empty. The flow stays.
  void cut(Record& record, std::uint64_t noticed, EndReason reason, std::vector<Ended<M>>& ended) {
    if (record.part_pkts == 0) return;
    ended.push_back({{noticed, record.first_number}, head_of(record, reason), measurement_.finish(record.state)});
    held_pkts_ -= record.part_pkts;
    record.part_pkts = 0;
    ++record.part;
  }

  static FlowHead head_of(const Record& record, EndReason reason) {
    FlowHead head;
    head.key = record.key;
    head.first_ts = record.first_ts;
    head.last_ts = record.last_ts;
    head.flow_number = record.flow_number;
    head.first_number = record.first_number;
    head.part = record.part;
    head.vlan_id = record.vlan_id;
    head.has_icmp = record.has_icmp;
    if (record.has_icmp) {
      head.icmp_type = record.icmp.type;
      head.icmp_code = record.icmp.code;
    }
    head.first_sender_is_high = record.first_sender_is_high;
    head.initiator_is_high = record.initiator_is_high;
    head.end = reason;
    head.dir_source = record.dir_source;
    return head;
  }

  void end(std::uint32_t id, std::uint64_t noticed, EndReason reason, std::vector<Ended<M>>& ended) {
    Record& record = records_[id];
    cut(record, noticed, reason, ended);
    index_.erase(record.tag, id);
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
    records_.for_each([&](std::uint32_t id, const Record& record) {
      if (record.in_use) push_oldest(id);
    });
  }
  /// Entries of flows that ended stay until they come up, which they never do while the limit is kept: once they are
  /// most of the heap, it is built anew.
  void push_newest(std::uint32_t id) {
    push_oldest(id);
    if (oldest_first_.size() > 2 * records_.used() + kQueueSlack) rebuild_eviction();
  }
  void push_oldest(std::uint32_t id) {
    evict_keys_.resize(records_.bound());
    evict_keys_[id] = records_[id].last_number;
    oldest_first_.push_back({records_[id].last_number, id});
    std::push_heap(oldest_first_.begin(), oldest_first_.end(), Oldest::younger);
  }
  void drop_oldest() {
    std::pop_heap(oldest_first_.begin(), oldest_first_.end(), Oldest::younger);
    oldest_first_.pop_back();
    // What comes up soon is near the top.
    constexpr std::size_t kNear = 15;
    for (std::size_t i = kNear / 2; i < std::min(kNear, oldest_first_.size()); ++i) {
      const std::uint32_t flow = oldest_first_[i].flow;
      prefetch(&evict_keys_[flow]);
      if (records_.holds(flow)) prefetch(&records_[flow].last_number);
    }
  }

  FlowRules rules_;
  M measurement_;
  Arena<Record> records_;
  FlowIndex index_;
  ExpiryQueue expiry_;
  std::vector<Oldest> oldest_first_;        // heap, built when the limit is first met
  std::vector<std::uint64_t> evict_keys_;   // by flow: last_number in the heap's entry that counts
  bool eviction_is_armed_ = false;
  std::uint64_t held_pkts_ = 0;
  std::uint64_t parts_opened_ = 0;
  PacketCounts notes_;
};

}  // namespace mltat
