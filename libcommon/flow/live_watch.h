// SPDX-License-Identifier: Apache-2.0
/// What a live run tells while it goes on: its counts when it is asked for them (SIGUSR1), and now and then in --stats,
/// so that monitoring sees them; a warning once the host merges packets.
#pragma once

#include <chrono>

#include "flow/meter.h"
#include "io/streams.h"

namespace mltat {

class LiveWatch {
 public:
  static constexpr std::chrono::seconds kStatsPeriod{10};

  explicit LiveWatch(Streams& streams) : streams_(streams) {}

  /// To be called often, with all counts so far. Does nothing where the run is not live. A file of counters that cannot
  /// be written is a warning: packets matter more.
  void look(const MeterCounts& so_far);

 private:
  void put_stats(const MeterCounts& so_far);

  Streams& streams_;
  std::chrono::steady_clock::time_point stats_at_ = std::chrono::steady_clock::now();
  bool told_of_merging_ = false;
};

}  // namespace mltat
