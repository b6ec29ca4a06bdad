// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/option.h"
#include "cli/run_main.h"
#include "ml/fuse.h"
#include "ml/judging.h"

namespace mltat::fuse {

struct ToolOptions : JudgeSettings {
  Inputs inputs;  ///< one stream of rows with votes, or several prediction files of the same flows
  std::string method;
  std::string format = "ndjson";
};

ToolSpec spec();
Options declare(ToolOptions& options);
FuseMethod method_of(const ToolOptions& options);

}  // namespace mltat::fuse
