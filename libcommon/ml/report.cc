// SPDX-License-Identifier: Apache-2.0
#include "ml/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/number_text.h"
#include "io/json_text.h"

namespace mltat {
namespace {

std::string join(const std::vector<std::string>& parts) {
  std::string out = "[";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += ',';
    out += parts[i];
  }
  return out + "]";
}

std::string class_json(const ClassFigures& one) {
  return JsonObject()
      .count("support", one.support)
      .count("predicted", one.predicted)
      .number("precision", one.precision)
      .number("recall", one.recall)
      .number("f1", one.f1)
      .number("precision_balanced", one.precision_balanced)
      .str();
}

std::vector<std::string> class_names(const Figures& figures) {
  std::vector<std::string> names;
  for (const ClassFigures& one : figures.classes)
    names.push_back(one.name);
  return names;
}

/// Printed width, as far as one code point is one column.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string summary_text(const Figures& figures) {
  std::string out = std::to_string(figures.rows) + " rows: accuracy " + share_text(figures.accuracy) + ", balanced " +
                    share_text(figures.balanced_accuracy) + ", macro F1 " + share_text(figures.macro_f1) +
                    ", always the largest class " + share_text(figures.baseline_majority);
  if (figures.coverage < 1 && figures.rows > 0)
    out += ", coverage " + share_text(figures.coverage) + " (" + share_text(figures.accuracy_covered) + " of it right)";
  return out + "\n";
}

}  // namespace

void JsonObject::key(std::string_view name) {
  if (body_.size() > 1) body_ += ',';
  append_json_string(body_, name);
  body_ += ':';
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  key(name);
  append_json_string(body_, value);
  return *this;
}

JsonObject& JsonObject::number(std::string_view name, std::optional<double> value) {
  key(name);
  if (value && std::isfinite(*value))
    append_number(body_, *value);
  else
    body_ += "null";
  return *this;
}

JsonObject& JsonObject::count(std::string_view name, std::uint64_t value) {
  key(name);
  append_uint(body_, value);
  return *this;
}

JsonObject& JsonObject::boolean(std::string_view name, bool value) {
  return raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::null(std::string_view name) {
  return raw(name, "null");
}

JsonObject& JsonObject::text_or_null(std::string_view key, std::string_view value) {
  return value.empty() ? null(key) : text(key, value);
}

JsonObject& JsonObject::count_or_null(std::string_view key, std::optional<std::uint64_t> value) {
  return value ? count(key, *value) : null(key);
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
  key(name);
  body_ += json;
  return *this;
}

JsonObject& JsonObject::texts(std::string_view name, const std::vector<std::string>& values) {
  std::vector<std::string> quoted(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    append_json_string(quoted[i], values[i]);
  return raw(name, join(quoted));
}

JsonObject& JsonObject::splice(const JsonObject& other) {
  if (other.body_.size() == 1) return *this;
  if (body_.size() > 1) body_ += ',';
  body_.append(other.body_, 1);
  return *this;
}

std::string json_array(const std::vector<std::string>& values) {
  return join(values);
}

std::string json_array(const std::vector<std::uint64_t>& values) {
  std::vector<std::string> digits;
  for (const std::uint64_t value : values)
    digits.push_back(std::to_string(value));
  return join(digits);
}

JsonObject figures_json(const Figures& figures) {
  JsonObject out;
  out.count("rows", figures.rows)
      .number("coverage", figures.coverage)
      .number("accuracy", figures.accuracy)
      .number("accuracy_covered", figures.accuracy_covered)
      .number("balanced_accuracy", figures.balanced_accuracy)
      .number("macro_f1", figures.macro_f1)
      .number("weighted_precision", figures.weighted_precision)
      .number("weighted_recall", figures.weighted_recall)
      .number("log_loss", figures.log_loss)
      .number("ece", figures.ece)
      .number("baseline_majority", figures.baseline_majority)
      .texts("classes", class_names(figures));
  std::vector<std::string> matrix;
  for (const auto& row : figures.confusion)
    matrix.push_back(json_array(row));
  out.raw("confusion_matrix", join(matrix)).raw("unknown", json_array(figures.unknown));
  JsonObject per_class;
  for (const ClassFigures& one : figures.classes)
    per_class.raw(one.name, class_json(one));
  return out.raw("per_class", per_class.str());
}

std::string TextTable::str() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width(row[i]), ' ');
      if (i > 0) out += "  ";
      out += i == 0 ? row[i] + padding : padding + row[i];
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

std::string share_text(std::optional<double> share) {
  if (!share) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", *share);
  return text;
}

std::string figures_text(const Figures& figures) {
  TextTable per_class({"class", "support", "precision", "recall", "f1", "precision_balanced"});
  for (const ClassFigures& one : figures.classes)
    per_class.add({one.name, std::to_string(one.support), share_text(one.precision), share_text(one.recall),
                   share_text(one.f1), share_text(one.precision_balanced)});

  // Columns are numbered: names of classes would make the matrix too wide for a terminal.
  const bool abstains = std::any_of(figures.unknown.begin(), figures.unknown.end(), [](auto n) { return n > 0; });
  std::vector<std::string> header = {"truth \\ answer"};
  for (std::size_t c = 0; c < figures.classes.size(); ++c)
    header.push_back(std::to_string(c + 1));
  if (abstains) header.emplace_back(kUnknownLabel);
  TextTable matrix(std::move(header));
  for (std::size_t t = 0; t < figures.classes.size(); ++t) {
    std::vector<std::string> row = {std::to_string(t + 1) + " " + figures.classes[t].name};
    for (const std::uint64_t n : figures.confusion[t])
      row.push_back(std::to_string(n));
    if (abstains) row.push_back(std::to_string(figures.unknown[t]));
    matrix.add(std::move(row));
  }
  return summary_text(figures) + "\n" + per_class.str() + "\n" + matrix.str();
}

}  // namespace mltat
