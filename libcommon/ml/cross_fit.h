// SPDX-License-Identifier: Apache-2.0
/// What is learned from rows as models that had not seen them answered: calibration and thresholds, and calibration
/// judged as models are, by rows that it was not learned from.
#pragma once

#include <cstdint>
#include <vector>

#include "ml/calibration.h"
#include "ml/evaluate.h"
#include "ml/thresholds.h"

namespace mltat {

/// The true class of each row of evaluation.rows.
std::vector<std::uint32_t> truths_of(const LabelledTable& table, const Evaluation& evaluation);

/// Learned from all rows that the evaluation tested. Requires: its probabilities are kept.
Calibration fit_calibration(const LabelledTable& table, const Evaluation& source);

/// The probabilities of `target`, those of each fold calibrated by what `source` tells of the rows that the fold did
/// not test; a fold that tested all of them keeps its own. Requires: the probabilities of both are kept.
Matrix cross_calibrate(const LabelledTable& table, const Evaluation& target, const Evaluation& source, Threads threads);

/// The thresholds of a model whose answers would be these. What they make of answers is told of each fold by
/// thresholds from the other folds. Requires: the probabilities are kept.
struct FittedThresholds {
  Thresholds thresholds;
  std::vector<KeptAnswers> kept;
};
FittedThresholds fit_thresholds(const LabelledTable& table, const Evaluation& source, double target_precision);

Reliability reliability_of(const LabelledTable& table, const Evaluation& evaluation);

/// Folds by a coarse column, without the rows that cannot be answered: those of a class that the other folds lack.
/// Folds left without rows are dropped.
std::vector<Fold> answerable(std::vector<Fold> folds, const LabelledTable& table);

}  // namespace mltat
