// SPDX-License-Identifier: Apache-2.0
#include "ml/mlp.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>

#include "base/number_text.h"
#include "base/rng.h"
#include "ml/dense_net.h"
#include "ml/payload.h"
#include "ml/transform.h"

namespace mltat {
namespace {

constexpr std::uint64_t kFirstWeights = 301, kShuffles = 302;  ///< streams of chance of these uses
constexpr std::size_t kScoredRows = 1024;                      ///< transformed at a time
constexpr std::size_t kMaxLayers = 8;

class MlpClassifier final : public Classifier {
 public:
  MlpClassifier(Transform transform, DenseNet net) : transform_(std::move(transform)), net_(std::move(net)) {}

  void predict_proba(const Columns& x, Matrix& out) const override {
    out = Matrix(x.rows(), net_.layers().back().outputs);
    std::vector<float> inputs(std::min(kScoredRows, x.rows()) * net_.stride(), 0);
    for (std::size_t begin = 0; begin < x.rows(); begin += kScoredRows) {
      const std::size_t end = std::min(x.rows(), begin + kScoredRows);
      transform_.apply(x, begin, end, inputs.data(), net_.stride());
      net_.predict(inputs.data(), end - begin, out, begin);
    }
  }

  std::string payload() const override {
    std::string out = "{\"transform\":" + transform_.json() + ",\"layers\":";
    payload::append_list(out, net_.layers(), [&](const DenseLayer& layer) {
      out += "{\"outputs\":";
      append_uint(out, layer.outputs);
      out += ",\"weights\":" + payload::text(layer.weights) + ",\"bias\":" + payload::text(layer.bias) + "}";
    });
    return out + "}";
  }

 private:
  Transform transform_;
  DenseNet net_;
};

/// How much each row counts in a step: 1 in the mean.
std::vector<float> weights_of(const TrainingSet& set) {
  std::vector<float> out(set.labels.size(), 1);
  const double mean =
      std::accumulate(set.weights.begin(), set.weights.end(), 0.0) / static_cast<double>(set.labels.size());
  for (std::size_t r = 0; r < set.weights.size(); ++r)
    out[r] = static_cast<float>(set.weights[r] / mean);
  return out;
}

std::shared_ptr<const Classifier> fit(const TrainingSet& set, const Parameters& parameters, std::uint64_t seed,
                                      Threads threads) {
  const auto value = [&](std::string_view name) { return parameters.find(name)->second; };
  const auto count = [&](std::string_view name) { return static_cast<std::size_t>(value(name)); };
  Transform transform = Transform::fit(set.x, TransformKind::slog_rank, threads);
  std::vector<std::size_t> widths = {transform.width(), count("hidden")};
  if (count("hidden2") > 0) widths.push_back(count("hidden2"));
  widths.push_back(set.n_classes);
  Rng first_weights{seed, kFirstWeights};
  DenseNet net = DenseNet::random(widths, first_weights);

  std::vector<float> inputs(set.labels.size() * net.stride(), 0);
  transform.apply(set.x, 0, set.labels.size(), inputs.data(), net.stride());
  const std::vector<float> weights = weights_of(set);
  std::vector<std::uint32_t> rows(set.labels.size());
  std::iota(rows.begin(), rows.end(), 0);
  const std::size_t batch = count("batch");
  const auto steps = static_cast<double>((rows.size() + batch - 1) / batch * count("epochs"));
  double done = 0;
  for (std::size_t epoch = 0; epoch < count("epochs"); ++epoch) {
    Rng shuffles{seed, kShuffles, epoch};
    shuffles.shuffle(std::span(rows));
    for (std::size_t begin = 0; begin < rows.size(); begin += batch, ++done) {
      const double fall = (1 + std::cos(std::numbers::pi * done / steps)) / 2;
      const std::size_t n = std::min(batch, rows.size() - begin);
      net.step({inputs.data(), set.labels, weights, std::span(rows).subspan(begin, n)},
               {static_cast<float>(value("learning_rate") * fall), static_cast<float>(value("momentum")),
                static_cast<float>(value("l2"))},
               threads);
    }
  }
  return std::make_shared<MlpClassifier>(std::move(transform), DenseNet(net.layers()));
}

std::shared_ptr<const Classifier> parse(const nlohmann::ordered_json& json, std::size_t n_features,
                                        std::size_t n_classes) {
  Transform transform = Transform::parse(payload::member(json, "transform"), TransformKind::slog_rank, n_features);
  std::vector<DenseLayer> layers;
  std::size_t inputs = transform.width();
  for (const payload::Json& given : payload::array_at(json, "layers")) {
    DenseLayer layer{inputs, payload::count(payload::member(given, "outputs"), "outputs", 1, kMaxWidth), {}, {}};
    layer.weights = payload::floats(payload::array_at(given, "weights"), layer.inputs * layer.outputs, "weights");
    layer.bias = payload::floats(payload::array_at(given, "bias"), layer.outputs, "bias");
    const auto too_large = [](float weight) { return std::abs(weight) > kMaxDenseWeight; };
    if (std::any_of(layer.weights.begin(), layer.weights.end(), too_large) ||
        std::any_of(layer.bias.begin(), layer.bias.end(), too_large))
      payload::refuse("weights: too large");
    inputs = layer.outputs;
    layers.push_back(std::move(layer));
  }
  if (layers.empty() || layers.size() > kMaxLayers) payload::refuse("layers: none, or too many");
  if (layers.back().outputs != n_classes) payload::refuse("layers: the last gives not one score a class");
  return std::make_shared<MlpClassifier>(std::move(transform), DenseNet(layers));
}

}  // namespace

Learner mlp_learner() {
  return {"mlp",
          "multi-layer perceptron",
          {
              {"hidden", 128, 1, 4096, true, "units of the first hidden layer", {64, 128, 256}},
              {"hidden2", 64, 0, 4096, true, "units of the second hidden layer, 0: there is none", {0, 64, 128}},
              {"epochs", 60, 1, 10000, true, "times that every row is seen", {30, 60, 120}},
              {"batch", 64, 1, 65536, true, "rows between two steps", {32, 64, 128}},
              {"learning_rate", 0.05, 1e-6, 1, false, "length of the first steps", {0.02, 0.05, 0.1}},
              {"momentum", 0.9, 0, 0.99, false, "share of a step that the next one keeps", {0.9}},
              {"l2", 1e-4, 0, 1, false, "weight of the penalty |w|^2 / 2 in each step", {1e-5, 1e-4, 1e-3}},
          },
          fit,
          parse};
}

}  // namespace mltat
