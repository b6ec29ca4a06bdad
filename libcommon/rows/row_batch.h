// SPDX-License-Identifier: Apache-2.0
/// Some thousand rows of a stream, NDJSON or CSV: their bytes as they came, the spans of their members, and the
/// columns that the caller chose, parsed.
///
/// A batch is cut serially (RowReader) and parsed on its own (parse_rows), so batches can be parsed side by side.
/// What is only carried is never decoded: values leave a tool as the bytes they came in.
/// Numbers are doubles, column-major: column c is contiguous over the rows of the batch. A value that is absent,
/// null or (CSV) empty is *missing*: NaN, which no present value can be. Texts are decoded; missing or empty: none.
/// Trouble: a row that cannot be used ends the batch: the rows before it stand, `trouble` says why, and whoever
/// writes the batch throws it after the rows.
/// Views point into the batch; moving it keeps them valid, reading into it again does not. Cost: one pass.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "io/ndjson.h"
#include "io/record_reader.h"
#include "io/row_format.h"

namespace mltat {

/// What is known of a stream once its first record is there; shared by all its batches.
struct RowStream {
  std::string name;  ///< of the source, for messages: path or `stdin`
  RowFormat format = RowFormat::ndjson;
  std::vector<std::string> columns;  ///< the CSV header, or the keys of the first row
  std::string header;                ///< the CSV header as it came, without its line end

  bool has(std::string_view column) const;
};

/// What a run wants to see of each row.
struct RowPlan {
  std::vector<std::string> numbers = {};  ///< columns read as doubles; names are unique
  std::vector<std::string> texts = {};    ///< columns read as text; a number or a truth value as it stands
  bool refuse_missing = false;            ///< a missing number is an error that names line and column
  bool suggest_exclude = false;           ///< a text in a number column: the message shows the --exclude to add
  std::string left = {};                  ///< NDJSON: the column whose arrays or objects the caller reads, and checks
};

/// One key and value of a row, as offsets into the batch's bytes.
struct Member {
  std::uint32_t column = 0;  ///< index for RowBatch::name
  std::uint32_t begin = 0;   ///< NDJSON: the quote before the key; CSV: equals value
  std::uint32_t value = 0;
  std::uint32_t end = 0;
  JsonType type = JsonType::string;  ///< CSV: null if empty, else string
};

class RowBatch {
 public:
  std::size_t rows() const { return rows_; }
  /// Rows of the stream that came before this batch.
  std::uint64_t rows_before() const { return rows_before_; }
  const RowStream& stream() const { return *stream_; }
  const std::optional<Error>& trouble() const { return block_.trouble; }

  /// Cuts the batch off before `row`, for the reason given.
  void fail(std::size_t row, Error reason);

  /// `stdin:12`: the line on which a row starts.
  std::string place(std::size_t row) const;

  /// The row as it came, without its line end.
  std::string_view raw(std::size_t row) const { return block_.text(block_.records[row]); }

  /// Column `c` of plan.numbers; NaN is missing.
  std::span<const double> numbers(std::size_t c) const { return {numbers_.data() + c * capacity_, rows_}; }

  /// Column `c` of plan.texts.
  std::optional<std::string_view> text(std::size_t row, std::size_t c) const {
    const std::string_view found = texts_[row * n_texts_ + c];
    return found.empty() ? std::nullopt : std::optional(found);
  }

  std::span<const Member> members(std::size_t row) const {
    return {members_.data() + first_member_[row], first_member_[row + 1] - first_member_[row]};
  }
  const std::string& name(const Member& member) const { return names_[member.column]; }
  /// Names of all columns that some row of the batch has; Member::column is an index into it.
  const std::vector<std::string>& names() const { return names_; }
  std::string_view member_text(const Member& member) const {
    return block_.text().substr(member.begin, member.end - member.begin);
  }
  std::string_view value_text(const Member& member) const {
    return block_.text().substr(member.value, member.end - member.value);
  }
  /// The member of that name, null if the row has none. Cost: a walk over the row.
  const Member* find(std::size_t row, std::string_view name) const;

 private:
  friend class RowReader;
  friend class RowParser;

  std::shared_ptr<const RowStream> stream_;
  RecordBlock block_;
  std::size_t rows_ = 0;
  std::uint64_t rows_before_ = 0;

  std::size_t capacity_ = 0;  ///< distance of two columns in numbers_
  std::vector<double> numbers_;
  std::size_t n_texts_ = 0;
  std::vector<std::string_view> texts_;  ///< [rows x n_texts]; empty: none
  std::deque<std::string> decoded_;      ///< texts that are no bytes of the block

  std::vector<Member> members_;
  std::vector<std::size_t> first_member_;
  std::vector<std::string> names_;

  JsonReader json_;
  std::vector<JsonMember> json_members_;
  std::vector<std::string_view> csv_fields_;
};

/// Fills in members, numbers and texts. Thread-safe: different batches may be parsed at once.
void parse_rows(RowBatch& batch, const RowPlan& plan);

}  // namespace mltat
