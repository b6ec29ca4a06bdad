// SPDX-License-Identifier: Apache-2.0
#include "ml/transform.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/rng.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;

TEST(Slog, ByHand) {
  // Sizes above 0: 1, 3, 3; the first percentile is the smallest. slog: 0, ln 2, ln 4, -ln 4; with L = ln 2:
  // mean L / 4, mean of squares 9 L^2 / 4, variance (9/4 - 1/16) L^2 = 35 L^2 / 16.
  const double values[] = {0, 1, 3, -3};
  const SlogColumn column = fit_slog(values);
  const double l = std::log(2.0);
  EXPECT_EQ(column.scale, 1);
  EXPECT_NEAR(column.mean, l / 4, 1e-15);
  EXPECT_NEAR(column.deviation, l * std::sqrt(35.0) / 4, 1e-15);
  EXPECT_NEAR(column(3), (2 - 0.25) * 4 / std::sqrt(35.0), 1e-12);
  EXPECT_NEAR(column(7), (3 - 0.25) * 4 / std::sqrt(35.0), 1e-12);
}

TEST(Slog, TheScaleIsTheFirstPercentileAndTheUnitDoesNotMatter) {
  std::vector<double> seconds, microseconds;
  for (int i = 0; i <= 200; ++i) {
    seconds.push_back(i * 0.5);
    microseconds.push_back(i * 0.5e6);
  }
  EXPECT_EQ(fit_slog(seconds).scale, 1.0);  // the second of 200 sizes: (200 - 1) / 100 = 1 below it
  EXPECT_NEAR(fit_slog(seconds)(42), fit_slog(microseconds)(42e6), 1e-9);
}

TEST(Slog, NoValueIsTooLarge) {
  const double values[] = {5e-324, 1e300, -1.7e308, 0};
  const SlogColumn column = fit_slog(values);
  for (const double x : {5e-324, -5e-324, 0.0, 1.7e308, -1.7e308, 1.0})
    EXPECT_TRUE(std::isfinite(column(x)));
  EXPECT_GT(column(1e300), column(1.0));
  const double nearly_constant[] = {1e15, 1e15 + 0.125};
  EXPECT_LE(std::abs(fit_slog(nearly_constant)(1e300)), 10);
}

TEST(Slog, AConstantColumnIsZero) {
  const double constant[] = {0.1, 0.1, 0.1}, zeros[] = {0, 0};
  EXPECT_EQ(fit_slog(constant)(0.1), 0);
  EXPECT_EQ(fit_slog(constant)(5), 0);
  EXPECT_EQ(fit_slog(zeros)(3), 0);
}

TEST(Rank, ByHand) {
  // Shares below, equal values at their middle: 1 at 1/8, the two 2 at 4/8, 10 at 7/8.
  const double values[] = {2, 10, 1, 2};
  const RankColumn column = fit_rank(values);
  EXPECT_EQ(column.knots, (std::vector<double>{1, 2, 10}));
  EXPECT_EQ(column.shares, (std::vector<double>{0.125, 0.5, 0.875}));
  const double unit = std::sqrt(12.0);
  EXPECT_DOUBLE_EQ(column(2), 0);
  EXPECT_DOUBLE_EQ(column(6), (0.6875 - 0.5) * unit);  // midway between 2 and 10
  EXPECT_DOUBLE_EQ(column(-5), -0.375 * unit);
  EXPECT_DOUBLE_EQ(column(1e308), 0.375 * unit);
}

TEST(Rank, OfManyRowsIsTheirShare) {
  std::vector<double> values;
  for (int i = 0; i < 10000; ++i)
    values.push_back(std::exp(i / 500.0));
  const RankColumn column = fit_rank(values);
  EXPECT_EQ(column.knots.size(), 256U);
  for (int i = 0; i < 10000; i += 97)
    EXPECT_NEAR(column(values[static_cast<std::size_t>(i)]) / std::sqrt(12.0) + 0.5, i / 10000.0, 0.001);
}

TEST(Rank, HugeSpansDoNotOverflow) {
  const double values[] = {-1.7e308, 1.7e308};
  EXPECT_DOUBLE_EQ(fit_rank(values)(0), 0);
  const double constant[] = {4, 4};
  EXPECT_EQ(fit_rank(constant)(-1e308), 0);
}

Columns random_columns() {
  Rng rng{6};
  Columns x(300, 3);
  for (std::size_t c = 0; c < 3; ++c)
    for (double& value : x.column(c))
      value = std::exp(30 * rng.uniform() - 15) * (c == 2 ? -1 : 1);
  return x;
}

std::vector<float> applied(const Transform& transform, const Columns& x) {
  std::vector<float> out(x.rows() * 8, -99);
  transform.apply(x, 0, x.rows(), out.data(), 8);
  return out;
}

TEST(Transform, WritesSlogThenRanksAndNothingBehind) {
  const Columns x = random_columns();
  const Transform transform = Transform::fit(x, TransformKind::slog_rank, {2});
  ASSERT_EQ(transform.width(), 6U);
  const std::vector<float> out = applied(transform, x);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    EXPECT_EQ(out[r * 8 + 2], static_cast<float>(fit_slog(x.column(2))(x.column(2)[r])));
    EXPECT_EQ(out[r * 8 + 5], static_cast<float>(fit_rank(x.column(2))(x.column(2)[r])));
    EXPECT_EQ(out[r * 8 + 6], -99);
  }
}

TEST(Transform, ComesBackFromJson) {
  const Columns x = random_columns();
  for (const TransformKind kind : {TransformKind::slog, TransformKind::slog_rank}) {
    const Transform transform = Transform::fit(x, kind, {1});
    const Transform back = Transform::parse(Json::parse(transform.json()), kind, 3);
    EXPECT_EQ(applied(back, x), applied(transform, x));
    EXPECT_EQ(back.json(), transform.json());
  }
}

TEST(Transform, WhatNoFitYieldsIsRefused) {
  const Json good = Json::parse(Transform::fit(random_columns(), TransformKind::slog_rank, {1}).json());
  const auto refused = [&](const char* key, const Json& value) {
    Json bad = good;
    bad[key] = value;
    EXPECT_THROW(Transform::parse(bad, TransformKind::slog_rank, 3), Error) << key << ' ' << value;
  };
  refused("kind", "slog");
  refused("scale", {0, 1, 1});
  refused("scale", {-1, 1, 1});
  refused("scale", {1, 1});
  refused("deviation", {-1, 1, 1});
  refused("mean", {nullptr, 1, 1});
  refused("knots", Json::parse("[[1,2],[2,1],[1,2]]"));
  refused("knots", Json::parse("[[],[],[]]"));
  Json bad = good;
  bad["knots"] = Json::parse("[[1,2],[1,2],[1,2]]");
  bad["shares"] = Json::parse("[[0,1],[0,1],[0,1.5]]");
  EXPECT_THROW(Transform::parse(bad, TransformKind::slog_rank, 3), Error);
  bad["shares"][2][1] = 1;
  EXPECT_NO_THROW(Transform::parse(bad, TransformKind::slog_rank, 3));
}

}  // namespace
}  // namespace mltat
