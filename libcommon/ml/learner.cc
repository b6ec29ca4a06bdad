// SPDX-License-Identifier: Apache-2.0
#include "ml/learner.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/number_text.h"
#include "ml/c45.h"
#include "ml/rf.h"

namespace mltat {

const std::vector<Learner>& learners() {
  static const std::vector<Learner> registry = {
      c45_learner(),
      rf_learner(),
  };
  return registry;
}

const Learner* find_learner(std::string_view name) {
  const auto it = std::find_if(learners().begin(), learners().end(), [&](const Learner& l) { return l.name == name; });
  return it == learners().end() ? nullptr : &*it;
}

Parameters default_parameters(const Learner& learner) {
  Parameters values;
  for (const Parameter& parameter : learner.parameters)
    values.emplace(parameter.name, parameter.fallback);
  return values;
}

void check_parameter(const Parameter& parameter, double value) {
  if (value >= parameter.low && value <= parameter.high && (!parameter.whole || value == std::floor(value))) return;
  std::string message = option_name(parameter) + ": expected ";
  message += parameter.whole ? "an integer from " : "a number from ";
  append_number(message, parameter.low);
  message += " to ";
  append_number(message, parameter.high);
  message += ", got ";
  append_number(message, value);
  throw Error(ExitCode::usage, message);
}

std::string option_name(const Parameter& parameter) {
  std::string name = "--" + parameter.name;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace mltat
