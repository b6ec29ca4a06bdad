// SPDX-License-Identifier: Apache-2.0
#include "ml/bins.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/rng.h"

namespace mltat {
namespace {

Columns one_column(const std::vector<double>& values) {
  Columns x(values.size(), 1);
  std::copy(values.begin(), values.end(), x.column(0).begin());
  return x;
}

TEST(Bins, FewValuesGetABinEach) {
  const BinnedColumns bins = bin_columns(one_column({3, -1, 3, 10, -1}), 256, {1});
  EXPECT_EQ(bins.thresholds[0], (std::vector<double>{1, 6.5}));
  EXPECT_EQ(bins.codes, (std::vector<std::uint8_t>{1, 0, 1, 2, 0}));
}

TEST(Bins, AConstantColumnHasNoThreshold) {
  const BinnedColumns bins = bin_columns(one_column({7, 7, 7}), 256, {1});
  EXPECT_TRUE(bins.thresholds[0].empty());
  EXPECT_EQ(bins.codes, (std::vector<std::uint8_t>{0, 0, 0}));
}

TEST(Bins, BothZerosAreOneValue) {
  EXPECT_TRUE(bin_columns(one_column({0.0, -0.0}), 256, {1}).thresholds[0].empty());
}

TEST(Bins, ThresholdsSeparateEvenNeighbours) {
  const double next = std::nextafter(1.0, 2.0);
  const double largest = std::numeric_limits<double>::max();
  const BinnedColumns bins = bin_columns(one_column({1.0, next, -largest, largest}), 256, {1});
  ASSERT_EQ(bins.thresholds[0].size(), 3U);
  EXPECT_EQ(bins.codes, (std::vector<std::uint8_t>{1, 2, 0, 3}));
  for (const double threshold : bins.thresholds[0])
    EXPECT_TRUE(std::isfinite(threshold));
}

TEST(Bins, CodesAreWhatThresholdsSay) {
  Rng rng{1};
  std::vector<double> values(5000);
  for (double& value : values)
    value = std::exp(20 * rng.uniform()) - 1e4;
  const BinnedColumns bins = bin_columns(one_column(values), 64, {1});
  EXPECT_EQ(bins.thresholds[0].size(), 63U);
  std::map<int, int> filled;
  for (std::size_t r = 0; r < values.size(); ++r) {
    const auto below = std::count_if(bins.thresholds[0].begin(), bins.thresholds[0].end(),
                                     [&](double threshold) { return threshold < values[r]; });
    ASSERT_EQ(bins.codes[r], below);
    ASSERT_EQ(code_of(bins.thresholds[0], values[r]), static_cast<std::size_t>(below));
    ++filled[bins.codes[r]];
  }
  for (const auto& [code, rows] : filled)
    EXPECT_NEAR(rows, 5000.0 / 64, 2) << code;
}

TEST(Bins, AFrequentValueGetsABinOfItsOwn) {
  Rng rng{2};
  std::vector<double> values(4000, 0.5);
  for (std::size_t r = 0; r < 2000; ++r)
    values[r] = rng.uniform();
  const BinnedColumns bins = bin_columns(one_column(values), 16, {1});
  const std::uint8_t own = bins.codes[3000];
  for (std::size_t r = 0; r < 2000; ++r)
    EXPECT_TRUE(bins.codes[r] != own || std::abs(values[r] - 0.5) < 0.05);
  EXPECT_EQ(bins.thresholds[0].size(), 15U);
}

TEST(Bins, CodeOfEveryPlace) {
  for (std::size_t n = 0; n < 20; ++n) {
    std::vector<double> thresholds;
    for (std::size_t i = 0; i < n; ++i)
      thresholds.push_back(static_cast<double>(i));
    for (std::size_t i = 0; i <= n; ++i) {
      EXPECT_EQ(code_of(thresholds, static_cast<double>(i) - 0.5), i);
      EXPECT_EQ(code_of(thresholds, static_cast<double>(i) - 1 + 0.0), i == 0 ? 0 : i - 1);  // equal goes below
    }
  }
}

TEST(Bins, ThreadsChangeNothing) {
  Rng rng{3};
  Columns x(1000, 13);
  for (std::size_t c = 0; c < 13; ++c)
    for (double& value : x.column(c))
      value = rng.uniform();
  const BinnedColumns one = bin_columns(x, 256, {1}), four = bin_columns(x, 256, {4});
  EXPECT_EQ(one.codes, four.codes);
  EXPECT_EQ(one.thresholds, four.thresholds);
}

}  // namespace
}  // namespace mltat
