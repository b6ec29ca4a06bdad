// SPDX-License-Identifier: Apache-2.0
#include "ml/one_hot_linear.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ml/payload.h"
#include "ml/softmax.h"

namespace mltat {
namespace {

constexpr std::size_t kLanes = 4;             ///< rows of weights are padded to a multiple
constexpr std::size_t kBlockScores = 4096;    ///< scores under way at a time: they stay in the first-level cache
constexpr std::size_t kMinPieceRows = 1024;   ///< of the rows that one thread adds up
constexpr std::size_t kMaxPieces = 16;        ///< each has a gradient of its own
constexpr std::size_t kMaxNumbers = 1 << 25;  ///< in the gradients of all pieces
constexpr double kMaxWeight = 1e100;          ///< of a model that is read: sums of such weights are finite

std::size_t rounded_up(std::size_t n) {
  return (n + kLanes - 1) / kLanes * kLanes;
}

std::vector<std::size_t> first_rows(const std::vector<std::vector<double>>& thresholds) {
  std::vector<std::size_t> first = {0};
  for (const std::vector<double>& column : thresholds)
    first.push_back(first.back() + column.size() + 1);
  return first;
}

/// to += from, both `n` long, a multiple of kLanes.
void add(double* __restrict to, const double* __restrict from, std::size_t n) {
  for (std::size_t k = 0; k < n; k += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      to[k + lane] += from[k + lane];
}

std::size_t block_rows(std::size_t stride) {
  return std::max<std::size_t>(1, kBlockScores / stride);
}

class OneHotClassifier final : public Classifier {
 public:
  OneHotClassifier(OneHotLinear model, std::string members)
      : model_(std::move(model)), members_(std::move(members)), first_(first_rows(model_.thresholds)) {}

  void predict_proba(const Columns& x, Matrix& out) const override {
    out = Matrix(x.rows(), model_.n_classes);
    for (std::size_t r = 0; r < x.rows(); ++r)
      std::copy_n(weights_of(first_.back()), model_.n_classes, out.row(r).begin());
    for (std::size_t c = 0; c < x.columns(); ++c)
      for (std::size_t r = 0; r < x.rows(); ++r) {
        const double* weights = weights_of(first_[c] + code_of(model_.thresholds[c], x.column(c)[r]));
        const std::span<double> scores = out.row(r);
        for (std::size_t k = 0; k < scores.size(); ++k)
          scores[k] += weights[k];
      }
    for (std::size_t r = 0; r < x.rows(); ++r)
      softmax(out.row(r));
  }

  std::string payload() const override {
    std::string out = "{" + members_ + (members_.empty() ? "" : ",");
    out += "\"transform\":{\"kind\":\"one_hot\",\"thresholds\":" + payload::text(model_.thresholds);
    return out + "},\"weights\":" + payload::text(model_.weights) + "}";
  }

 private:
  const double* weights_of(std::size_t row) const { return model_.weights.data() + row * model_.n_classes; }

  OneHotLinear model_;
  std::string members_;
  std::vector<std::size_t> first_;
};

}  // namespace

std::size_t OneHotLinear::rows() const {
  return first_rows(thresholds).back() + 1;
}

OneHotObjective::OneHotObjective(const TrainingSet& set, const BinnedColumns& bins, RowLoss loss, double c,
                                 Threads threads)
    : set_(set),
      bins_(bins),
      loss_(loss),
      penalty_(1 / c),
      threads_(threads),
      stride_(rounded_up(set.n_classes)),
      first_(first_rows(bins.thresholds)) {
  const std::size_t pieces = std::clamp<std::size_t>(kMaxNumbers / size(), 1, kMaxPieces);
  grain_ = std::max(kMinPieceRows, (bins.rows + pieces - 1) / pieces);
  double total = 0;
  for (std::size_t r = 0; r < bins.rows; ++r)
    total += set.times(r);
  std::size_t most_bins = 1;
  for (const std::vector<double>& column : bins.thresholds)
    most_bins = std::max(most_bins, column.size() + 1);
  scale_ = static_cast<double>(most_bins) / total;
}

void OneHotObjective::add_block(Piece& piece, std::span<const double> x, std::vector<double>& scores, std::size_t begin,
                                std::size_t end) const {
  const std::size_t intercept = first_.back() * stride_;
  for (std::size_t r = begin; r < end; ++r)
    std::copy_n(x.data() + intercept, stride_, scores.data() + (r - begin) * stride_);
  // Column by column: the weights of one column fit the first-level cache beside the scores.
  for (std::size_t c = 0; c < bins_.columns(); ++c) {
    const double* weights = x.data() + first_[c] * stride_;
    const std::uint8_t* codes = bins_.column(c);
    for (std::size_t r = begin; r < end; ++r)
      add(scores.data() + (r - begin) * stride_, weights + codes[r] * stride_, stride_);
  }
  for (std::size_t r = begin; r < end; ++r) {
    double* row = scores.data() + (r - begin) * stride_;
    const double times = set_.times(r);
    piece.value += times * loss_({row, set_.n_classes}, set_.labels[r]);
    for (std::size_t k = 0; k < stride_; ++k)
      row[k] = k < set_.n_classes ? row[k] * times : 0;
    add(piece.gradient.data() + intercept, row, stride_);
  }
  for (std::size_t c = 0; c < bins_.columns(); ++c) {
    double* gradient = piece.gradient.data() + first_[c] * stride_;
    const std::uint8_t* codes = bins_.column(c);
    for (std::size_t r = begin; r < end; ++r)
      add(gradient + codes[r] * stride_, scores.data() + (r - begin) * stride_, stride_);
  }
}

void OneHotObjective::add_rows(Piece& piece, std::span<const double> x, std::size_t begin, std::size_t end) const {
  piece.gradient.assign(size(), 0);
  const std::size_t step = block_rows(stride_);
  std::vector<double> scores(step * stride_);
  for (std::size_t r = begin; r < end; r += step)
    add_block(piece, x, scores, r, std::min(end, r + step));
}

double OneHotObjective::operator()(std::span<const double> x, std::span<double> gradient) const {
  Piece sum = reduce_fixed(
      threads_, bins_.rows, grain_, Piece{},
      [&](Piece& piece, std::size_t begin, std::size_t end) { add_rows(piece, x, begin, end); },
      [](Piece& total, Piece& piece) {
        total.value += piece.value;
        if (total.gradient.empty())
          total.gradient.swap(piece.gradient);
        else
          add(total.gradient.data(), piece.gradient.data(), piece.gradient.size());
      });
  double squares = 0;
  const std::size_t penalised = first_.back() * stride_;
  for (std::size_t i = 0; i < penalised; ++i) {
    squares += x[i] * x[i];
    sum.gradient[i] += penalty_ * x[i];
  }
  for (std::size_t i = 0; i < gradient.size(); ++i)
    gradient[i] = scale_ * sum.gradient[i];
  return scale_ * (sum.value + penalty_ / 2 * squares);
}

std::vector<Parameter> one_hot_parameters() {
  return {
      {"c", 1, 1e-6, 1e6, false, "weight of the rows against that of the penalty |w|^2 / 2", {0.1, 1, 10}},
      {"bins", 32, 2, 256, true, "bins a column is cut into", {16, 32, 64}},
      {"max_iterations", 200, 1, 100000, true, "steps of the search, at most", {200}},
      {"tolerance", 1e-5, 0, 1, false, "a step that gains a smaller share is the last", {1e-5}},
  };
}

OneHotRules one_hot_rules(const Parameters& parameters) {
  const auto value = [&](std::string_view name) { return parameters.find(name)->second; };
  return {static_cast<std::size_t>(value("bins")), value("c"),
          LbfgsRules{static_cast<std::size_t>(value("max_iterations")), value("tolerance")}};
}

OneHotLinear fit_one_hot(const TrainingSet& set, RowLoss loss, const OneHotRules& rules, Threads threads) {
  const BinnedColumns bins = bin_columns(set.x, rules.bins, threads);
  const OneHotObjective objective(set, bins, loss, rules.c, threads);
  std::vector<double> point(objective.size(), 0);
  minimize([&](std::span<const double> x, std::span<double> gradient) { return objective(x, gradient); }, point,
           rules.search);

  OneHotLinear model{set.n_classes, bins.thresholds, {}};
  for (std::size_t row = 0; row < model.rows(); ++row) {
    const auto from = point.begin() + static_cast<std::ptrdiff_t>(row * objective.padded_classes());
    model.weights.insert(model.weights.end(), from, from + static_cast<std::ptrdiff_t>(set.n_classes));
  }
  return model;
}

std::shared_ptr<const Classifier> make_one_hot(OneHotLinear model, std::string members) {
  return std::make_shared<OneHotClassifier>(std::move(model), std::move(members));
}

std::shared_ptr<const Classifier> parse_one_hot(const nlohmann::ordered_json& json, std::size_t n_features,
                                                std::size_t n_classes, std::string members) {
  const payload::Json& transform = payload::member(json, "transform");
  if (payload::word_at(transform, "kind") != "one_hot") payload::refuse("transform: kind is not one_hot");
  OneHotLinear model;
  model.n_classes = n_classes;
  model.thresholds = payload::columns_of_reals(payload::array_at(transform, "thresholds"), n_features, "thresholds");
  for (const std::vector<double>& column : model.thresholds) {
    if (column.size() >= kMaxBins) payload::refuse("thresholds: more than 255 of one column");
    if (std::adjacent_find(column.begin(), column.end(), std::greater_equal<>()) != column.end())
      payload::refuse("thresholds: not ascending");
  }
  model.weights = payload::reals(payload::array_at(json, "weights"), model.rows() * n_classes, "weights");
  if (std::any_of(model.weights.begin(), model.weights.end(), [](double w) { return std::abs(w) > kMaxWeight; }))
    payload::refuse("weights: too large");
  return make_one_hot(std::move(model), std::move(members));
}

}  // namespace mltat
