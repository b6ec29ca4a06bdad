// SPDX-License-Identifier: Apache-2.0
/// Probabilities that mean what they say: of the answers given with 0.8, eight in ten are right.
///
/// A calibration is learned from probabilities of rows that the classifier was not fitted on (out-of-fold), and then
/// applied to every row it scores. It is one of two:
///
/// one_vs_rest: a curve for each class, from the class's probability to the share of rows whose truth it is; then the
/// row is brought to sum 1. The curve is isotonic for a class with at least 1000 rows, else a sigmoid. Both see the
/// logit ln(p / (1 - p)), p cut to [floor, 1 - floor]: a forest says 0 and naive Bayes 1e-60 for the same, and the
/// floor, half of the first percentile of what is above 0, lies where either begins to tell rows apart.
///
/// temperature: p^(1 / T), p at least the floor; then the row is brought to sum 1. It keeps every answer. It is what
/// is taken where a class has no row to learn its curve from, or where the curves would get fewer of the rows right
/// than the probabilities as they were: with out-of-fold rows of applications never seen, curves learned from near
/// chance took a forest from .352 to .207 of the rows, and T = 1.5 left it at .352 with half the calibration error.
///
/// References: Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability estimates",
/// 2002; Platt, "Probabilistic outputs for support vector machines", 1999; Lin, Lin and Weng, "A note on Platt's
/// probabilistic outputs", 2007; Guo et al., "On calibration of modern neural networks", 2017.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ml/metrics.h"
#include "ml/report.h"
#include "ml/table.h"

namespace mltat {

/// From the probability of a class to the share of rows whose truth it is. Never falls.
struct ClassCurve {
  double floor = 0;  ///< p is cut to [floor, 1 - floor]
  double slope = 0;  ///< 1 / (1 + exp(-(slope logit + offset))), where there are no knots
  double offset = 0;
  std::vector<double> knots = {};   ///< logits, ascending: isotonic, straight lines between the knots
  std::vector<double> values = {};  ///< at the knots, not falling

  double operator()(double p) const;
};

/// `truth` is 1 for a row of the class, else 0. Requires: as many as `p`, at least one.
/// Maximum likelihood by Newton's method with backtracking; the truths are taken as if each of the two had been seen
/// once more, so that the fit is finite. A fit that falls becomes level.
ClassCurve fit_sigmoid(std::span<const double> p, std::span<const std::uint8_t> truth);
/// Pool adjacent violators; a knot stands at the mean logit of each block, at most 64 of them are kept. An end that
/// would be 0 or 1 becomes what one more row of the other kind makes of its block, as far as the next block allows,
/// so that the logarithm of the truth's probability stays finite.
ClassCurve fit_isotonic(std::span<const double> p, std::span<const std::uint8_t> truth);

class Calibration {
 public:
  /// `rows` are those to learn from, their labels index the columns. The same for the same input: sums are taken in
  /// the order of `rows`. Requires: at least one row; each row of `proba` sums to 1.
  static Calibration fit(const Matrix& proba, std::span<const std::uint32_t> labels,
                         std::span<const std::uint32_t> rows);

  /// In place. Each row sums to 1 afterwards; a row that would be all 0 stays as it was.
  /// Requires: as many columns as it was learned from.
  void apply(Matrix& proba) const;

  /// `one_vs_rest` or `temperature`.
  std::string_view kind() const { return curves_.empty() ? "temperature" : "one_vs_rest"; }

  std::string json(const std::vector<std::string>& classes) const;
  /// Errors: Error(bad_data) with the fact, without the file's name.
  static Calibration parse(const nlohmann::ordered_json& json, const std::vector<std::string>& classes);

 private:
  std::vector<ClassCurve> curves_;  ///< by class; empty: temperature
  double floor_ = 0;                ///< of the temperature
  double temperature_ = 1;
};

/// How well confidences agree with the truth.
struct Reliability {
  ReliabilityBins bins;  ///< of the answers and their confidence
  double brier = 0;      ///< mean over rows of the sum over classes of (p - truth)^2; Brier, 1950
};

/// Requires: at least one row.
Reliability reliability(const Matrix& proba, std::span<const std::uint32_t> labels,
                        std::span<const std::uint32_t> rows);

/// `ece`, `brier`, `bins`: of each bin its bounds, rows, mean confidence and accuracy.
JsonObject reliability_json(const Reliability& reliability);

}  // namespace mltat
