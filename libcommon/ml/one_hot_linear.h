// SPDX-License-Identifier: Apache-2.0
/// A linear score for every class over one-hot quantile bins: what lr and the linear svm fit and score with, and nb
/// scores with.
///
/// Each column is cut into bins (ml/bins.h, on the rows learned from); a row has one active bin a column, and its score
/// for class k is the sum of the weights of its active bins, plus an intercept. Weights are [rows x n_classes]: the
/// bins of column 0, those of column 1, ..., the intercept. Probability = softmax of the scores
/// (mltat-formats(5), "Model", payload of lr, svm and nb).
///
/// Why bins: features span ten orders of magnitude and classes do not lie along them; a line over the numbers as they
/// are (or standardised) tells half as many flows apart.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "ml/bins.h"
#include "ml/lbfgs.h"
#include "ml/learner.h"

namespace mltat {

struct OneHotLinear {
  std::size_t n_classes = 0;
  std::vector<std::vector<double>> thresholds;  ///< of each column, ascending; one less than its bins
  std::vector<double> weights;                  ///< [bins of all columns + 1, n_classes]

  /// Rows of `weights`.
  std::size_t rows() const;
};

/// The loss of one row. `scores` holds a score for every class and is left with the derivatives of the loss.
using RowLoss = double (*)(std::span<double> scores, std::uint32_t label);

/// What is made small: sum of loss over the rows, weights counted in, + |weights without intercepts|^2 / (2 c), divided
/// by (rows / bins) so that steps of about 1 suit it. The point is laid out as OneHotLinear::weights with each
/// row padded to padded_classes().
class OneHotObjective {
 public:
  /// The set and the bins of its columns outlive the objective. Requires: some weight is above 0.
  OneHotObjective(const TrainingSet& set, const BinnedColumns& bins, RowLoss loss, double c, Threads threads);

  std::size_t padded_classes() const { return stride_; }
  std::size_t size() const { return (first_.back() + 1) * stride_; }
  /// Errors: none. The same bytes for any number of threads.
  double operator()(std::span<const double> x, std::span<double> gradient) const;

 private:
  struct Piece {
    double value = 0;
    std::vector<double> gradient;
  };
  void add_rows(Piece& piece, std::span<const double> x, std::size_t begin, std::size_t end) const;
  void add_block(Piece& piece, std::span<const double> x, std::vector<double>& scores, std::size_t begin,
                 std::size_t end) const;

  const TrainingSet& set_;
  const BinnedColumns& bins_;
  RowLoss loss_;
  double penalty_;  ///< of half the squared weights
  Threads threads_;
  std::size_t stride_;
  std::size_t grain_;
  double scale_;
  std::vector<std::size_t> first_;  ///< row of the first bin of each column; the last entry is the intercept's
};

struct OneHotRules {
  std::size_t bins;
  double c;
  LbfgsRules search;
};

/// bins, c, max_iterations, tolerance: what the learners of this kind are told.
std::vector<Parameter> one_hot_parameters();
OneHotRules one_hot_rules(const Parameters& parameters);

OneHotLinear fit_one_hot(const TrainingSet& set, RowLoss loss, const OneHotRules& rules, Threads threads);

/// `members` are written first, as `"a":1`, or nothing.
std::shared_ptr<const Classifier> make_one_hot(OneHotLinear model, std::string members);

/// The payload back into a classifier. Errors: Error(bad_data) with the fact, for anything that is no such model.
std::shared_ptr<const Classifier> parse_one_hot(const nlohmann::ordered_json& payload, std::size_t n_features,
                                                std::size_t n_classes, std::string members);

}  // namespace mltat
