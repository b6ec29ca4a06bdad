// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ml/markdown.h"
#include "ml/metrics.h"
#include "tools/train/report.h"

namespace mltat::train {
namespace {

std::string count_text(std::optional<std::size_t> count) {
  return count ? std::to_string(*count) : "-";
}

std::string model_section(const Account& account) {
  const Recipe& recipe = account.recipe;
  MarkdownTable table({"", ""});
  table.add({"algorithm", recipe.learner->name + " (" + recipe.learner->doc + ")"});
  for (const Parameter& parameter : recipe.learner->parameters)
    table.add({parameter.name, parameter_json(parameter, recipe.parameters.find(parameter.name)->second)});
  table.add({"several classes", account.options.multiclass});
  table.add({"balance", account.options.balance});
  table.add({"seed", std::to_string(recipe.seed)});
  table.add({"features", std::to_string(account.facts.features.size())});
  table.add({"written by", "train (mltat) " MLTAT_VERSION});
  return "## Model\n\n" + table.str();
}

std::string data_section(const DataFacts& facts) {
  MarkdownTable table({"class", "rows", "captures", "applications"});
  for (std::size_t c = 0; c < facts.classes.size(); ++c)
    table.add({facts.classes[c], std::to_string(facts.class_rows[c]), count_text(facts.class_sources[c].captures),
               count_text(facts.class_sources[c].applications)});
  table.add(
      {"all", std::to_string(facts.rows), count_text(facts.sources.captures), count_text(facts.sources.applications)});
  return "\n## Learned from\n\n" + table.str();
}

std::string splits_section(const Account& account) {
  const std::vector<const Evaluation*> splits = splits_of(account.findings);
  if (splits.empty()) return "";
  MarkdownTable table({"split", "folds", "accuracy", "mean", "sd", "macro F1"});
  for (const Evaluation* one : splits)
    table.add({split_name(one->split, one->column), std::to_string(one->folds.size()), share_text(one->all.accuracy),
               share_text(one->mean(&Figures::accuracy)), share_text(one->sd(&Figures::accuracy)),
               share_text(one->all.macro_f1)});
  std::string out = "\n## How good it is\n\n" + table.str();
  if (account.findings.grid)
    out += "\nThe parameters were chosen on the same folds, which flatters these figures a little.\n";
  return out;
}

std::string calibration_section(const Findings& findings) {
  if (!findings.calibration)
    return "\nConfidences are as the algorithm gives them: they rank answers, they need not mean what they say.\n";
  MarkdownTable table({"split", "calibration error before", "after", "Brier before", "after"});
  for (const CalibrationEffect& effect : findings.calibration->effects)
    table.add({split_name(effect.split, effect.column), share_text(effect.before.bins.ece()),
               share_text(effect.after.bins.ece()), share_text(effect.before.brier), share_text(effect.after.brier)});
  return "\nConfidences are calibrated on " + std::to_string(findings.calibration->rows) + " rows, split by " +
         markdown_text(split_name(findings.calibration->split, findings.calibration->column)) + ".\n\n" + table.str();
}

std::string classes_section(const Findings& findings) {
  const Figures* top = findings.top();
  if (top == nullptr) return "\nNothing was judged.\n";
  MarkdownTable table({"class", "support", "precision", "recall", "F1", "precision if balanced"});
  for (const ClassFigures& one : top->classes)
    table.add({one.name, std::to_string(one.support), share_text(one.precision), share_text(one.recall),
               share_text(one.f1), share_text(one.precision_balanced)});
  std::vector<std::string> header = {"truth \\ answer"};
  for (const ClassFigures& one : top->classes)
    header.push_back(one.name);
  MarkdownTable confusion(header);
  for (std::size_t t = 0; t < top->classes.size(); ++t) {
    std::vector<std::string> row = {top->classes[t].name};
    for (const std::uint64_t count : top->confusion[t])
      row.push_back(std::to_string(count));
    confusion.add(row);
  }
  return "\nBy " + findings.judged_by() + ", " + std::to_string(top->rows) + " rows: accuracy " +
         share_text(top->accuracy) + ", always answering the most frequent class " +
         share_text(top->baseline_majority) + ".\n\n" + table.str() + "\n" + confusion.str();
}

std::string importance_section(const Account& account) {
  const Evaluation* main = account.findings.main();
  const std::vector<std::size_t> order = by_importance(main);
  if (order.empty()) return "";
  MarkdownTable table({"feature", "accuracy lost if shuffled", "sd"});
  for (const std::size_t c : order)
    table.add({account.facts.features[c], share_text(main->importance[c].drop), share_text(main->importance[c].sd)});
  return "\n## What it looks at\n\n" + table.str();
}

std::string limits_section(const Account& account) {
  std::string out = "\n## Limits\n\n";
  for (const std::string& caveat : caveats(account))
    out += "- " + markdown_text(caveat) + "\n";
  return out + "- It answers with one of its classes whatever it is shown; what it was not learned from it does not " +
         "know. A threshold (`predict --unknown-below`) makes it say `" + std::string(kUnknownLabel) + "` instead.\n" +
         "- Figures are of traffic like that above; judge it again where it is used (`predict --truth`).\n";
}

}  // namespace

std::string card_text(const Account& account) {
  std::string classes;
  for (const std::string& name : account.facts.classes)
    classes += (classes.empty() ? "" : ", ") + name;
  return "# Model card: " + markdown_text(classes) + "\n\n" + model_section(account) + data_section(account.facts) +
         splits_section(account) + classes_section(account.findings) + calibration_section(account.findings) +
         importance_section(account) + limits_section(account);
}

}  // namespace mltat::train
