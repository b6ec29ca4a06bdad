// SPDX-License-Identifier: Apache-2.0
// The literals were computed by a Python program written from the description of the generator. A change of any
// of them changes every model that was ever trained with a seed.
#include "base/rng.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <set>
#include <vector>

namespace mltat {
namespace {

using testing::ElementsAre;

TEST(Rng, KnownNumbersNeverChange) {
  EXPECT_EQ(mix64(1), 0x5692161d100b05e5u);
  EXPECT_EQ(mix64(0x9e3779b97f4a7c15), 0xe220a8397b1dcdafu) << "the first number of SplitMix64 with seed 0";
  Rng zero({0});
  EXPECT_EQ(zero.next(), 0x55c55969ed403149u);
  EXPECT_EQ(zero.next(), 0xfb85af9c9a7e41f1u);
  EXPECT_EQ(zero.next(), 0x56db6c9436996a50u);
  Rng many({42, 1, 2});
  EXPECT_EQ(many.next(), 0x416c3c6a460da08bu);
  EXPECT_EQ(many.next(), 0xfa565b94fc20e3afu);
}

TEST(Rng, KnownDrawsNeverChange) {
  Rng rng({42});
  std::vector<std::uint64_t> draws;
  for (int i = 0; i < 10; ++i)
    draws.push_back(rng.below(10));
  EXPECT_THAT(draws, ElementsAre(1, 1, 4, 9, 3, 0, 8, 9, 8, 2));

  Rng uniform({42});
  EXPECT_EQ(uniform.uniform(), 0x1.28d726ae40fe8p-3);
  EXPECT_EQ(uniform.uniform(), 0x1.f7ea3ff5e2e20p-4);

  std::vector<int> cards(10);
  std::iota(cards.begin(), cards.end(), 0);
  Rng({7}).shuffle(std::span<int>(cards));
  EXPECT_THAT(cards, ElementsAre(5, 4, 0, 7, 9, 8, 3, 6, 1, 2));
}

// For a bound of 3 * 2^62, one number in four falls into the biased region and must be drawn again.
TEST(Rng, ABoundThatForcesRejection) {
  Rng rng({42});
  constexpr std::uint64_t bound = std::uint64_t{3} << 62;
  EXPECT_EQ(rng.below(bound), 2005275701725879635u);
  EXPECT_EQ(rng.below(bound), 1702073684575033672u);
  EXPECT_EQ(rng.below(bound), 5824996435696368396u);
  // Without rejection one residue in three would come twice as often: 3000 draws, standard deviation 26.
  std::array<int, 3> residues{};
  for (int i = 0; i < 3000; ++i)
    ++residues[rng.below(bound) % 3];
  for (const int count : residues)
    EXPECT_NEAR(count, 1000, 130);
}

TEST(Rng, BelowStaysBelowAndReachesEveryValue) {
  Rng rng({9});
  for (const std::uint64_t bound : {1, 2, 3, 7, 1000}) {
    std::vector<int> counts(bound);
    const std::uint64_t draws = 200 * bound;
    for (std::uint64_t i = 0; i < draws; ++i) {
      const std::uint64_t value = rng.below(bound);
      ASSERT_LT(value, bound);
      ++counts[value];
    }
    for (const int count : counts)
      EXPECT_NEAR(count, 200, 100);  // seven standard deviations
  }
  for (int i = 0; i < 100; ++i)
    EXPECT_LT(rng.below(UINT64_MAX), UINT64_MAX);
}

TEST(Rng, UniformIsInTheHalfOpenUnitInterval) {
  Rng rng({10});
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double value = rng.uniform();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.02);  // seven standard deviations
}

TEST(Rng, EveryListOfCoordinatesIsAStreamOfItsOwn) {
  std::set<std::uint64_t> firsts;
  std::size_t streams = 0;
  for (std::uint64_t a = 0; a < 20; ++a) {
    firsts.insert(Rng({a}).next());
    ++streams;
    for (std::uint64_t b = 0; b < 20; ++b) {
      firsts.insert(Rng({a, b}).next());
      firsts.insert(Rng({a, b, 0}).next());
      streams += 2;
    }
  }
  EXPECT_EQ(firsts.size(), streams) << "order, number and trailing zeros of the coordinates count";
}

TEST(Rng, ShuffleKeepsTheItemsAndIsFair) {
  std::array<std::array<int, 4>, 4> places{};  // [item][place]
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    std::array<std::size_t, 4> items{0, 1, 2, 3};
    Rng({seed}).shuffle(std::span<std::size_t>(items));
    for (std::size_t place = 0; place < 4; ++place)
      ++places[items[place]][place];
  }
  for (const auto& of_item : places)
    for (const int count : of_item)
      EXPECT_NEAR(count, 1000, 190);  // seven standard deviations
  std::vector<int> nothing;
  Rng({1}).shuffle(std::span<int>(nothing));
}

}  // namespace
}  // namespace mltat
