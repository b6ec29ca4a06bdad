// SPDX-License-Identifier: Apache-2.0
/// What train says about a model: the report as JSON and as tables, and the facts that travel in the model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ml/evaluate.h"

namespace mltat::train {

/// All that was measured. `main` is the evaluation whose macro F1 becomes the model's weight.
struct Findings {
  std::optional<Evaluation> main;       ///< by --cv or --fold
  std::optional<Evaluation> random;     ///< named optimistic: rows of one group on both sides
  std::optional<Evaluation> group;      ///< no group on both sides
  std::optional<Evaluation> leave_out;  ///< one value of a column never seen
  std::optional<Figures> test;          ///< of --test

  /// The figures at the top: of --test where given, else of all out-of-fold predictions.
  const Figures* top() const;
};

/// `parameters` of the model and the report: every one as used.
std::string parameters_json(const Recipe& recipe);

/// `training` of the model. `groups` is null where the folds were random.
std::string training_json(const LabelledTable& table, const std::string& label, std::uint64_t seed,
                          const TextColumn* groups, const Findings& findings);

std::string report_json(const LabelledTable& table, const Recipe& recipe, const Findings& findings);
std::string report_text(const LabelledTable& table, const Findings& findings);

}  // namespace mltat::train
