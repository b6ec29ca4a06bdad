// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/option.h"
#include "capture/units.h"
#include "cli/run_main.h"
#include "dpi/dpi.h"
#include "flow/labels.h"
#include "flow/meter_options.h"

namespace mltat::flowgen {

struct ToolOptions {
  Inputs inputs;
  SourceSettings source;
  MeterSettings meter;
  LabelSettings labels;
  DpiSettings dpi;
  std::uint64_t series_pkts = UINT64_MAX;  ///< packets of each part kept in its series; 0: no series
  std::string format = "ndjson";
};

ToolSpec spec();
Options declare(ToolOptions& options);
/// Of its records, with all keys that options can add.
Schema schema(const ToolOptions& options);
/// Returns: whether the run is live. Errors: as prepare_source.
bool prepare(ToolOptions& options);

}  // namespace mltat::flowgen
