// SPDX-License-Identifier: Apache-2.0
#include "tools/train/run.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/number_text.h"
#include "features/feature_names.h"
#include "io/counters.h"
#include "io/json_text.h"
#include "ml/drift.h"
#include "ml/vote.h"
#include "tools/train/judge.h"
#include "tools/train/report.h"

namespace mltat::train {
namespace {

constexpr const char* kStackLearner = "rf";  ///< unless told otherwise: linear ones lose to the best voter on few rows

const Learner& learner_of(const ToolOptions& options) {
  if (options.algorithm.empty() && !options.stack) throw Error(ExitCode::usage, "--algorithm is required (-a rf, ...)");
  return *find_learner(options.algorithm.empty() ? kStackLearner : options.algorithm);
}

Recipe recipe_of(const ToolOptions& options) {
  const Learner& learner = learner_of(options);
  Recipe recipe{&learner, default_parameters(learner), options.seed};
  recipe.multiclass = *multiclass_of(options.multiclass);
  recipe.balance = options.balance == "weights" ? Balance::weights : Balance::none;
  for (const auto& [name, value] : options.parameters) {
    check_parameter(find_parameter(learner, name), value);
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

/// Two classes of which one is `background`: the model votes for the other.
std::optional<std::string> positive_of(const std::vector<std::string>& classes) {
  if (classes.size() != 2) return std::nullopt;
  const auto background = std::find(classes.begin(), classes.end(), kBackgroundLabel);
  if (background == classes.end()) return std::nullopt;
  return classes[background == classes.begin() ? 1 : 0];
}

void write_stats(const DataFacts& facts, const Streams& streams) {
  if (streams.stats.empty()) return;
  Counters counters;
  counters.add("rows_learned", facts.rows, "Rows that the model was fitted on");
  counters.add("rows_unlabelled", facts.unlabelled, "Rows left out for want of a label");
  counters.add("rows_dropped", facts.dropped, "Rows left out because their class was dropped");
  counters.write(streams.stats, streams.log.program());
}

Model make_model(const LabelledTable& table, const TextColumn* groups, const Account& account, const Streams& streams) {
  Model model;
  model.algorithm = account.recipe.learner->name;
  model.classes = table.classes;
  model.positive = positive_of(table.classes);
  model.features = table.features;
  std::transform(table.features.begin(), table.features.end(), std::back_inserter(model.units), unit_of);
  model.feature_set = table.feature_set;
  if (const Evaluation* main = account.findings.main()) model.weight = main->all.macro_f1;
  model.training = training_json(account);
  model.parameters = parameters_json(*account.recipe.learner, account.recipe.parameters);
  model.classifier = fit(table, account.recipe, {streams.threads});
  model.multiclass = account.recipe.multiclass;
  if (account.findings.calibration) model.calibration = account.findings.calibration->calibration;
  if (account.findings.thresholds) model.thresholds = account.findings.thresholds->thresholds;
  std::vector<double> importance;
  if (const Evaluation* main = account.findings.main())
    for (const ColumnImportance& one : main->importance)
      importance.push_back(one.drop);
  model.profile = Profile::fit(table, importance);
  model.profile->drift_limits = drift_limits(table, *model.profile, groups, account.recipe.seed, {streams.threads});
  return model;
}

/// Votes go by the name of the file that they stand in, without its endings: a.oof.ndjson holds those of `a`.
std::string model_name(const std::string& oof) {
  std::filesystem::path name = std::filesystem::path(oof).filename();
  for (const char* ending : {".ndjson", ".json", ".oof"})
    if (name.extension() == ending) name = name.stem();
  return name.string();
}

/// The rows that were tested, in the order of the table, with their fold and the vote of the model that had not seen
/// them.
void write_oof(const std::string& path, const LabelledTable& table, const Evaluation& main,
               const std::optional<std::string>& positive) {
  Output out(path);
  std::vector<std::size_t> place(table.rows(), SIZE_MAX);
  for (std::size_t i = 0; i < main.rows.size(); ++i)
    place[main.rows[i]] = i;
  Vote vote;
  vote.model = model_name(path);
  vote.positive = positive;
  vote.weight = main.all.macro_f1;
  for (std::size_t r = 0; r < table.rows(); ++r) {
    if (place[r] == SIZE_MAX) continue;
    const std::span<const double> proba = main.proba.row(place[r]);
    const std::size_t best = argmax(proba);
    vote.label = table.classes[best];
    vote.confidence = proba[best];
    vote.proba.clear();
    for (std::size_t c = 0; c < table.classes.size(); ++c)
      vote.proba.emplace_back(table.classes[c], proba[c]);
    std::string line = table.carried[r];
    line.pop_back();  // the brace
    if (line != "{") line += ',';
    const std::uint32_t fold = main.fold_of[place[r]];
    line += "\"fold\":";
    append_json_string(line, main.names[fold].empty() ? std::to_string(fold + 1) : main.names[fold]);
    line += ",\"votes\":";
    append_votes(line, {&vote, 1});
    out.write(line + "}\n");
  }
  out.finish();
}

void refuse_contradictions(const ToolOptions& options, const Streams& streams) {
  const auto refuse = [](const std::string& fact) { throw Error(ExitCode::usage, fact); };
  if (options.cv == 1) refuse("--cv: one fold leaves nothing to learn from: 2 or more, or 0");
  if (!options.fold.empty() && !options.group.empty())
    refuse("--fold and --group: the folds are either given or made, name one");
  const bool folds = options.cv > 0 || !options.fold.empty();
  if (!folds && !options.grid.empty()) refuse("--grid needs folds to judge by: not with --cv 0");
  if (!folds && !options.oof.empty()) refuse("--oof needs folds: not with --cv 0");
  if (!folds && options.calibrate) refuse("--calibrate needs folds: not with --cv 0");
  if (!folds && options.target_precision > 0) refuse("--target-precision needs folds: not with --cv 0");
  if (!(options.target_precision >= 0 && options.target_precision <= 1))
    refuse("--target-precision: a share from 0 to 1 is wanted");
  if (!folds && options.test.empty() && !options.fail_below.empty())
    refuse("--fail-below: nothing is judged with --cv 0 and without --test");
  if (streams.out.is_terminal())
    refuse("a model is not for a terminal: redirect standard output, or name a file with -o");
}

/// Errors: Error(no) naming the figure that is too low.
void check_bounds(const ToolOptions& options, const Findings& findings) {
  for (const auto& [name, bound] : options.fail_below) {
    const double value = findings.top()->*(find_figure(name)->value);
    if (value >= bound) continue;
    std::string message = name + " is ";
    append_number(message, value);
    message += " by " + findings.judged_by() + ", below ";
    append_number(message, bound);
    throw Error(ExitCode::no, message + " (--fail-below): no model is written");
  }
}

}  // namespace

ExitCode run(const ToolOptions& options, Streams& streams) {
  Recipe recipe = recipe_of(options);
  if (options.list_parameters) return list_parameters(options, streams);
  refuse_contradictions(options, streams);
  if (!options.grid.empty()) parse_grid(*recipe.learner, options.grid);  // before much is read

  const Tables tables = read_tables(options, streams);
  const LabelledTable& table = tables.train;
  const bool for_report = !options.report.empty() || !options.card.empty() || streams.log.shows_reports();
  Findings findings = judge(options, tables, recipe, for_report, streams);
  const DataFacts facts = facts_of(tables);
  Account account{options, recipe, facts, findings, std::nullopt};
  const TextColumn* groups = tables.grouping.in(table);
  if (groups != nullptr) account.groups = groups->distinct();
  const Model model = make_model(table, groups, account, streams);
  if (tables.test) findings.test = score_table(model, *tables.test);

  if (!options.oof.empty()) write_oof(options.oof, table, *findings.main(), model.positive);
  if (!options.report.empty()) write_file(options.report, report_json(account));
  if (!options.card.empty()) write_file(options.card, card_text(account));
  streams.log.report(report_text(account));
  check_bounds(options, findings);
  streams.out.write(to_text(model));
  write_stats(facts, streams);
  return ExitCode::ok;
}

}  // namespace mltat::train
