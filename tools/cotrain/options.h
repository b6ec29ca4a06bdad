// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/option.h"
#include "cli/run_main.h"

namespace mltat::cotrain {

struct ToolOptions {
  Inputs inputs;
  std::string label = "label";
  std::vector<std::string> include;
  std::vector<std::string> exclude;

  std::string recipe;  ///< `gated`, `paper`, empty: none given
  std::string phases;  ///< file, empty: none
  bool print_phases = false;
  std::vector<std::pair<std::string, std::vector<std::string>>> views;  ///< names and globs, two at most
  std::vector<std::string> final_vote;                                  ///< algorithms, empty: those of the recipe
  bool iterate = false;
  std::optional<double> min_precision;
  bool force = false;
  double min_confidence = 0;
  std::string group;  ///< column, `none`, or empty: capture where it can be
  std::uint64_t seed = 1;

  std::string truth;          ///< column, empty: none
  std::string report;         ///< file, empty: none
  std::string card;           ///< file, empty: none
  std::vector<double> curve;  ///< shares of the labels in (0, 1), empty: none
  std::uint64_t curve_draws = 3;
  std::string format;  ///< `ndjson`, `csv`, or empty: that of the first input
};

ToolSpec spec();
Options declare(ToolOptions& options);
/// Of its rows: the keys that it adds, and those of featurize that may have come in.
Schema schema(const ToolOptions& options);

}  // namespace mltat::cotrain
