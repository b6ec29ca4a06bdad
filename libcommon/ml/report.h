// SPDX-License-Identifier: Apache-2.0
/// Reports as JSON for machines and as aligned text for people (mltat-formats(5), "Report").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ml/metrics.h"

namespace mltat {

/// Composes a JSON object, members in the order of the calls. A number that is not finite, or is not there, is null.
class JsonObject {
 public:
  JsonObject& text(std::string_view key, std::string_view value);
  JsonObject& number(std::string_view key, std::optional<double> value);
  JsonObject& count(std::string_view key, std::uint64_t value);
  JsonObject& boolean(std::string_view key, bool value);
  JsonObject& null(std::string_view key);
  /// Null where the text is empty, where there is no count.
  JsonObject& text_or_null(std::string_view key, std::string_view value);
  JsonObject& count_or_null(std::string_view key, std::optional<std::uint64_t> value);
  /// `json` is a finished JSON value.
  JsonObject& raw(std::string_view key, std::string_view json);
  JsonObject& texts(std::string_view key, const std::vector<std::string>& values);

  /// The finished object, without a newline.
  std::string str() const { return body_ + "}"; }
  /// The members alone, as `"a":1,"b":2`, to be spliced into another object.
  std::string members() const { return body_.substr(1); }
  /// Appends all members of another object.
  JsonObject& splice(const JsonObject& other);

 private:
  void key(std::string_view name);
  std::string body_ = "{";
};

/// `[a,b,c]` from finished JSON values.
std::string json_array(const std::vector<std::string>& values);
std::string json_array(const std::vector<std::uint64_t>& values);

/// All figures: rows, coverage, accuracy, ..., classes, confusion_matrix, unknown, per_class{name: {...}}.
JsonObject figures_json(const Figures& figures);

/// Columns of text, aligned: the first to the left, the others to the right. Rows may be shorter than the header.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string str() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// A share as people read it: three decimals, `-` for none.
std::string share_text(std::optional<double> share);

/// The summary line, the per-class table and the confusion matrix (rows truth, columns answer).
std::string figures_text(const Figures& figures);

}  // namespace mltat
