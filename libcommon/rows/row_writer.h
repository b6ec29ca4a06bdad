// SPDX-License-Identifier: Apache-2.0
/// Writing rows: carried members as the bytes they came in, then what a tool adds.
///
/// Same format in and out: nothing that is carried is touched. A row of which all is kept is written as it came
/// (NDJSON: up to its closing brace), blanks included; else the members kept, each as it came, joined by commas.
/// Other format: the values are converted by rule. CSV to JSON: an empty field is null, a field that is a JSON
/// number stays as it is (but is_text_key columns are strings), anything else is a string. JSON to CSV: a string
/// is decoded, null is empty, numbers and truth values stay as they are, an array of scalars is its values joined
/// by one space, anything else is its JSON text.
/// Tools add members by name, in the order given to the constructor; a carried member of that name gives way.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rows/row_batch.h"

namespace mltat {

/// How carried columns of one input stream are written. Thread-safe: const calls only.
class RowWriter {
 public:
  using Keep = std::function<bool(std::string_view)>;

  /// `keep` says which carried columns are written, `added` names what the tool adds to each row.
  /// Errors: bad_data: CSV out, and the name of a column kept is empty or holds a control character: RowReader would
  /// not take it.
  RowWriter(const RowStream& in, RowFormat out, const Keep& keep, std::vector<std::string> added);

  RowFormat format() const { return out_; }
  /// The CSV header with its line end, nothing for NDJSON.
  std::string header() const;

 private:
  friend class RowText;
  bool kept(std::string_view column) const;

  RowFormat in_;
  RowFormat out_;
  Keep keep_;
  std::vector<std::string> added_;
  std::unordered_map<std::string, std::size_t> place_;  ///< of the kept columns in the CSV output
  std::vector<std::string> header_fields_;
};

/// Appends the rows of one batch to a text.
class RowText {
 public:
  RowText(const RowWriter& writer, const RowBatch& batch, std::string& out);

  /// Writes what is carried. Errors: bad_data: CSV out, and the row has a column that the first row lacked.
  void begin(std::size_t row);
  void add_text(std::string_view name, std::string_view value);
  /// Requires: value is finite.
  void add_number(std::string_view name, double value);
  void add_count(std::string_view name, std::uint64_t value);
  void add_null(std::string_view name);
  /// `json` is a finished JSON value. Requires: NDJSON out.
  void add_json(std::string_view name, std::string_view json);
  void end();

 private:
  void copy_json_row(std::size_t row);
  void json_row_from_csv(std::size_t row);
  void csv_row_from_csv(std::size_t row);
  void csv_row_from_json(std::size_t row);
  void next_member(std::string_view name);
  void comma();

  const RowWriter& writer_;
  const RowBatch& batch_;
  std::string& out_;
  std::vector<char> keep_;             ///< by column of the batch
  std::vector<std::size_t> place_;     ///< by column of the batch: its place in the CSV output
  std::vector<const Member*> fields_;  ///< scratch: by place
  bool first_ = true;
};

/// Appends all rows of the batch; add(row_text, row) adds what the tool has to say of one. An Error that either
/// throws is trouble of that row: the batch is cut off before it. `ends`, where given, takes the place in `out`
/// behind each row.
template <class Add>
void write_rows(const RowWriter& writer, RowBatch& batch, std::string& out, Add add,
                std::vector<std::size_t>* ends = nullptr) {
  RowText text(writer, batch, out);
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    const std::size_t whole = out.size();
    try {
      text.begin(row);
      add(text, row);
      text.end();
      if (ends != nullptr) ends->push_back(out.size());
    } catch (const Error& error) {
      out.resize(whole);
      batch.fail(row, error);
    }
  }
}

/// What is carried of each row, as a JSON object. Requires: NDJSON out, nothing added.
std::vector<std::string> carried_objects(const RowWriter& writer, RowBatch& batch);

/// The header of a CSV output over several inputs: it is written once and must suit them all.
/// Appends the writer's header to `out` if `header` is empty, and keeps it there.
/// Errors: mismatch: this input has other columns.
void append_header(const RowWriter& writer, const RowStream& stream, std::string& header, std::string& out);

}  // namespace mltat
