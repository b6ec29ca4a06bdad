// SPDX-License-Identifier: Apache-2.0
/// What cotrain says of a run: the report as JSON and as tables, and a card for those who use the labels.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ml/cotrain.h"
#include "ml/evaluate.h"
#include "tools/cotrain/curve.h"

namespace mltat::cotrain {

/// Answers against the right labels, of the rows that had none and whose right label is known.
struct TruthFigures {
  Figures supervised;
  Figures result;
  std::vector<Figures> phases;  ///< of the rows that each phase labelled, as it labelled them
};

/// All that reports are drawn from.
struct Account {
  const ToolOptions& options;
  const Rows& rows;
  const CotrainPlan& plan;              ///< as it was run
  std::optional<std::string> fallback;  ///< why the phases were not run
  const CotrainResult& result;
  Conflicts conflicts = {};
  std::optional<Evaluation> supervised = {};  ///< of the forest, on the given labels
  std::optional<TruthFigures> truth = {};
  std::vector<CurvePoint> curve = {};

  /// Is the row's label kept? It is not where it is less sure than the option asks.
  bool keeps(std::size_t row) const { return result.confidences[row] >= options.min_confidence; }
};

/// `given`, `phase1`, ...; `forest` where the phases were not run.
std::string source_name(const Account& account, Phase phase);

/// Against the column of right labels. Requires: the rows have it.
TruthFigures truth_figures(const Account& account);

std::string report_json(const Account& account);
std::string report_text(const Account& account);
/// A card as Markdown: where the labels come from, how far to trust them.
std::string card_text(const Account& account);

/// One line for each thing that a reader of the figures should know.
std::vector<std::string> caveats(const Account& account);

/// Share of the rows without a label that a phase labelled.
double absorbed_share(const Account& account, std::size_t record);
/// What the published run had; none where the phases are not the published ones.
std::optional<double> published_share(const Account& account, std::size_t record);
/// Share of the rows without a label to which the supervised forest gives the same.
double agreement_with_supervised(const Account& account);

/// Of each class: given labels, what the forest alone would make of the others, what they became.
struct ClassCounts {
  std::uint64_t given = 0;
  std::uint64_t supervised = 0;
  std::uint64_t result = 0;  ///< those kept
};
std::vector<ClassCounts> class_counts(const Account& account);

struct MeanAndSd {
  double mean = 0;
  std::optional<double> sd;  ///< over the draws (n - 1), none for one
};
MeanAndSd over_draws(const CurvePoint& point, Figures CurveDraw::*whose, double Figures::*figure);

}  // namespace mltat::cotrain
