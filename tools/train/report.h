// SPDX-License-Identifier: Apache-2.0
/// What train says about a model: the report as JSON and as tables, the model card, and the facts that travel in the
/// model.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/train/facts.h"
#include "tools/train/findings.h"

namespace mltat::train {

/// All that reports are drawn from.
struct Account {
  const ToolOptions& options;
  const Recipe& recipe;
  const DataFacts& facts;
  const Findings& findings;
  std::optional<std::size_t> groups;  ///< different values of the column of groups; none: rows are split at random
};

/// `parameters` of the model and the report: every one as used.
std::string parameters_json(const Learner& learner, const Parameters& parameters);

/// `training` of the model.
std::string training_json(const Account& account);

std::string report_json(const Account& account);
std::string report_text(const Account& account);

/// The columns by what they are worth, the most first. Empty where that was not measured.
std::vector<std::size_t> by_importance(const Evaluation* evaluation);

/// One line for each thing about the rows that a reader of the figures should know.
std::vector<std::string> caveats(const Account& account);

/// The splits that were judged, in the order that people read them: optimistic first.
std::vector<const Evaluation*> splits_of(const Findings& findings);
/// `random (optimistic)`, `group (capture)`, ...
std::string split_name(const std::string& split, const std::string& column);

/// A model card as Markdown: what the model is, what it was learned from, how good it is and where it is not.
/// Reference: Mitchell et al., "Model Cards for Model Reporting", 2019.
std::string card_text(const Account& account);

}  // namespace mltat::train
