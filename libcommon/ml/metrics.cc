// SPDX-License-Identifier: Apache-2.0
#include "ml/metrics.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"

namespace mltat {
namespace {

constexpr double kLeastProbability = 1e-15;

double ratio(double numerator, double denominator) {
  return denominator > 0 ? numerator / denominator : 0;
}
double ratio(std::uint64_t numerator, std::uint64_t denominator) {
  return ratio(static_cast<double>(numerator), static_cast<double>(denominator));
}

/// Precision of class c as if every class had the same number of rows.
double balanced_precision(const Figures& figures, std::size_t c) {
  double all = 0;
  for (std::size_t truth = 0; truth < figures.classes.size(); ++truth)
    all += ratio(figures.confusion[truth][c], figures.classes[truth].support);
  return ratio(figures.classes[c].recall, all);
}

void fill_class(Figures& figures, std::size_t c) {
  ClassFigures& one = figures.classes[c];
  const std::uint64_t right = figures.confusion[c][c];
  one.precision = ratio(right, one.predicted);
  one.recall = ratio(right, one.support);
  one.f1 = ratio(2 * right, one.predicted + one.support);
}

void fill_summary(Figures& figures) {
  std::uint64_t right = 0, undecided = 0, largest = 0;
  double recall = 0, f1 = 0, precision_by_support = 0, recall_by_support = 0;
  std::size_t with_support = 0, seen = 0;
  for (std::size_t c = 0; c < figures.classes.size(); ++c) {
    const ClassFigures& one = figures.classes[c];
    right += figures.confusion[c][c];
    undecided += figures.unknown[c];
    largest = std::max(largest, one.support);
    with_support += one.support > 0;
    seen += one.support > 0 || one.predicted > 0;
    recall += one.recall;
    f1 += one.f1;
    precision_by_support += one.precision * static_cast<double>(one.support);
    recall_by_support += one.recall * static_cast<double>(one.support);
  }
  const auto rows = static_cast<double>(figures.rows);
  const std::uint64_t covered = figures.rows - undecided;
  figures.coverage = ratio(covered, figures.rows);
  figures.accuracy = ratio(right, figures.rows);
  if (covered > 0) figures.accuracy_covered = ratio(right, covered);
  figures.balanced_accuracy = ratio(recall, static_cast<double>(with_support));
  figures.macro_f1 = ratio(f1, static_cast<double>(seen));
  figures.weighted_precision = ratio(precision_by_support, rows);
  figures.weighted_recall = ratio(recall_by_support, rows);
  figures.baseline_majority = ratio(largest, figures.rows);
}

}  // namespace

void ReliabilityBins::add(double confidence, bool right) {
  const double place = std::clamp(confidence, 0.0, 1.0) * static_cast<double>(kBins);
  Bin& bin = bins_[std::min(kBins - 1, static_cast<std::size_t>(place))];
  ++bin.rows;
  bin.right += right;
  bin.confidence += confidence;
}

std::optional<double> ReliabilityBins::ece() const {
  std::uint64_t rows = 0;
  double error = 0;
  for (const Bin& bin : bins_) {
    rows += bin.rows;
    error += std::abs(static_cast<double>(bin.right) - bin.confidence);
  }
  if (rows == 0) return std::nullopt;
  return error / static_cast<double>(rows);
}

Score::Score(const std::vector<std::string>& classes) {
  for (const std::string& name : classes)
    answers_.emplace(name, 0);
}

void Score::add(std::string_view truth, std::string_view answer, std::optional<double> confidence,
                std::optional<double> p_truth) {
  const auto at = [](auto& map, std::string_view key) -> auto& {
    auto it = map.find(key);
    if (it == map.end()) it = map.try_emplace(std::string(key)).first;
    return it->second;
  };
  ++rows_;
  ++at(at(counts_, truth), answer);
  ++at(answers_, answer);
  if (std::max(counts_.size(), answers_.size()) > kMaxClasses)
    throw Error(ExitCode::bad_data,
                "more than " + std::to_string(kMaxClasses) + " classes: is the truth a column of classes?");
  if (confidence && answer != kUnknownLabel) bins_.add(*confidence, truth == answer);
  if (p_truth) {
    ++log_rows_;
    log_sum_ -= std::log(std::clamp(*p_truth, kLeastProbability, 1.0));
  }
}

Figures Score::figures() const {
  std::set<std::string, std::less<>> names;
  for (const auto& [answer, count] : answers_)
    if (answer != kUnknownLabel) names.insert(answer);
  for (const auto& [truth, row] : counts_)
    names.insert(truth);

  Figures figures;
  figures.rows = rows_;
  std::map<std::string_view, std::size_t> index;
  for (const std::string& name : names) {
    index.emplace(name, figures.classes.size());
    figures.classes.emplace_back().name = name;
  }
  figures.confusion.assign(names.size(), std::vector<std::uint64_t>(names.size(), 0));
  figures.unknown.assign(names.size(), 0);
  for (const auto& [truth, row] : counts_) {
    const std::size_t t = index.at(truth);
    for (const auto& [answer, count] : row) {
      figures.classes[t].support += count;
      if (answer == kUnknownLabel) {
        figures.unknown[t] += count;
        continue;
      }
      const std::size_t a = index.at(answer);
      figures.confusion[t][a] += count;
      figures.classes[a].predicted += count;
    }
  }
  for (std::size_t c = 0; c < names.size(); ++c)
    fill_class(figures, c);
  for (std::size_t c = 0; c < names.size(); ++c)
    figures.classes[c].precision_balanced = balanced_precision(figures, c);
  fill_summary(figures);

  figures.ece = bins_.ece();
  if (log_rows_ > 0) figures.log_loss = log_sum_ / static_cast<double>(log_rows_);
  return figures;
}

std::span<const NamedFigure> named_figures() {
  static constexpr NamedFigure kNamed[] = {{"accuracy", &Figures::accuracy},
                                           {"balanced_accuracy", &Figures::balanced_accuracy},
                                           {"macro_f1", &Figures::macro_f1},
                                           {"weighted_precision", &Figures::weighted_precision},
                                           {"weighted_recall", &Figures::weighted_recall}};
  return kNamed;
}

const NamedFigure* find_figure(std::string_view name) {
  const auto found = std::find_if(named_figures().begin(), named_figures().end(),
                                  [&](const NamedFigure& figure) { return figure.name == name; });
  return found == named_figures().end() ? nullptr : &*found;
}

std::size_t argmax(std::span<const double> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

}  // namespace mltat
