// SPDX-License-Identifier: Apache-2.0
// The doubles were computed by Python, whose int / int is correctly rounded.
#include "base/wide_int.h"

#include <gtest/gtest.h>

#include <array>

#include "base/rng.h"

namespace mltat {
namespace {

u128 make_u128(std::uint64_t high, std::uint64_t low) {
  return static_cast<u128>(high) << 64 | low;
}
constexpr std::uint64_t kTwo53 = std::uint64_t{1} << 53;

TEST(U256, ProductsAndDifferencesAreExact) {
  constexpr std::uint64_t kOnes = UINT64_MAX;
  const auto words = [](const U256& n) { return std::array{n.word(0), n.word(1), n.word(2), n.word(3)}; };
  const u128 most = ~u128{0};
  const U256 square = U256::product(most, most);  // 2^256 - 2^129 + 1
  EXPECT_EQ(words(square), (std::array<std::uint64_t, 4>{1, 0, kOnes - 1, kOnes}));
  EXPECT_EQ(square.bit_width(), 256u);

  const U256 difference = U256::product(u128{1} << 100, u128{1} << 100) - U256(u128{1});  // 2^200 - 1
  EXPECT_EQ(words(difference), (std::array<std::uint64_t, 4>{kOnes, kOnes, kOnes, 0xff})) << "the borrow runs through";
  EXPECT_EQ(difference.bit_width(), 200u);
  EXPECT_EQ((square - square).bit_width(), 0u);
  EXPECT_EQ(words(U256::product(make_u128(3, 5), make_u128(7, 11))), (std::array<std::uint64_t, 4>{55, 68, 21, 0}));
}

TEST(Ratio, SmallNumbersAsTheProcessorDividesThem) {
  Rng rng({3});
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t n = rng.next() >> (11 + rng.below(40));
    const std::uint64_t d = 1 + (rng.next() >> (11 + rng.below(40)));
    ASSERT_EQ(ratio(u128{n}, d), static_cast<double>(n) / static_cast<double>(d)) << n << "/" << d;
  }
}

TEST(Ratio, NothingIsZero) {
  EXPECT_EQ(ratio(U256(), 1), 0.0);
  EXPECT_EQ(ratio(U256(), UINT64_MAX), 0.0);
}

TEST(Ratio, TiesGoToTheEvenNeighbour) {
  EXPECT_EQ(ratio(u128{kTwo53 + 1}, 1), 0x1.0p53) << "half way, the even one is below";
  EXPECT_EQ(ratio(u128{kTwo53 + 3}, 1), 0x1.0000000000002p53) << "half way, the even one is above";
  EXPECT_EQ(ratio(u128{2 * kTwo53 + 2}, 1), 0x1.0p54);
  EXPECT_EQ(ratio(u128{4 * kTwo53 - 1}, 1), 0x1.0p55) << "rounding up to a new power of two";
}

TEST(Ratio, ASingleLowBitBreaksTheTie) {
  const u128 tie = u128{kTwo53 + 1} << 70;
  EXPECT_EQ(ratio(tie, 1), 0x1.0p123);
  EXPECT_EQ(ratio(tie + 1, 1), 0x1.0000000000001p123) << "the bit is 70 places below";
  EXPECT_EQ(ratio(tie - 1, 1), 0x1.0p123);
  EXPECT_EQ(ratio(tie * 3 + 1, 3), 0x1.0000000000001p123) << "the remainder counts too";
  EXPECT_EQ(ratio(tie * 3 - 1, 3), 0x1.0p123);
}

TEST(Ratio, BothEndsOfTheRange) {
  EXPECT_EQ(ratio(u128{1}, UINT64_MAX), 0x1.0p-64);
  EXPECT_EQ(ratio(u128{UINT64_MAX}, UINT64_MAX), 1.0);
  const U256 huge = U256::product(u128{1} << 127, u128{1} << 127) - U256(u128{1});  // 2^254 - 1
  EXPECT_EQ(ratio(huge, 1), 0x1.0p254);
  EXPECT_EQ(ratio(huge, 3), 0x1.5555555555555p252);
}

TEST(Ratio, LiteralsFromPython) {
  struct Case {
    u128 a, b, c;
    std::uint64_t denominator;
    double expected;  // (a * b - c) / denominator
  };
  const Case cases[] = {
      {make_u128(0x0, 0xbd4164d839), make_u128(0x0, 0x16f), make_u128(0x0, 0xb0c1cb91ce37), 775840u,
       0x1.ff3250253dbcep+26},
      {make_u128(0x0, 0xd7076ce2ef), make_u128(0x0, 0x1dd), make_u128(0x0, 0xf17fc6a53877), 3u, 0x1.a86d7df9a7a00p+45},
      {make_u128(0x3f1f65a8de527100, 0x7814e8a25f2dd97f), make_u128(0x24bb73d11a1afe87, 0x8b33e968617959cf),
       make_u128(0x377b9abb2edb20, 0x35b73993fd42359), 2577769888831280749u, 0x1.03416f650fc44p+190},
      {make_u128(0x2126a1e48, 0xcc11d357c30d8b77), make_u128(0x0, 0x9e115e49e30691d),
       make_u128(0x745121da8978, 0x206f5c6671e0c07e), 3u, 0x1.b4aca421535b2p+154},
      {make_u128(0xd2a759159, 0xfb7ff337f5cae3bf), make_u128(0x0, 0x4a0fe752a9eba0d),
       make_u128(0x8a0a8c32ea6928, 0xf6236bf2504b74ba), 3u, 0x1.4507ca27f91a4p+156},
      {make_u128(0x3b0cde917, 0xf7f35634f0e3cd97), make_u128(0x0, 0xf7108e9f770c227),
       make_u128(0x585a04c7d6df0, 0x621aef57e4cc4132), 3u, 0x1.2ff14261254f8p+156},
      {make_u128(0x0, 0x54f46a6910acff01), make_u128(0x0, 0xd14125844d25deb3),
       make_u128(0x98921300ddb74d, 0x960d5a8f9a656aaf), 1u, 0x1.13625d3c15bb9p+126},
      {make_u128(0x0, 0xd18a669a5af84e6b), make_u128(0x0, 0x7b121dc54e5a3a27),
       make_u128(0x7b31202f4d4c86, 0x50d7d13fb2489191), 1u, 0x1.910489157a137p+126},
      {make_u128(0x0, 0xf06313fff9a01fe9), make_u128(0x0, 0xf3001cee05da8467),
       make_u128(0x677fd1d84a1d3a, 0x5b8e8fb2bff29101), 5064239468284744425u, 0x1.9ed7ba45b9acfp+65},
      {make_u128(0x0, 0x9419cf4d60597bdd), make_u128(0x0, 0x252f615d75b1e25),
       make_u128(0x2e50bdb52fa53c, 0xbf64ef773ec28d0), 3u, 0x1.8d2cae5058e2cp+118},
      {make_u128(0xd1ca4dc4edfde416, 0x3eff8b3fc177f113), make_u128(0x20ccbc1658296818, 0x76531737f129c8c7),
       make_u128(0x403a968652dbd0, 0xe488b6c85ad3ba32), 1000000000000000000u, 0x1.efd5469f32cbbp+192},
      {make_u128(0xdc14ed5e0730b3, 0xcc170c31c7eec61b), make_u128(0x0, 0x4bbdb),
       make_u128(0xfa7496f21ff5eb, 0x6ed78f5d0960afe9), 1000000000000000000u, 0x1.2c48dab7842a6p+78},
      {make_u128(0x0, 0xeb5cd5061d), make_u128(0x0, 0x97), make_u128(0x0, 0x469257079670), 1u, 0x1.1105aa7c12ac0p+46},
      {make_u128(0x0, 0x5119cdccaf9b74f9), make_u128(0x0, 0x2d6f2efc4e613a37),
       make_u128(0x261c37a07657d6, 0x1404ab1ecc7c6d81), 6356513599306616407u, 0x1.4ab53e3056acep+61},
      {make_u128(0xf14b9adb5, 0xc6dea3db85a5cd3), make_u128(0x0, 0x889578799c4258b),
       make_u128(0x3cc2170825c7cc, 0x67e84707ec717f15), 1000u, 0x1.07a809e2ba3a6p+149},
      {make_u128(0x0, 0xd7f09a6a5bc99), make_u128(0x0, 0x1), make_u128(0x0, 0x0), 960569u, 0x1.d772c93171e39p+31},
      {make_u128(0xd6a34d3e558d2adb, 0x7e5a3930cd39e159), make_u128(0x2ed39704fb368220, 0x216d27a23501e089),
       make_u128(0xa161d921fdac3a, 0xf325ffbe90656c8f), 1u, 0x1.3a15f8c2ebe55p+253},
      {make_u128(0x2634f16f, 0x5f7cc5d86f3f0241), make_u128(0x0, 0x6baf71dd8407b1b),
       make_u128(0xec08697401f5ce, 0x2425d75a4b78dc3d), 3u, 0x1.56dc02149b294p+150},
      {make_u128(0x0, 0xf5741b324d), make_u128(0x0, 0x1f3), make_u128(0x0, 0xbac0b057c162), 1000u,
       0x1.2ab0c54b0d031p+38},
      {make_u128(0x0, 0x1cdc0a675ebe3b), make_u128(0x0, 0x1), make_u128(0x0, 0x0), 1000000000000000000u,
       0x1.0a2ea5bee8df1p-7},
      {make_u128(0xd7fd39898, 0xefe8b3b5a080c6a5), make_u128(0x0, 0x2e1c5d356a68b41),
       make_u128(0x83e2c345b61df2, 0x7deaab6416d1b5ac), 1000000000000000000u, 0x1.66d38cb53202fp+97},
      {make_u128(0x0, 0xc938c68d1027e5d3), make_u128(0x0, 0xc65fb8a2cb8f1137),
       make_u128(0xa9fd1c96655f23, 0xb1d117b75b0f13b0), 1000u, 0x1.3dfa307091958p+117},
      {make_u128(0x0, 0xabb4581e37), make_u128(0x0, 0x11f), make_u128(0x0, 0x7c55d5d1cbd0), 1028608u,
       0x1.15f0578b156c7p+26},
      {make_u128(0x570f0cf20f678d, 0xf4f6717c4b39e337), make_u128(0x0, 0xa6523),
       make_u128(0x2f6f3da1101aa, 0x94a6300c2dbbf762), 1000u, 0x1.cf59c574b1d9dp+127},
  };
  for (const Case& c : cases)
    EXPECT_EQ(ratio(U256::product(c.a, c.b) - U256(c.c), c.denominator), c.expected) << &c - cases;
}

// The case that made 256 bits necessary: 1,000,000 gaps, one of 7.5e17 ns. n * sum of squares is 5.6e41 > 2^128.
TEST(Ratio, VarianceWithTheLongestGapOfTheCaptures) {
  const u128 gap = 750'000'000'000'000'000;
  const U256 spread = U256::product(1'000'000, gap * gap) - U256::product(gap, gap);
  EXPECT_EQ(ratio(spread, 1'000'000'000'000), 0x1.c6622845fdff6p+98);
}

}  // namespace
}  // namespace mltat
