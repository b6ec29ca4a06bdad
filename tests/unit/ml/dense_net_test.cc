// SPDX-License-Identifier: Apache-2.0
#include "ml/dense_net.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace mltat {
namespace {

constexpr std::size_t kWidths[] = {5, 9, 7, 3};

struct Rows {
  std::vector<float> inputs;
  std::vector<std::uint32_t> labels;
  std::vector<float> weights;
  std::vector<std::uint32_t> rows;

  DenseNet::Batch batch() const { return {inputs.data(), labels, weights, rows}; }
};

Rows random_rows(const DenseNet& net, std::size_t n) {
  Rng rng{8};
  Rows out;
  out.inputs.assign(n * net.stride(), 0);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t i = 0; i < kWidths[0]; ++i)
      out.inputs[r * net.stride() + i] = static_cast<float>(2 * rng.uniform() - 1);
    out.labels.push_back(static_cast<std::uint32_t>(rng.below(3)));
    out.weights.push_back(static_cast<float>(rng.below(3)));
  }
  out.rows.resize(n);
  std::iota(out.rows.begin(), out.rows.end(), 0U);
  return out;
}

DenseNet random_net() {
  Rng rng{3};
  DenseNet net = DenseNet::random(kWidths, rng);
  std::vector<DenseLayer> layers = net.layers();
  for (DenseLayer& layer : layers)
    for (float& bias : layer.bias)
      bias = static_cast<float>(rng.uniform() - 0.5);
  return DenseNet(layers);
}

/// Row by row, in doubles.
std::vector<double> naive(const std::vector<DenseLayer>& layers, const float* input) {
  std::vector<double> values(input, input + layers.front().inputs);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    std::vector<double> next(layers[l].bias.begin(), layers[l].bias.end());
    for (std::size_t i = 0; i < values.size(); ++i)
      for (std::size_t o = 0; o < next.size(); ++o)
        next[o] += values[i] * layers[l].weights[i * layers[l].outputs + o];
    if (l + 1 < layers.size())
      for (double& value : next)
        value = std::max(value, 0.0);
    values = next;
  }
  double sum = 0;
  for (double& value : values)
    sum += value = std::exp(value);
  for (double& value : values)
    value /= sum;
  return values;
}

TEST(DenseNet, PredictsWhatItsLayersSay) {
  const DenseNet net = random_net();
  const Rows rows = random_rows(net, 45);
  Matrix out(47, 3);
  net.predict(rows.inputs.data(), 45, out, 2);
  for (std::size_t r = 0; r < 45; ++r) {
    const std::vector<double> expected = naive(net.layers(), rows.inputs.data() + r * net.stride());
    for (std::size_t k = 0; k < 3; ++k)
      EXPECT_NEAR(out.row(r + 2)[k], expected[k], 1e-6);
  }
}

double naive_loss(const DenseNet& net, const Rows& rows) {
  const std::vector<DenseLayer> layers = net.layers();
  double sum = 0;
  for (const std::uint32_t r : rows.rows)
    sum -= static_cast<double>(rows.weights[r]) *
           std::log(naive(layers, rows.inputs.data() + r * net.stride())[rows.labels[r]]);
  return sum / static_cast<double>(rows.rows.size());
}

TEST(DenseNet, TheGradientIsTheSlopeOfTheLoss) {
  DenseNet net = random_net();
  const Rows rows = random_rows(net, 40);
  std::vector<float> gradient;
  EXPECT_NEAR(net.gradient(rows.batch(), gradient, {1}), naive_loss(net, rows), 1e-6);

  std::vector<float> point = net.parameters();
  ASSERT_EQ(point.size(), gradient.size());
  std::size_t moving = 0;
  for (std::size_t i = 0; i < point.size(); ++i) {
    const float here = point[i], above = here + 1e-4F, below = here - 1e-4F;
    if (here == 0) {  // padding: no weight or bias of the net is 0
      EXPECT_EQ(gradient[i], 0) << i;
      continue;
    }
    point[i] = above;
    net.set_parameters(point);
    const double loss_above = naive_loss(net, rows);
    point[i] = below;
    net.set_parameters(point);
    const double slope = (loss_above - naive_loss(net, rows)) / (static_cast<double>(above) - below);
    point[i] = here;
    EXPECT_NEAR(gradient[i], slope, 2e-4) << i;
    moving += std::abs(slope) > 1e-3;
  }
  EXPECT_GT(moving, 60U);
}

TEST(DenseNet, StepsAreTheSameForAnyNumberOfThreads) {
  DenseNet one = random_net(), four = random_net();
  const Rows rows = random_rows(one, 150);
  for (int i = 0; i < 5; ++i) {
    one.step(rows.batch(), {0.1F, 0.9F, 1e-3F}, {1});
    four.step(rows.batch(), {0.1F, 0.9F, 1e-3F}, {4});
  }
  EXPECT_EQ(one.parameters(), four.parameters());
}

TEST(DenseNet, AStepIsMomentumThenTheSlope) {
  // One layer, one input, two outputs, no bias yet: scores (w0, w1) = (0, 0), so slopes are (-1/2, 1/2) for label 0.
  DenseNet net({DenseLayer{1, 2, {0, 0}, {0, 0}}});
  Rows rows;
  rows.inputs.assign(net.stride(), 0);
  rows.inputs[0] = 1;
  rows.labels = {0};
  rows.weights = {1};
  rows.rows = {0};
  net.step(rows.batch(), {0.2F, 0.5F, 0}, {1});
  EXPECT_FLOAT_EQ(net.layers()[0].weights[0], 0.1F);
  EXPECT_FLOAT_EQ(net.layers()[0].bias[1], -0.1F);
  // Scores are now (.2, -.2): the slope of the first is 1 / (1 + exp(-.4)) - 1.
  net.step(rows.batch(), {0.2F, 0.5F, 0}, {1});
  const double slope = 1 / (1 + std::exp(-0.4)) - 1;
  EXPECT_NEAR(net.layers()[0].weights[0], 0.1 + 0.5 * 0.1 - 0.2 * slope, 1e-6);
}

TEST(DenseNet, WildStepsStayFinite) {
  DenseNet net = random_net();
  Rows rows = random_rows(net, 64);
  for (std::size_t r = 0; r < 64; ++r)
    rows.inputs[r * net.stride()] = r % 2 == 0 ? 10.0F : -10.0F;
  for (int i = 0; i < 2000; ++i)
    net.step(rows.batch(), {1.0F, 0.99F, 0}, {1});
  for (const float value : net.parameters())
    ASSERT_TRUE(std::abs(value) <= kMaxDenseWeight);
}

}  // namespace
}  // namespace mltat
