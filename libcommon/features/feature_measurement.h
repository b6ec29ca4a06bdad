// SPDX-License-Identifier: Apache-2.0
/// The measurement behind feature rows: windows over a part's packets, mltat30 and the families asked for in each.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/prefetch.h"
#include "features/family.h"
#include "features/mltat30.h"
#include "features/window.h"
#include "flow/flow.h"

namespace mltat {

/// Which features a row has, by name and in order. Shared by all shards, never changed.
class FeatureSet {
 public:
  /// `mltat30`, or with families behind it: `mltat30,flags,splt:20`. Errors: Error(usage).
  explicit FeatureSet(const std::string& spec);

  /// As in the rows and the models: `mltat30/1`, `mltat30+flags+splt:20/1`.
  const std::string& name() const { return name_; }
  /// All features of a row, `protocol` first.
  std::vector<FeatureInfo> features() const;
  std::span<const std::unique_ptr<Family>> families() const { return families_; }
  bool needs_flags() const;
  /// Words of side memory of one window.
  std::size_t words() const { return words_; }

 private:
  std::vector<std::unique_ptr<Family>> families_;
  std::string name_;
  std::size_t words_ = 0;
};

/// One row's worth of a part. Times are since the part's first packet.
struct WindowRow {
  std::uint64_t window = 0;
  Nanos first = 0;
  Nanos last = 0;
  Mltat30 values;
  std::vector<double> families;
};

class FeatureMeasurement {
 public:
  /// Windows with at least one packet, in order. With Window::Kind::flow exactly one.
  using Result = std::vector<WindowRow>;

  struct State {
    std::array<DirectionStats, 2> directions;  // of the open window; without packets: none is open
    Nanos window_first = 0;                    // the open window's first packet, since the part's
    std::uint64_t window = 0;                  // number of the open window
    std::uint32_t part = 0;
    std::uint32_t memory = UINT32_MAX;    // of the families
    std::unique_ptr<Result> finished;     // windows before the open one

    std::uint64_t pkts() const { return std::uint64_t{directions[0].pkts} + directions[1].pkts; }
  };

  /// Requires: `features` outlives the measurement.
  FeatureMeasurement(const FeatureSet& features, Window window) : features_(features), window_(window) {}
  /// A shard's own: the same settings, empty pools.
  FeatureMeasurement(const FeatureMeasurement& prototype) : FeatureMeasurement(prototype.features_, prototype.window_) {}
  FeatureMeasurement& operator=(const FeatureMeasurement&) = delete;

  void start(State& state, std::uint32_t part);
  void prefetch(const State& state, Direction direction) const {
    const DirectionStats& stats = state.directions[static_cast<std::size_t>(direction)];
    mltat::prefetch(&stats);
    mltat::prefetch(&stats.histogram);
  }
  void prefetch_pools(const State& state, const FlowPacket& packet) const {
    const DirectionStats& stats = state.directions[static_cast<std::size_t>(packet.direction)];
    // A window over the whole part begins with it: one line less to wait for.
    const Nanos begin = window_.kind == Window::Kind::flow ? 0 : state.window_first;
    stats.prefetch(packet.ip_len, std::max<Nanos>(0, packet.at - begin), histograms_);
  }
  void prefetch_finish(const State& state) const {
    mltat::prefetch(&state.window_first);
    for (const DirectionStats& stats : state.directions) histograms_.prefetch(stats.histogram);
  }
  void add(State& state, const FlowPacket& packet, Bytes);
  void flip(State& state);
  Result finish(State& state);

 private:
  void open_window(State& state, std::uint64_t number, Nanos first);
  void add_to_window(State& state, const FlowPacket& packet);
  void close_window(State& state);
  std::span<std::uint64_t> memory_of(const State& state);
  template <class Each>
  void for_each_family(std::span<std::uint64_t> memory, Each each) const;

  const FeatureSet& features_;
  Window window_;
  HistogramPool histograms_;
  Arena<std::vector<std::uint64_t>> memories_;
};
static_assert(Measurement<FeatureMeasurement>);

}  // namespace mltat
