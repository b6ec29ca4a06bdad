// SPDX-License-Identifier: Apache-2.0
#include "ml/lbfgs.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace mltat {
namespace {

TEST(Lbfgs, FindsTheBottomOfAValley) {
  // Rosenbrock's: the bottom is (1, 1).
  std::vector<double> x = {-1.2, 1};
  const LbfgsResult result = minimize(
      [](std::span<const double> p, std::span<double> g) {
        const double a = 1 - p[0], b = p[1] - p[0] * p[0];
        g[0] = -2 * a - 400 * p[0] * b;
        g[1] = 200 * b;
        return a * a + 100 * b * b;
      },
      x, {1000, 1e-12, 10});
  EXPECT_NEAR(x[0], 1, 1e-4);
  EXPECT_NEAR(x[1], 1, 1e-4);
  EXPECT_LT(result.value, 1e-8);
  EXPECT_LE(result.iterations, result.evaluations);
}

double steep(std::span<const double> p, std::span<double> g) {
  double sum = 1;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double curvature = 1 + static_cast<double>(i * i);
    g[i] = curvature * (p[i] - 3);
    sum += curvature * (p[i] - 3) * (p[i] - 3) / 2;
  }
  return sum;
}

TEST(Lbfgs, StopsWhenToldTo) {
  std::vector<double> x(50, 0), y(50, 0), z(50, 0);
  EXPECT_EQ(minimize(steep, x, {3, 0, 10}).iterations, 3U);
  EXPECT_EQ(x.size(), 50U);
  const std::size_t coarse = minimize(steep, y, {1000, 0.1, 10}).iterations;
  EXPECT_LT(coarse, minimize(steep, z, {1000, 1e-9, 10}).iterations);
  EXPECT_NEAR(z[49], 3, 1e-3);
}

TEST(Lbfgs, StaysAtTheBottomAndTakesNothing) {
  std::vector<double> bottom(5, 3), nothing;
  EXPECT_EQ(minimize(steep, bottom, {}).iterations, 0U);
  EXPECT_EQ(bottom, std::vector<double>(5, 3));
  EXPECT_EQ(minimize(steep, nothing, {}).evaluations, 0U);
}

TEST(Lbfgs, AnObjectiveThatIsNotFiniteIsOurBug) {
  std::vector<double> x = {1};
  const auto broken = [](std::span<const double>, std::span<double> g) {
    g[0] = std::numeric_limits<double>::quiet_NaN();
    return 1.0;
  };
  try {
    minimize(broken, x, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::internal);
  }
}

}  // namespace
}  // namespace mltat
