// SPDX-License-Identifier: Apache-2.0
/// A run of the meter with or without inspection of payload, for tools that offer both.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "dpi/dpi.h"
#include "dpi/with_dpi.h"
#include "flow/meter_run.h"

namespace mltat {

/// As run_units; write(unit, head, measured, found, text) appends the text of one ended part, `found` being what the
/// inspection says in words. It runs concurrently and must not share state. `dpi` is none: packets are not inspected.
template <Measurement M, class Open, class Write>
ExitCode run_inspected(const MeterSettings& settings, std::size_t units, Open open, const M& measurement,
                       const std::optional<DpiWords>& dpi, Write write, RotatingOutput& out, Streams& streams) {
  if (!dpi) {
    const auto render = [&](std::size_t unit, const Ended<M>& ended, std::string& text) {
      write(unit, ended.head, ended.result, std::optional<DpiFields>(), text);
    };
    return run_units(settings, units, open, measurement, render, out, streams);
  }
  using Inspected = WithDpi<M>;
  const auto render = [&](std::size_t unit, const Ended<Inspected>& ended, std::string& text) {
    write(unit, ended.head, ended.result.measured, std::optional(dpi->fields(ended.result.verdict)), text);
  };
  return run_units(settings, units, open, Inspected(measurement), render, out, streams);
}

}  // namespace mltat
