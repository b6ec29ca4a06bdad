// SPDX-License-Identifier: Apache-2.0
#include "ml/nb.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "ml/one_hot_linear.h"
#include "ml/payload.h"
#include "ml/softmax.h"
#include "ml/transform.h"

namespace mltat {
namespace {

constexpr double kNever = -1e9;  ///< logarithm of the prior of a class without rows
constexpr double kLeastVariance = 1e-9;
constexpr std::size_t kRowsPerBin = 40;
constexpr std::size_t kScoredRows = 1024;  ///< transformed at a time

constexpr double kBins = 0, kGaussian = 1;  ///< values of the parameter `distribution`

struct Priors {
  std::vector<double> rows;       ///< of each class, weights counted in
  std::vector<double> log_share;  ///< of each class, kNever without rows
};

double rows_of(const TrainingSet& set) {
  double sum = 0;
  for (std::size_t r = 0; r < set.labels.size(); ++r)
    sum += set.times(r);
  return sum;
}

Priors priors_of(const TrainingSet& set) {
  Priors out{std::vector<double>(set.n_classes, 0), std::vector<double>(set.n_classes, kNever)};
  for (std::size_t r = 0; r < set.labels.size(); ++r)
    out.rows[set.labels[r]] += set.times(r);
  const double sum = rows_of(set);
  for (std::size_t k = 0; k < set.n_classes; ++k)
    if (out.rows[k] > 0) out.log_share[k] = std::log(out.rows[k] / sum);
  return out;
}

/// To six decimals: the file is half as long, and no probability moves by more than a millionth of itself a column.
double rounded(double logarithm) {
  return std::round(logarithm * 1e6) / 1e6;
}

/// A score for every active bin, its logarithm: the same sums as those of a linear model.
std::shared_ptr<const Classifier> fit_bins(const TrainingSet& set, std::size_t n_bins, double smoothing,
                                           Threads threads) {
  const BinnedColumns bins = bin_columns(set.x, n_bins, threads);
  const Priors priors = priors_of(set);
  OneHotLinear model{set.n_classes, bins.thresholds, {}};
  std::vector<double> weights;
  for (std::size_t c = 0; c < bins.columns(); ++c) {
    const std::size_t of_column = bins.thresholds[c].size() + 1;
    weights.assign(of_column * set.n_classes, 0);
    for (std::size_t r = 0; r < bins.rows; ++r)
      weights[bins.column(c)[r] * set.n_classes + set.labels[r]] += set.times(r);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double all = priors.rows[i % set.n_classes] + smoothing * static_cast<double>(of_column);
      model.weights.push_back(rounded(std::log((weights[i] + smoothing) / all)));
    }
  }
  for (const double prior : priors.log_share)
    model.weights.push_back(rounded(prior));
  return make_one_hot(std::move(model), "\"distribution\":\"bins\"");
}

struct Gaussians {
  Transform transform;
  std::vector<double> prior;     ///< [classes] logarithms
  std::vector<double> mean;      ///< [columns, classes]
  std::vector<double> variance;  ///< [columns, classes]
};

class GaussianClassifier final : public Classifier {
 public:
  explicit GaussianClassifier(Gaussians model) : model_(std::move(model)), constant_(model_.prior) {
    for (std::size_t i = 0; i < model_.variance.size(); ++i) {
      constant_[i % constant_.size()] -= std::log(2 * std::numbers::pi * model_.variance[i]) / 2;
      half_precision_.push_back(1 / (2 * model_.variance[i]));
    }
  }

  void predict_proba(const Columns& x, Matrix& out) const override {
    const std::size_t width = model_.transform.width(), classes = constant_.size();
    out = Matrix(x.rows(), classes);
    std::vector<float> inputs(std::min(kScoredRows, x.rows()) * width);
    for (std::size_t begin = 0; begin < x.rows(); begin += kScoredRows) {
      const std::size_t end = std::min(x.rows(), begin + kScoredRows);
      model_.transform.apply(x, begin, end, inputs.data(), width);
      for (std::size_t r = begin; r < end; ++r) {
        const std::span<double> scores = out.row(r);
        std::copy(constant_.begin(), constant_.end(), scores.begin());
        for (std::size_t c = 0; c < width; ++c) {
          const double value = static_cast<double>(inputs[(r - begin) * width + c]);
          for (std::size_t k = 0; k < classes; ++k) {
            const double distance = value - model_.mean[c * classes + k];
            scores[k] -= distance * distance * half_precision_[c * classes + k];
          }
        }
        softmax(scores);
      }
    }
  }

  std::string payload() const override {
    return "{\"distribution\":\"gaussian\",\"transform\":" + model_.transform.json() +
           ",\"prior\":" + payload::text(model_.prior) + ",\"mean\":" + payload::text(model_.mean) +
           ",\"variance\":" + payload::text(model_.variance) + "}";
  }

 private:
  Gaussians model_;
  std::vector<double> constant_;        ///< [classes] of the score
  std::vector<double> half_precision_;  ///< [columns, classes] 1 / (2 variance)
};

std::shared_ptr<const Classifier> fit_gaussian(const TrainingSet& set, double smoothing, Threads threads) {
  const Priors priors = priors_of(set);
  Gaussians model{Transform::fit(set.x, TransformKind::slog, threads), priors.log_share, {}, {}};
  const std::size_t rows = set.labels.size(), width = model.transform.width();
  std::vector<float> inputs(rows * width);
  model.transform.apply(set.x, 0, rows, inputs.data(), width);
  const auto sum_by_class = [&](std::size_t column, const auto& term) {
    std::vector<double> sums(set.n_classes, 0);
    for (std::size_t r = 0; r < rows; ++r)
      sums[set.labels[r]] += set.times(r) * term(static_cast<double>(inputs[r * width + column]), set.labels[r]);
    return sums;
  };
  for (std::size_t c = 0; c < width; ++c) {
    std::vector<double> mean = sum_by_class(c, [](double value, std::uint32_t) { return value; });
    for (std::size_t k = 0; k < set.n_classes; ++k)
      if (priors.rows[k] > 0) mean[k] /= priors.rows[k];
    const std::vector<double> squares = sum_by_class(
        c, [&](double value, std::uint32_t label) { return (value - mean[label]) * (value - mean[label]); });
    for (std::size_t k = 0; k < set.n_classes; ++k)
      model.variance.push_back(std::max((squares[k] + smoothing) / (priors.rows[k] + smoothing), kLeastVariance));
    model.mean.insert(model.mean.end(), mean.begin(), mean.end());
  }
  return std::make_shared<GaussianClassifier>(std::move(model));
}

std::shared_ptr<const Classifier> parse_gaussian(const payload::Json& json, std::size_t n_features,
                                                 std::size_t n_classes) {
  Gaussians model{Transform::parse(payload::member(json, "transform"), TransformKind::slog, n_features), {}, {}, {}};
  model.prior = payload::reals(payload::array_at(json, "prior"), n_classes, "prior");
  model.mean = payload::reals(payload::array_at(json, "mean"), n_features * n_classes, "mean");
  model.variance = payload::reals(payload::array_at(json, "variance"), n_features * n_classes, "variance");
  const auto any = [](const std::vector<double>& list, auto&& bad) {
    return std::any_of(list.begin(), list.end(), bad);
  };
  if (any(model.prior, [](double prior) { return prior > 0 || prior < kNever; }))
    payload::refuse("prior: out of range");
  if (any(model.mean, [](double mean) { return std::abs(mean) > 10; })) payload::refuse("mean: not in -10 to 10");
  if (any(model.variance, [](double variance) { return variance < kLeastVariance || variance > 1000; }))
    payload::refuse("variance: out of range");
  return std::make_shared<GaussianClassifier>(std::move(model));
}

std::shared_ptr<const Classifier> fit(const TrainingSet& set, const Parameters& parameters, std::uint64_t,
                                      Threads threads) {
  const auto value = [&](std::string_view name) { return parameters.find(name)->second; };
  if (value("distribution") == kGaussian) return fit_gaussian(set, value("smoothing"), threads);
  auto bins = static_cast<std::size_t>(value("bins"));
  if (bins == 0) bins = std::clamp<std::size_t>(static_cast<std::size_t>(rows_of(set)) / kRowsPerBin, 32, kMaxBins);
  return fit_bins(set, std::max<std::size_t>(bins, 2), value("smoothing"), threads);
}

std::shared_ptr<const Classifier> parse(const nlohmann::ordered_json& json, std::size_t n_features,
                                        std::size_t n_classes) {
  const std::string distribution = payload::word_at(json, "distribution");
  if (distribution == "gaussian") return parse_gaussian(json, n_features, n_classes);
  if (distribution != "bins") payload::refuse("distribution: neither bins nor gaussian");
  return parse_one_hot(json, n_features, n_classes, "\"distribution\":\"bins\"");
}

}  // namespace

Learner nb_learner() {
  return {"nb",
          "naive Bayes",
          {
              {"distribution", kBins, 0, 1, true, "what a column is in a class", {kBins}, {"bins", "gaussian"}},
              {"bins", 0, 0, 256, true, "bins a column is cut into, 0: one for every 40 rows, 32 to 256", {64, 256}},
              {"smoothing", 0.1, 1e-9, 1e6, false, "rows added to every bin of every class", {0.01, 0.1, 1}},
          },
          fit,
          parse};
}

}  // namespace mltat
