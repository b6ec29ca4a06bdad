// SPDX-License-Identifier: Apache-2.0
/// Judging a learner by rows that it has not seen.
///
/// Fits run side by side; figures are added up in the order of rows, so they do not depend on that. Weights of rows
/// count in the fits, not in the figures.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ml/labelled_table.h"
#include "ml/metrics.h"
#include "ml/model.h"
#include "ml/recipe.h"
#include "ml/report.h"

namespace mltat {

std::shared_ptr<const Classifier> fit(const LabelledTable& table, const Recipe& recipe, Threads threads);

/// What a column is worth: how much accuracy is lost where its values are shuffled among the tested rows.
/// Reference: Breiman, "Random Forests", 2001, section 10.
struct ColumnImportance {
  double drop = 0;           ///< over all rows tested, in accuracy
  std::optional<double> sd;  ///< of the drop over the folds (n - 1), none for a single fold
};

/// The figures of one way to split.
struct Evaluation {
  std::string split;               ///< random, group, fold, time or leave_out
  std::string column;              ///< that groups or folds come from, empty for random
  std::vector<std::string> names;  ///< of the folds, where they have one
  std::vector<Figures> folds;
  Figures all;                                    ///< of all rows that were tested
  std::vector<std::string> skipped_classes = {};  ///< leave_out: nothing to learn them from
  std::vector<ColumnImportance> importance = {};  ///< by column, where asked for

  /// Who was tested where, and what it was given: fold after fold. Filled where asked for.
  std::vector<std::uint32_t> rows = {};  ///< of the table
  std::vector<std::uint32_t> fold_of = {};
  Matrix proba = {};

  double mean(double Figures::*figure) const;
  /// Sample standard deviation over the folds (n - 1); none for a single fold.
  std::optional<double> sd(double Figures::*figure) const;
};

struct EvaluationWish {
  bool keep_proba = false;            ///< fill rows, fold_of and proba
  std::size_t shuffles = 0;           ///< of each column, for the importance; 0: none
  std::function<void()> fitted = {};  ///< called after each fit, from any thread
};

/// At most this many rows of a fold are scored again for the importance of columns, drawn by the seed.
inline constexpr std::size_t kImportanceRows = 2000;

/// Fits on the training rows of each fold and scores its test rows, for each recipe: one evaluation a recipe.
/// A fold's chance depends on the seed and its place in the list. Requires: at least one fold, none with an empty
/// side.
std::vector<Evaluation> cross_validate(const LabelledTable& table, const std::vector<Fold>& folds,
                                       std::span<const Recipe> recipes, const EvaluationWish& wish, Threads threads);
Evaluation cross_validate(const LabelledTable& table, const std::vector<Fold>& folds, const Recipe& recipe,
                          const EvaluationWish& wish, Threads threads);

/// The figures again, from other probabilities of the same tested rows. Requires: rows and fold_of are filled.
void judge_again(Evaluation& evaluation, const LabelledTable& table, Matrix proba);

/// Scores a finished model on other rows. The table has the same features; a class unknown to the model counts as
/// never found.
Figures score_table(const Model& model, const LabelledTable& table);

/// Accuracy, balanced accuracy, macro F1, log loss and ECE of all rows; mean and sd over the folds; each fold.
JsonObject evaluation_json(const Evaluation& evaluation);

}  // namespace mltat
