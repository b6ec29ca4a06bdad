// SPDX-License-Identifier: Apache-2.0
/// The measurement behind flow records: totals a direction and the packet series.
#pragma once

#include <array>
#include <cstdint>

#include "base/prefetch.h"
#include "flow/flow.h"
#include "flow/packet_series.h"

namespace mltat {

/// Totals of one direction. `flags` counts fin syn rst psh ack urg ece cwr, the order of the bits on the wire.
struct DirectionTotals {
  std::uint64_t pkts = 0;
  std::uint64_t bytes = 0;          ///< IP bytes
  std::uint64_t wire_bytes = 0;     ///< frame bytes
  std::uint64_t payload_bytes = 0;  ///< L4 payload
  std::uint64_t payload_pkts = 0;   ///< packets that carry payload
  std::array<std::uint32_t, 8> flags{};
};

/// By direction: [0] forward, [1] backward.
using FlowTotals = std::array<DirectionTotals, 2>;

class SeriesMeasurement {
 public:
  struct State {
    FlowTotals totals;
    SeriesPool::Series series;
  };
  struct Result {
    FlowTotals totals;
    PacketSeries series;
  };

  /// Keeps the first `max_pkts` packets of each part in the series.
  explicit SeriesMeasurement(std::uint64_t max_pkts) : max_pkts_(max_pkts) {}
  /// A shard's own: the same settings, an empty pool.
  SeriesMeasurement(const SeriesMeasurement& prototype) : max_pkts_(prototype.max_pkts_) {}
  SeriesMeasurement& operator=(const SeriesMeasurement&) = delete;

  void start(State& state, std::uint32_t) {
    state.totals = {};
    pool_.start(state.series);
  }
  void prefetch(const State& state, Direction direction) const {
    mltat::prefetch(&state.totals[static_cast<std::size_t>(direction)]);
    mltat::prefetch(&state.series);
  }
  void prefetch_pools(const State& state, const FlowPacket&) const { pool_.prefetch(state.series); }
  void prefetch_finish(const State& state) const { pool_.prefetch_head(state.series); }
  void add(State& state, const FlowPacket& packet, Bytes);
  void flip(State& state) {
    std::swap(state.totals[0], state.totals[1]);
    pool_.flip(state.series);
  }
  Result finish(State& state) { return {state.totals, pool_.finish(state.series)}; }

 private:
  std::uint64_t max_pkts_;
  SeriesPool pool_;
};
static_assert(Measurement<SeriesMeasurement>);

}  // namespace mltat
