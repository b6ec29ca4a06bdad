// SPDX-License-Identifier: Apache-2.0
/// Labelled rows in memory, in an order that is theirs: by identity (capture, flow_id, part, window), rows with the
/// same or no identity by a hash of their bytes. So neither the order of files nor that of rows changes a model.
///
/// Rows without a label are left out and counted, or kept where they are wanted. Memory: 8 bytes a number, twice while
/// the order is made; some 150 a row while reading; what is carried.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "io/byte_source.h"
#include "ml/split.h"
#include "ml/table.h"
#include "parallel/pipeline.h"
#include "rows/column_choice.h"
#include "rows/row_batch.h"

namespace mltat {

/// In place of a label, where rows without one are kept.
inline constexpr std::uint32_t kUnlabelled = TextColumn::kNone;

struct LabelledTable {
  std::vector<std::string> features;  ///< names of the columns of x
  Columns x;
  std::vector<std::string> classes;  ///< ascending; each has a row
  std::vector<std::uint32_t> labels;
  std::map<std::string, TextColumn, std::less<>> texts;  ///< the columns asked for, as far as the rows have them
  std::string feature_set;                               ///< of the rows, empty when they carry none
  std::vector<double> weights;                           ///< how much each row counts, at least 0; empty: 1 each
  std::vector<double> times;                             ///< of the column that orders rows by time, empty: none
  std::vector<std::string> carried;                      ///< each row's other columns as a JSON object, empty: none
  std::vector<std::uint32_t> places;                     ///< each row's number in the input, from 0
  std::uint64_t unlabelled = 0;                          ///< rows left out for want of a label
  std::uint64_t dropped = 0;                             ///< rows left out because their class was dropped

  std::size_t rows() const { return labels.size(); }
  /// Null where no row has the column.
  const TextColumn* text(std::string_view name) const;
};

/// Rows of a table, in the order given; classes and names stay as they are.
LabelledTable take_rows(const LabelledTable& table, std::span<const std::uint32_t> rows);
Columns take_rows(const Columns& x, std::span<const std::uint32_t> rows);
std::vector<std::size_t> all_columns(const Columns& x);
/// Of these rows these columns, in the orders given.
Columns take_cells(const Columns& x, std::span<const std::uint32_t> rows, std::span<const std::size_t> columns);
/// A hash of all values of each row.
std::vector<std::uint64_t> row_hashes(const Columns& x);
/// Rows begin to end.
Columns slice_rows(const Columns& x, std::size_t begin, std::size_t end);

struct TableChoice {
  std::string label = "label";
  bool names_must_occur = true;            ///< a label to rename or drop that no row has is an error
  std::vector<std::string> features = {};  ///< exactly these; empty: by the rule
  FeatureRule rule = {};
  std::vector<std::string> texts = {};              ///< columns to keep as words where they exist
  std::map<std::string, std::string> relabel = {};  ///< old name, new name
  std::set<std::string, std::less<>> drop = {};     ///< names after renaming
  std::string positive = {};                        ///< the others become `background`; empty: all stay
  std::string weight = {};                          ///< column of LabelledTable::weights, empty: none
  std::string time = {};                            ///< column of LabelledTable::times, empty: none
  /// Keep rows whose label is missing or `unknown`, as kUnlabelled.
  bool keep_unlabelled = false;
  bool carry = false;                               ///< fill LabelledTable::carried, without these columns:
  std::vector<std::string> not_carried = {};
};

/// Collects the rows of one input after the other.
class LabelledTableReader {
 public:
  LabelledTableReader(TableChoice choice, Threads threads);
  ~LabelledTableReader();

  /// The first input with rows decides which columns are features. Errors: those of RowReader and choose_features;
  /// bad_data: no label column, a feature that is missing in a labelled row; mismatch: a feature that later inputs
  /// lack; bad_data: a weight below 0.
  void add(std::unique_ptr<ByteSource> source);

  /// Errors: bad_data: no row at all; usage: a label to rename, to drop or to take as positive that no row has.
  LabelledTable finish();

 private:
  struct Rows;
  struct Work;
  void plan(const RowStream& stream);
  /// The class by its new name. Empty: the row is dropped.
  std::string class_of(std::string label);
  void take(const Work& work);

  TableChoice choice_;
  Threads threads_;
  std::vector<std::string> inputs_;  ///< their names, for messages
  RowPlan plan_;
  std::unique_ptr<Rows> rows_;
};

}  // namespace mltat
