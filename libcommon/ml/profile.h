// SPDX-License-Identifier: Apache-2.0
/// What the rows looked like that a model learned from, so that it can be told when those it scores look otherwise.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ml/labelled_table.h"

namespace mltat {

/// A feature in up to 10 bins of about equal shares. A value's bin is the number of cuts below it.
struct FeatureProfile {
  std::vector<double> cuts;          ///< ascending; each is a value that was seen
  std::vector<double> shares;        ///< of the rows, one more than cuts; sum 1
  std::optional<double> importance;  ///< as the caller measured it; may be below 0
  double min = 0;
  double median = 0;  ///< a value that was seen: half of the rows are no larger
  double max = 0;

  std::size_t bin(double value) const;
};

/// What the drift index (drift.h) of a window of so many rows stays below in 99 of 100 cases where nothing has changed.
struct DriftLimit {
  std::uint64_t rows = 0;
  double psi = 0;
};

struct Profile {
  std::uint64_t rows = 0;
  std::vector<double> class_shares;  ///< by class; sum 1
  std::vector<FeatureProfile> features;
  std::vector<DriftLimit> drift_limits = {};  ///< by rows, ascending; empty: not known

  /// `importance`: one number a feature, or empty: not known. Requires: at least one row.
  static Profile fit(const LabelledTable& table, std::span<const double> importance);

  std::string json(const std::vector<std::string>& features, const std::vector<std::string>& classes) const;
  /// Errors: Error(bad_data) with the fact, without the file's name.
  static Profile parse(const nlohmann::ordered_json& json, const std::vector<std::string>& features,
                       const std::vector<std::string>& classes);
};

/// Requires: at least one value; all finite.
FeatureProfile profile_of(std::span<const double> values);

}  // namespace mltat
