// SPDX-License-Identifier: Apache-2.0
#include "tools/train/tables.h"

#include <charconv>
#include <memory>

#include "base/error.h"
#include "features/feature_names.h"
#include "ml/stack.h"

namespace mltat::train {
namespace {

TableChoice table_choice(const ToolOptions& options) {
  TableChoice choice;
  choice.label = options.label;
  choice.rule = {split_globs(options.include), split_globs(options.exclude), {options.label}, is_feature};
  choice.texts = {std::string(kCapture), std::string(kApplication)};
  for (const std::string& column : {options.group, options.leave_out, options.fold}) {
    if (!is_column(column)) continue;
    choice.texts.push_back(column);
    choice.rule.never.push_back(column);
  }
  for (const std::string& column : {options.weight, options.time_split})
    if (!column.empty()) choice.rule.never.push_back(column);
  choice.relabel = options.relabel;
  choice.drop.insert(options.drop.begin(), options.drop.end());
  choice.positive = options.positive;
  choice.weight = options.weight;
  choice.time = options.time_split;
  choice.carry = !options.oof.empty();
  choice.not_carried = {"fold"};
  return choice;
}

LabelledTable read_table(const TableChoice& choice, const Inputs& inputs, Streams& streams) {
  LabelledTableReader reader(choice, {streams.threads});
  for (const std::string& path : inputs)
    reader.add(streams.open(path));
  return reader.finish();
}

/// The votes of several files side by side are the table.
LabelledTable read_stacked(TableChoice& choice, const Inputs& inputs, Streams& streams) {
  const StackedRows rows = stack_rows(inputs, streams.open, choice.label);
  choice.features = choose_features(rows.columns, choice.rule);
  LabelledTableReader reader(choice, {streams.threads});
  reader.add(std::make_unique<MemorySource>("stacked votes", as_bytes(rows.text)));
  return reader.finish();
}

void refuse_few_classes(const LabelledTable& table) {
  if (table.rows() == 0)
    throw Error(ExitCode::bad_data, "no row is left to learn from: " + std::to_string(table.unlabelled) +
                                        " have no label, " + std::to_string(table.dropped) + " were dropped");
  if (table.classes.size() < 2)
    throw Error(ExitCode::bad_data, "all " + std::to_string(table.rows()) + " rows are of one class, '" +
                                        table.classes.front() + "': two are needed to learn to tell them apart");
}

std::optional<double> as_fraction(const std::string& test) {
  double fraction = 0;
  const auto [end, fault] = std::from_chars(test.data(), test.data() + test.size(), fraction);
  if (fault != std::errc() || end != test.data() + test.size()) return std::nullopt;
  if (!(fraction > 0 && fraction < 1))
    throw Error(ExitCode::usage, "--test: a fraction lies between 0 and 1, got " + test);
  return fraction;
}

Fold test_fold(const ToolOptions& options, const Tables& tables, double fraction) {
  const LabelledTable& all = tables.train;
  const TextColumn* groups = tables.grouping.in(all);
  if (!options.time_split.empty()) return hold_out_latest(all.times, groups, fraction);
  return hold_out(all.labels, all.classes.size(), groups, fraction, options.seed);
}

}  // namespace

Tables read_tables(const ToolOptions& options, Streams& streams) {
  const std::optional<double> fraction = options.test.empty() ? std::nullopt : as_fraction(options.test);
  TableChoice choice = table_choice(options);
  const Inputs inputs = options.inputs.empty() ? Inputs{"-"} : options.inputs;
  Tables tables;
  tables.train = options.stack ? read_stacked(choice, inputs, streams) : read_table(choice, inputs, streams);
  refuse_few_classes(tables.train);
  if (options.max_per_class > 0) {
    const std::size_t before = tables.train.rows();
    tables.train = take_rows(
        tables.train, cap_rows(tables.train.labels, tables.train.classes.size(), options.max_per_class, options.seed));
    tables.capped = before - tables.train.rows();
  }
  if (options.fold.empty() && (options.cv > 0 || fraction))
    tables.grouping =
        grouping_of(options.group, tables.train,
                    "folds are random, and figures optimistic if rows of one source stand on both sides", streams.log);
  if (fraction) {
    const Fold fold = test_fold(options, tables, *fraction);
    tables.test = take_rows(tables.train, fold.test);
    tables.train = take_rows(tables.train, fold.train);
  } else if (!options.test.empty()) {
    choice.features = tables.train.features;
    choice.names_must_occur = false;
    choice.weight.clear();
    choice.time.clear();
    choice.carry = false;
    tables.test =
        options.stack ? read_stacked(choice, {options.test}, streams) : read_table(choice, {options.test}, streams);
  }
  return tables;
}

}  // namespace mltat::train
