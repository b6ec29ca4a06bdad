// SPDX-License-Identifier: Apache-2.0
#include "ml/one_hot_linear.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "ml/lr.h"
#include "ml/svm.h"

namespace mltat {
namespace {

struct Problem {
  Columns x;
  std::vector<std::uint32_t> labels;
  std::vector<std::uint32_t> weights;
  std::size_t n_classes;
  BinnedColumns bins;
};

Problem random_problem(std::size_t rows, std::size_t classes) {
  Rng rng{4};
  Problem p{Columns(rows, 3), {}, {}, classes, {}};
  for (std::size_t r = 0; r < rows; ++r) {
    p.labels.push_back(static_cast<std::uint32_t>(rng.below(classes)));
    p.weights.push_back(static_cast<std::uint32_t>(1 + rng.below(4)));
    for (std::size_t c = 0; c < 3; ++c)
      p.x.column(c)[r] = c == 2 ? 1 : rng.uniform();
  }
  p.bins = bin_columns(p.x, 5, {1});
  return p;
}

std::vector<double> random_point(const OneHotObjective& objective, std::size_t classes) {
  Rng rng{9};
  std::vector<double> point(objective.size());
  for (std::size_t i = 0; i < point.size(); ++i)
    point[i] = i % objective.padded_classes() < classes ? 2 * rng.uniform() - 1 : 0;
  return point;
}

/// The definition, row by row; the gradient is asked for nothing.
double naive(const Problem& p, const OneHotObjective& objective, const std::vector<double>& point, bool logistic,
             double c) {
  const std::size_t stride = objective.padded_classes();
  double sum = 0, total = 0;
  for (std::size_t r = 0; r < p.labels.size(); ++r) {
    std::vector<double> s(p.n_classes, 0);
    for (std::size_t k = 0; k < p.n_classes; ++k) {
      std::size_t first = 0;
      for (std::size_t col = 0; col < 3; ++col) {
        s[k] += point[(first + p.bins.column(col)[r]) * stride + k];
        first += p.bins.thresholds[col].size() + 1;
      }
      s[k] += point[first * stride + k];
    }
    double loss = 0;
    if (logistic) {
      double exps = 0;
      for (const double v : s)
        exps += std::exp(v);
      loss = -std::log(std::exp(s[p.labels[r]]) / exps);
    } else {
      for (std::size_t k = 0; k < p.n_classes; ++k) {
        const double lack = std::max(0.0, 1 - (k == p.labels[r] ? s[k] : -s[k]));
        loss += lack * lack;
      }
    }
    sum += p.weights[r] / 2.0 * loss;
    total += p.weights[r] / 2.0;
  }
  double squares = 0;
  for (std::size_t i = 0; i + stride < point.size(); ++i)
    squares += point[i] * point[i];
  return (sum + squares / (2 * c)) * 5 / total;
}

void check(std::size_t rows, std::size_t classes, bool logistic) {
  const Problem p = random_problem(rows, classes);
  const double c = 0.7;
  const TrainingSet set{p.x, p.labels, p.weights, classes, 2};
  const OneHotObjective objective(set, p.bins, logistic ? logistic_loss : squared_hinge_loss, c, {1});
  ASSERT_EQ(objective.size() % objective.padded_classes(), 0U);
  std::vector<double> point = random_point(objective, classes), gradient(point.size()), unused(point.size());
  const double value = objective(point, gradient);
  EXPECT_NEAR(value, naive(p, objective, point, logistic, c), 1e-9 * value);
  for (std::size_t i = 0; i < point.size(); ++i) {
    if (i % objective.padded_classes() >= classes) {
      EXPECT_EQ(gradient[i], 0) << "padding";
      continue;
    }
    const double step = 1e-5, here = point[i];
    point[i] = here + step;
    const double above = objective(point, unused);
    point[i] = here - step;
    const double below = objective(point, unused);
    point[i] = here;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * step), 1e-5) << i;
  }
}

TEST(OneHotObjective, OfLrIsItsDefinitionAndItsSlope) {
  check(40, 3, true);
  check(40, 6, true);
}

TEST(OneHotObjective, OfTheLinearSvmIsItsDefinitionAndItsSlope) {
  check(40, 3, false);
  check(40, 6, false);
}

TEST(OneHotObjective, RowsInManyPiecesAddUpTheSame) {
  const Problem p = random_problem(5000, 3);
  const TrainingSet set{p.x, p.labels, p.weights, 3, 2};
  const OneHotObjective one(set, p.bins, logistic_loss, 1, {1}), four(set, p.bins, logistic_loss, 1, {4});
  const std::vector<double> point = random_point(one, 3);
  std::vector<double> a(point.size()), b(point.size());
  const double value = one(point, a);
  EXPECT_EQ(value, four(point, b));
  EXPECT_EQ(a, b);
  EXPECT_NEAR(value, naive(p, one, point, true, 1), 1e-9 * value);
}

TEST(OneHotLinear, ScoresAreSumsOfTheActiveWeights) {
  // One column cut at 2, two classes: weights of both bins, then the intercept.
  const auto classifier = make_one_hot({2, {{2.0}}, {1, 0, 0, 3, 0, 0.5}}, "");
  Columns x(3, 1);
  x.column(0)[0] = 2;  // equal goes below
  x.column(0)[1] = 2.5;
  x.column(0)[2] = -1e300;
  Matrix out;
  classifier->predict_proba(x, out);
  EXPECT_DOUBLE_EQ(out.row(0)[0], std::exp(1) / (std::exp(1) + std::exp(0.5)));
  EXPECT_DOUBLE_EQ(out.row(1)[1], std::exp(3.5) / (1 + std::exp(3.5)));
  EXPECT_EQ(out.row(2)[0], out.row(0)[0]);
}

}  // namespace
}  // namespace mltat
