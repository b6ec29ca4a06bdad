// SPDX-License-Identifier: Apache-2.0
#include "ml/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/rng.h"

namespace mltat {
namespace {

/// Streams of chance, so that no two uses share one.
enum Purpose : std::uint64_t { kDealRows = 101, kDealGroups, kHoldOutRows, kHoldOutGroups, kCapRows, kDrawRows, kDrawGroups };

/// Rows of each class, in random order.
std::vector<std::vector<std::uint32_t>> shuffled_classes(std::span<const std::uint32_t> labels, std::size_t n_classes,
                                                         std::uint64_t seed, Purpose purpose) {
  std::vector<std::vector<std::uint32_t>> rows(n_classes);
  for (std::uint32_t r = 0; r < labels.size(); ++r)
    rows[labels[r]].push_back(r);
  for (std::size_t c = 0; c < n_classes; ++c)
    Rng{seed, purpose, c}.shuffle(std::span(rows[c]));
  return rows;
}

struct Group {
  std::uint32_t name;
  std::uint64_t rows = 0;
  std::vector<std::uint64_t> counts = {};  ///< of each class
};

/// The groups that have rows, in random order.
std::vector<Group> shuffled_groups(std::span<const std::uint32_t> labels, std::size_t n_classes,
                                   const TextColumn& column, std::uint64_t seed, Purpose purpose) {
  std::vector<Group> groups;
  for (std::uint32_t name = 0; name < column.names.size(); ++name)
    groups.push_back({name, 0, std::vector<std::uint64_t>(n_classes, 0)});
  for (std::size_t r = 0; r < labels.size(); ++r) {
    Group& group = groups[column.values[r]];
    ++group.rows;
    ++group.counts[labels[r]];
  }
  std::erase_if(groups, [](const Group& group) { return group.rows == 0; });
  Rng{seed, purpose}.shuffle(std::span(groups));
  return groups;
}

/// Groups from the largest to the smallest, equals in random order.
std::vector<Group> ordered_groups(std::span<const std::uint32_t> labels, std::size_t n_classes,
                                  const TextColumn& column, std::uint64_t seed, Purpose purpose) {
  std::vector<Group> groups = shuffled_groups(labels, n_classes, column, seed, purpose);
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) { return a.rows > b.rows; });
  return groups;
}

std::vector<double> class_sizes(std::span<const std::uint32_t> labels, std::size_t n_classes) {
  std::vector<double> sizes(n_classes, 0);
  for (const std::uint32_t label : labels)
    ++sizes[label];
  return sizes;
}

/// fold_of[r] == f: row r is tested in fold f and trained on in all others.
std::vector<Fold> to_folds(std::span<const std::uint32_t> fold_of, std::size_t k) {
  std::vector<Fold> folds(k);
  for (std::uint32_t r = 0; r < fold_of.size(); ++r)
    for (std::size_t f = 0; f < k; ++f)
      (fold_of[r] == f ? folds[f].test : folds[f].train).push_back(r);
  return folds;
}

std::vector<std::uint32_t> rows_by_time(std::span<const double> times) {
  std::vector<std::uint32_t> order(times.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return times[a] < times[b]; });
  return order;
}

/// The first place at or behind `at` where a new time begins.
std::size_t edge_of_time(std::span<const double> times, std::span<const std::uint32_t> order, std::size_t at) {
  while (at > 0 && at < order.size() && times[order[at]] == times[order[at - 1]])
    ++at;
  return at;
}

/// Tested: the rows at places begin to end of the order; trained on: those before them, without the tested groups.
Fold fold_of_time(std::span<const std::uint32_t> order, std::size_t begin, std::size_t end, const TextColumn* groups) {
  Fold fold;
  fold.test.assign(order.begin() + static_cast<std::ptrdiff_t>(begin),
                   order.begin() + static_cast<std::ptrdiff_t>(end));
  std::vector<bool> tested(groups == nullptr ? 0 : groups->names.size(), false);
  if (groups != nullptr)
    for (const std::uint32_t r : fold.test)
      tested[groups->values[r]] = true;
  for (const std::uint32_t r : order.first(begin))
    if (groups == nullptr || !tested[groups->values[r]]) fold.train.push_back(r);
  std::sort(fold.test.begin(), fold.test.end());
  std::sort(fold.train.begin(), fold.train.end());
  return fold;
}

}  // namespace

bool TextColumn::complete() const {
  return std::find(values.begin(), values.end(), kNone) == values.end();
}

std::size_t TextColumn::distinct() const {
  std::vector<bool> seen(names.size(), false);
  for (const std::uint32_t value : values)
    if (value != kNone) seen[value] = true;
  return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
}

std::vector<Fold> stratified_folds(std::span<const std::uint32_t> labels, std::size_t n_classes, std::size_t k,
                                   std::uint64_t seed) {
  if (labels.size() < k)
    throw Error(ExitCode::bad_data, std::to_string(labels.size()) + " rows cannot make " + std::to_string(k) +
                                        " folds: use fewer (--cv N), or none (--cv 0)");
  std::vector<std::uint32_t> fold_of(labels.size());
  std::uint32_t next = 0;  // runs on from class to class, so that the folds are equally large
  for (const auto& rows : shuffled_classes(labels, n_classes, seed, kDealRows))
    for (const std::uint32_t r : rows)
      fold_of[r] = next++ % static_cast<std::uint32_t>(k);
  return to_folds(fold_of, k);
}

std::vector<Fold> grouped_folds(std::span<const std::uint32_t> labels, std::size_t n_classes, const TextColumn& groups,
                                std::size_t k, std::uint64_t seed) {
  const std::vector<Group> ordered = ordered_groups(labels, n_classes, groups, seed, kDealGroups);
  if (ordered.size() < k)
    throw Error(ExitCode::bad_data, std::to_string(ordered.size()) + " groups cannot make " + std::to_string(k) +
                                        " folds: use fewer (--cv N), or random folds (--group none)");
  const std::vector<double> sizes = class_sizes(labels, n_classes);
  std::vector<std::vector<double>> held(k, std::vector<double>(n_classes, 0));
  std::vector<double> rows(k, 0);
  std::vector<std::uint32_t> fold_of_group(groups.names.size(), 0);
  for (const Group& group : ordered) {
    // What the sum of squared shares grows by; the square of the group itself is the same for every fold.
    std::size_t best = 0;
    double best_cost = 0;
    for (std::size_t f = 0; f < k; ++f) {
      double cost = 0;
      for (std::size_t c = 0; c < n_classes; ++c)
        if (group.counts[c] > 0) cost += held[f][c] * static_cast<double>(group.counts[c]) / (sizes[c] * sizes[c]);
      if (f > 0 && (cost > best_cost || (cost == best_cost && rows[f] >= rows[best]))) continue;
      best = f;
      best_cost = cost;
    }
    fold_of_group[group.name] = static_cast<std::uint32_t>(best);
    rows[best] += static_cast<double>(group.rows);
    for (std::size_t c = 0; c < n_classes; ++c)
      held[best][c] += static_cast<double>(group.counts[c]);
  }
  std::vector<std::uint32_t> fold_of(labels.size());
  for (std::size_t r = 0; r < labels.size(); ++r)
    fold_of[r] = fold_of_group[groups.values[r]];
  return to_folds(fold_of, k);
}

std::vector<Fold> judging_folds(std::span<const std::uint32_t> labels, std::size_t n_classes, const TextColumn* groups,
                                std::size_t k, std::uint64_t seed) {
  k = std::min(k, groups != nullptr ? groups->distinct() : labels.size());
  if (k < 2) return {};
  return groups != nullptr ? grouped_folds(labels, n_classes, *groups, k, seed)
                           : stratified_folds(labels, n_classes, k, seed);
}

std::vector<Fold> given_folds(const TextColumn& column) {
  std::vector<Fold> folds = to_folds(column.values, column.names.size());
  for (std::size_t f = 0; f < folds.size(); ++f)
    folds[f].name = column.names[f];
  std::erase_if(folds, [](const Fold& fold) { return fold.test.empty(); });
  if (folds.size() < 2) throw Error(ExitCode::bad_data, "a column of folds needs two values at least");
  return folds;
}

LeaveOut leave_one_out(std::span<const std::uint32_t> labels, std::size_t n_classes, const TextColumn& column) {
  std::vector<std::vector<std::uint32_t>> names_of(n_classes);
  for (std::size_t r = 0; r < labels.size(); ++r)
    if (column.values[r] != TextColumn::kNone) names_of[labels[r]].push_back(column.values[r]);
  LeaveOut out;
  std::vector<bool> judged(n_classes);
  for (std::uint32_t c = 0; c < n_classes; ++c) {
    std::vector<std::uint32_t>& names = names_of[c];
    judged[c] = !names.empty() &&
                *std::min_element(names.begin(), names.end()) != *std::max_element(names.begin(), names.end());
    if (!judged[c]) out.skipped_classes.push_back(c);
  }
  for (std::uint32_t name = 0; name < column.names.size(); ++name) {
    Fold fold;
    fold.name = column.names[name];
    for (std::uint32_t r = 0; r < labels.size(); ++r) {
      if (column.values[r] != name)
        fold.train.push_back(r);
      else if (judged[labels[r]])
        fold.test.push_back(r);
    }
    if (!fold.test.empty()) out.folds.push_back(std::move(fold));
  }
  return out;
}

Fold hold_out(std::span<const std::uint32_t> labels, std::size_t n_classes, const TextColumn* groups, double fraction,
              std::uint64_t seed) {
  std::vector<bool> tested(labels.size(), false);
  if (groups == nullptr) {
    for (const auto& rows : shuffled_classes(labels, n_classes, seed, kHoldOutRows)) {
      const auto wanted = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(rows.size())));
      for (std::size_t i = 0; i < wanted; ++i)
        tested[rows[i]] = true;
    }
  } else {
    // A group goes to the test side if that brings the classes nearer to the share wanted.
    const std::vector<double> sizes = class_sizes(labels, n_classes);
    std::vector<double> missing(n_classes);
    for (std::size_t c = 0; c < n_classes; ++c)
      missing[c] = fraction * sizes[c];
    std::vector<bool> chosen(groups->names.size(), false);
    for (const Group& group : ordered_groups(labels, n_classes, *groups, seed, kHoldOutGroups)) {
      double gain = 0;
      for (std::size_t c = 0; c < n_classes; ++c) {
        const auto n = static_cast<double>(group.counts[c]);
        if (n > 0) gain += n * (2 * missing[c] - n) / (sizes[c] * sizes[c]);
      }
      if (gain <= 0) continue;
      chosen[group.name] = true;
      for (std::size_t c = 0; c < n_classes; ++c)
        missing[c] -= static_cast<double>(group.counts[c]);
    }
    for (std::size_t r = 0; r < labels.size(); ++r)
      tested[r] = chosen[groups->values[r]];
  }
  Fold fold;
  for (std::uint32_t r = 0; r < labels.size(); ++r)
    (tested[r] ? fold.test : fold.train).push_back(r);
  if (fold.test.empty() || fold.train.empty())
    throw Error(ExitCode::bad_data, std::string("--test: the ") + (groups != nullptr ? "groups" : "rows") +
                                        " cannot be cut so: one side would be empty");
  return fold;
}

std::vector<Fold> time_folds(std::span<const double> times, const TextColumn* groups, std::size_t k) {
  const std::vector<std::uint32_t> order = rows_by_time(times);
  const auto edge = [&](std::size_t block) { return edge_of_time(times, order, block * order.size() / (k + 1)); };
  std::vector<Fold> folds;
  for (std::size_t block = 1; block <= k; ++block) {
    Fold fold = fold_of_time(order, edge(block), edge(block + 1), groups);
    fold.name = std::to_string(block);
    if (!fold.train.empty() && !fold.test.empty()) folds.push_back(std::move(fold));
  }
  if (folds.empty())
    throw Error(ExitCode::bad_data, "--time-split: no rows stand before others: all are of one time, or of one group");
  return folds;
}

Fold hold_out_latest(std::span<const double> times, const TextColumn* groups, double fraction) {
  const std::vector<std::uint32_t> order = rows_by_time(times);
  const auto share = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(order.size())));
  Fold fold = fold_of_time(order, edge_of_time(times, order, order.size() - share), order.size(), groups);
  if (fold.test.empty() || fold.train.empty())
    throw Error(ExitCode::bad_data, "--test: the rows cannot be cut so by time: one side would be empty");
  return fold;
}

std::vector<std::uint32_t> cap_rows(std::span<const std::uint32_t> labels, std::size_t n_classes, std::size_t most,
                                    std::uint64_t seed) {
  std::vector<std::uint32_t> kept;
  for (const auto& rows : shuffled_classes(labels, n_classes, seed, kCapRows))
    kept.insert(kept.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(most, rows.size())));
  std::sort(kept.begin(), kept.end());
  return kept;
}

std::vector<std::uint32_t> draw_share(std::span<const std::uint32_t> labels, std::size_t n_classes,
                                      const TextColumn* groups, double share, std::uint64_t seed) {
  std::vector<std::uint32_t> out;
  if (groups == nullptr) {
    for (const auto& rows : shuffled_classes(labels, n_classes, seed, kDrawRows)) {
      const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(rows.size())));
      out.insert(out.end(), rows.begin(),
                 rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), std::max<std::size_t>(wanted, 1))));
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  // A group is drawn for its most frequent class, while more than half of it is missing there.
  const std::vector<double> sizes = class_sizes(labels, n_classes);
  std::vector<double> drawn(n_classes, 0);
  std::vector<bool> chosen(groups->names.size(), false);
  for (const Group& group : shuffled_groups(labels, n_classes, *groups, seed, kDrawGroups)) {
    const auto main = static_cast<std::size_t>(std::max_element(group.counts.begin(), group.counts.end()) -
                                               group.counts.begin());
    const double missing = share * sizes[main] - drawn[main];
    if (drawn[main] > 0 && missing < static_cast<double>(group.counts[main]) / 2) continue;
    chosen[group.name] = true;
    for (std::size_t c = 0; c < n_classes; ++c)
      drawn[c] += static_cast<double>(group.counts[c]);
  }
  for (std::uint32_t r = 0; r < labels.size(); ++r)
    if (chosen[groups->values[r]]) out.push_back(r);
  return out;
}

}  // namespace mltat
