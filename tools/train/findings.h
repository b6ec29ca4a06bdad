// SPDX-License-Identifier: Apache-2.0
/// All that was found out about a model; reports, the model card and the model itself are drawn from it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ml/cross_fit.h"
#include "ml/grid.h"

namespace mltat::train {

struct GridFindings {
  const NamedFigure* score = nullptr;  ///< what was maximised, over all rows tested
  std::vector<GridAxis> axes;
  std::vector<Parameters> points;       ///< every combination
  std::vector<Evaluation> evaluations;  ///< of each, on the same folds
  std::size_t chosen = 0;               ///< the first of the best
};

/// How confidences of one split agreed with the truth.
struct CalibrationEffect {
  std::string split;
  std::string column;
  Reliability before;
  Reliability after;  ///< by curves that had not seen the rows
};

struct CalibrationFindings {
  Calibration calibration;  ///< of the model
  std::string split;        ///< whose tested rows it was learned from
  std::string column;
  std::size_t rows = 0;
  std::vector<CalibrationEffect> effects;
};

struct Findings {
  std::optional<GridFindings> grid;
  std::optional<Evaluation> fold;       ///< folds that were given
  std::optional<Evaluation> group;      ///< no group on both sides
  std::optional<Evaluation> random;     ///< named optimistic where there are groups: one may stand on both sides
  std::optional<Evaluation> time;       ///< tested on what came later
  std::optional<Evaluation> leave_out;  ///< one value of a column never seen
  std::optional<Figures> test;          ///< of --test
  std::optional<CalibrationFindings> calibration;  ///< the figures of all splits are those after it
  std::optional<FittedThresholds> thresholds;

  /// The evaluation whose macro F1 becomes the model's weight: by given folds, by groups, at random.
  const Evaluation* main() const {
    for (const std::optional<Evaluation>* one : {&fold, &group, &random})
      if (*one) return &**one;
    return nullptr;
  }
  /// The figures at the top: of --test where given, else of all out-of-fold predictions. Null: nothing was judged.
  const Figures* top() const {
    if (test) return &*test;
    return main() == nullptr ? nullptr : &main()->all;
  }
  /// What the figures at the top are of: test, fold, group, random or none.
  std::string judged_by() const {
    if (test) return "test";
    return main() == nullptr ? "none" : main()->split;
  }
};

}  // namespace mltat::train
