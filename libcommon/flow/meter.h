// SPDX-License-Identifier: Apache-2.0
/// The way from packets to rows, as one ordered pipeline:
///
///     read, frame, clock (serial) -> decode, hash (concurrent) -> fragments, flow tables (serial between blocks,
///     shards beside each other) -> rows as text (concurrent) -> written (serial)
///
/// flowgen and featurize are this meter with another measurement and another way to render a part.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "flow/fragments.h"
#include "flow/shards.h"
#include "io/rotation.h"
#include "parallel/pipeline.h"
#include "wire/decode.h"

namespace mltat {

/// What the run read and wrote. Conservation: packets.read = packets.used + skipped, opened = written.
struct MeterCounts {
  PacketCounts packets;
  std::uint64_t parts_opened = 0;
  std::uint64_t parts_written = 0;
};

/// The units of a run, opened one after the other. A unit that cannot be opened or is damaged does not stop the
/// others: it is told, and the run's status is that of the first trouble.
struct MeterUnits {
  std::size_t count = 0;
  std::function<std::unique_ptr<PacketSource>(std::size_t unit)> open;  ///< throws Error; null: nothing to read
  std::function<void(const Error&)> trouble;                            ///< called in the order of the units
  std::function<void(const MeterCounts&)> progress;                     ///< called after each block, with all so far
};

struct MeterOptions {
  Threads threads;
  DecodeOptions decode;
  FlowRules rules;
};

/// render(unit, ended, out) appends the text of one ended part; it runs concurrently and must not share state.
/// write(text, marks) is called in order; marks tell where each part's text ends and its last packet's time.
template <Measurement M, class Render, class Write>
MeterCounts run_meter(const MeterOptions& options, const MeterUnits& units, const M& prototype, Render render,
                      Write write) {
  struct Token {
    PacketBlock block;
    std::size_t unit = 0;
    enum class Kind { packets, unit_end, drain } kind = Kind::packets;
    std::uint64_t records_read = 0;  // of the unit, up to here
    std::vector<PacketInfo> infos;
    std::vector<std::vector<std::uint32_t>> by_shard;
    std::vector<std::uint32_t> fragments;  // positions in infos of packets that have no shard yet
    std::vector<Ended<M>> ended;
    std::string text;
    std::vector<RowMark> marks;
  };

  MeterCounts counts;  // without what the tables count
  Shards<M> shards(options.threads, options.rules, prototype);
  std::unique_ptr<PacketSource> source;
  std::size_t unit = 0;
  std::size_t unit_in_tables = 0;
  bool unit_drains = false;
  std::uint64_t records_read = 0;

  // Parts leave a few thousand a token, for a row takes more memory than the flow it tells of. What a jump of the
  // clock ended beyond that waits here, and empty tokens are read before more packets.
  constexpr std::size_t kPartsAtOnce = 8192;
  std::deque<Ended<M>> waiting;
  std::atomic<bool> parts_wait{false};

  // A unit ends with a token that carries no packets; so does one that could not be opened. Empty tokens follow
  // until its open flows have left: how many is for the tables to say. Some more than needed may be under way by
  // then, so what is told is how many units have been drained, never that one is being drained.
  std::atomic<std::size_t> drained_units{0};
  const auto read = [&](Token& token) {
    token.block.clear();
    token.kind = Token::Kind::drain;
    if (parts_wait.load() || drained_units.load() < unit) return true;
    if (!source && unit == units.count) return false;
    token.kind = Token::Kind::packets;
    token.unit = unit;
    try {
      if (!source) source = units.open(unit);
      if (source && source->next(token.block)) {
        token.records_read = records_read += token.block.counts.read;
        return true;
      }
      if (source && !source->damage().empty()) throw Error(ExitCode::bad_data, source->damage());
    } catch (const Error& error) {
      units.trouble(error);
      token.block.clear();
    }
    token.kind = Token::Kind::unit_end;
    token.records_read = std::exchange(records_read, 0);
    source.reset();
    ++unit;
    return true;
  };

  const auto shard_of = [&](const PacketInfo& info) { return Shards<M>::shard_of(info.hash, shards.count()); };

  const auto decode_block = [&](Token& token) {
    token.infos.clear();
    token.fragments.clear();
    token.by_shard.resize(shards.count());
    for (auto& mine : token.by_shard) mine.clear();
    for (const RawPacket& packet : token.block.packets) {
      const auto position = static_cast<std::uint32_t>(token.infos.size());
      PacketInfo& info = token.infos.emplace_back();
      const Skip skipped = decode(packet, options.decode, info, token.block.counts);
      if (skipped != Skip::none) {
        token.infos.pop_back();
        token.block.counts.skip(skipped);
        continue;
      }
      if (info.fragment != Fragment::none) {
        token.fragments.push_back(position);
        continue;
      }
      ++token.block.counts.used;
      token.by_shard[shard_of(info)].push_back(position);
    }
  };

  FragmentTable fragments;
  /// Gives the fragments of a block their shards, and the lists of those their order back.
  const auto place_fragments = [&](Token& token) {
    PacketCounts& of_block = token.block.counts;
    for (const std::uint32_t position : token.fragments) {
      PacketInfo& info = token.infos[position];
      fragments.join(info, of_block);
      if (!in_shard(info.key, options.decode)) {
        of_block.skip(Skip::other_shard);
        continue;
      }
      ++of_block.used;
      of_block.note(Note::fragments);
      auto& list = token.by_shard[shard_of(info)];
      list.insert(std::upper_bound(list.begin(), list.end(), position), position);
    }
  };

  /// What ended now goes behind what waits; the token takes its share from the front.
  const auto take_share = [&](std::vector<Ended<M>>& ended) {
    if (waiting.empty() && ended.size() <= kPartsAtOnce) return;
    std::move(ended.begin(), ended.end(), std::back_inserter(waiting));
    const auto share = waiting.begin() + static_cast<std::ptrdiff_t>(std::min(kPartsAtOnce, waiting.size()));
    ended = std::vector<Ended<M>>(std::make_move_iterator(waiting.begin()), std::make_move_iterator(share));
    waiting.erase(waiting.begin(), share);
  };

  const auto so_far = [&] {
    MeterCounts all = counts;
    all.parts_opened = shards.parts_opened();
    all.packets += shards.notes();
    return all;
  };

  const auto update_flows = [&](Token& token) {
    token.ended.clear();
    if (token.kind == Token::Kind::packets) place_fragments(token);
    counts.packets += token.block.counts;
    if (token.kind == Token::Kind::drain)
      token.unit = unit_in_tables;
    else
      unit_in_tables = token.unit;
    if (token.kind == Token::Kind::packets) {
      shards.update(token.block.packets, token.infos, token.by_shard, token.ended);
      if (token.block.quiet_until) shards.advance(*token.block.quiet_until, token.records_read, token.ended);
    }
    if (token.kind == Token::Kind::unit_end) {
      shards.begin_finish(token.records_read);
      fragments.clear();
      unit_drains = true;
    }
    take_share(token.ended);
    parts_wait = !waiting.empty();
    if (unit_drains && token.ended.empty() && !shards.drain(kPartsAtOnce, token.ended)) {
      unit_drains = false;
      ++drained_units;
    }
    counts.parts_written += token.ended.size();
    units.progress(so_far());
  };

  const auto render_rows = [&](Token& token) {
    token.text.clear();
    token.marks.clear();
    for (const Ended<M>& ended : token.ended) {
      render(token.unit, ended, token.text);
      token.marks.push_back({token.text.size(), ended.head.last_ts});
    }
  };

  const auto write_rows = [&](Token& token) {
    if (!token.text.empty()) write(std::string_view(token.text), std::span<const RowMark>(token.marks));
  };

  ordered_pipeline<Token>(options.threads, read,
                          {{StageMode::concurrent, decode_block},
                           {StageMode::serial, update_flows},
                           {StageMode::concurrent, render_rows},
                           {StageMode::serial, write_rows}});
  return so_far();
}

}  // namespace mltat
