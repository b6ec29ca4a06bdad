// SPDX-License-Identifier: Apache-2.0
#include "tools/train/facts.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/siphash.h"

namespace mltat::train {
namespace {

Bytes bytes_of(std::span<const double> values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()};
}

bool is_constant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

/// Columns equal in every row, each list in the order of the table. Constant ones are told apart already.
std::vector<std::vector<std::string>> duplicate_columns(const LabelledTable& table) {
  std::map<std::uint64_t, std::vector<std::size_t>> alike;
  for (std::size_t c = 0; c < table.features.size(); ++c)
    if (!is_constant(table.x.column(c))) alike[siphash24(bytes_of(table.x.column(c)))].push_back(c);
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

std::uint64_t count_duplicate_rows(const LabelledTable& table) {
  const std::vector<std::uint64_t> hashes = row_hashes(table.x);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> rows;
  for (std::size_t r = 0; r < table.rows(); ++r)
    rows.emplace_back(hashes[r], table.labels[r]);
  std::sort(rows.begin(), rows.end());
  const auto different = std::unique(rows.begin(), rows.end()) - rows.begin();
  return rows.size() - static_cast<std::size_t>(different);
}

/// The number of names of the column in each class.
std::vector<std::size_t> names_by_class(const LabelledTable& table, const TextColumn& column) {
  std::vector<std::set<std::uint32_t>> names(table.classes.size());
  for (std::size_t r = 0; r < table.rows(); ++r)
    if (column.values[r] != TextColumn::kNone) names[table.labels[r]].insert(column.values[r]);
  std::vector<std::size_t> counts;
  for (const auto& some : names)
    counts.push_back(some.size());
  return counts;
}

void count_sources(const LabelledTable& table, std::string_view column, std::optional<std::size_t> SourceCounts::*count,
                   DataFacts& facts) {
  const TextColumn* texts = table.text(column);
  if (texts == nullptr) return;
  facts.sources.*count = texts->distinct();
  const std::vector<std::size_t> counts = names_by_class(table, *texts);
  for (std::size_t c = 0; c < counts.size(); ++c)
    facts.class_sources[c].*count = counts[c];
}

}  // namespace

DataFacts facts_of(const Tables& tables) {
  const LabelledTable& table = tables.train;
  DataFacts facts;
  facts.rows = table.rows();
  facts.unlabelled = table.unlabelled;
  facts.dropped = table.dropped;
  facts.capped = tables.capped;
  facts.duplicate_rows = count_duplicate_rows(table);
  facts.classes = table.classes;
  facts.class_rows.resize(table.classes.size(), 0);
  facts.class_sources.resize(table.classes.size());
  for (const std::uint32_t label : table.labels)
    ++facts.class_rows[label];
  count_sources(table, kCapture, &SourceCounts::captures, facts);
  count_sources(table, kApplication, &SourceCounts::applications, facts);
  facts.features = table.features;
  for (std::size_t c = 0; c < table.features.size(); ++c)
    if (is_constant(table.x.column(c))) facts.constant_columns.push_back(table.features[c]);
  facts.duplicate_columns = duplicate_columns(table);
  return facts;
}

}  // namespace mltat::train
