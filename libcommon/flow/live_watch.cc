// SPDX-License-Identifier: Apache-2.0
#include "flow/live_watch.h"

#include "flow/meter_options.h"

namespace mltat {

void LiveWatch::look(const MeterCounts& so_far) {
  if (!streams_.stopped) return;
  if (!told_of_merging_ && so_far.packets.noted(Note::above_mtu) > 0) {
    told_of_merging_ = true;
    streams_.log.warning(
        "frames are longer than the interface sends: the host merges packets, and lengths and counts are those of the "
        "merged ones: ethtool -K INTERFACE gro off lro off tso off gso off");
  }
  const bool asked = streams_.counts_wanted && streams_.counts_wanted();
  if (asked) streams_.log.notice(summary(so_far));
  if (asked || std::chrono::steady_clock::now() - stats_at_ >= kStatsPeriod) put_stats(so_far);
}

void LiveWatch::put_stats(const MeterCounts& so_far) {
  stats_at_ = std::chrono::steady_clock::now();
  try {
    write_stats(so_far, streams_);
  } catch (const Error& error) {
    streams_.log.repeated_warning("counters not written", error.what());
  }
}

}  // namespace mltat
