// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/option.h"
#include "cli/run_main.h"

namespace mltat::train {

struct ToolOptions {
  Inputs inputs;
  std::string algorithm;
  std::map<std::string, double> parameters;  ///< those given, by name in the registry
  bool list_parameters = false;

  std::string label = "label";
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::map<std::string, std::string> relabel;
  std::vector<std::string> drop;

  std::uint64_t cv = 5;
  std::string group;      ///< column, `none`, or empty: capture where it can be
  std::string leave_out;  ///< column, `none`, or empty: application where a report is wanted
  std::string fold;       ///< column, empty: none
  std::string test;       ///< file or fraction, empty: none
  std::uint64_t seed = 1;
  std::string report;  ///< file, empty: none
};

ToolSpec spec();
/// The parameters of the learners become options, from the registry.
Options declare(ToolOptions& options);

}  // namespace mltat::train
