// SPDX-License-Identifier: Apache-2.0
/// How sure an answer must be: for each class the confidence from which its answers are right often enough. A model
/// that has them says `unknown` below.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ml/report.h"
#include "ml/table.h"

namespace mltat {

/// By class; none: no confidence is enough, the class is never answered.
using ClassThresholds = std::vector<std::optional<double>>;

struct Thresholds {
  double target_precision = 0;
  ClassThresholds by_class;

  bool accept(std::size_t answer, double confidence) const;

  std::string json(const std::vector<std::string>& classes) const;
  /// Errors: Error(bad_data) with the fact, without the file's name.
  static Thresholds parse(const nlohmann::ordered_json& json, const std::vector<std::string>& classes);
};

/// The lowest confidence t of each class such that at least the target share of its answers with confidence t or more
/// are right, and these are 10 or more. `rows` are those to learn from, which the classifier was not fitted on.
/// Labels index the columns.
ClassThresholds thresholds_for(const Matrix& proba, std::span<const std::uint32_t> labels,
                               std::span<const std::uint32_t> rows, double target_precision);

/// What thresholds make of the answers of one class.
struct KeptAnswers {
  std::uint64_t support = 0;  ///< rows whose truth it is
  std::uint64_t kept = 0;     ///< answers with its name that are sure enough
  std::uint64_t right = 0;    ///< of these

  std::optional<double> precision() const;  ///< right / kept
  std::optional<double> recall() const;     ///< right / support
};

std::vector<KeptAnswers> kept_answers(const Matrix& proba, std::span<const std::uint32_t> labels,
                                      std::span<const std::uint32_t> rows, const ClassThresholds& thresholds);

/// `target_precision`, `coverage` (share of all rows that are still answered), `classes`: of each `threshold`, `kept`,
/// `precision`, `recall`.
JsonObject thresholds_json(const Thresholds& thresholds, const std::vector<std::string>& classes,
                           const std::vector<KeptAnswers>& kept);

}  // namespace mltat
