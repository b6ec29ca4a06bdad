// SPDX-License-Identifier: Apache-2.0
#include "ml/svm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/rng.h"
#include "ml/fast_exp.h"
#include "ml/rbf.h"
#include "ml/smo.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;

TEST(FastExp, IsExp) {
  for (double x = 0; x > -87; x -= 0.0137)
    EXPECT_NEAR(exp_not_positive(static_cast<float>(x)) / std::exp(x), 1, 1e-5) << x;
  EXPECT_EQ(exp_not_positive(0), 1);
  EXPECT_LT(exp_not_positive(-1e30F), 2e-38F);
  EXPECT_GE(exp_not_positive(-std::numeric_limits<float>::infinity()), 0);
}

FloatRows rows_of(const std::vector<std::vector<float>>& rows) {
  FloatRows out;
  out.stride = FloatRows::stride_of(rows.front().size());
  for (const std::vector<float>& row : rows) {
    out.values.insert(out.values.end(), row.begin(), row.end());
    out.values.resize((out.values.size() + out.stride - 1) / out.stride * out.stride);
  }
  return out;
}

TEST(Smo, OfTwoRowsByHand) {
  // K(a, b) = k: both coefficients are a with a (1 - k) = 1, so that both margins are 1; the offset is 0.
  const FloatRows rows = rows_of({{0, 0}, {1, 1}});
  const SmoResult result = fit_smo(rows, {{0}, {}}, {{1}, {}}, 100, 0.5);
  const double a = 1 / (1 - std::exp(-1.0));
  ASSERT_EQ(result.support.size(), 2U);
  EXPECT_NEAR(result.support[0].second, a, 1e-4);
  EXPECT_NEAR(result.support[1].second, -a, 1e-4);
  EXPECT_NEAR(result.offset, 0, 1e-4);
  // A small c stops both.
  EXPECT_NEAR(fit_smo(rows, {{0}, {}}, {{1}, {}}, 0.25, 0.5).support[0].second, 0.25, 1e-9);
}

struct Cloud {
  FloatRows rows;
  SmoSide positive, negative;
};

Cloud cloud(std::size_t n) {
  Rng rng{7};
  std::vector<std::vector<float>> rows;
  Cloud out;
  for (std::uint32_t r = 0; r < n; ++r) {
    rows.push_back({static_cast<float>(rng.uniform() + (r % 2 == 0 ? 0.5 : 0.0)), static_cast<float>(rng.uniform())});
    (r % 2 == 0 ? out.positive : out.negative).rows.push_back(r);
  }
  out.rows = rows_of(rows);
  return out;
}

double decision(const FloatRows& rows, const SmoResult& machine, std::uint32_t row, float gamma) {
  double sum = -machine.offset;
  for (const auto& [support, coefficient] : machine.support)
    sum += coefficient * static_cast<double>(rbf_kernel(rows.row(support), rows.row(row), rows.stride, gamma));
  return sum;
}

TEST(Smo, MeetsTheConditionsOfTheOptimum) {
  const Cloud data = cloud(200);
  const double c = 3;
  const SmoResult machine = fit_smo(data.rows, data.positive, data.negative, c, 2);
  std::vector<double> coefficients(200, 0);
  double sum = 0;
  for (const auto& [row, coefficient] : machine.support) {
    coefficients[row] = coefficient;
    sum += coefficient;
  }
  EXPECT_NEAR(sum, 0, 1e-6);
  for (std::uint32_t r = 0; r < 200; ++r) {
    const double y = r % 2 == 0 ? 1 : -1, alpha = y * coefficients[r];
    const double margin = y * decision(data.rows, machine, r, 2);
    EXPECT_GE(alpha, 0);
    EXPECT_LE(alpha, c);
    EXPECT_TRUE(alpha == c || margin >= 1 - 2e-3) << r << ": " << margin;
    EXPECT_TRUE(alpha == 0 || margin <= 1 + 2e-3) << r << ": " << margin;
  }
}

void expect_repeats(const std::vector<double>& weights, const std::vector<std::uint32_t>& times, double share) {
  const Repeats repeats = repeats_of({std::vector<std::uint32_t>(times.size()), weights});
  EXPECT_EQ(repeats.times, times);
  EXPECT_NEAR(repeats.share, share, 1e-12);
}

TEST(Repeats, AreExactForMultiplesOfTheLeastOrAPartOfIt) {
  expect_repeats({}, {1, 1}, 1);
  expect_repeats({4, 8, 4}, {1, 2, 1}, 4);
  expect_repeats({0.3, 0.3}, {1, 1}, 0.3);
  expect_repeats({1, 0.2, 0.2, 0.2, 0.2}, {5, 1, 1, 1, 1}, 0.2);
  expect_repeats({0.5, 0.75}, {2, 3}, 0.25);
}

TEST(Repeats, KeepTheSumWhereARowIsTooLight) {
  // No finer than 9.001 / 40 = .225: a row of 1 stands 4 times, the light one once.
  std::vector<double> weights(10, 1);
  weights[3] = 0.001;
  std::vector<std::uint32_t> times(10, 4);
  times[3] = 1;
  expect_repeats(weights, times, 9.001 / 37);
}

TEST(Smo, AWeightIsARowRepeated) {
  Cloud data = cloud(40);
  data.positive.weights.assign(20, 4);
  data.positive.weights[3] = 8;
  data.negative.weights.assign(20, 4);
  const SmoResult weighted = fit_smo(data.rows, data.positive, data.negative, 0.5, 2);
  data.positive.weights.clear();
  data.negative.weights.clear();
  data.positive.rows.push_back(data.positive.rows[3]);
  const SmoResult repeated = fit_smo(data.rows, data.positive, data.negative, 2, 2);
  for (std::uint32_t r = 0; r < 40; ++r)
    EXPECT_NEAR(decision(data.rows, weighted, r, 2), decision(data.rows, repeated, r, 2), 5e-3);
}

TEST(Rbf, ScoresAreTheVotesOfAllPairs) {
  Rng rng{2};
  constexpr std::size_t kRows = 120, kClasses = 4;
  Columns x(kRows, 3);
  std::vector<std::uint32_t> labels;
  for (std::size_t r = 0; r < kRows; ++r) {
    labels.push_back(static_cast<std::uint32_t>(r % kClasses));
    for (std::size_t c = 0; c < 3; ++c)
      x.column(c)[r] = rng.uniform() + (c == r % kClasses ? 0.5 : 0.0);
  }
  const auto classifier = fit_rbf({x, labels, {}, kClasses}, 10, 0.5, {1});
  const Json json = Json::parse(classifier->payload());
  const auto column = [&](const char* key) { return json["transform"][key].get<std::vector<double>>(); };
  const std::vector<double> scale = column("scale"), mean = column("mean"), deviation = column("deviation");
  const auto vectors = json["vectors"].get<std::vector<double>>();
  const auto coefficients = json["coefficients"].get<std::vector<double>>();
  const auto offsets = json["offsets"].get<std::vector<double>>();
  std::vector<std::size_t> class_of;
  for (std::size_t k = 0; k < kClasses; ++k)
    class_of.insert(class_of.end(), json["counts"][k].get<std::size_t>(), k);

  Matrix out;
  classifier->predict_proba(x, out);
  for (std::size_t r = 0; r < kRows; ++r) {
    std::vector<double> votes(kClasses, 0);
    std::size_t pair = 0;
    for (std::size_t i = 0; i < kClasses; ++i)
      for (std::size_t j = i + 1; j < kClasses; ++j, ++pair) {
        double sum = -offsets[pair];
        for (std::size_t s = 0; s < class_of.size(); ++s) {
          if (class_of[s] != i && class_of[s] != j) continue;
          double distance = 0;
          for (std::size_t c = 0; c < 3; ++c) {
            const double z = (std::log1p(x.column(c)[r] / scale[c]) - mean[c]) / deviation[c];
            distance += (z - vectors[s * 3 + c]) * (z - vectors[s * 3 + c]);
          }
          sum += coefficients[s * kClasses + (class_of[s] == i ? j : i)] * std::exp(-0.5 * distance);
        }
        const double vote = std::max(-0.7, std::min(0.7, sum));
        votes[i] += vote;
        votes[j] -= vote;
      }
    double total = 0;
    for (double& vote : votes)
      total += vote = std::exp(vote);
    for (std::size_t k = 0; k < kClasses; ++k)
      EXPECT_NEAR(out.row(r)[k], votes[k] / total, 1e-4);
  }
}

}  // namespace
}  // namespace mltat
