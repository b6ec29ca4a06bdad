// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/option.h"
#include "cli/run_main.h"

namespace mltat::predict {

struct ToolOptions {
  Inputs inputs;
  std::vector<std::string> models;  ///< files, or folders of them
  bool proba = false;
  double unknown_below = 0;
  std::string truth;   ///< column, empty: none
  std::string report;  ///< file, empty: none
  std::string format = "ndjson";
};

ToolSpec spec();
Options declare(ToolOptions& options);

}  // namespace mltat::predict
