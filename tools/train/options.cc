// SPDX-License-Identifier: Apache-2.0
#include "tools/train/options.h"

#include <algorithm>

#include "base/error.h"
#include "base/units.h"
#include "ml/learner.h"
#include "ml/metrics.h"

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
  const auto [old_name, new_name] = parse_named(given, "OLD=NEW");
  if (!options.relabel.emplace(old_name, new_name).second)
    throw Error(ExitCode::usage, "'" + old_name + "' is renamed twice");
}

std::vector<std::string> figure_names() {
  std::vector<std::string> names;
  for (const NamedFigure& figure : named_figures())
    names.emplace_back(figure.name);
  return names;
}

void store_fail_below(ToolOptions& options, const std::string& given) {
  const auto [name, bound] = parse_named(given, "NAME=X");
  if (find_figure(name) == nullptr) {
    std::string message = "'" + name + "' is no figure; there are";
    for (const std::string& known : figure_names())
      message += " " + known;
    throw Error(ExitCode::usage, message);
  }
  const double x = parse_real(bound);
  if (!(x >= 0 && x <= 1)) throw Error(ExitCode::usage, name + " lies between 0 and 1, got " + bound);
  options.fail_below[name] = x;
}

Options row_options(ToolOptions& options) {
  Options list = {
      text("--label", "NAME", options.label, "the column of classes"),
      texts("--include", "GLOBS", options.include, "features: only columns that match, comma list"),
      texts("--exclude", "GLOBS", options.exclude, "features: no columns that match, comma list"),
      custom("--relabel", "OLD=NEW", "", "rename a class",
             [&options](const std::string& given) { store_relabel(options, given); }),
      texts("--drop", "CLASS", options.drop, "leave out the rows of a class, after renaming"),
      text("--positive", "CLASS", options.positive, "all other classes become `background`"),
      count("--max-per-class", "N", options.max_per_class, "use at most N rows of each class, 0: all"),
      text("--weight", "COLUMN", options.weight, "how much each row counts in learning"),
      flag("--stack", options.stack, "the rows are votes that train --oof wrote: learn to weigh them"),
  };
  list[3].repeatable = true;
  return list;
}

Options judging_options(ToolOptions& options) {
  Options list = {
      count("--cv", "N", options.cv, "folds of cross-validation, 0: none"),
      text("--group", "COLUMN", options.group,
           "no value of it on both sides of a fold; none: random folds; by default capture where it can be"),
      text("--leave-out", "COLUMN", options.leave_out,
           "judge also with one value of it left out at a time; by default application, for reports; none"),
      text("--time-split", "COLUMN", options.time_split, "judge also by what came later, by a column of times"),
      text("--fold", "COLUMN", options.fold, "the folds stand in a column"),
      reads(text("--test", "FILE|FRACTION", options.test, "rows to judge the final model by")),
      text("--grid", "GRID", options.grid, "try parameters: NAME=VALUE,VALUE;NAME=... or default"),
      choice("--score", options.score, figure_names(), "what the grid maximises"),
      flag("--calibrate", options.calibrate, "make confidences mean what they say"),
      real("--target-precision", "P", options.target_precision,
           "for each class the confidence above which P of its answers are right, 0: none"),
      count("--importance", "N", options.importance, "shuffle each column N times to see what it is worth, 0: no"),
      custom("--fail-below", "NAME=X", "", "no model, and status 1, if a figure is below X",
             [&options](const std::string& given) { store_fail_below(options, given); }),
      writes(text("--report", "FILE", options.report, "write the report as JSON")),
      writes(text("--card", "FILE", options.card, "write a model card as Markdown")),
      writes(text("--oof", "FILE", options.oof, "write the rows with their fold and what they were answered in it")),
  };
  list[11].repeatable = true;
  return list;
}

}  // namespace

ToolSpec spec() {
  return {"train", "Learn a model from labelled rows.", "labelled rows, NDJSON or CSV", {"model format 1"}};
}

Options declare(ToolOptions& options) {
  Options list = {
      choice("-a,--algorithm", options.algorithm, algorithm_names(), "what learns; rf with --stack unless given"),
      choice("--multiclass", options.multiclass, {"native", "ovr", "ovo"},
             "all classes at once, each against the rest, or pair by pair"),
      choice("--balance", options.balance, {"none", "weights"}, "weights: every class counts the same"),
      count("--seed", "N", options.seed, "seed of all chance"),
      flag("--list-parameters", options.list_parameters,
           "print the parameters of the algorithm, their defaults and grids"),
  };
  // The list needs no input, so it does not wait for one at a terminal.
  list.back().store = [&options](const std::string&) {
    options.list_parameters = true;
    options.inputs = {"-"};
  };
  list += row_options(options);
  list += judging_options(options);
  list += parameter_options(options);
  return list;
}

}  // namespace mltat::train
