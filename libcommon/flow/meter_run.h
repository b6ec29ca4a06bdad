// SPDX-License-Identifier: Apache-2.0
/// A whole run of the meter for a tool: units in, text out, counters, and the status that scripts
/// act on.
#pragma once

#include <string>
#include <utility>

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
  const auto progress = [&](const PacketCounts& packets) {
    if (streams.log.progress_due()) streams.log.progress(std::to_string(packets.read) + " packets read");
  };
  const MeterCounts counts = run_meter({Threads{streams.threads}, settings.decode, settings.rules},
                                       {units, open, trouble, progress}, prototype, render,
                                       [&](std::string_view text, std::span<const RowMark> marks) { out.write(text, marks); });
  out.finish();
  if (!streams.stats.empty()) {
    Counters counters;
    add_counters(counters, counts);
    counters.write(streams.stats, streams.log.program());
  }
  if (const std::string reasons = none_used(counts); !reasons.empty() && code == ExitCode::ok)
    trouble(Error(ExitCode::bad_data, reasons));
  streams.log.info(summary(counts));
  return code;
}

}  // namespace mltat
