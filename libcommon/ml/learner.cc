// SPDX-License-Identifier: Apache-2.0
#include "ml/learner.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/number_text.h"
#include "base/units.h"
#include "io/json_text.h"
#include "ml/adaboost.h"
#include "ml/c45.h"
#include "ml/gbt.h"
#include "ml/lr.h"
#include "ml/mlp.h"
#include "ml/nb.h"
#include "ml/rf.h"
#include "ml/svm.h"

namespace mltat {

const std::vector<Learner>& learners() {
  static const std::vector<Learner> registry = {
      c45_learner(), rf_learner(),  adaboost_learner(), gbt_learner(),
      lr_learner(),  svm_learner(), mlp_learner(),      nb_learner(),
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

double parse_parameter(const Parameter& parameter, const std::string& given) {
  const std::vector<std::string>& words = parameter.words;
  if (words.empty()) return parse_real(given);
  const auto word = std::find(words.begin(), words.end(), given);
  if (word != words.end()) return static_cast<double>(word - words.begin());
  std::string message = "expected one of";
  for (const std::string& known : words)
    message += " " + known;
  throw Error(ExitCode::usage, message + ", got \"" + given + "\"");
}

std::string parameter_json(const Parameter& parameter, double value) {
  std::string out;
  if (parameter.words.empty())
    append_number(out, value);
  else
    append_json_string(out, parameter.words[static_cast<std::size_t>(value)]);
  return out;
}

std::string option_name(const Parameter& parameter) {
  std::string name = "--" + parameter.name;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace mltat
