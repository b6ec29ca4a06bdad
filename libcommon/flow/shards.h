// SPDX-License-Identifier: Apache-2.0
/// The flow tables of all internal shards and what they must do together: take a block's packets between slice
/// ends, age, keep the global limits, and let the ended parts out in the one order.
///
/// Nothing that comes out depends on the number of shards: limits act at slice ends only, over all of them
/// (flow-rules R7), and everything ended within a run of records is sorted before it leaves (R8).
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <span>
#include <vector>

#include "flow/flow_table.h"
#include "parallel/pipeline.h"

namespace mltat {

template <Measurement M>
class Shards {
 public:
  /// One shard a thread.
  Shards(Threads threads, const FlowRules& rules, const M& prototype) : threads_(threads), rules_(rules) {
    for (unsigned i = 0; i < threads.count; ++i) tables_.emplace_back(rules, prototype);
    ended_by_shard_.resize(threads.count);
    positions_.resize(threads.count);
  }

  unsigned count() const { return threads_.count; }
  /// The shard of a packet: from hash bits that the index uses least.
  static unsigned shard_of(std::uint64_t hash, unsigned shards) {
    return static_cast<unsigned>((hash >> 48) * shards >> 16);
  }

  /// Takes one block: `infos` are its used packets, by_shard[s] the positions in infos of those of shard s.
  /// Appends what ended, in order.
  void update(std::span<const RawPacket> records, std::span<const PacketInfo> infos,
              std::span<const std::vector<std::uint32_t>> by_shard, std::vector<Ended<M>>& ended) {
    std::fill(positions_.begin(), positions_.end(), 0);
    std::size_t begin = 0;
    while (begin < records.size()) {
      const std::uint64_t first = records[begin].number;
      const std::uint64_t slice_end = (first / rules_.slice_pkts + 1) * rules_.slice_pkts;
      const std::size_t end = static_cast<std::size_t>(
          std::min<std::uint64_t>(records.size(), begin + (slice_end - first)));
      const ClockSpan clocks{records.subspan(begin, end - begin)};
      for_range(threads_, tables_.size(), 1, [&](std::size_t shard, std::size_t) {
        const auto& mine = by_shard[shard];
        std::size_t stop = positions_[shard];
        while (stop < mine.size() && infos[mine[stop]].number <= clocks.records.back().number) ++stop;
        const std::span<const std::uint32_t> part(mine.data() + positions_[shard], stop - positions_[shard]);
        tables_[shard].update(infos, part, clocks, ended_by_shard_[shard]);
        tables_[shard].expire(clocks, ended_by_shard_[shard]);
        positions_[shard] = stop;
      });
      if (records[end - 1].number + 1 == slice_end) keep_limits(slice_end - 1);
      let_out(ended);
      begin = end;
    }
  }

  /// Time went on to `clock` without a record. What ends of it counts as noticed by the next one, `next_number`.
  void advance(Nanos clock, std::uint64_t next_number, std::vector<Ended<M>>& ended) {
    RawPacket next;
    next.number = next_number;
    next.clock = clock;
    const ClockSpan clocks{{&next, 1}};
    for_range(threads_, tables_.size(), 1,
              [&](std::size_t shard, std::size_t) { tables_[shard].expire(clocks, ended_by_shard_[shard]); });
    let_out(ended);
  }

  /// The end of the unit: its open parts come out by drain(), in order, some at a time, so that a full table never
  /// has to be held twice.
  void begin_finish(std::uint64_t records_read) {
    records_read_ = records_read;
    leaving_ = open_parts();
    const auto later = [](const Open& a, const Open& b) { return a.part.first_number > b.part.first_number; };
    std::sort(leaving_.begin(), leaving_.end(), later);  // taken from the back
  }

  /// Appends the next `count` parts at most. Returns: whether there are more; after the last the tables are as new.
  bool drain(std::size_t count, std::vector<Ended<M>>& ended) {
    const std::size_t first = leaving_.size() - std::min(count, leaving_.size());
    for_range(threads_, tables_.size(), 1, [&](std::size_t shard, std::size_t) {
      std::vector<std::uint32_t> flows;
      for (std::size_t i = first; i < leaving_.size(); ++i)
        if (leaving_[i].shard == shard) flows.push_back(leaving_[i].part.flow);
      tables_[shard].end_with_unit(flows, records_read_, ended_by_shard_[shard]);
      if (first == 0) tables_[shard].clear();
    });
    let_out(ended);
    leaving_.erase(leaving_.begin() + static_cast<std::ptrdiff_t>(first), leaving_.end());
    return first > 0;
  }

  std::uint64_t parts_opened() const { return sum([](const Table& table) { return table.parts_opened(); }); }
  PacketCounts notes() const {
    PacketCounts total;
    for (const Table& table : tables_) total += table.notes();
    return total;
  }

 private:
  using Table = FlowTable<M>;
  struct Open {
    typename Table::OpenPart part;
    std::size_t shard;
  };

  std::vector<Open> open_parts() const {
    std::vector<Open> open;
    std::vector<typename Table::OpenPart> parts;
    for (std::size_t shard = 0; shard < tables_.size(); ++shard) {
      parts.clear();
      tables_[shard].list_open(parts);
      for (const auto& part : parts) open.push_back({part, shard});
    }
    return open;
  }

  template <class Count>
  std::uint64_t sum(Count count_of) const {
    std::uint64_t total = 0;
    for (const Table& table : tables_) total += count_of(table);
    return total;
  }

  void keep_limits(std::uint64_t last_number) {
    keep_max_flows(last_number);
    keep_max_held(last_number);
  }

  void keep_max_flows(std::uint64_t last_number) {
    std::uint64_t flows = sum([](const Table& table) { return table.flows(); });
    if (flows <= rules_.max_flows) return;
    std::vector<std::vector<std::uint32_t>> oldest(tables_.size());  // by shard
    for (; flows > rules_.max_flows; --flows) {
      std::size_t of_shard = 0;
      std::uint64_t oldest_number = UINT64_MAX;
      for (std::size_t shard = 0; shard < tables_.size(); ++shard) {
        const std::uint64_t number = tables_[shard].oldest_last_number().value_or(UINT64_MAX);
        if (number < oldest_number) {
          oldest_number = number;
          of_shard = shard;
        }
      }
      oldest[of_shard].push_back(tables_[of_shard].take_oldest());
    }
    for (std::size_t shard = 0; shard < tables_.size(); ++shard)
      tables_[shard].evict(oldest[shard], last_number, ended_by_shard_[shard]);
  }

  void keep_max_held(std::uint64_t last_number) {
    std::uint64_t held = sum([](const Table& table) { return table.held_pkts(); });
    if (held <= rules_.max_held_pkts) return;
    const std::uint64_t target = rules_.max_held_pkts / 8 * 7 + rules_.max_held_pkts % 8 * 7 / 8;
    std::vector<Open> heap = open_parts();
    const auto after = [](const Open& a, const Open& b) {
      return a.part.pkts != b.part.pkts ? a.part.pkts < b.part.pkts : a.part.first_number > b.part.first_number;
    };
    std::make_heap(heap.begin(), heap.end(), after);
    while (held > target) {
      std::pop_heap(heap.begin(), heap.end(), after);
      const Open& most = heap.back();
      held -= most.part.pkts;
      tables_[most.shard].cut_held(most.part.flow, last_number, ended_by_shard_[most.shard]);
      heap.pop_back();
    }
  }

  /// Everything that ended since the last call has its end noticed in the records since then: sorting here is
  /// sorting the whole.
  void let_out(std::vector<Ended<M>>& ended) {
    const auto begin = static_cast<std::ptrdiff_t>(ended.size());
    for (auto& of_shard : ended_by_shard_) {
      std::move(of_shard.begin(), of_shard.end(), std::back_inserter(ended));
      of_shard.clear();
    }
    std::sort(ended.begin() + begin, ended.end(),
              [](const Ended<M>& a, const Ended<M>& b) { return a.order < b.order; });
  }

  Threads threads_;
  FlowRules rules_;
  std::deque<Table> tables_;  // tables do not move
  std::vector<std::vector<Ended<M>>> ended_by_shard_;
  std::vector<std::size_t> positions_;
  std::vector<Open> leaving_;  // open parts of a unit that has ended, the first at the back
  std::uint64_t records_read_ = 0;
};

}  // namespace mltat
