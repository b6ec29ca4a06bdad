// SPDX-License-Identifier: Apache-2.0
#include "features/entropy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"
#include "features/mltat30.h"

namespace mltat {
namespace {

/// By the textbook: -sum p log2 p.
double exact_entropy(const std::vector<std::uint32_t>& counts) {
  long double total = 0;
  for (const std::uint32_t count : counts)
    total += count;
  long double sum = 0;
  for (const std::uint32_t count : counts)
    if (count > 0) sum -= count / total * std::log2(count / total);
  return static_cast<double>(sum);
}
double entropy(const std::vector<std::uint32_t>& counts) {
  EntropySum sum;
  for (const std::uint32_t count : counts)
    sum.add(count);
  return sum.bits();
}

TEST(LengthBins, SixteenBytesEachAndTheLastIsOpen) {
  EXPECT_EQ(length_bin(0), 0u);
  EXPECT_EQ(length_bin(15), 0u);
  EXPECT_EQ(length_bin(16), 1u);
  EXPECT_EQ(length_bin(1499), 93u);
  EXPECT_EQ(length_bin(1519), 94u);
  EXPECT_EQ(length_bin(1520), 95u);
  EXPECT_EQ(length_bin(1535), 95u);
  EXPECT_EQ(length_bin(1536), 95u);
  EXPECT_EQ(length_bin(65535), 95u);
  EXPECT_EQ(length_bin(UINT32_MAX), 95u);
}

TEST(GapBins, TheFirstNanoseconds) {
  EXPECT_EQ(gap_bin(0), 0u);
  EXPECT_EQ(gap_bin(1), 0u);
  EXPECT_EQ(gap_bin(2), 4u);
  EXPECT_EQ(gap_bin(3), 6u);
  EXPECT_EQ(gap_bin(4), 8u);
  EXPECT_EQ(gap_bin(5), 9u);
  EXPECT_EQ(gap_bin(6), 10u);
  EXPECT_EQ(gap_bin(7), 11u);
  EXPECT_EQ(gap_bin(8), 12u);
  EXPECT_EQ(gap_bin(9), 12u);
  EXPECT_EQ(gap_bin(10), 13u);
}

TEST(GapBins, FourAnOctaveUpToTheLast) {
  for (int octave = 2; octave < 40; ++octave) {
    const Nanos quarter = Nanos{1} << (octave - 2);
    for (int q = 0; q < 4; ++q) {
      const Nanos begin = (4 + q) * quarter;
      ASSERT_EQ(gap_bin(begin), static_cast<std::size_t>(4 * octave + q)) << begin;
      ASSERT_EQ(gap_bin(begin + quarter - 1), static_cast<std::size_t>(4 * octave + q)) << begin;
    }
  }
  EXPECT_EQ(gap_bin((Nanos{1} << 40) - 1), 159u);
  EXPECT_EQ(gap_bin(Nanos{1} << 40), 159u) << "18 minutes and more share the last bin";
  EXPECT_EQ(gap_bin(INT64_MAX), 159u);
}

TEST(Entropy, OfLittle) {
  EXPECT_EQ(entropy({}), 0.0);
  EXPECT_EQ(entropy({0, 0}), 0.0);
  EXPECT_EQ(entropy({1}), 0.0);
  EXPECT_EQ(entropy({1'000'000}), 0.0) << "one bin, whatever it holds";
  EXPECT_EQ(entropy({1, 1}), 1.0);
  EXPECT_EQ(entropy({5, 5, 0, 5, 5}), 2.0);
  EXPECT_NEAR(entropy(std::vector<std::uint32_t>(96, 777)), std::log2(96), 1e-9);
}

TEST(Entropy, Within1e9OfTheExactValueForRandomHistograms) {
  Rng rng({16});
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::uint32_t> counts(1 + rng.below(160));
    std::uint64_t left = 1'000'000;
    for (std::uint32_t& count : counts) {
      count = static_cast<std::uint32_t>(std::min(left, rng.next() >> (44 + rng.below(20))));
      left -= count;
    }
    ASSERT_NEAR(entropy(counts), exact_entropy(counts), 1e-9) << round;
  }
  EXPECT_NEAR(entropy({999'999, 1}), exact_entropy({999'999, 1}), 1e-9);
  EXPECT_NEAR(entropy({333'333, 333'333, 333'334}), exact_entropy({333'333, 333'333, 333'334}), 1e-9);
}

TEST(Entropy, DoesNotDependOnTheOrderOfTheBins) {
  EXPECT_EQ(entropy({1, 2, 3, 4, 50000}), entropy({50000, 3, 1, 4, 2}));
}

// ------------------------------------------------------------------------------------------- the pool behind it

/// Feeds one direction of a flow: packet i has a length bin and, but for the first, a gap bin.
class Fed {
 public:
  void add(std::size_t length, std::size_t gap) {
    const bool first = pkts_ == 0;
    pool_.add(histogram_, pkts_++, static_cast<std::uint8_t>(length),
              first ? HistogramPool::kNoGap : static_cast<std::uint8_t>(gap));
    ++lengths_[length];
    if (!first) ++gaps_[gap];
  }
  void expect_exact() const {
    const auto [length, gap] = pool_.entropies(histogram_, pkts_);
    EXPECT_NEAR(length, exact_entropy(lengths_), 1e-9) << pkts_ << " packets";
    EXPECT_NEAR(gap, exact_entropy(gaps_), 1e-9) << pkts_ << " packets";
  }
  const HistogramPool::Histogram& histogram() const { return histogram_; }
  std::uint32_t pkts() const { return pkts_; }

 private:
  HistogramPool pool_;
  HistogramPool::Histogram histogram_;
  std::uint32_t pkts_ = 0;
  std::vector<std::uint32_t> lengths_ = std::vector<std::uint32_t>(kLengthBins);
  std::vector<std::uint32_t> gaps_ = std::vector<std::uint32_t>(kGapBins);
};

TEST(HistogramPool, FromTheInlinePacketsToTheDenseBinsNothingIsLost) {
  Rng rng({17});
  for (int round = 0; round < 50; ++round) {
    Fed fed;
    for (std::uint32_t pkts = 1; pkts <= 40; ++pkts) {
      fed.add(rng.below(3) == 0 ? 95 : rng.below(4), rng.below(3) == 0 ? 159 : rng.below(4));
      fed.expect_exact();
      EXPECT_EQ(fed.histogram().dense == HistogramPool::kNoDense, pkts <= 14) << "14 packets fit the flow itself";
    }
  }
}

TEST(HistogramPool, ABinThatIsFullIsWidenedNotWrapped) {
  Fed fed;
  fed.add(0, 0);
  fed.add(1, 1);  // a second bin, so that the entropy tells the count of the first
  std::uint32_t width = 0;
  for (const std::uint32_t full : {255u, 65535u}) {
    while (fed.pkts() < full + 1)
      fed.add(0, 0);
    EXPECT_EQ(fed.histogram().width, width) << full << " in one bin still fit";
    fed.expect_exact();
    ++width;
    for (int more = 0; more < 3; ++more) {
      fed.add(0, 0);
      EXPECT_EQ(fed.histogram().width, width);
      fed.expect_exact();
    }
  }
  for (int more = 0; more < 70000; ++more)
    fed.add(2, 159);
  fed.expect_exact();
}

TEST(HistogramPool, HistogramsOfManyFlowsDoNotMix) {
  HistogramPool pool;
  std::vector<HistogramPool::Histogram> flows(3);
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t i = 0; i < 30; ++i)
      for (std::size_t flow = 0; flow < flows.size(); ++flow)
        pool.add(flows[flow], i, static_cast<std::uint8_t>(flow == 0 ? i : i % (2 * flow)),
                 i == 0 ? HistogramPool::kNoGap : std::uint8_t{0});
    EXPECT_NEAR(pool.entropies(flows[0], 30)[0], std::log2(30), 1e-9);
    EXPECT_NEAR(pool.entropies(flows[1], 30)[0], 1, 1e-9);
    EXPECT_NEAR(pool.entropies(flows[2], 30)[0], exact_entropy({8, 8, 7, 7}), 1e-9);
    for (auto& flow : flows) {
      pool.release(flow);
      pool.release(flow);  // once more does nothing
      flow = {};
    }
  }
}

}  // namespace
}  // namespace mltat
