// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/option.h"
#include "cli/run_main.h"
#include "ml/judging.h"

namespace mltat::predict {

inline constexpr std::uint64_t kMostExplained = 20;

struct ToolOptions : JudgeSettings {
  Inputs inputs;
  std::vector<std::string> models;  ///< files, or folders of them
  bool proba = false;
  std::uint64_t explain = 0;          ///< so many features a vote, 0: none
  std::string drift;                  ///< file, empty: none
  std::uint64_t drift_window = 1000;  ///< rows
  bool fail_on_drift = false;
  std::string format = "ndjson";
};

ToolSpec spec();
Options declare(ToolOptions& options);
/// Of its rows: the keys that it adds, and those of featurize that may have come in.
Schema schema(const ToolOptions& options);
/// Errors: Error(usage).
void check(const ToolOptions& options);

}  // namespace mltat::predict
