// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/option.h"
#include "capture/units.h"
#include "cli/run_main.h"
#include "dpi/dpi.h"
#include "features/feature_measurement.h"
#include "flow/labels.h"
#include "flow/meter_options.h"

namespace mltat::featurize {

struct ToolOptions {
  Inputs inputs;
  SourceSettings source;
  MeterSettings meter;
  LabelSettings labels;
  DpiSettings dpi;
  std::string features = "mltat30";
  Window window;
  bool list_features = false;
  std::string format = "ndjson";
};

ToolSpec spec();
Options declare(ToolOptions& options);
/// Of rows with the features chosen, and all other keys that options can add.
Schema schema(const ToolOptions& options);
/// Returns: whether the run is live. Errors: as prepare_source.
bool prepare(ToolOptions& options);

}  // namespace mltat::featurize
