// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/option.h"
#include "cli/run_main.h"
#include "ml/recipe.h"

namespace mltat::train {

struct ToolOptions {
  Inputs inputs;
  std::string algorithm;                     ///< empty: none given
  std::map<std::string, double> parameters;  ///< those given, by name in the registry
  bool list_parameters = false;

  std::string label = "label";
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::map<std::string, std::string> relabel;
  std::vector<std::string> drop;
  std::string positive;             ///< class, empty: all stay apart
  std::uint64_t max_per_class = 0;  ///< rows, 0: all
  std::string weight;               ///< column, empty: none
  bool stack = false;               ///< the rows are out-of-fold votes

  std::string multiclass = "native";
  std::string balance = "none";
  std::uint64_t seed = 1;

  std::uint64_t cv = 5;
  std::string group;       ///< column, `none`, or empty: capture where it can be
  std::string leave_out;   ///< column, `none`, or empty: application where a report is wanted
  std::string time_split;  ///< column, empty: none
  std::string fold;        ///< the folds stand in a column, empty: none
  std::string test;        ///< file or fraction, empty: none
  std::string grid;        ///< empty: none
  std::string score = "macro_f1";
  bool calibrate = false;
  double target_precision = 0;               ///< 0: none
  std::map<std::string, double> fail_below;  ///< by name of the figure
  std::uint64_t importance = 1;              ///< shuffles of each column, 0: none

  std::string report;  ///< file, empty: none
  std::string card;    ///< file, empty: none
  std::string oof;     ///< file, empty: none
};

ToolSpec spec();
/// The parameters of the learners become options, from the registry.
Options declare(ToolOptions& options);

}  // namespace mltat::train
