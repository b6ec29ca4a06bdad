// SPDX-License-Identifier: Apache-2.0
#include "ml/cross_fit.h"

#include <algorithm>
#include <numeric>

namespace mltat {
namespace {

std::vector<std::uint32_t> all_rows(std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

}  // namespace

std::vector<std::uint32_t> truths_of(const LabelledTable& table, const Evaluation& evaluation) {
  std::vector<std::uint32_t> truths;
  for (const std::uint32_t row : evaluation.rows)
    truths.push_back(table.labels[row]);
  return truths;
}

Calibration fit_calibration(const LabelledTable& table, const Evaluation& source) {
  return Calibration::fit(source.proba, truths_of(table, source), all_rows(source.rows.size()));
}

Matrix cross_calibrate(const LabelledTable& table, const Evaluation& target, const Evaluation& source,
                       Threads threads) {
  const std::vector<std::uint32_t> truths = truths_of(table, source);
  const std::size_t classes = table.classes.size();
  Matrix out(target.rows.size(), classes);
  for_range(threads, target.folds.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t f = begin; f < end; ++f) {
      std::vector<bool> tested(table.rows(), false);
      std::vector<std::size_t> places;
      for (std::size_t i = 0; i < target.rows.size(); ++i) {
        if (target.fold_of[i] != f) continue;
        tested[target.rows[i]] = true;
        places.push_back(i);
      }
      std::vector<std::uint32_t> others;
      for (std::uint32_t i = 0; i < source.rows.size(); ++i)
        if (!tested[source.rows[i]]) others.push_back(i);
      Matrix proba(places.size(), classes);
      for (std::size_t i = 0; i < places.size(); ++i)
        std::ranges::copy(target.proba.row(places[i]), proba.row(i).begin());
      if (!others.empty()) Calibration::fit(source.proba, truths, others).apply(proba);
      for (std::size_t i = 0; i < places.size(); ++i)
        std::ranges::copy(proba.row(i), out.row(places[i]).begin());
    }
  });
  return out;
}

FittedThresholds fit_thresholds(const LabelledTable& table, const Evaluation& source, double target_precision) {
  const std::vector<std::uint32_t> truths = truths_of(table, source);
  FittedThresholds out;
  out.thresholds = {target_precision, thresholds_for(source.proba, truths, all_rows(truths.size()), target_precision)};
  out.kept.resize(table.classes.size());
  for (std::size_t f = 0; f < source.folds.size(); ++f) {
    std::vector<std::uint32_t> inside, outside;
    for (std::uint32_t i = 0; i < truths.size(); ++i)
      (source.fold_of[i] == f ? inside : outside).push_back(i);
    const ClassThresholds others = thresholds_for(source.proba, truths, outside, target_precision);
    const std::vector<KeptAnswers> kept = kept_answers(source.proba, truths, inside, others);
    for (std::size_t c = 0; c < kept.size(); ++c) {
      out.kept[c].support += kept[c].support;
      out.kept[c].kept += kept[c].kept;
      out.kept[c].right += kept[c].right;
    }
  }
  return out;
}

Reliability reliability_of(const LabelledTable& table, const Evaluation& evaluation) {
  return reliability(evaluation.proba, truths_of(table, evaluation), all_rows(evaluation.rows.size()));
}

std::vector<Fold> answerable(std::vector<Fold> folds, const LabelledTable& table) {
  for (Fold& fold : folds) {
    std::vector<bool> known(table.classes.size(), false);
    for (const std::uint32_t row : fold.train)
      known[table.labels[row]] = true;
    std::erase_if(fold.test, [&](std::uint32_t row) { return !known[table.labels[row]]; });
  }
  std::erase_if(folds, [](const Fold& fold) { return fold.test.empty(); });
  return folds;
}

}  // namespace mltat
