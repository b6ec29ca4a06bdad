// SPDX-License-Identifier: Apache-2.0
/// How good a set of predictions is: one accumulator and the figures drawn from it, the same for train, predict and
/// fuse (mltat-formats(5), "Report").
///
/// The answer `unknown` is an abstention. It counts as a wrong answer in every figure, beside which `coverage` tells
/// how often it was given; `accuracy_covered` leaves those rows out. All figures are shares in [0, 1]; where a
/// denominator is 0 the figure is 0, as in scikit-learn.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mltat {

/// More classes are refused: tables of them are square, and such a column is rather one of names.
inline constexpr std::size_t kMaxClasses = 2000;

/// The answer of a voter that abstains. It is never the name of a predicted class.
inline constexpr std::string_view kUnknownLabel = "unknown";

/// Figures of one class, by truth. Recall = share of its rows that were found; precision = share of the answers with
/// its name that were right; f1 = their harmonic mean.
struct ClassFigures {
  std::string name;
  std::uint64_t support = 0;    ///< rows whose truth it is
  std::uint64_t predicted = 0;  ///< rows answered with it
  double precision = 0;
  double recall = 0;
  double f1 = 0;
  /// TPR_c / sum over k of P(predicted c | truth k): the precision if all classes were equally frequent.
  double precision_balanced = 0;
};

struct Figures {
  std::uint64_t rows = 0;
  std::vector<ClassFigures> classes;                  ///< every class seen as truth or answer, or announced; by name
  std::vector<std::vector<std::uint64_t>> confusion;  ///< [truth][answer], in the order of `classes`
  std::vector<std::uint64_t> unknown;                 ///< [truth] rows answered `unknown`
  double coverage = 0;                                ///< share of rows not answered `unknown`
  double accuracy = 0;                                ///< right answers / rows
  std::optional<double> accuracy_covered;             ///< right answers / rows not `unknown`; none without such rows
  double balanced_accuracy = 0;                       ///< mean recall over the classes with support
  double macro_f1 = 0;                                ///< mean f1 over the classes with support or answers
  double weighted_precision = 0;                      ///< mean precision, weighted by support
  double weighted_recall = 0;                         ///< mean recall, weighted by support (equals accuracy)
  std::optional<double> log_loss;                     ///< mean -ln P(truth), P at least 1e-15; none without P(truth)
  std::optional<double> ece;     ///< expected calibration error, see ReliabilityBins; none without confidences
  double baseline_majority = 0;  ///< accuracy of always answering the most frequent class
};

/// Answers by their confidence, in 15 equal bins.
class ReliabilityBins {
 public:
  static constexpr std::size_t kBins = 15;
  struct Bin {
    std::uint64_t rows = 0;
    std::uint64_t right = 0;
    double confidence = 0;  ///< sum
  };

  void add(double confidence, bool right);
  const std::array<Bin, kBins>& bins() const { return bins_; }
  /// Expected calibration error: the mean over rows of |accuracy of the bin - mean confidence of the bin|; none
  /// without rows. Reference: Guo et al., "On Calibration of Modern Neural Networks", 2017.
  std::optional<double> ece() const;

 private:
  std::array<Bin, kBins> bins_{};
};

/// Accumulates answers row by row. Sums are taken in the order of the calls: add rows in a fixed order.
class Score {
 public:
  Score() = default;
  /// Announces classes, so that they stand in the figures even if no row has them.
  explicit Score(const std::vector<std::string>& classes);

  /// `confidence` = the voter's probability of its answer; `p_truth` = its probability of the true class, 0 for a
  /// class that it does not know. Errors: Error(bad_data) for more than kMaxClasses.
  void add(std::string_view truth, std::string_view answer, std::optional<double> confidence = std::nullopt,
           std::optional<double> p_truth = std::nullopt);

  std::uint64_t rows() const { return rows_; }

  /// ECE: of the answers with a confidence, `unknown` left out.
  Figures figures() const;

 private:
  std::map<std::string, std::map<std::string, std::uint64_t, std::less<>>, std::less<>> counts_;  ///< [truth][answer]
  std::map<std::string, std::uint64_t, std::less<>> answers_;  ///< [answer], announced: 0
  std::uint64_t rows_ = 0;
  ReliabilityBins bins_;
  std::uint64_t log_rows_ = 0;
  double log_sum_ = 0;
};

/// The figures that options and tables name. Of each, more is better.
struct NamedFigure {
  std::string_view name;
  double Figures::*value;
};
std::span<const NamedFigure> named_figures();
/// Null for a name that is none of them.
const NamedFigure* find_figure(std::string_view name);

/// Index of the highest value; the first of equals, so that ties go to the class that stands first.
std::size_t argmax(std::span<const double> values);

}  // namespace mltat
