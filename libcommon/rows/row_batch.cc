// SPDX-License-Identifier: Apache-2.0
#include "rows/row_batch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "io/csv.h"
#include "io/json_text.h"

namespace mltat {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kNone = SIZE_MAX;
constexpr std::uint32_t kNoColumn = UINT32_MAX;
constexpr std::size_t kShownBytes = 40;

/// A value for a message: one line, not too long.
std::string shown(std::string_view value) {
  std::string out;
  append_json_string(out, value.substr(0, kShownBytes));
  if (value.size() > kShownBytes) out += "...";
  return out;
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::size_t index_of(const std::vector<std::string>& names, std::string_view name) {
  const auto it = std::find(names.begin(), names.end(), name);
  return it == names.end() ? kNone : static_cast<std::size_t>(it - names.begin());
}

}  // namespace

bool RowStream::has(std::string_view column) const {
  return index_of(columns, column) != kNone;
}

void RowBatch::fail(std::size_t row, Error reason) {
  rows_ = std::min(rows_, row);
  block_.trouble = std::move(reason);
}

std::string RowBatch::place(std::size_t row) const {
  return stream_->name + ":" + std::to_string(block_.records[row].line);
}

const Member* RowBatch::find(std::size_t row, std::string_view name) const {
  for (const Member& member : members(row))
    if (names_[member.column] == name) return &member;
  return nullptr;
}

/// One parse of one batch. Rows of a stream nearly always have the same keys in the same order, so a column is
/// first looked for where the row before had it.
class RowParser {
 public:
  RowParser(RowBatch& batch, const RowPlan& plan)
      : batch_(batch), plan_(plan), text_base_(batch.block_.text().data()) {}

  void run() {
    prepare();
    const std::size_t rows = batch_.block_.records.size();
    for (std::size_t row = 0; row < rows; ++row) {
      present_ = 0;
      std::optional<std::string> fact = parse(row);
      if (!fact) fact = missing_number(row);
      if (fact) return batch_.fail(row, Error(ExitCode::bad_data, batch_.place(row) + ": " + *fact));
      batch_.first_member_.push_back(batch_.members_.size());
      batch_.rows_ = row + 1;
    }
  }

 private:
  /// What the plan wants of a column.
  struct Use {
    std::size_t number = kNone;
    std::size_t text = kNone;
    std::size_t last_row = kNone;  ///< where the key was seen last: twice in a row is an error
  };

  void prepare() {
    const std::size_t rows = batch_.block_.records.size();
    batch_.rows_ = 0;
    batch_.capacity_ = rows;
    batch_.numbers_.assign(rows * plan_.numbers.size(), kMissing);
    batch_.n_texts_ = plan_.texts.size();
    batch_.texts_.assign(rows * batch_.n_texts_, {});
    batch_.decoded_.clear();
    batch_.members_.clear();
    batch_.first_member_.assign(1, 0);
    batch_.names_.clear();
    if (batch_.stream_->format == RowFormat::csv)
      for (const std::string& name : batch_.stream_->columns)
        add_column(name);
  }

  void add_column(const std::string& name) {
    batch_.names_.push_back(name);
    uses_.push_back({index_of(plan_.numbers, name), index_of(plan_.texts, name), kNone});
  }

  std::optional<std::string> parse(std::size_t row) {
    return batch_.stream_->format == RowFormat::csv ? parse_csv(row) : parse_json(row);
  }

  std::optional<std::string> parse_csv(std::size_t row) {
    std::vector<std::string_view>& fields = batch_.csv_fields_;
    if (const auto fact = split_csv(batch_.raw(row), fields)) return fact;
    const std::size_t wanted = batch_.names_.size();
    if (fields.size() != wanted)
      return std::to_string(fields.size()) + " fields where the header has " + std::to_string(wanted);
    for (std::uint32_t c = 0; c < wanted; ++c) {
      const std::uint32_t begin = offset(fields[c]);
      batch_.members_.push_back({c, begin, begin, begin + static_cast<std::uint32_t>(fields[c].size()),
                                 fields[c].empty() ? JsonType::null : JsonType::string});
      if (auto fact = use_csv(row, uses_[c], fields[c])) return "column '" + batch_.names_[c] + "': " + *fact;
    }
    return std::nullopt;
  }

  std::optional<std::string> parse_json(std::size_t row) {
    std::vector<JsonMember>& members = batch_.json_members_;
    if (const auto fact = batch_.json_.members(batch_.raw(row), members, plan_.left)) return fact;
    std::size_t position = 0;
    for (const JsonMember& member : members) {
      const std::uint32_t c = column_of(member.key, position++);
      const std::uint32_t value = offset(member.value);
      batch_.members_.push_back(
          {c, offset(member.key) - 1, value, value + static_cast<std::uint32_t>(member.value.size()), member.type});
      Use& use = uses_[c];
      if (use.last_row == row) return "key '" + batch_.names_[c] + "' stands twice in one row";
      use.last_row = row;
      if (use.number == kNone && use.text == kNone) continue;
      if (auto fact = use_json(row, use, member)) return "column '" + batch_.names_[c] + "': " + *fact;
    }
    return std::nullopt;
  }

  std::uint32_t column_of(std::string_view key, std::size_t position) {
    if (position < guess_.size() && guess_[position] != kNoColumn && batch_.names_[guess_[position]] == key)
      return guess_[position];
    // Two spellings of one key (`a` and `\u0061`) are one column.
    std::string name;
    append_unescaped(name, key);
    const auto [known, is_new] = by_name_.try_emplace(std::move(name), static_cast<std::uint32_t>(uses_.size()));
    if (is_new) add_column(known->first);
    // Spans are compared with names, so only a key without escapes may be guessed.
    guess_.resize(std::max(guess_.size(), position + 1), kNoColumn);
    guess_[position] = key.find('\\') == std::string_view::npos ? known->second : kNoColumn;
    return known->second;
  }

  std::optional<std::string> use_csv(std::size_t row, const Use& use, std::string_view field) {
    if (field.empty() || (use.number == kNone && use.text == kNone)) return std::nullopt;
    if (field.front() == '"') {
      std::string& decoded = batch_.decoded_.emplace_back();
      append_unquoted(decoded, field);
      field = decoded;
    }
    if (use.text != kNone) text_at(row, use.text) = field;
    if (use.number == kNone) return std::nullopt;
    field = without_blanks(field);
    return field.empty() ? std::nullopt : put_number(row, use.number, field);
  }

  std::optional<std::string> use_json(std::size_t row, const Use& use, const JsonMember& member) {
    if (member.type == JsonType::null) return std::nullopt;
    if (use.text != kNone) text_at(row, use.text) = text_of(member);
    if (use.number == kNone) return std::nullopt;
    if (member.type != JsonType::number) return unusable(use.number, text_of(member), "is no number");
    return put_number(row, use.number, member.value);
  }

  std::string_view text_of(const JsonMember& member) {
    if (member.type != JsonType::string) return member.value;
    const std::string_view body = member.value.substr(1, member.value.size() - 2);
    if (body.find('\\') == std::string_view::npos) return body;
    std::string& decoded = batch_.decoded_.emplace_back();
    append_unescaped(decoded, body);
    return decoded;
  }

  std::optional<std::string> put_number(std::size_t row, std::size_t c, std::string_view text) {
    const std::optional<double> value = parse_finite(text);
    if (!value)
      return unusable(c, text, is_json_number(text) ? "is beyond the range of a double" : "is no finite number");
    batch_.numbers_[c * batch_.capacity_ + row] = *value;
    ++present_;
    return std::nullopt;
  }

  std::string unusable(std::size_t c, std::string_view value, const std::string& why) const {
    std::string fact = shown(value) + " " + why;
    if (plan_.suggest_exclude) fact += ": leave the column out with --exclude '" + plan_.numbers[c] + "'";
    return fact;
  }

  /// After a row is parsed: the first number column that it lacks, if that matters.
  std::optional<std::string> missing_number(std::size_t row) {
    if (!plan_.refuse_missing || present_ == plan_.numbers.size()) return std::nullopt;
    std::size_t c = 0;
    while (!std::isnan(batch_.numbers_[c * batch_.capacity_ + row]))
      ++c;
    return "column '" + plan_.numbers[c] + "' has no value, a number is wanted in every row";
  }

  std::string_view& text_at(std::size_t row, std::size_t c) { return batch_.texts_[row * batch_.n_texts_ + c]; }

  std::uint32_t offset(std::string_view part) const { return static_cast<std::uint32_t>(part.data() - text_base_); }

  RowBatch& batch_;
  const RowPlan& plan_;
  const char* text_base_;
  std::vector<Use> uses_;             ///< by column
  std::vector<std::uint32_t> guess_;  ///< by position in the row: the column that stood there last
  std::unordered_map<std::string, std::uint32_t> by_name_;
  std::size_t present_ = 0;  ///< numbers that the row under way has
};

void parse_rows(RowBatch& batch, const RowPlan& plan) {
  RowParser(batch, plan).run();
}

}  // namespace mltat
