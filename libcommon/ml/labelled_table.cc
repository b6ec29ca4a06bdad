// SPDX-License-Identifier: Apache-2.0
#include "ml/labelled_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "base/error.h"
#include "base/siphash.h"
#include "ml/metrics.h"
#include "ml/vote.h"
#include "rows/known_keys.h"
#include "rows/row_reader.h"
#include "rows/row_writer.h"

namespace mltat {
namespace {

constexpr std::string_view kFeatureSet = "feature_set";

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 30;
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
    out += (i > 0 ? ", " : "") + names[i];
  return names.size() > kShown ? out + ", ..." : out;
}

/// Words numbered as they come; sorted at the end.
class Interner {
 public:
  void add(std::optional<std::string_view> word) {
    if (!word) return values_.push_back(TextColumn::kNone);
    auto it = numbers_.find(*word);
    if (it == numbers_.end()) it = numbers_.emplace(*word, static_cast<std::uint32_t>(numbers_.size())).first;
    values_.push_back(it->second);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, number] : numbers_)
      names.push_back(name);
    return names;
  }

  TextColumn column(std::span<const std::uint32_t> order) const {
    TextColumn out{{}, names()};
    std::vector<std::uint32_t> place(numbers_.size());
    std::uint32_t next = 0;
    for (const auto& [name, number] : numbers_)
      place[number] = next++;
    for (const std::uint32_t r : order)
      out.values.push_back(values_[r] == TextColumn::kNone ? TextColumn::kNone : place[values_[r]]);
    return out;
  }

 private:
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<std::uint32_t> values_;
};

/// What rows are sorted by. Rows that agree in all of it are the same bytes.
struct SortKey {
  std::string identity;
  std::uint64_t hash[2];

  auto tie() const { return std::tie(identity, hash[0], hash[1]); }
  bool operator<(const SortKey& other) const { return tie() < other.tie(); }
};

}  // namespace

struct LabelledTableReader::Rows {
  bool planned = false;
  std::vector<std::string> features;
  std::vector<std::string> texts;            ///< names in the plan, behind the label and the feature set
  std::vector<std::vector<double>> numbers;  ///< by column of the plan: the features, the weight, the time
  std::vector<std::string> carried;
  std::vector<std::uint32_t> places;
  std::vector<SortKey> keys;
  Interner labels;
  std::map<std::string, Interner, std::less<>> columns;
  std::optional<std::string> feature_set;
  std::set<std::string, std::less<>> seen;     ///< labels before renaming
  std::set<std::string, std::less<>> renamed;  ///< and after
  std::uint64_t read = 0, unlabelled = 0, dropped = 0;
};

/// A batch on its way: its rows and, where they are wanted, what is carried of each.
struct LabelledTableReader::Work {
  RowBatch batch;
  std::vector<std::string> carried;
};

const TextColumn* LabelledTable::text(std::string_view name) const {
  const auto it = texts.find(name);
  return it == texts.end() ? nullptr : &it->second;
}

std::vector<std::size_t> all_columns(const Columns& x) {
  std::vector<std::size_t> all(x.columns());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

Columns take_rows(const Columns& x, std::span<const std::uint32_t> rows) {
  return take_cells(x, rows, all_columns(x));
}

Columns take_cells(const Columns& x, std::span<const std::uint32_t> rows, std::span<const std::size_t> columns) {
  Columns out(rows.size(), columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const std::span<const double> from = x.column(columns[c]);
    const std::span<double> to = out.column(c);
    for (std::size_t i = 0; i < rows.size(); ++i)
      to[i] = from[rows[i]];
  }
  return out;
}

std::vector<std::uint64_t> row_hashes(const Columns& x) {
  std::vector<std::uint64_t> hashes(x.rows());
  std::vector<double> row(x.columns());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t c = 0; c < x.columns(); ++c)
      row[c] = x.column(c)[r];
    hashes[r] = siphash24({reinterpret_cast<const std::uint8_t*>(row.data()), row.size() * sizeof(double)});
  }
  return hashes;
}

Columns slice_rows(const Columns& x, std::size_t begin, std::size_t end) {
  Columns out(end - begin, x.columns());
  for (std::size_t c = 0; c < x.columns(); ++c)
    std::ranges::copy(x.column(c).subspan(begin, end - begin), out.column(c).begin());
  return out;
}

LabelledTable take_rows(const LabelledTable& table, std::span<const std::uint32_t> rows) {
  const auto take = [&](const auto& from, auto& to) {
    if (from.empty()) return;
    to.reserve(rows.size());
    for (const std::uint32_t r : rows)
      to.push_back(from[r]);
  };
  LabelledTable out;
  out.features = table.features;
  out.x = take_rows(table.x, rows);
  out.classes = table.classes;
  out.feature_set = table.feature_set;
  out.unlabelled = table.unlabelled;
  out.dropped = table.dropped;
  take(table.labels, out.labels);
  take(table.weights, out.weights);
  take(table.times, out.times);
  take(table.carried, out.carried);
  take(table.places, out.places);
  for (const auto& [name, column] : table.texts) {
    TextColumn& taken = out.texts[name];
    taken.names = column.names;
    take(column.values, taken.values);
  }
  return out;
}

LabelledTableReader::LabelledTableReader(TableChoice choice, Threads threads)
    : choice_(std::move(choice)), threads_(threads), rows_(std::make_unique<Rows>()) {}

LabelledTableReader::~LabelledTableReader() = default;

void LabelledTableReader::plan(const RowStream& stream) {
  if (!stream.has(choice_.label) && !choice_.keep_unlabelled)
    throw Error(ExitCode::bad_data, stream.name + ": no column '" + choice_.label +
                                        "' to learn from: name another (--label NAME), or label the flows (`featurize "
                                        "--label-from parent CLASS/FILE...`); there are: " +
                                        list_of(stream.columns));
  if (!rows_->planned) {
    rows_->planned = true;
    rows_->features = choice_.features.empty() ? choose_features(stream.columns, choice_.rule) : choice_.features;
  }
  // The keys of a first NDJSON row are a hint, the header of a CSV is final.
  if (stream.format == RowFormat::csv)
    for (const std::string& name : rows_->features)
      if (!stream.has(name)) throw Error(ExitCode::mismatch, stream.name + ": no column '" + name + "', a feature");
  std::vector<std::string> numbers = rows_->features;
  for (const std::string& name : {choice_.weight, choice_.time}) {
    if (name.empty() || std::find(numbers.begin(), numbers.end(), name) != numbers.end()) continue;
    if (!stream.has(name)) throw Error(ExitCode::usage, stream.name + ": no column '" + name + "'");
    numbers.push_back(name);
  }
  rows_->numbers.resize(numbers.size());
  rows_->texts = {choice_.label, std::string(kFeatureSet)};
  const auto want = [&](std::string_view name) {
    if (std::find(rows_->texts.begin(), rows_->texts.end(), name) == rows_->texts.end())
      rows_->texts.emplace_back(name);
  };
  for (const std::string_view name : kRowIdentity)
    want(name);
  for (const std::string& name : choice_.texts)
    want(name);
  plan_ = {std::move(numbers), rows_->texts, false, true};
}

void LabelledTableReader::add(std::unique_ptr<ByteSource> source) {
  RowReader reader(std::move(source));
  inputs_.push_back(reader.stream().name);
  if (reader.empty()) return;
  plan(reader.stream());
  const RowWriter writer(reader.stream(), RowFormat::ndjson,
                         [this](std::string_view name) {
                           const auto is_one_of = [&](const auto& names) {
                             return std::find(names.begin(), names.end(), name) != names.end();
                           };
                           if (is_vote_key(name) || is_one_of(choice_.not_carried)) return false;
                           return is_identity_key(name) || !is_one_of(rows_->features);
                         },
                         {});
  const auto parse = [&](Work& work) {
    parse_rows(work.batch, plan_);
    if (choice_.carry) work.carried = carried_objects(writer, work.batch);
  };
  ordered_pipeline<Work>(threads_, [&](Work& work) { return reader.next(work.batch); },
                         {{StageMode::concurrent, parse}, {StageMode::serial, [&](Work& work) {
                                                             take(work);
                                                             if (work.batch.trouble()) throw *work.batch.trouble();
                                                           }}});
}

std::string LabelledTableReader::class_of(std::string label) {
  Rows& rows = *rows_;
  rows.seen.insert(label);
  if (const auto it = choice_.relabel.find(label); it != choice_.relabel.end()) label = it->second;
  rows.renamed.insert(label);
  if (choice_.drop.contains(label)) return {};
  if (!choice_.positive.empty() && label != choice_.positive) return std::string(kBackgroundLabel);
  return label;
}

void LabelledTableReader::take(const Work& work) {
  const RowBatch& batch = work.batch;
  Rows& rows = *rows_;
  const auto place_of = [&](std::string_view name) {
    return static_cast<std::size_t>(std::find(rows.texts.begin(), rows.texts.end(), name) - rows.texts.begin());
  };
  std::vector<std::size_t> kept;
  for (std::size_t r = 0; r < batch.rows(); ++r) {
    const auto place = static_cast<std::uint32_t>(rows.read++);
    std::optional<std::string_view> given = batch.text(r, 0);
    if (choice_.keep_unlabelled && given == kUnknownLabel) given.reset();
    if (!given && !choice_.keep_unlabelled) {
      ++rows.unlabelled;
      continue;
    }
    if (given) {
      const std::string label = class_of(std::string(*given));
      if (label.empty()) {
        ++rows.dropped;
        continue;
      }
      if (label == kUnknownLabel)
        throw Error(ExitCode::bad_data, batch.place(r) +
                                            ": 'unknown' is what a model says that abstains, it cannot be "
                                            "a class: --relabel unknown=NAME or --drop unknown");
      rows.labels.add(label);
    } else {
      rows.labels.add(std::nullopt);
    }
    kept.push_back(r);
    rows.places.push_back(place);

    const std::optional<std::string_view> set = batch.text(r, 1);
    const std::string_view set_name = set.value_or("");
    if (rows.feature_set.value_or(std::string(set_name)) != set_name)
      throw Error(ExitCode::bad_data, batch.place(r) + ": feature_set '" + std::string(set_name) + "' after rows of '" +
                                          *rows.feature_set + "': train on one set of definitions");
    rows.feature_set = set_name;

    SortKey key{};
    for (const std::string_view name : kRowIdentity)
      key.identity.append(batch.text(r, place_of(name)).value_or("")) += '\0';
    for (const std::uint64_t half : {0, 1})
      key.hash[half] = siphash24(as_bytes(batch.raw(r)), {half, 0});
    rows.keys.push_back(std::move(key));
    if (choice_.carry) rows.carried.push_back(work.carried[r]);
  }
  for (std::size_t c = 0; c < plan_.numbers.size(); ++c) {
    const std::string& name = plan_.numbers[c];
    const std::span<const double> values = batch.numbers(c);
    for (const std::size_t r : kept) {
      if (std::isnan(values[r]))
        throw Error(ExitCode::bad_data,
                    batch.place(r) + ": column '" + name + "' has no value" +
                        (c < rows.features.size() ? ": leave the column out with --exclude '" + name + "'" : ""));
      if (name == choice_.weight && values[r] < 0)
        throw Error(ExitCode::bad_data, batch.place(r) + ": column '" + name + "': a weight below 0");
      rows.numbers[c].push_back(values[r]);
    }
  }
  for (const std::string& name : choice_.texts) {
    const std::size_t place = place_of(name);
    Interner& column = rows.columns[name];
    for (const std::size_t r : kept)
      column.add(batch.text(r, place));
  }
}

LabelledTable LabelledTableReader::finish() {
  Rows& rows = *rows_;
  const auto listed = [](const auto& names) { return list_of({names.begin(), names.end()}); };
  if (rows.read == 0) throw Error(ExitCode::bad_data, list_of(inputs_) + ": no rows, the input is empty");
  for (const auto& [old_name, new_name] : choice_.relabel)
    if (choice_.names_must_occur && !rows.seen.contains(old_name))
      throw Error(ExitCode::usage,
                  "--relabel: no row has the label '" + old_name + "'; there are: " + listed(rows.seen));
  for (const std::string& name : choice_.drop)
    if (choice_.names_must_occur && !rows.renamed.contains(name))
      throw Error(ExitCode::usage, "--drop: no row has the label '" + name + "'; there are: " + listed(rows.renamed));

  if (choice_.names_must_occur && !choice_.positive.empty() && !rows.renamed.contains(choice_.positive))
    throw Error(ExitCode::usage,
                "--positive: no row has the label '" + choice_.positive + "'; there are: " + listed(rows.renamed));

  std::vector<std::uint32_t> order(rows.keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return rows.keys[a] < rows.keys[b]; });

  LabelledTable table;
  table.features = std::move(rows.features);
  table.x = Columns(order.size(), table.features.size());
  const auto put = [&](auto& from, auto to) {
    for (const std::uint32_t r : order)
      *to++ = std::move(from[r]);
  };
  for (std::size_t c = 0; c < plan_.numbers.size(); ++c) {
    std::vector<double>& from = rows.numbers[c];
    if (plan_.numbers[c] == choice_.weight) put(from, std::back_inserter(table.weights));
    if (plan_.numbers[c] == choice_.time) put(from, std::back_inserter(table.times));
    if (c < table.features.size()) put(from, table.x.column(c).begin());
    from = {};
  }
  if (choice_.carry) put(rows.carried, std::back_inserter(table.carried));
  put(rows.places, std::back_inserter(table.places));
  TextColumn labels = rows.labels.column(order);
  if (labels.names.size() > kMaxClasses)
    throw Error(ExitCode::bad_data, std::to_string(labels.names.size()) + " classes: is '" + choice_.label +
                                        "' a column of classes? At most " + std::to_string(kMaxClasses) +
                                        " can be told apart");
  table.labels = std::move(labels.values);
  table.classes = std::move(labels.names);
  for (const auto& [name, words] : rows.columns)
    if (!words.names().empty()) table.texts.emplace(name, words.column(order));
  table.feature_set = rows.feature_set.value_or("");
  table.unlabelled = rows.unlabelled;
  table.dropped = rows.dropped;
  return table;
}

}  // namespace mltat
