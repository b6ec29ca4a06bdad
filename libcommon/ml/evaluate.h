// SPDX-License-Identifier: Apache-2.0
/// Judging a learner by rows that it has not seen.
///
/// Folds run side by side; figures are added up in the order of rows, so they do not depend on that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ml/labelled_table.h"
#include "ml/metrics.h"
#include "ml/recipe.h"
#include "ml/report.h"

namespace mltat {

std::shared_ptr<const Classifier> fit(const LabelledTable& table, const Recipe& recipe, Threads threads);

/// The figures of one way to split.
struct Evaluation {
  std::string split;               ///< random, group, fold or leave_out
  std::string column;              ///< that groups or folds come from, empty for random
  std::vector<std::string> names;  ///< of the folds, where they have one
  std::vector<Figures> folds;
  Figures all;                                    ///< of all rows that were tested
  std::vector<std::string> skipped_classes = {};  ///< leave_out: nothing to learn them from

  double mean(double Figures::*figure) const;
  /// Sample standard deviation over the folds (n - 1); none for a single fold.
  std::optional<double> sd(double Figures::*figure) const;
};

/// Fits on the training rows of each fold and scores its test rows. A fold's chance depends on the seed and its
/// place in the list. Requires: at least one fold, none with an empty side.
Evaluation cross_validate(const LabelledTable& table, const std::vector<Fold>& folds, const Recipe& recipe,
                          Threads threads);

/// Scores a finished classifier on other rows. The table has the same features; a class unknown to the classifier
/// counts as never found.
Figures score_table(const Classifier& classifier, const std::vector<std::string>& classes, const LabelledTable& table);

/// Accuracy, balanced accuracy, macro F1, log loss and ECE of all rows; mean and sd over the folds; each fold.
JsonObject evaluation_json(const Evaluation& evaluation);

}  // namespace mltat
