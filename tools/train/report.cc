// SPDX-License-Identifier: Apache-2.0
#include "tools/train/report.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/siphash.h"

namespace mltat::train {
namespace {

constexpr std::string_view kCapture = "capture";
constexpr std::string_view kApplication = "application";

std::size_t distinct(const TextColumn& column, const std::vector<std::uint32_t>& labels,
                     std::optional<std::uint32_t> label) {
  std::set<std::uint32_t> names;
  for (std::size_t r = 0; r < labels.size(); ++r)
    if (column.values[r] != TextColumn::kNone && (!label || labels[r] == *label)) names.insert(column.values[r]);
  return names.size();
}

std::vector<std::uint64_t> class_rows(const LabelledTable& table) {
  std::vector<std::uint64_t> rows(table.classes.size(), 0);
  for (const std::uint32_t label : table.labels)
    ++rows[label];
  return rows;
}

std::vector<std::string> constant_columns(const LabelledTable& table) {
  std::vector<std::string> out;
  for (std::size_t c = 0; c < table.features.size(); ++c) {
    const std::span<const double> values = table.x.column(c);
    if (std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); }))
      out.push_back(table.features[c]);
  }
  return out;
}

/// Columns equal in every row, each list in the order of the table. Constant ones are told apart already.
std::vector<std::vector<std::string>> duplicate_columns(const LabelledTable& table) {
  const std::vector<std::string> constant = constant_columns(table);
  std::map<std::uint64_t, std::vector<std::size_t>> alike;
  for (std::size_t c = 0; c < table.features.size(); ++c) {
    if (std::find(constant.begin(), constant.end(), table.features[c]) != constant.end()) continue;
    const std::span<const double> values = table.x.column(c);
    alike[siphash24({reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()})].push_back(c);
  }
  std::map<std::size_t, std::vector<std::string>> lists;  // by their first column
  for (const auto& [hash, columns] : alike)
    if (columns.size() > 1)
      for (const std::size_t c : columns)
        lists[columns.front()].push_back(table.features[c]);
  std::vector<std::vector<std::string>> out;
  for (auto& [first, names] : lists)
    out.push_back(std::move(names));
  return out;
}

void add_distinct(JsonObject& out, std::string_view key, const LabelledTable& table, std::string_view column,
                  std::optional<std::uint32_t> label) {
  const TextColumn* texts = table.text(column);
  if (texts == nullptr)
    out.null(key);
  else
    out.count(key, distinct(*texts, table.labels, label));
}

JsonObject data_json(const LabelledTable& table) {
  const std::vector<std::uint64_t> rows = class_rows(table);
  JsonObject classes;
  for (std::uint32_t c = 0; c < table.classes.size(); ++c) {
    JsonObject one;
    one.count("rows", rows[c]);
    add_distinct(one, "captures", table, kCapture, c);
    add_distinct(one, "applications", table, kApplication, c);
    classes.raw(table.classes[c], one.str());
  }
  JsonObject out;
  out.count("rows", table.rows()).count("unlabelled", table.unlabelled).count("dropped", table.dropped);
  add_distinct(out, "captures", table, kCapture, std::nullopt);
  add_distinct(out, "applications", table, kApplication, std::nullopt);
  std::vector<std::string> duplicates;
  for (const std::vector<std::string>& names : duplicate_columns(table)) {
    const std::string wrapped = JsonObject().texts("", names).members();
    duplicates.push_back(wrapped.substr(wrapped.find('[')));
  }
  return out.raw("classes", classes.str())
      .texts("features", table.features)
      .texts("constant_columns", constant_columns(table))
      .raw("duplicate_columns", json_array(duplicates));
}

void add_evaluation(JsonObject& out, std::string_view key, const std::optional<Evaluation>& evaluation) {
  if (!evaluation) {
    out.null(key);
    return;
  }
  JsonObject json = evaluation_json(*evaluation);
  if (evaluation->split == "random") json.boolean("optimistic", true);
  if (evaluation->split == "leave_out") json.texts("skipped_classes", evaluation->skipped_classes);
  out.raw(key, json.str());
}

void add_row(TextTable& table, const std::optional<Evaluation>& evaluation) {
  if (!evaluation) return;
  const std::string name = evaluation->split == "random" ? "random (optimistic)" : evaluation->split;
  const std::optional<double> sd = evaluation->sd(&Figures::accuracy);
  table.add({name, evaluation->column.empty() ? "-" : evaluation->column, std::to_string(evaluation->folds.size()),
             share_text(evaluation->all.accuracy), share_text(evaluation->mean(&Figures::accuracy)), share_text(sd),
             share_text(evaluation->all.macro_f1)});
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

const Figures* Findings::top() const {
  if (test) return &*test;
  return main ? &main->all : nullptr;
}

std::string parameters_json(const Recipe& recipe) {
  std::map<std::string, std::string, std::less<>> values;  // by name
  for (const Parameter& parameter : recipe.learner->parameters)
    values[parameter.name] = parameter_json(parameter, recipe.parameters.find(parameter.name)->second);
  JsonObject out;
  for (const auto& [name, value] : values)
    out.raw(name, value);
  return out.str();
}

std::string training_json(const LabelledTable& table, const std::string& label, std::uint64_t seed,
                          const TextColumn* groups, const Findings& findings) {
  const std::vector<std::uint64_t> rows = class_rows(table);
  JsonObject classes;
  for (std::size_t c = 0; c < table.classes.size(); ++c)
    classes.count(table.classes[c], rows[c]);
  JsonObject out;
  out.count("rows", table.rows()).raw("classes", classes.str()).text("label", label);
  add_distinct(out, "captures", table, kCapture, std::nullopt);
  if (groups == nullptr)
    out.null("groups");
  else
    out.count("groups", distinct(*groups, table.labels, std::nullopt));
  out.count("seed", seed);
  if (!findings.main) return out.null("cv").str();
  const Evaluation& main = *findings.main;
  JsonObject cv;
  cv.text("split", main.split);
  if (main.column.empty())
    cv.null("column");
  else
    cv.text("column", main.column);
  cv.count("folds", main.folds.size()).number("accuracy", main.all.accuracy).number("macro_f1", main.all.macro_f1);
  return out.raw("cv", cv.str()).str();
}

std::string report_json(const LabelledTable& table, const Recipe& recipe, const Findings& findings) {
  JsonObject out;
  out.text("tool", "train (mltat) " MLTAT_VERSION)
      .text("algorithm", recipe.learner->name)
      .raw("parameters", parameters_json(recipe))
      .count("seed", recipe.seed)
      .text("judged_by", findings.test   ? "test"
                         : findings.main ? findings.main->split
                                         : "none");
  if (const Figures* top = findings.top()) out.splice(figures_json(*top));
  add_evaluation(out, "cv", findings.main);
  add_evaluation(out, "random", findings.random);
  add_evaluation(out, "group", findings.group);
  add_evaluation(out, "leave_out", findings.leave_out);
  return out.raw("data", data_json(table).str()).str() + "\n";
}

std::string report_text(const LabelledTable& table, const Findings& findings) {
  std::string out = std::to_string(table.rows()) + " rows of " + std::to_string(table.classes.size()) + " classes, " +
                    std::to_string(table.features.size()) + " features; " + std::to_string(table.unlabelled) +
                    " rows without a label and " + std::to_string(table.dropped) + " of dropped classes left out\n";
  if (const auto constant = constant_columns(table); !constant.empty())
    out += "constant columns: " + joined(constant) + "\n";
  for (const auto& names : duplicate_columns(table))
    out += "equal columns: " + joined(names) + "\n";

  TextTable splits({"split", "by", "folds", "accuracy", "mean", "sd", "macro_f1"});
  add_row(splits, findings.random);
  add_row(splits, findings.group);
  add_row(splits, findings.leave_out);
  if (findings.main && findings.main->split == "fold") add_row(splits, findings.main);
  if (findings.main || findings.leave_out) out += "\n" + splits.str();
  if (findings.leave_out && !findings.leave_out->skipped_classes.empty())
    out += "never left out, for want of a second value: " + joined(findings.leave_out->skipped_classes) + "\n";
  if (const Figures* top = findings.top())
    out += "\nby " + (findings.test ? std::string("--test") : findings.main->split) + ", " + figures_text(*top);
  return out;
}

}  // namespace mltat::train
