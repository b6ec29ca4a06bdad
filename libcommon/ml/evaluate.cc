// SPDX-License-Identifier: Apache-2.0
#include "ml/evaluate.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace mltat {
namespace {

constexpr std::uint64_t kFoldSeeds = 201;  ///< stream of chance of this use

struct NamedFigure {
  const char* name;
  double Figures::*value;
};
constexpr NamedFigure kFoldFigures[] = {{"accuracy", &Figures::accuracy},
                                        {"balanced_accuracy", &Figures::balanced_accuracy},
                                        {"macro_f1", &Figures::macro_f1}};

struct Answer {
  std::uint32_t label;
  double confidence;
  double p_truth;
};

std::vector<Answer> judge_fold(const LabelledTable& table, const Fold& fold, const Recipe& recipe, std::uint64_t seed,
                               Threads threads) {
  std::vector<std::uint32_t> labels;
  for (const std::uint32_t r : fold.train)
    labels.push_back(table.labels[r]);
  const auto classifier =
      fit_recipe(recipe, {take_rows(table.x, fold.train), labels, {}, table.classes.size()}, seed, threads);
  Matrix proba;
  classifier->predict_proba(take_rows(table.x, fold.test), proba);
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < fold.test.size(); ++i) {
    const std::span<const double> row = proba.row(i);
    const std::size_t label = argmax(row);
    answers.push_back({static_cast<std::uint32_t>(label), row[label], row[table.labels[fold.test[i]]]});
  }
  return answers;
}

std::string fold_json(const Evaluation& evaluation, std::size_t f) {
  JsonObject out;
  if (!evaluation.names[f].empty()) out.text("name", evaluation.names[f]);
  out.count("rows", evaluation.folds[f].rows);
  for (const NamedFigure& figure : kFoldFigures)
    out.number(figure.name, evaluation.folds[f].*figure.value);
  return out.str();
}

}  // namespace

std::shared_ptr<const Classifier> fit(const LabelledTable& table, const Recipe& recipe, Threads threads) {
  return fit_recipe(recipe, {table.x, table.labels, {}, table.classes.size()}, recipe.seed, threads);
}

double Evaluation::mean(double Figures::*figure) const {
  double sum = 0;
  for (const Figures& fold : folds)
    sum += fold.*figure;
  return sum / static_cast<double>(folds.size());
}

std::optional<double> Evaluation::sd(double Figures::*figure) const {
  if (folds.size() < 2) return std::nullopt;
  const double center = mean(figure);
  double squares = 0;
  for (const Figures& fold : folds)
    squares += (fold.*figure - center) * (fold.*figure - center);
  return std::sqrt(squares / static_cast<double>(folds.size() - 1));
}

Evaluation cross_validate(const LabelledTable& table, const std::vector<Fold>& folds, const Recipe& recipe,
                          Threads threads) {
  std::vector<std::vector<Answer>> answers(folds.size());
  for_range(threads, folds.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t f = begin; f < end; ++f)
      answers[f] = judge_fold(table, folds[f], recipe, Rng{recipe.seed, kFoldSeeds, f}.next(), threads);
  });
  Evaluation out;
  Score all(table.classes);
  for (std::size_t f = 0; f < folds.size(); ++f) {
    Score score;
    for (std::size_t i = 0; i < answers[f].size(); ++i) {
      const Answer& answer = answers[f][i];
      const std::string& truth = table.classes[table.labels[folds[f].test[i]]];
      for (Score* one : {&score, &all})
        one->add(truth, table.classes[answer.label], answer.confidence, answer.p_truth);
    }
    out.names.push_back(folds[f].name);
    out.folds.push_back(score.figures());
  }
  out.all = all.figures();
  return out;
}

Figures score_table(const Classifier& classifier, const std::vector<std::string>& classes, const LabelledTable& table) {
  Matrix proba;
  classifier.predict_proba(table.x, proba);
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
  out.text("split", evaluation.split);
  if (evaluation.column.empty())
    out.null("column");
  else
    out.text("column", evaluation.column);
  out.count("rows", evaluation.all.rows)
      .number("accuracy", evaluation.all.accuracy)
      .number("balanced_accuracy", evaluation.all.balanced_accuracy)
      .number("macro_f1", evaluation.all.macro_f1)
      .number("log_loss", evaluation.all.log_loss)
      .number("ece", evaluation.all.ece);
  JsonObject mean, sd;
  for (const NamedFigure& figure : kFoldFigures) {
    mean.number(figure.name, evaluation.mean(figure.value));
    sd.number(figure.name, evaluation.sd(figure.value));
  }
  std::vector<std::string> folds;
  for (std::size_t f = 0; f < evaluation.folds.size(); ++f)
    folds.push_back(fold_json(evaluation, f));
  return out.raw("mean", mean.str()).raw("sd", sd.str()).raw("folds", json_array(folds));
}

}  // namespace mltat
