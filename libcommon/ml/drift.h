// SPDX-License-Identifier: Apache-2.0
/// Do the rows that a model scores still look like those that it learned from?
///
/// The population-stability index of a feature is the sum over its bins of (now - then) ln(now / then), of the shares
/// of rows in the bin; each share is (rows + 1/2) / (all rows + bins / 2), so that an empty bin stays finite. The
/// drift index is the mean over the features, weighted by their importance where that is above 0; where none is, all
/// count alike. It grows with what has changed, but also as the window gets smaller, and as its rows come from fewer
/// captures: a limit that says "drift" needs both.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ml/labelled_table.h"
#include "ml/profile.h"
#include "parallel/pipeline.h"

namespace mltat {

inline constexpr std::uint64_t kMinDriftRows = 100;  ///< fewer rows are not judged

/// How many rows fall into each bin of each feature. Requires: the profile outlives it.
class BinCounts {
 public:
  explicit BinCounts(const Profile& profile);
  void add(std::size_t feature, double value) { ++counts_[feature][profile_->features[feature].bin(value)]; }

  /// Of each feature. Requires: every feature was added for the same number of rows, above 0.
  std::vector<double> psi() const;

 private:
  const Profile* profile_;
  std::vector<std::vector<std::uint64_t>> counts_;
};

/// By feature; sum 1.
std::vector<double> drift_weights(const Profile& profile);

/// The drift index. Requires: as many of each.
double weighted_psi(std::span<const double> psi, std::span<const double> weights);

/// What a window of so many rows must exceed. Returns: nothing below kMinDriftRows, or where the profile has no limits.
std::optional<double> drift_limit(const Profile& profile, std::uint64_t rows);

/// The limits that the rows learned from show themselves: the groups of each class are cut at random into two halves,
/// 200 times, and windows drawn from the one half are compared with the other, which is how new captures of known
/// traffic differ. Without groups (null) each row is one, as is each row of a class with a single group. Of more than
/// 20,000 rows so many are drawn. Returns: nothing where no class can be halved. The same for any number of threads.
/// Requires: the profile is that of the table.
std::vector<DriftLimit> drift_limits(const LabelledTable& table, const Profile& profile, const TextColumn* groups,
                                     std::uint64_t seed, Threads threads);

}  // namespace mltat
