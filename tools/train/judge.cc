// SPDX-License-Identifier: Apache-2.0
#include "tools/train/judge.h"

#include <algorithm>
#include <mutex>

#include "base/error.h"

namespace mltat::train {
namespace {

/// A way to split the rows.
struct Split {
  std::string name;
  std::string column;  ///< empty: none
  std::vector<Fold> folds;
};

class Judge {
 public:
  Judge(const ToolOptions& options, const Tables& tables, Streams& streams)
      : options_(options), table_(tables.train), grouping_(tables.grouping), streams_(streams) {}

  Findings run(Recipe& recipe, bool for_report) {
    Findings findings;
    const std::optional<Split> split = main_split();
    if (split) {
      if (!options_.grid.empty()) findings.grid = search(*split, recipe);
      EvaluationWish wish;
      wish.keep_proba = !options_.oof.empty() || options_.target_precision > 0;
      wish.shuffles = options_.importance;
      (split->name == "fold"    ? findings.fold
       : split->name == "group" ? findings.group
                                : findings.random) = evaluate(*split, recipe, wish);
      if (split->name == "group" && for_report) findings.random = evaluate(random_split(), recipe);
    }
    if (!options_.time_split.empty()) findings.time = evaluate(time_split(), recipe);
    if (const std::optional<Split> left_out = leave_out_split(for_report)) {
      findings.leave_out = evaluate(*left_out, recipe);
      findings.leave_out->skipped_classes = skipped_classes_;
    }
    if (options_.calibrate) calibrate(recipe, findings);
    if (options_.target_precision > 0)
      findings.thresholds = fit_thresholds(table_, *findings.main(), options_.target_precision);
    return findings;
  }

 private:
  std::optional<Split> main_split() const {
    if (!options_.fold.empty())
      return Split{"fold", options_.fold, given_folds(named_column(table_, options_.fold, "--fold", true))};
    if (options_.cv == 0) return std::nullopt;
    const TextColumn* groups = grouping_.in(table_);
    if (groups == nullptr) return random_split();
    return Split{"group", grouping_.column,
                 grouped_folds(table_.labels, table_.classes.size(), *groups, options_.cv, options_.seed)};
  }

  Split random_split() const {
    return {"random", "", stratified_folds(table_.labels, table_.classes.size(), options_.cv, options_.seed)};
  }

  Split time_split() const {
    const std::size_t blocks = options_.cv > 0 ? options_.cv : 1;
    return {"time", options_.time_split, time_folds(table_.times, grouping_.in(table_), blocks)};
  }

  /// Where the option does not ask for it: by application, if that can be and someone reads it.
  std::optional<Split> leave_out_split(bool for_report) {
    if (options_.leave_out == kNone) return std::nullopt;
    const bool asked = !options_.leave_out.empty();
    if (!asked && (options_.cv == 0 || !for_report || !options_.fold.empty())) return std::nullopt;
    const std::string column = asked ? options_.leave_out : std::string(kApplication);
    const TextColumn* texts = asked ? &named_column(table_, column, "--leave-out", false) : table_.text(column);
    if (texts == nullptr) return std::nullopt;
    LeaveOut left_out = leave_one_out(table_.labels, table_.classes.size(), *texts);
    if (left_out.folds.empty() && asked)
      throw Error(ExitCode::bad_data, "--leave-out: no class has two values of '" + column + "'");
    if (left_out.folds.empty()) return std::nullopt;
    for (const std::uint32_t c : left_out.skipped_classes)
      skipped_classes_.push_back(table_.classes[c]);
    return Split{"leave_out", column, std::move(left_out.folds)};
  }

  /// Every combination on the same folds; the first of the best is taken.
  GridFindings search(const Split& split, Recipe& recipe) {
    GridFindings grid;
    grid.score = find_figure(options_.score);
    grid.axes = parse_grid(*recipe.learner, options_.grid);
    grid.points = grid_points(grid.axes, recipe.parameters);
    std::vector<Recipe> recipes;
    for (const Parameters& point : grid.points) {
      recipes.push_back(recipe);
      recipes.back().parameters = point;
    }
    grid.evaluations = evaluate_all(split, "grid", recipes, {});
    const auto score = [&](std::size_t point) { return grid.evaluations[point].all.*(grid.score->value); };
    for (std::size_t point = 1; point < grid.points.size(); ++point)
      if (score(point) > score(grid.chosen)) grid.chosen = point;
    recipe.parameters = grid.points[grid.chosen];
    return grid;
  }

  /// The split with the coarsest groups known, none if that is the main one.
  std::optional<Split> coarse_split(const Evaluation& main) const {
    if (options_.leave_out == kNone) return std::nullopt;
    const std::string column = options_.leave_out.empty() ? std::string(kApplication) : options_.leave_out;
    const TextColumn* groups = table_.text(column);
    if (column == main.column || groups == nullptr || !groups->complete()) return std::nullopt;
    const std::size_t k = std::min(main.folds.size(), groups->distinct());
    if (k < 2) return std::nullopt;
    Split split{"group", column, {}};
    split.folds = answerable(grouped_folds(table_.labels, table_.classes.size(), *groups, k, options_.seed), table_);
    return split.folds.empty() ? std::nullopt : std::optional(std::move(split));
  }

  /// Learned from folds by the coarsest groups; every split is judged again, each fold by curves that had not seen it.
  void calibrate(const Recipe& recipe, Findings& findings) {
    const std::optional<Split> split = coarse_split(*findings.main());
    std::optional<Evaluation> coarse;
    if (split) coarse = evaluate(*split, recipe);
    const Evaluation source = coarse ? *coarse : *findings.main();
    CalibrationFindings calibration{
        fit_calibration(table_, source), source.split, source.column, source.rows.size(), {}};
    for (std::optional<Evaluation>* one :
         {&findings.random, &findings.fold, &findings.group, &findings.time, &findings.leave_out, &coarse}) {
      if (!*one) continue;
      Evaluation& evaluation = **one;
      const Reliability before = reliability_of(table_, evaluation);
      judge_again(evaluation, table_, cross_calibrate(table_, evaluation, source, {streams_.threads}));
      calibration.effects.push_back({evaluation.split, evaluation.column, before, reliability_of(table_, evaluation)});
    }
    findings.calibration = std::move(calibration);
  }

  Evaluation evaluate(const Split& split, const Recipe& recipe, EvaluationWish wish = {}) {
    wish.keep_proba |= options_.calibrate;
    return std::move(evaluate_all(split, split.name, {recipe}, wish).front());
  }

  std::vector<Evaluation> evaluate_all(const Split& split, const std::string& what, const std::vector<Recipe>& recipes,
                                       EvaluationWish wish) {
    std::mutex mutex;
    std::size_t done = 0;
    const std::string all = std::to_string(recipes.size() * split.folds.size());
    wish.fitted = [&] {
      const std::lock_guard lock(mutex);
      ++done;
      if (streams_.log.progress_due()) streams_.log.progress(what + ": fit " + std::to_string(done) + " of " + all);
    };
    std::vector<Evaluation> evaluations = cross_validate(table_, split.folds, recipes, wish, {streams_.threads});
    for (Evaluation& evaluation : evaluations) {
      evaluation.split = split.name;
      evaluation.column = split.column;
    }
    return evaluations;
  }

  const ToolOptions& options_;
  const LabelledTable& table_;
  const Grouping& grouping_;
  Streams& streams_;
  std::vector<std::string> skipped_classes_;
};

}  // namespace

Findings judge(const ToolOptions& options, const Tables& tables, Recipe& recipe, bool for_report, Streams& streams) {
  return Judge(options, tables, streams).run(recipe, for_report);
}

}  // namespace mltat::train
