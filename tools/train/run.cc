// SPDX-License-Identifier: Apache-2.0
#include "tools/train/run.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/error.h"
#include "features/feature_measurement.h"
#include "io/counters.h"
#include "ml/vote.h"
#include "tools/train/report.h"

namespace mltat::train {
namespace {

constexpr std::string_view kCapture = "capture";
constexpr std::string_view kApplication = "application";
constexpr std::string_view kNone = "none";

const Learner& learner_of(const ToolOptions& options) {
  return *find_learner(options.algorithm);
}

Recipe recipe_of(const ToolOptions& options) {
  const Learner& learner = learner_of(options);
  Recipe recipe{&learner, default_parameters(learner), options.seed};
  for (const auto& [name, value] : options.parameters) {
    const auto known = std::find_if(learner.parameters.begin(), learner.parameters.end(),
                                    [&, &wanted = name](const Parameter& p) { return p.name == wanted; });
    if (known == learner.parameters.end()) {
      std::string names;
      for (const Parameter& parameter : learner.parameters)
        names += " " + option_name(parameter);
      throw Error(ExitCode::usage, option_name({name, 0, 0, 0, false, "", {}}) + ": " + learner.name +
                                       " has no such parameter; it has" + names);
    }
    check_parameter(*known, value);
    recipe.parameters[name] = value;
  }
  return recipe;
}

ExitCode list_parameters(const ToolOptions& options, Streams& streams) {
  for (const Parameter& parameter : learner_of(options).parameters) {
    std::vector<std::string> grid;
    for (const double value : parameter.grid)
      grid.push_back(parameter_json(parameter, value));
    JsonObject out;
    out.text("parameter", parameter.name)
        .text("option", option_name(parameter))
        .raw("default", parameter_json(parameter, parameter.fallback));
    if (parameter.words.empty())
      out.number("min", parameter.low).number("max", parameter.high);
    else
      out.texts("words", parameter.words);
    streams.out.write(out.raw("grid", json_array(grid)).text("doc", parameter.doc).str() + "\n");
  }
  return ExitCode::ok;
}

bool is_column(const std::string& given) {
  return !given.empty() && given != kNone;
}

/// The names of all features that featurize can write.
std::function<bool(std::string_view)> registry() {
  auto names = std::make_shared<std::set<std::string, std::less<>>>();
  const FeatureSet all("mltat30,flags,splt:1000,bursts,hist");
  for (const FeatureInfo& feature : all.features())
    names->insert(feature.name);
  return [names](std::string_view name) { return names->contains(name); };
}

TableChoice table_choice(const ToolOptions& options) {
  TableChoice choice;
  choice.label = options.label;
  choice.rule = {split_globs(options.include), split_globs(options.exclude), {options.label}, registry()};
  choice.texts = {std::string(kCapture), std::string(kApplication)};
  for (const std::string& column : {options.group, options.leave_out, options.fold}) {
    if (!is_column(column)) continue;
    choice.texts.push_back(column);
    choice.rule.never.push_back(column);
  }
  choice.relabel = options.relabel;
  choice.drop.insert(options.drop.begin(), options.drop.end());
  return choice;
}

LabelledTable read_table(const TableChoice& choice, const Inputs& inputs, Streams& streams) {
  LabelledTableReader reader(choice, {streams.threads});
  for (const std::string& path : inputs)
    reader.add(streams.open(path));
  return reader.finish();
}

void refuse_few_classes(const LabelledTable& table) {
  if (table.rows() == 0)
    throw Error(ExitCode::bad_data, "no row is left to learn from: " + std::to_string(table.unlabelled) +
                                        " have no label, " + std::to_string(table.dropped) + " were dropped");
  if (table.classes.size() < 2)
    throw Error(ExitCode::bad_data, "all " + std::to_string(table.rows()) + " rows are of one class, '" +
                                        table.classes.front() + "': two are needed to learn to tell them apart");
}

/// A column that an option names. Errors: usage where no row has it, bad_data where some rows lack it.
const TextColumn& named_column(const LabelledTable& table, const std::string& column, const std::string& option,
                               bool complete) {
  const TextColumn* found = table.text(column);
  if (found == nullptr) throw Error(ExitCode::usage, option + ": no row has a column '" + column + "'");
  if (complete && !found->complete())
    throw Error(ExitCode::bad_data, option + ": rows without a value in column '" + column + "'");
  return *found;
}

struct Grouping {
  std::string column;
  const TextColumn* groups = nullptr;  ///< null: random
};

/// By capture unless told otherwise; where that cannot be, at random, and that is said.
Grouping grouping_of(const ToolOptions& options, const LabelledTable& table, Log& log) {
  if (options.group == kNone) return {};
  if (!options.group.empty()) return {options.group, &named_column(table, options.group, "--group", true)};
  const TextColumn* captures = table.text(kCapture);
  if (captures != nullptr && captures->complete() && captures->names.size() > 1)
    return {std::string(kCapture), captures};
  const std::string why = captures == nullptr     ? "there is no column 'capture'"
                          : !captures->complete() ? "some rows have no 'capture'"
                                                  : "all rows are of one capture";
  log.warning(why +
              ": folds are random, and figures optimistic if rows of one source stand on both sides "
              "(--group COLUMN, or --group none to agree)");
  return {};
}

/// Two classes of which one is `background`: the model votes for the other.
std::optional<std::string> positive_of(const std::vector<std::string>& classes) {
  if (classes.size() != 2) return std::nullopt;
  const auto background = std::find(classes.begin(), classes.end(), kBackgroundLabel);
  if (background == classes.end()) return std::nullopt;
  return classes[background == classes.begin() ? 1 : 0];
}

bool is_fraction(const std::string& test, double& fraction) {
  const auto [end, fault] = std::from_chars(test.data(), test.data() + test.size(), fraction);
  return fault == std::errc() && end == test.data() + test.size();
}

/// The rows to learn from and, with --test, those to judge by.
struct Tables {
  LabelledTable train;
  std::optional<LabelledTable> test;
};

Tables read_tables(const ToolOptions& options, Streams& streams) {
  TableChoice choice = table_choice(options);
  Tables tables{read_table(choice, options.inputs.empty() ? Inputs{"-"} : options.inputs, streams), std::nullopt};
  refuse_few_classes(tables.train);
  double fraction = 0;
  if (options.test.empty() || is_fraction(options.test, fraction)) return tables;
  choice.features = tables.train.features;
  choice.names_must_occur = false;
  tables.test = read_table(choice, {options.test}, streams);
  return tables;
}

/// --test FRACTION: cut by group where there is one.
void cut_test_rows(const ToolOptions& options, Tables& tables, const Grouping& grouping) {
  double fraction = 0;
  if (options.test.empty() || tables.test || !is_fraction(options.test, fraction)) return;
  if (!(fraction > 0 && fraction < 1))
    throw Error(ExitCode::usage, "--test: a fraction lies between 0 and 1, got " + options.test);
  const LabelledTable& all = tables.train;
  const Fold fold = hold_out(all.labels, all.classes.size(), grouping.groups, fraction, options.seed);
  tables.test = take_rows(all, fold.test);
  tables.train = take_rows(all, fold.train);
}

Evaluation evaluate(const LabelledTable& table, std::string split, std::string column, const std::vector<Fold>& folds,
                    const Recipe& recipe, const Streams& streams) {
  Evaluation evaluation = cross_validate(table, folds, recipe, {streams.threads});
  evaluation.split = std::move(split);
  evaluation.column = std::move(column);
  return evaluation;
}

Evaluation evaluate_leave_out(const LabelledTable& table, const std::string& column, const LeaveOut& left_out,
                              const Recipe& recipe, const Streams& streams) {
  Evaluation evaluation = evaluate(table, "leave_out", column, left_out.folds, recipe, streams);
  for (const std::uint32_t c : left_out.skipped_classes)
    evaluation.skipped_classes.push_back(table.classes[c]);
  return evaluation;
}

void judge_by_folds(const ToolOptions& options, const LabelledTable& table, const Grouping& grouping,
                    const Recipe& recipe, const Streams& streams, bool for_report, Findings& findings) {
  const std::size_t classes = table.classes.size();
  if (!options.fold.empty()) {
    const TextColumn& column = named_column(table, options.fold, "--fold", true);
    findings.main = evaluate(table, "fold", options.fold, given_folds(column), recipe, streams);
    return;
  }
  if (options.cv == 0) return;
  if (grouping.groups != nullptr)
    findings.group =
        evaluate(table, "group", grouping.column,
                 grouped_folds(table.labels, classes, *grouping.groups, options.cv, options.seed), recipe, streams);
  if (grouping.groups == nullptr || for_report)
    findings.random = evaluate(table, "random", "", stratified_folds(table.labels, classes, options.cv, options.seed),
                               recipe, streams);
  findings.main = findings.group ? findings.group : findings.random;
}

/// Where the option does not ask for it: by application, if that can be and someone reads it.
void judge_by_leaving_out(const ToolOptions& options, const LabelledTable& table, const Recipe& recipe,
                          const Streams& streams, bool for_report, Findings& findings) {
  if (options.leave_out == kNone) return;
  if (options.leave_out.empty() && (options.cv == 0 || !for_report || !options.fold.empty())) return;
  const bool asked = !options.leave_out.empty();
  const std::string column = asked ? options.leave_out : std::string(kApplication);
  const TextColumn* texts = asked ? &named_column(table, column, "--leave-out", false) : table.text(column);
  if (texts == nullptr) return;
  const LeaveOut left_out = leave_one_out(table.labels, table.classes.size(), *texts);
  if (left_out.folds.empty() && asked)
    throw Error(ExitCode::bad_data, "--leave-out: no class has two values of '" + column + "'");
  if (!left_out.folds.empty()) findings.leave_out = evaluate_leave_out(table, column, left_out, recipe, streams);
}

void write_stats(const LabelledTable& table, const Streams& streams) {
  if (streams.stats.empty()) return;
  Counters counters;
  counters.add("rows_learned", table.rows(), "Rows that the model was fitted on");
  counters.add("rows_unlabelled", table.unlabelled, "Rows left out for want of a label");
  counters.add("rows_dropped", table.dropped, "Rows left out because their class was dropped");
  counters.write(streams.stats, streams.log.program());
}

Model make_model(const ToolOptions& options, const LabelledTable& table, const Grouping& grouping, const Recipe& recipe,
                 const Findings& findings, const Streams& streams) {
  Model model;
  model.algorithm = recipe.learner->name;
  model.classes = table.classes;
  model.positive = positive_of(table.classes);
  model.features = table.features;
  model.feature_set = table.feature_set;
  if (findings.main) model.weight = findings.main->all.macro_f1;
  const TextColumn* groups = grouping.groups == nullptr ? nullptr : table.text(grouping.column);
  model.training = training_json(table, options.label, options.seed, groups, findings);
  model.parameters = parameters_json(recipe);
  model.classifier = fit(table, recipe, {streams.threads});
  return model;
}

void refuse_contradictions(const ToolOptions& options, const Streams& streams) {
  if (options.cv == 1) throw Error(ExitCode::usage, "--cv: one fold leaves nothing to learn from: 2 or more, or 0");
  if (!options.fold.empty() && !options.group.empty())
    throw Error(ExitCode::usage, "--fold and --group: the folds are either given or made, name one");
  if (streams.out.is_terminal())
    throw Error(ExitCode::usage, "a model is not for a terminal: redirect standard output, or name a file with -o");
}

}  // namespace

ExitCode run(const ToolOptions& options, Streams& streams) {
  const Recipe recipe = recipe_of(options);
  if (options.list_parameters) return list_parameters(options, streams);
  refuse_contradictions(options, streams);

  Tables tables = read_tables(options, streams);
  Grouping grouping;
  if (options.fold.empty() && (options.cv > 0 || !options.test.empty()))
    grouping = grouping_of(options, tables.train, streams.log);
  cut_test_rows(options, tables, grouping);
  if (grouping.groups != nullptr) grouping.groups = tables.train.text(grouping.column);

  const bool for_report = !options.report.empty() || streams.log.verbose() || isatty(STDERR_FILENO) == 1;
  Findings findings;
  judge_by_folds(options, tables.train, grouping, recipe, streams, for_report, findings);
  judge_by_leaving_out(options, tables.train, recipe, streams, for_report, findings);
  const Model model = make_model(options, tables.train, grouping, recipe, findings, streams);
  if (tables.test) findings.test = score_table(*model.classifier, model.classes, *tables.test);

  streams.out.write(to_text(model));
  if (!options.report.empty()) write_file(options.report, report_json(tables.train, recipe, findings));
  streams.log.report(report_text(tables.train, findings));
  write_stats(tables.train, streams);
  return ExitCode::ok;
}

}  // namespace mltat::train
