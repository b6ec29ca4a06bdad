// SPDX-License-Identifier: Apache-2.0
#include "tools/train/options.h"

#include <algorithm>

#include "base/error.h"
#include "ml/learner.h"

namespace mltat::train {
namespace {

std::vector<std::string> algorithm_names() {
  std::vector<std::string> names;
  for (const Learner& learner : learners())
    names.push_back(learner.name);
  return names;
}

/// `c45 2, rf 1`: the learners that have the parameter, with their defaults.
std::string owners(const std::string& name) {
  std::string out;
  for (const Learner& learner : learners())
    for (const Parameter& parameter : learner.parameters) {
      if (parameter.name != name) continue;
      out += (out.empty() ? "" : ", ") + learner.name + " ";
      out += parameter_json(parameter, parameter.fallback);
    }
  return out;
}

std::string value_name(const Parameter& parameter) {
  if (!parameter.words.empty()) return "WORD";
  return parameter.whole ? "N" : "X";
}

/// One option a name, whichever learners have it.
Options parameter_options(ToolOptions& options) {
  Options list;
  std::vector<std::string> declared;
  for (const Learner& learner : learners())
    for (const Parameter& parameter : learner.parameters) {
      if (std::find(declared.begin(), declared.end(), parameter.name) != declared.end()) continue;
      declared.push_back(parameter.name);
      list.push_back(custom(option_name(parameter), value_name(parameter), "",
                            parameter.doc + " (" + owners(parameter.name) + ")",
                            [&options, &parameter](const std::string& given) {
                              options.parameters[parameter.name] = parse_parameter(parameter, given);
                            }));
      list.back().choices = parameter.words;
    }
  return list;
}

void store_relabel(ToolOptions& options, const std::string& given) {
  const std::size_t equals = given.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == given.size())
    throw Error(ExitCode::usage, "\"" + given + "\": expected OLD=NEW");
  if (!options.relabel.emplace(given.substr(0, equals), given.substr(equals + 1)).second)
    throw Error(ExitCode::usage, "'" + given.substr(0, equals) + "' is renamed twice");
}

}  // namespace

ToolSpec spec() {
  return {"train", "Learn a model from labelled rows.", "labelled rows, NDJSON or CSV", {"model format 1"}};
}

Options declare(ToolOptions& options) {
  Options list;
  list.push_back(required(choice("-a,--algorithm", options.algorithm, algorithm_names(), "what learns")));
  list.push_back(text("--label", "NAME", options.label, "the column of classes"));
  list.push_back(texts("--include", "GLOBS", options.include, "features: only columns that match, comma list"));
  list.push_back(texts("--exclude", "GLOBS", options.exclude, "features: no columns that match, comma list"));
  list.push_back(custom("--relabel", "OLD=NEW", "", "rename a class",
                        [&options](const std::string& given) { store_relabel(options, given); }));
  list.back().repeatable = true;
  list.push_back(texts("--drop", "CLASS", options.drop, "leave out the rows of a class, after renaming"));
  list.push_back(count("--cv", "N", options.cv, "folds of cross-validation, 0: none"));
  list.push_back(
      text("--group", "COLUMN", options.group,
           "no value of it on both sides of a fold; none: random folds; by default capture where it can be"));
  list.push_back(text("--leave-out", "COLUMN", options.leave_out,
                      "judge also with one value of it left out at a time; by default application, for reports; none"));
  list.push_back(text("--fold", "COLUMN", options.fold, "the folds stand in a column"));
  list.push_back(text("--test", "FILE|FRACTION", options.test, "rows to judge the final model by"));
  list.push_back(count("--seed", "N", options.seed, "seed of all chance"));
  list.push_back(text("--report", "FILE", options.report, "write the report as JSON"));
  list.push_back(flag("--list-parameters", options.list_parameters,
                      "print the parameters of the algorithm, their defaults and grids"));
  // The list needs no input, so it does not wait for one at a terminal.
  list.back().store = [&options](const std::string&) {
    options.list_parameters = true;
    options.inputs = {"-"};
  };
  list += parameter_options(options);
  return list;
}

}  // namespace mltat::train
