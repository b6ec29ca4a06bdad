// SPDX-License-Identifier: Apache-2.0
#include "ml/tree_rows.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mltat {
namespace {

using Numbers = std::vector<std::uint32_t>;

void expect(const std::vector<TreeRow>& rows, const std::vector<TreeRow>& expected) {
  ASSERT_EQ(rows.size(), expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].row, expected[i].row) << i;
    EXPECT_EQ(rows[i].label, expected[i].label) << i;
    EXPECT_EQ(rows[i].weight, expected[i].weight) << i;
  }
}

TEST(TreeRows, CountOnceWithoutWeights) {
  expect(tree_rows(Numbers{3, 0}, {}), {{0, 3, 1}, {1, 0, 1}});
}

TEST(TreeRows, OfWeightZeroAreLeftOutAndHeavyOnesStandMoreThanOnce) {
  expect(tree_rows(Numbers{1, 2, 0}, Numbers{70000, 0, 2}), {{0, 1, 65535}, {0, 1, 4465}, {2, 0, 2}});
}

TEST(TreeRows, TooMuchWeightIsRefused) {
  EXPECT_EQ(tree_rows(Numbers{0}, Numbers{(1U << 24) - 1}).size(), 257U);
  EXPECT_THROW(tree_rows(Numbers{0, 0}, Numbers{(1U << 24) - 1, 1}), Error);
}

}  // namespace
}  // namespace mltat
