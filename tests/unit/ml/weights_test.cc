// SPDX-License-Identifier: Apache-2.0
#include "ml/weights.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/error.h"

namespace mltat {
namespace {

using Integers = std::vector<std::uint32_t>;

void expect(const std::vector<double>& weights, const Integers& integers, std::uint32_t unit) {
  const IntegerWeights out = integer_weights(weights);
  EXPECT_EQ(out.weights, integers);
  EXPECT_EQ(out.unit, unit);
}

TEST(IntegerWeights, OnesAreNoWeights) {
  expect({1, 1, 1}, {}, 1);
  expect({}, {}, 1);
}

TEST(IntegerWeights, WholeNumbersStandAsTheyAre) {
  expect({2, 1, 3}, {2, 1, 3}, 1);
  expect({2, 2}, {2, 2}, 1);
}

TEST(IntegerWeights, HalvesAndQuartersAreExact) {
  expect({0.5, 1}, {1, 2}, 2);
  expect({0.5, 2.25}, {2, 9}, 4);
}

TEST(IntegerWeights, OtherNumbersAreRoundedToA256th) {
  expect({0.2, 1}, {51, 256}, 256);
}

TEST(IntegerWeights, NoWeightIsRoundedToNone) {
  expect({1e-300, 1}, {1, 256}, 256);
}

TEST(IntegerWeights, ALargeSumLimitsTheUnit) {
  const double half = 1U << 29;
  expect({half, 0.3}, {1U << 29, 1}, 1);
  expect({half / 2, 0.3}, {1U << 29, 1}, 2);
  try {
    integer_weights(std::vector<double>{2 * half, 0.3});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    EXPECT_EQ(std::string(error.what()), "the weights sum to more than 1073741824 rows: give smaller weights");
  }
  EXPECT_THROW(integer_weights(std::vector<double>{1e308, 1e308}), Error);
}

TEST(BalancedWeights, ClassesWithRowsCountTheSame) {
  EXPECT_EQ(balanced_weights(Integers{0, 2, 0, 0}, {}, 3), (std::vector<double>{4.0 / 6, 2, 4.0 / 6, 4.0 / 6}));
}

TEST(BalancedWeights, WeightsCountIn) {
  const std::vector<double> even = {1, 2, 3, 6};
  EXPECT_EQ(balanced_weights(Integers{0, 0, 0, 1}, even, 2), even);
  EXPECT_EQ(balanced_weights(Integers{0, 1}, std::vector<double>{3, 1}, 2), (std::vector<double>{2, 2}));
}

TEST(CoarseWeights, AreLeftAloneWhereTheyFit) {
  const IntegerWeights out = coarse_weights(Integers{0, 1}, Integers{3, 8}, 4, 2, 11);
  EXPECT_EQ(out.weights, (Integers{3, 8}));
  EXPECT_EQ(out.unit, 4U);
  EXPECT_TRUE(coarse_weights(Integers{0, 1}, {}, 1, 2, 1).weights.empty());
}

TEST(CoarseWeights, KeepTheSumOfEveryClass) {
  // Running sums by class: 3 6 9 12 and 10 20, each divided by 4.
  const IntegerWeights out = coarse_weights(Integers{0, 1, 0, 0, 1, 0}, Integers{3, 10, 3, 3, 10, 3}, 8, 2, 8);
  EXPECT_EQ(out.weights, (Integers{0, 2, 1, 1, 3, 1}));
  EXPECT_EQ(out.unit, 2U);
}

TEST(CoarseWeights, AreNoFinerThanTheLeastNeeds) {
  // 17 / 4 and, running, 9 18 27 36 / 4.
  const IntegerWeights out = coarse_weights(Integers{1, 0, 0, 0, 0}, Integers{17, 9, 9, 9, 9}, 64, 2, 1000);
  EXPECT_EQ(out.weights, (Integers{4, 2, 2, 2, 3}));
  EXPECT_EQ(out.unit, 16U);
}

TEST(CoarseWeights, DoNotGoBelowOneRow) {
  const IntegerWeights out = coarse_weights(Integers{0, 0}, Integers{40, 40}, 4, 1, 8);
  EXPECT_EQ(out.weights, (Integers{10, 10}));
  EXPECT_EQ(out.unit, 1U);
}

}  // namespace
}  // namespace mltat
