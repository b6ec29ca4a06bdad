// SPDX-License-Identifier: Apache-2.0
#include "tools/train/report.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace mltat::train {
namespace {

constexpr std::string_view kTool = "train (mltat) " MLTAT_VERSION;

void add_sources(JsonObject& out, const SourceCounts& sources) {
  out.count_or_null("captures", sources.captures);
  out.count_or_null("applications", sources.applications);
}

std::string texts_json(const std::vector<std::string>& texts) {
  const std::string wrapped = JsonObject().texts("", texts).members();
  return wrapped.substr(wrapped.find('['));
}

std::string data_json(const DataFacts& facts) {
  JsonObject classes;
  for (std::size_t c = 0; c < facts.classes.size(); ++c) {
    JsonObject one;
    one.count("rows", facts.class_rows[c]);
    add_sources(one, facts.class_sources[c]);
    classes.raw(facts.classes[c], one.str());
  }
  JsonObject out;
  out.count("rows", facts.rows)
      .count("unlabelled", facts.unlabelled)
      .count("dropped", facts.dropped)
      .count("capped", facts.capped)
      .count("duplicate_rows", facts.duplicate_rows);
  add_sources(out, facts.sources);
  std::vector<std::string> duplicates;
  for (const std::vector<std::string>& names : facts.duplicate_columns)
    duplicates.push_back(texts_json(names));
  return out.raw("classes", classes.str())
      .texts("features", facts.features)
      .texts("constant_columns", facts.constant_columns)
      .raw("duplicate_columns", json_array(duplicates))
      .str();
}

void add_evaluation(JsonObject& out, std::string_view key, const Evaluation* evaluation) {
  if (evaluation == nullptr) {
    out.null(key);
    return;
  }
  JsonObject json = evaluation_json(*evaluation);
  if (evaluation->split == "random") json.boolean("optimistic", true);
  if (evaluation->split == "leave_out") json.texts("skipped_classes", evaluation->skipped_classes);
  out.raw(key, json.str());
}

template <class T>
const T* address(const std::optional<T>& value) {
  return value ? &*value : nullptr;
}

std::string axes_json(const std::vector<GridAxis>& axes, const Parameters& point) {
  JsonObject out;
  for (const GridAxis& axis : axes)
    out.raw(axis.parameter->name, parameter_json(*axis.parameter, point.find(axis.parameter->name)->second));
  return out.str();
}

void add_grid(JsonObject& out, const GridFindings* grid) {
  if (grid == nullptr) {
    out.null("grid");
    return;
  }
  std::vector<std::string> points;
  for (std::size_t p = 0; p < grid->points.size(); ++p) {
    const Evaluation& evaluation = grid->evaluations[p];
    JsonObject one;
    one.raw("parameters", axes_json(grid->axes, grid->points[p])).number("score", evaluation.all.*(grid->score->value));
    for (const NamedFigure& figure : named_figures())
      one.number(figure.name, evaluation.all.*(figure.value));
    one.number("mean", evaluation.mean(grid->score->value)).number("sd", evaluation.sd(grid->score->value));
    points.push_back(one.str());
  }
  JsonObject json;
  json.text("score", grid->score->name)
      .raw("chosen", axes_json(grid->axes, grid->points[grid->chosen]))
      .raw("points", json_array(points));
  out.raw("grid", json.str());
}

void add_importance(JsonObject& out, const Evaluation* main, const std::vector<std::string>& features) {
  const std::vector<std::size_t> order = by_importance(main);
  if (order.empty()) {
    out.null("importance");
    return;
  }
  std::vector<std::string> columns;
  for (const std::size_t c : order)
    columns.push_back(JsonObject()
                          .text("feature", features[c])
                          .number("drop", main->importance[c].drop)
                          .number("sd", main->importance[c].sd)
                          .str());
  out.raw("importance", json_array(columns));
}

void add_calibration(JsonObject& out, const CalibrationFindings* findings) {
  if (findings == nullptr) {
    out.null("calibration");
    return;
  }
  std::vector<std::string> effects;
  for (const CalibrationEffect& effect : findings->effects) {
    JsonObject one;
    one.text("split", effect.split);
    one.text_or_null("column", effect.column);
    one.raw("before", reliability_json(effect.before).str()).raw("after", reliability_json(effect.after).str());
    effects.push_back(one.str());
  }
  JsonObject json;
  json.text("kind", findings->calibration.kind()).text("split", findings->split);
  json.text_or_null("column", findings->column);
  json.count("rows", findings->rows).raw("effects", json_array(effects));
  out.raw("calibration", json.str());
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string splits_text(const Findings& findings) {
  TextTable table({"split", "folds", "accuracy", "mean", "sd", "macro_f1"});
  const std::vector<const Evaluation*> splits = splits_of(findings);
  for (const Evaluation* one : splits)
    table.add({split_name(one->split, one->column), std::to_string(one->folds.size()), share_text(one->all.accuracy),
               share_text(one->mean(&Figures::accuracy)), share_text(one->sd(&Figures::accuracy)),
               share_text(one->all.macro_f1)});
  return splits.empty() ? "" : "\n" + table.str();
}

std::string grid_text(const GridFindings& grid) {
  std::vector<std::string> header;
  for (const GridAxis& axis : grid.axes)
    header.push_back(axis.parameter->name);
  header.insert(header.end(), {std::string(grid.score->name), "sd", ""});
  TextTable table(header);
  for (std::size_t p = 0; p < grid.points.size(); ++p) {
    std::vector<std::string> row;
    for (const GridAxis& axis : grid.axes)
      row.push_back(parameter_json(*axis.parameter, grid.points[p].find(axis.parameter->name)->second));
    row.push_back(share_text(grid.evaluations[p].all.*(grid.score->value)));
    row.push_back(share_text(grid.evaluations[p].sd(grid.score->value)));
    if (p == grid.chosen) row.emplace_back("chosen");
    table.add(std::move(row));
  }
  return "\n" + table.str();
}

constexpr std::size_t kColumnsShown = 10;

std::string importance_text(const Evaluation* main, const std::vector<std::string>& features) {
  const std::vector<std::size_t> order = by_importance(main);
  if (order.empty()) return "";
  TextTable table({"feature", "accuracy lost if shuffled", "sd"});
  for (std::size_t i = 0; i < std::min(order.size(), kColumnsShown); ++i) {
    const ColumnImportance& one = main->importance[order[i]];
    table.add({features[order[i]], share_text(one.drop), share_text(one.sd)});
  }
  return "\n" + table.str();
}

/// The effect of the calibration on each split, then the answers of the main one by their confidence.
std::string calibration_text(const Findings& findings) {
  const CalibrationFindings& calibration = *findings.calibration;
  TextTable table({"calibrated", "ece", "after", "brier", "after"});
  for (const CalibrationEffect& effect : calibration.effects)
    table.add({split_name(effect.split, effect.column), share_text(effect.before.bins.ece()),
               share_text(effect.after.bins.ece()), share_text(effect.before.brier), share_text(effect.after.brier)});
  TextTable bins({"confidence", "rows", "right", "rows after", "right after"});
  const auto main =
      std::find_if(calibration.effects.begin(), calibration.effects.end(),
                   [&](const CalibrationEffect& effect) { return effect.split == findings.main()->split; });
  const auto right = [](const ReliabilityBins::Bin& bin) {
    return bin.rows == 0 ? "-" : share_text(static_cast<double>(bin.right) / static_cast<double>(bin.rows));
  };
  constexpr double kBins = ReliabilityBins::kBins;
  for (std::size_t b = 0; b < ReliabilityBins::kBins; ++b) {
    const ReliabilityBins::Bin& before = main->before.bins.bins()[b];
    const ReliabilityBins::Bin& after = main->after.bins.bins()[b];
    if (before.rows + after.rows == 0) continue;
    bins.add({share_text(static_cast<double>(b) / kBins) + " to " + share_text(static_cast<double>(b + 1) / kBins),
              std::to_string(before.rows), right(before), std::to_string(after.rows), right(after)});
  }
  return "\n" + table.str() + "\n" + bins.str();
}

std::string thresholds_text(const FittedThresholds& fitted, const std::vector<std::string>& classes) {
  TextTable table({"class", "threshold", "precision", "recall"});
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const std::optional<double> threshold = fitted.thresholds.by_class[c];
    table.add({classes[c], threshold ? share_text(threshold) : "never", share_text(fitted.kept[c].precision()),
               share_text(fitted.kept[c].recall())});
  }
  return "\n" + table.str();
}

}  // namespace

std::string parameters_json(const Learner& learner, const Parameters& parameters) {
  std::map<std::string, std::string, std::less<>> values;  // by name
  for (const Parameter& parameter : learner.parameters)
    values[parameter.name] = parameter_json(parameter, parameters.find(parameter.name)->second);
  JsonObject out;
  for (const auto& [name, value] : values)
    out.raw(name, value);
  return out.str();
}

std::string training_json(const Account& account) {
  const DataFacts& facts = account.facts;
  JsonObject classes;
  for (std::size_t c = 0; c < facts.classes.size(); ++c)
    classes.count(facts.classes[c], facts.class_rows[c]);
  JsonObject out;
  out.count("rows", facts.rows).raw("classes", classes.str()).text("label", account.options.label);
  out.count_or_null("captures", facts.sources.captures);
  out.count_or_null("groups", account.groups);
  out.count("seed", account.recipe.seed).text("balance", account.options.balance);
  out.text_or_null("weight", account.options.weight);
  const Evaluation* main = account.findings.main();
  if (main == nullptr) return out.null("cv").null("grid").str();
  JsonObject cv;
  cv.text("split", main->split);
  cv.text_or_null("column", main->column);
  cv.count("folds", main->folds.size()).number("accuracy", main->all.accuracy).number("macro_f1", main->all.macro_f1);
  out.raw("cv", cv.str());
  out.text_or_null("grid", account.options.grid);
  return out.str();
}

std::string report_json(const Account& account) {
  const Findings& findings = account.findings;
  JsonObject out;
  out.text("tool", kTool)
      .text("algorithm", account.recipe.learner->name)
      .text("multiclass", account.options.multiclass)
      .text("balance", account.options.balance)
      .raw("parameters", parameters_json(*account.recipe.learner, account.recipe.parameters))
      .count("seed", account.recipe.seed)
      .text("judged_by", findings.judged_by());
  if (const Figures* top = findings.top()) out.splice(figures_json(*top));
  add_evaluation(out, "cv", findings.main());
  add_evaluation(out, "random", address(findings.random));
  add_evaluation(out, "group", address(findings.group));
  add_evaluation(out, "time", address(findings.time));
  add_evaluation(out, "leave_out", address(findings.leave_out));
  add_grid(out, address(findings.grid));
  add_importance(out, findings.main(), account.facts.features);
  add_calibration(out, address(findings.calibration));
  if (findings.thresholds)
    out.raw("thresholds",
            thresholds_json(findings.thresholds->thresholds, account.facts.classes, findings.thresholds->kept).str());
  else
    out.null("thresholds");
  return out.raw("data", data_json(account.facts)).str() + "\n";
}

std::string report_text(const Account& account) {
  const Findings& findings = account.findings;
  const DataFacts& facts = account.facts;
  std::string out = std::to_string(facts.rows) + " rows of " + std::to_string(facts.classes.size()) + " classes, " +
                    std::to_string(facts.features.size()) + " features\n";
  for (const std::string& caveat : caveats(account))
    out += caveat + "\n";
  if (findings.grid) out += grid_text(*findings.grid);
  out += splits_text(findings);
  if (findings.calibration) out += calibration_text(findings);
  if (findings.thresholds) out += thresholds_text(*findings.thresholds, facts.classes);
  out += importance_text(findings.main(), facts.features);
  if (const Figures* top = findings.top()) out += "\nby " + findings.judged_by() + ", " + figures_text(*top);
  return out;
}

std::vector<std::size_t> by_importance(const Evaluation* evaluation) {
  std::vector<std::size_t> order(evaluation == nullptr ? 0 : evaluation->importance.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return evaluation->importance[a].drop > evaluation->importance[b].drop;
  });
  return order;
}

std::vector<const Evaluation*> splits_of(const Findings& findings) {
  std::vector<const Evaluation*> out;
  for (const std::optional<Evaluation>* one :
       {&findings.random, &findings.fold, &findings.group, &findings.time, &findings.leave_out})
    if (*one) out.push_back(&**one);
  return out;
}

std::string split_name(const std::string& split, const std::string& column) {
  return split == "random" ? "random (optimistic)" : split + " (" + column + ")";
}

std::vector<std::string> caveats(const Account& account) {
  const DataFacts& facts = account.facts;
  std::vector<std::string> out;
  const auto say = [&](std::uint64_t rows, const std::string& what) {
    if (rows > 0) out.push_back(std::to_string(rows) + (rows == 1 ? " row " : " rows ") + what);
  };
  say(facts.unlabelled, "without a label left out");
  say(facts.dropped, "of dropped classes left out");
  say(facts.capped, "above --max-per-class left out");
  say(facts.duplicate_rows, "equal to another of the same class in every feature");
  if (!facts.constant_columns.empty()) out.push_back("constant columns: " + joined(facts.constant_columns));
  for (const std::vector<std::string>& names : facts.duplicate_columns)
    out.push_back("equal columns: " + joined(names));
  std::vector<std::string> single;
  for (std::size_t c = 0; c < facts.classes.size(); ++c)
    if (facts.class_sources[c].captures == std::size_t{1}) single.push_back(facts.classes[c]);
  if (!single.empty()) out.push_back("classes of a single capture, never judged on another: " + joined(single));
  if (account.findings.leave_out && !account.findings.leave_out->skipped_classes.empty())
    out.push_back("never left out, for want of a second value: " + joined(account.findings.leave_out->skipped_classes));
  return out;
}

}  // namespace mltat::train
