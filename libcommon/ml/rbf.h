// SPDX-License-Identifier: Apache-2.0
/// The svm with the RBF kernel: a machine for every pair of classes over slog columns; all share their support vectors.
///
/// The decision of a pair, cut off at +-1, counts for the one class and against the other; the probability is the
/// softmax of the classes' sums. So a class that wins every pair wins, and pairs that are near the border weigh less
/// than a whole vote. A class without rows to learn from loses every pair.
/// (mltat-formats(5), "Model", payload of svm.)
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "ml/learner.h"

namespace mltat {

/// Requires: c and gamma above 0. Errors: Error(bad_data) for more than kMaxRbfRows rows or kMaxRbfClasses classes.
inline constexpr std::size_t kMaxRbfRows = 200000;
inline constexpr std::size_t kMaxRbfClasses = 1000;
std::shared_ptr<const Classifier> fit_rbf(const TrainingSet& set, double c, double gamma, Threads threads);

/// Errors: Error(bad_data) with the fact.
std::shared_ptr<const Classifier> parse_rbf(const nlohmann::ordered_json& json, std::size_t n_features,
                                            std::size_t n_classes);

}  // namespace mltat
