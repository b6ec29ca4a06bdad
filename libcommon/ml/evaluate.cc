// SPDX-License-Identifier: Apache-2.0
#include "ml/evaluate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "ml/score_rows.h"

namespace mltat {
namespace {

/// Streams of chance, so that no two uses share one.
enum Purpose : std::uint64_t { kFoldSeeds = 201, kImportanceSample, kImportanceShuffle };

/// Those that are told of each fold: the first three named.
std::span<const NamedFigure> fold_figures() {
  return named_figures().first(3);
}

/// Standard deviation (n - 1); none for fewer than two.
std::optional<double> sample_sd(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  const double center = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values)
    squares += (value - center) * (value - center);
  return std::sqrt(squares / (n - 1));
}

struct Answer {
  std::uint32_t label;
  double confidence;
  double p_truth;
};

Answer answer_of(std::span<const double> proba, std::uint32_t truth) {
  const std::size_t label = argmax(proba);
  return {static_cast<std::uint32_t>(label), proba[label], proba[truth]};
}

/// What one fit yields.
struct FoldResult {
  std::vector<Answer> answers;      ///< of each test row
  std::vector<double> proba;        ///< [test rows x classes], where kept
  std::vector<std::int64_t> drops;  ///< by column: right answers lost by shuffling, over all shuffles
  std::size_t shuffled_rows = 0;    ///< that the drops were counted on, over all shuffles
};

std::int64_t count_right(const Classifier& classifier, const Columns& x, std::span<const std::uint32_t> labels) {
  std::vector<std::uint32_t> rows(labels.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::int64_t right = 0;
  score_rows(classifier, x, rows, all_columns(x), Threads{1},
             [&](std::size_t i, std::span<const double> proba) { right += argmax(proba) == labels[i]; });
  return right;
}

void count_drops(const LabelledTable& table, const Fold& fold, const Classifier& classifier, std::size_t shuffles,
                 std::uint64_t seed, FoldResult& result) {
  std::vector<std::uint32_t> rows = fold.test;
  if (rows.size() > kImportanceRows) {
    Rng{seed, kImportanceSample}.shuffle(std::span(rows));
    rows.resize(kImportanceRows);
  }
  Columns x = take_rows(table.x, rows);
  std::vector<std::uint32_t> labels;
  for (const std::uint32_t r : rows)
    labels.push_back(table.labels[r]);
  const std::int64_t right = count_right(classifier, x, labels);
  result.shuffled_rows = rows.size() * shuffles;
  for (std::size_t c = 0; c < x.columns(); ++c) {
    const std::span<double> column = x.column(c);
    const std::vector<double> kept(column.begin(), column.end());
    std::int64_t drop = 0;
    for (std::size_t s = 0; s < shuffles; ++s) {
      Rng{seed, kImportanceShuffle, c, s}.shuffle(column);
      drop += right - count_right(classifier, x, labels);
    }
    std::copy(kept.begin(), kept.end(), column.begin());
    result.drops.push_back(drop);
  }
}

FoldResult judge_fold(const LabelledTable& table, const Fold& fold, const Recipe& recipe, std::uint64_t seed,
                      const EvaluationWish& wish, Threads threads) {
  std::vector<std::uint32_t> labels;
  std::vector<double> weights;
  for (const std::uint32_t r : fold.train) {
    labels.push_back(table.labels[r]);
    if (!table.weights.empty()) weights.push_back(table.weights[r]);
  }
  const auto classifier =
      fit_recipe(recipe, {take_rows(table.x, fold.train), labels, weights, table.classes.size()}, seed, threads);
  FoldResult result;
  score_rows(*classifier, table.x, fold.test, all_columns(table.x), Threads{1},
             [&](std::size_t i, std::span<const double> proba) {
               result.answers.push_back(answer_of(proba, table.labels[fold.test[i]]));
               if (wish.keep_proba) result.proba.insert(result.proba.end(), proba.begin(), proba.end());
             });
  if (wish.shuffles > 0) count_drops(table, fold, *classifier, wish.shuffles, seed, result);
  if (wish.fitted) wish.fitted();
  return result;
}

/// The figures of each fold and of all, answer by answer.
class FoldScores {
 public:
  FoldScores(const LabelledTable& table, std::size_t n_folds) : table_(table), folds_(n_folds), all_(table.classes) {}

  void add(std::size_t fold, std::uint32_t row, const Answer& answer) {
    const std::string& truth = table_.classes[table_.labels[row]];
    for (Score* one : {&folds_[fold], &all_})
      one->add(truth, table_.classes[answer.label], answer.confidence, answer.p_truth);
  }

  void store(Evaluation& out) const {
    out.folds.clear();
    for (const Score& fold : folds_)
      out.folds.push_back(fold.figures());
    out.all = all_.figures();
  }

 private:
  const LabelledTable& table_;
  std::vector<Score> folds_;
  Score all_;
};

std::vector<ColumnImportance> importance_of(std::span<const FoldResult> results, std::size_t n_columns) {
  std::vector<ColumnImportance> out(n_columns);
  for (std::size_t c = 0; c < n_columns; ++c) {
    std::int64_t lost = 0;
    std::size_t rows = 0;
    std::vector<double> drops;
    for (const FoldResult& result : results) {
      lost += result.drops[c];
      rows += result.shuffled_rows;
      drops.push_back(static_cast<double>(result.drops[c]) / static_cast<double>(result.shuffled_rows));
    }
    out[c] = {static_cast<double>(lost) / static_cast<double>(rows), sample_sd(drops)};
  }
  return out;
}

Evaluation evaluation_of(const LabelledTable& table, const std::vector<Fold>& folds,
                         std::span<const FoldResult> results, const EvaluationWish& wish) {
  Evaluation out;
  for (const Fold& fold : folds)
    out.names.push_back(fold.name);
  FoldScores scores(table, folds.size());
  for (std::size_t f = 0; f < folds.size(); ++f)
    for (std::size_t i = 0; i < folds[f].test.size(); ++i)
      scores.add(f, folds[f].test[i], results[f].answers[i]);
  scores.store(out);
  if (wish.shuffles > 0) out.importance = importance_of(results, table.x.columns());
  if (!wish.keep_proba) return out;
  for (std::size_t f = 0; f < folds.size(); ++f) {
    out.rows.insert(out.rows.end(), folds[f].test.begin(), folds[f].test.end());
    out.fold_of.insert(out.fold_of.end(), folds[f].test.size(), static_cast<std::uint32_t>(f));
  }
  out.proba = Matrix(out.rows.size(), table.classes.size());
  std::size_t next = 0;
  for (const FoldResult& result : results)
    for (std::size_t i = 0; i < result.answers.size(); ++i) {
      const auto from = result.proba.begin() + static_cast<std::ptrdiff_t>(i * table.classes.size());
      std::copy_n(from, table.classes.size(), out.proba.row(next++).begin());
    }
  return out;
}

std::string fold_json(const Evaluation& evaluation, std::size_t f) {
  JsonObject out;
  if (!evaluation.names[f].empty()) out.text("name", evaluation.names[f]);
  out.count("rows", evaluation.folds[f].rows);
  for (const NamedFigure& figure : fold_figures())
    out.number(figure.name, evaluation.folds[f].*figure.value);
  return out.str();
}

}  // namespace

std::shared_ptr<const Classifier> fit(const LabelledTable& table, const Recipe& recipe, Threads threads) {
  return fit_recipe(recipe, {table.x, table.labels, table.weights, table.classes.size()}, recipe.seed, threads);
}

double Evaluation::mean(double Figures::*figure) const {
  double sum = 0;
  for (const Figures& fold : folds)
    sum += fold.*figure;
  return sum / static_cast<double>(folds.size());
}

std::optional<double> Evaluation::sd(double Figures::*figure) const {
  std::vector<double> values;
  for (const Figures& fold : folds)
    values.push_back(fold.*figure);
  return sample_sd(values);
}

std::vector<Evaluation> cross_validate(const LabelledTable& table, const std::vector<Fold>& folds,
                                       std::span<const Recipe> recipes, const EvaluationWish& wish, Threads threads) {
  std::vector<FoldResult> results(recipes.size() * folds.size());
  for_range(threads, results.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const Recipe& recipe = recipes[i / folds.size()];
      const std::size_t f = i % folds.size();
      results[i] = judge_fold(table, folds[f], recipe, Rng{recipe.seed, kFoldSeeds, f}.next(), wish, threads);
    }
  });
  std::vector<Evaluation> out;
  for (std::size_t r = 0; r < recipes.size(); ++r)
    out.push_back(evaluation_of(table, folds, std::span(results).subspan(r * folds.size(), folds.size()), wish));
  return out;
}

Evaluation cross_validate(const LabelledTable& table, const std::vector<Fold>& folds, const Recipe& recipe,
                          const EvaluationWish& wish, Threads threads) {
  return std::move(cross_validate(table, folds, std::span(&recipe, 1), wish, threads).front());
}

void judge_again(Evaluation& evaluation, const LabelledTable& table, Matrix proba) {
  evaluation.proba = std::move(proba);
  FoldScores scores(table, evaluation.folds.size());
  for (std::size_t i = 0; i < evaluation.rows.size(); ++i) {
    const std::uint32_t row = evaluation.rows[i];
    scores.add(evaluation.fold_of[i], row, answer_of(evaluation.proba.row(i), table.labels[row]));
  }
  scores.store(evaluation);
}

Figures score_table(const Model& model, const LabelledTable& table) {
  const std::vector<std::string>& classes = model.classes;
  Matrix proba;
  model.predict_proba(table.x, proba);
  Score score(classes);
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const std::span<const double> row = proba.row(r);
    const std::string& truth = table.classes[table.labels[r]];
    const auto known = std::lower_bound(classes.begin(), classes.end(), truth);
    const bool is_known = known != classes.end() && *known == truth;
    const std::size_t answer = argmax(row);
    score.add(truth, classes[answer], row[answer],
              is_known ? row[static_cast<std::size_t>(known - classes.begin())] : 0.0);
  }
  return score.figures();
}

JsonObject evaluation_json(const Evaluation& evaluation) {
  JsonObject out;
  out.text("split", evaluation.split).text_or_null("column", evaluation.column);
  out.count("rows", evaluation.all.rows)
      .number("accuracy", evaluation.all.accuracy)
      .number("balanced_accuracy", evaluation.all.balanced_accuracy)
      .number("macro_f1", evaluation.all.macro_f1)
      .number("log_loss", evaluation.all.log_loss)
      .number("ece", evaluation.all.ece);
  JsonObject mean, sd;
  for (const NamedFigure& figure : fold_figures()) {
    mean.number(figure.name, evaluation.mean(figure.value));
    sd.number(figure.name, evaluation.sd(figure.value));
  }
  std::vector<std::string> folds;
  for (std::size_t f = 0; f < evaluation.folds.size(); ++f)
    folds.push_back(fold_json(evaluation, f));
  return out.raw("mean", mean.str()).raw("sd", sd.str()).raw("folds", json_array(folds));
}

}  // namespace mltat
