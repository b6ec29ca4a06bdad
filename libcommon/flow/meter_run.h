// SPDX-License-Identifier: Apache-2.0
/// A whole run of the meter for a tool: units in, text out, counters, and the status that scripts
/// act on.
#pragma once

#include <string>
#include <utility>

#include "flow/live_watch.h"
#include "flow/meter.h"
#include "flow/meter_options.h"
#include "io/streams.h"

namespace mltat {

/// `open(unit)` yields the unit's packets (null: nothing there). A unit in trouble is told on standard error and
/// the others go on. Returns: ok, or the status of the first trouble; bad_data if packets were read and none used.
template <Measurement M, class Open, class Render>
ExitCode run_units(const MeterSettings& settings, std::size_t units, Open open, const M& prototype, Render render,
                   RotatingOutput& out, Streams& streams) {
  ExitCode code = ExitCode::ok;
  const auto trouble = [&](const Error& error) {
    streams.log.error(error.what());
    if (code == ExitCode::ok) code = error.code();
  };
  LiveWatch watch(streams);
  const auto progress = [&](const MeterCounts& so_far) {
    if (streams.log.progress_due()) streams.log.progress(std::to_string(so_far.packets.read) + " packets read");
    watch.look(so_far);
  };
  const MeterCounts counts = run_meter({Threads{streams.threads}, settings.decode, settings.rules},
                                       {units, open, trouble, progress}, prototype, render,
                                       [&](std::string_view text, std::span<const RowMark> marks) { out.write(text, marks); });
  out.finish();
  write_stats(counts, streams);
  if (const std::string losses = dropped(counts); !losses.empty()) streams.log.warning(losses);
  // What passes an interface nobody chose: a live run without a packet that is used has done its duty.
  const bool is_live = static_cast<bool>(streams.stopped);
  if (const std::string reasons = none_used(counts); !reasons.empty() && code == ExitCode::ok && !is_live)
    trouble(Error(ExitCode::bad_data, reasons));
  streams.log.info(summary(counts));
  return code;
}

}  // namespace mltat
