// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/option.h"
#include "cli/run_main.h"
#include "ml/fuse.h"
#include "ml/judging.h"

namespace mltat::fuse {

struct ToolOptions : JudgeSettings {
  Inputs inputs;  ///< one stream of rows with votes, or several prediction files of the same flows
  std::string method = "calibrated";
  std::string stack;  ///< model of --method stacked, empty: none
  std::string dpi = "ignore";
  double dpi_weight = 1;
  bool closed_set = false;
  std::vector<std::string> without;  ///< classes that the report also leaves out
  std::string format = "ndjson";
};

ToolSpec spec();
Options declare(ToolOptions& options);
/// Of its rows: the keys that it adds, and those of featurize that may have come in.
Schema schema(const ToolOptions& options);
/// Errors: Error(usage) for options that contradict each other.
FuseRules rules_of(const ToolOptions& options);

}  // namespace mltat::fuse
