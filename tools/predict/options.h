// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/option.h"
#include "cli/run_main.h"
#include "ml/judging.h"

namespace mltat::predict {

struct ToolOptions : JudgeSettings {
  Inputs inputs;
  std::vector<std::string> models;  ///< files, or folders of them
  bool proba = false;
  std::string format = "ndjson";
};

ToolSpec spec();
Options declare(ToolOptions& options);

}  // namespace mltat::predict
