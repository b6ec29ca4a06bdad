// SPDX-License-Identifier: Apache-2.0
/// The recipe of a co-training as data: two views, rules in phases, a gate, a last word (mltat-formats(5), "Phases").
///
/// A view is a set of columns and what learns from them. Phase after phase, a rule lets the answers of the two views
/// label rows; what is left is labelled by the vote of the final learners.
/// Reference: A. Blum, T. Mitchell, "Combining Labeled and Unlabeled Data with Co-Training", 1998; the five phases of
/// MLTAT.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ml/recipe.h"

namespace mltat {

struct View {
  std::string name;
  std::vector<std::string> globs;  ///< of its columns (column_choice.h); empty: every column that the other one leaves
  Recipe recipe;
};

/// When a row is labelled, by the answers of the two views and their confidences. The label is that of the view that
/// is surer, of the first where both are equally sure.
struct Rule {
  bool agree = false;  ///< the views must give the same answer
  double both = 0;     ///< each is at least so sure
  double either = 0;   ///< one of them is at least so sure

  bool operator==(const Rule&) const = default;
  bool holds(bool same, double first, double second) const {
    return (same || !agree) && first >= both && second >= both && (first >= either || second >= either);
  }
};

/// A rule may label with a class only if it is right about it where the truth is given, and not without limit.
struct Gate {
  double min_precision = .9;  ///< of the rule on the given rows (GateRecord::precision)
  double max_growth = 2;      ///< labels of a class, at most: so many times its share of the given rows, of all others
};

struct CotrainPlan {
  std::string name;  ///< `paper`, `gated`, or `file`
  std::array<View, 2> views;
  std::vector<Rule> rules;          ///< one a phase
  bool retrain = true;              ///< the views learn again before each phase, from what is labelled by then
  bool iterate = false;             ///< a phase is repeated until it labels nothing more, kMaxPasses at most
  std::optional<Gate> gate;         ///< none: rules are trusted
  /// Weight of all that phases labelled with a class, as a share of its given rows; none: each row weighs 1.
  std::optional<double> mass;
  std::vector<Recipe> final_vote;   ///< at least one; on all features
  bool overrules = false;           ///< the final vote answers also the rows that phases labelled
};
inline constexpr std::size_t kMaxPasses = 10;

/// `paper`: the five phases as published. `gated`: the same rules behind a gate, one forest has the last word.
/// Errors: Error(usage) for another name.
CotrainPlan named_plan(std::string_view name);

/// A plan without its phases: the forest learned from the given labels answers all other rows.
CotrainPlan forest_plan(CotrainPlan plan);

/// A learner as it comes by default. Errors: Error(usage) for a name that is no learner.
Recipe default_recipe(std::string_view algorithm);

/// The recipe of the final forest, which is also the supervised one that results are compared with.
Recipe forest_recipe();

/// As `--print-phases` writes it and `--phases` reads it: one JSON object, indented and with a newline, or on one line
/// without.
std::string plan_json(const CotrainPlan& plan, bool one_line = false);

/// What is left out stands as in `gated`. Errors: Error(bad_data) naming `source` and the key at fault; unknown keys
/// are refused.
CotrainPlan parse_plan(std::string_view json, const std::string& source);

/// The columns of each view among `features`, as places in it.
/// Errors: Error(usage): a view without a column, or a glob that matches none.
std::array<std::vector<std::size_t>, 2> view_columns(const std::array<View, 2>& views,
                                                     std::span<const std::string> features);

}  // namespace mltat
