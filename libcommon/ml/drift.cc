// SPDX-License-Identifier: Apache-2.0
#include "ml/drift.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/rng.h"

namespace mltat {
namespace {

constexpr std::uint64_t kWindowRows[] = {kMinDriftRows, 300, 1000, 3000};
constexpr std::size_t kHalvings = 200;
constexpr std::size_t kWindowsOfEach = 2;  ///< the halves differ by more than the windows drawn from them
constexpr std::size_t kMostRows = 20'000;
constexpr double kQuantile = 0.99;
constexpr std::uint64_t kHalve = 0x64726966;  ///< sets this use of the seed apart from others
constexpr std::uint64_t kSample = 0x64726967;

double smoothed(double count, double all, std::size_t bins) {
  return (count + 0.5) / (all + 0.5 * static_cast<double>(bins));
}

double psi_of(double now, double then) {
  return (now - then) * std::log(now / then);
}

/// The rows as bins, and who belongs together. Bins of all features stand in one list, feature by feature.
class BinnedRows {
  using Group = std::vector<std::uint32_t>;  ///< rows that belong together

 public:
  BinnedRows(const LabelledTable& table, const Profile& profile, const TextColumn* groups, std::uint64_t seed)
      : weights_(drift_weights(profile)) {
    std::vector<std::uint32_t> rows(table.rows());
    std::iota(rows.begin(), rows.end(), 0U);
    if (rows.size() > kMostRows) {
      Rng{seed, kSample}.shuffle(std::span(rows));
      rows.resize(kMostRows);
      std::sort(rows.begin(), rows.end());
    }
    rows_ = rows.size();
    first_bin_.push_back(0);
    codes_.resize(rows_ * profile.features.size());
    for (std::size_t f = 0; f < profile.features.size(); ++f) {
      for (std::size_t r = 0; r < rows_; ++r)
        codes_[r * profile.features.size() + f] =
            static_cast<std::uint32_t>(first_bin_.back() + profile.features[f].bin(table.x.column(f)[rows[r]]));
      first_bin_.push_back(first_bin_.back() + profile.features[f].shares.size());
    }
    find_groups(rows, table.labels, groups, table.classes.size());
  }

  /// Does every half have rows?
  bool can_be_halved() const {
    return std::any_of(groups_.begin(), groups_.end(), [](const auto& of_class) { return of_class.size() > 1; });
  }

  /// The indices of windows drawn from the groups on the one side, compared with those on the other: for each size
  /// kWindowsOfEach of them.
  std::vector<double> compare_halves(Rng rng) const {
    std::vector<std::uint32_t> held, rest;
    for (const std::vector<Group>& of_class : groups_) {
      std::vector<std::uint32_t> order(of_class.size());
      std::iota(order.begin(), order.end(), 0U);
      rng.shuffle(std::span(order));
      std::size_t on_held = 0, on_rest = 0;
      for (const std::uint32_t place : order) {
        const Group& group = of_class[place];
        const bool to_held = on_held < on_rest || (on_held == on_rest && rng.below(2) == 0);
        std::vector<std::uint32_t>& side = to_held ? held : rest;
        side.insert(side.end(), group.begin(), group.end());
        (to_held ? on_held : on_rest) += group.size();
      }
    }
    std::vector<std::uint32_t> then(first_bin_.back(), 0);
    for (const std::uint32_t row : rest)
      add(row, then);
    std::vector<double> out;
    std::vector<std::uint32_t> now(first_bin_.back());
    for (const std::uint64_t size : kWindowRows)
      for (std::size_t w = 0; w < kWindowsOfEach; ++w) {
        std::fill(now.begin(), now.end(), 0U);
        for (std::uint64_t i = 0; i < size; ++i)
          add(held[rng.below(held.size())], now);
        out.push_back(index(now, static_cast<double>(size), then, static_cast<double>(rest.size())));
      }
    return out;
  }

 private:
  /// Of each class. A row without a group is one; so is each row of a class that has no two groups.
  void find_groups(const std::vector<std::uint32_t>& rows, const std::vector<std::uint32_t>& labels,
                   const TextColumn* groups, std::size_t n_classes) {
    std::vector<std::map<std::uint32_t, Group>> named(n_classes);
    groups_.resize(n_classes);
    for (std::uint32_t r = 0; r < rows.size(); ++r) {
      const std::uint32_t label = labels[rows[r]];
      const std::uint32_t group = groups == nullptr ? TextColumn::kNone : groups->values[rows[r]];
      if (group == TextColumn::kNone)
        groups_[label].push_back({r});
      else
        named[label][group].push_back(r);
    }
    for (std::size_t c = 0; c < n_classes; ++c) {
      if (groups_[c].empty() && named[c].size() == 1) {
        for (const std::uint32_t row : named[c].begin()->second)
          groups_[c].push_back({row});
        continue;
      }
      for (const auto& [name, members] : named[c])
        groups_[c].push_back(members);
    }
  }

  void add(std::uint32_t row, std::vector<std::uint32_t>& counts) const {
    const std::size_t features = weights_.size();
    for (std::size_t f = 0; f < features; ++f)
      ++counts[codes_[row * features + f]];
  }

  double index(const std::vector<std::uint32_t>& now, double now_rows, const std::vector<std::uint32_t>& then,
               double then_rows) const {
    double sum = 0;
    for (std::size_t f = 0; f < weights_.size(); ++f) {
      const std::size_t bins = first_bin_[f + 1] - first_bin_[f];
      for (std::size_t b = first_bin_[f]; b < first_bin_[f + 1]; ++b)
        sum += weights_[f] * psi_of(smoothed(now[b], now_rows, bins), smoothed(then[b], then_rows, bins));
    }
    return sum;
  }

  std::size_t rows_ = 0;
  std::vector<double> weights_;
  std::vector<std::size_t> first_bin_;      ///< by feature, and one behind the last
  std::vector<std::uint32_t> codes_;        ///< [rows x features]
  std::vector<std::vector<Group>> groups_;  ///< by class
};

}  // namespace

BinCounts::BinCounts(const Profile& profile) : profile_(&profile) {
  for (const FeatureProfile& feature : profile.features)
    counts_.emplace_back(feature.shares.size(), 0);
}

std::vector<double> BinCounts::psi() const {
  std::vector<double> out;
  for (std::size_t f = 0; f < counts_.size(); ++f) {
    const std::vector<double>& shares = profile_->features[f].shares;
    const auto now_rows = static_cast<double>(std::accumulate(counts_[f].begin(), counts_[f].end(), std::uint64_t{0}));
    const auto then_rows = static_cast<double>(profile_->rows);
    double sum = 0;
    for (std::size_t b = 0; b < shares.size(); ++b)
      sum += psi_of(smoothed(static_cast<double>(counts_[f][b]), now_rows, shares.size()),
                    smoothed(shares[b] * then_rows, then_rows, shares.size()));
    out.push_back(sum);
  }
  return out;
}

std::vector<double> drift_weights(const Profile& profile) {
  std::vector<double> out;
  for (const FeatureProfile& feature : profile.features)
    out.push_back(std::max(feature.importance.value_or(0), 0.0));
  const double sum = std::accumulate(out.begin(), out.end(), 0.0);
  for (double& weight : out)
    weight = sum > 0 ? weight / sum : 1 / static_cast<double>(out.size());
  return out;
}

double weighted_psi(std::span<const double> psi, std::span<const double> weights) {
  return std::inner_product(psi.begin(), psi.end(), weights.begin(), 0.0);
}

std::optional<double> drift_limit(const Profile& profile, std::uint64_t rows) {
  const std::vector<DriftLimit>& limits = profile.drift_limits;
  if (limits.empty() || rows < kMinDriftRows || rows < limits.front().rows) return std::nullopt;
  const auto above = std::upper_bound(limits.begin(), limits.end(), rows,
                                      [](std::uint64_t n, const DriftLimit& limit) { return n < limit.rows; });
  if (above == limits.end()) return limits.back().psi;
  // What chance adds to the index goes by 1 / rows.
  const DriftLimit& low = *(above - 1);
  const auto inverse = [](std::uint64_t n) { return 1 / static_cast<double>(n); };
  const double way = (inverse(low.rows) - inverse(rows)) / (inverse(low.rows) - inverse(above->rows));
  return low.psi + way * (above->psi - low.psi);
}

std::vector<DriftLimit> drift_limits(const LabelledTable& table, const Profile& profile, const TextColumn* groups,
                                     std::uint64_t seed, Threads threads) {
  if (table.rows() < 2) return {};
  const BinnedRows rows(table, profile, groups, seed);
  if (!rows.can_be_halved()) return {};
  std::vector<std::vector<double>> found(kHalvings);
  constexpr std::size_t kHalvingsPerPiece = 10;
  for_range(threads, kHalvings, kHalvingsPerPiece, [&](std::size_t begin, std::size_t end) {
    for (std::size_t h = begin; h < end; ++h)
      found[h] = rows.compare_halves(Rng{seed, kHalve, h});
  });
  std::vector<DriftLimit> out;
  for (std::size_t size = 0; size < std::size(kWindowRows); ++size) {
    std::vector<double> all;
    for (const std::vector<double>& one : found)
      all.insert(all.end(), one.begin() + static_cast<std::ptrdiff_t>(size * kWindowsOfEach),
                 one.begin() + static_cast<std::ptrdiff_t>((size + 1) * kWindowsOfEach));
    const auto place = static_cast<std::ptrdiff_t>(kQuantile * static_cast<double>(all.size()));
    std::nth_element(all.begin(), all.begin() + place, all.end());
    // To six decimals, so that the last bits of a logarithm, which differ between machines, leave no trace.
    out.push_back({kWindowRows[size], std::round(all[static_cast<std::size_t>(place)] * 1e6) / 1e6});
  }
  return out;
}

}  // namespace mltat
