// SPDX-License-Identifier: Apache-2.0
#include "tools/cotrain/rows.h"

#include <algorithm>

#include "base/error.h"
#include "features/feature_names.h"

namespace mltat::cotrain {
namespace {

TableChoice table_choice(const ToolOptions& options) {
  if (options.truth == options.label)
    throw Error(ExitCode::usage, "--truth: '" + options.truth + "' is the column of the given labels");
  TableChoice choice;
  choice.label = options.label;
  choice.keep_unlabelled = true;
  choice.rule = {split_globs(options.include), split_globs(options.exclude), {options.label}, is_feature};
  choice.texts = {std::string(kCapture)};
  if (is_column(options.group)) choice.texts.push_back(options.group);
  if (!options.truth.empty()) choice.texts.push_back(options.truth);
  choice.rule.never.insert(choice.rule.never.end(), choice.texts.begin(), choice.texts.end());
  return choice;
}

void refuse_few_classes(const LabelledTable& all, std::size_t given, const std::string& label) {
  if (given == 0)
    throw Error(ExitCode::bad_data, "none of " + std::to_string(all.rows()) + " rows has a label in column '" + label +
                                        "': a few are needed to start from (--label NAME)");
  if (all.classes.size() < 2)
    throw Error(ExitCode::bad_data, "all " + std::to_string(given) + " labels are '" + all.classes.front() +
                                        "': rows of another class are needed to tell it from");
}

}  // namespace

Rows read_rows(const ToolOptions& options, Streams& streams) {
  Rows rows;
  LabelledTableReader reader(table_choice(options), {streams.threads});
  for (const std::string& path : options.inputs)
    reader.add(rows.inputs.emplace_back().record(streams.open(path)));
  rows.all = reader.finish();
  for (std::uint32_t r = 0; r < rows.all.rows(); ++r)
    if (rows.all.labels[r] != kUnlabelled) rows.given_row.push_back(r);
  refuse_few_classes(rows.all, rows.given_row.size(), options.label);
  if (!options.truth.empty()) named_column(rows.all, options.truth, "--truth", false);
  rows.given = take_rows(rows.all, rows.given_row);
  rows.grouping = grouping_of(options.group, rows.given,
                              "rules are judged on rows split at random, and trusted too much if rows of one source "
                              "stand on both sides",
                              streams.log);
  return rows;
}

Conflicts conflicts_of(const LabelledTable& given) {
  const std::vector<std::uint64_t> hashes = row_hashes(given.x);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  for (std::size_t r = 0; r < hashes.size(); ++r)
    order.emplace_back(hashes[r], given.labels[r]);
  std::sort(order.begin(), order.end());
  Conflicts out;
  for (auto begin = order.begin(); begin != order.end();) {
    const auto end = std::find_if(begin, order.end(), [&](const auto& one) { return one.first != begin->first; });
    if (std::prev(end)->second != begin->second) {
      ++out.sets;
      out.rows += static_cast<std::uint64_t>(end - begin);
    }
    begin = end;
  }
  return out;
}

}  // namespace mltat::cotrain
