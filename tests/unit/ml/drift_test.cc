// SPDX-License-Identifier: Apache-2.0
#include "ml/drift.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace mltat {
namespace {

/// One feature in two bins, cut at 0: so many of the rows are below.
Profile two_bins(double share_below, std::uint64_t rows, std::vector<std::optional<double>> importance) {
  Profile profile;
  profile.rows = rows;
  for (const auto& worth : importance)
    profile.features.push_back({{0}, {share_below, 1 - share_below}, worth, -1, 0, 1});
  return profile;
}

TEST(Drift, IndexByHand) {
  // Then 4 of 9 rows below 0, smoothed 4.5 / 10; now 1 of 4, smoothed 1.5 / 5.
  const Profile profile = two_bins(4.0 / 9, 9, {std::nullopt});
  BinCounts counts(profile);
  for (const double value : {-3.0, 1.0, 2.0, 3.0})
    counts.add(0, value);
  const double expected = (0.3 - 0.45) * std::log(0.3 / 0.45) + (0.7 - 0.55) * std::log(0.7 / 0.55);
  ASSERT_EQ(counts.psi().size(), 1U);
  EXPECT_NEAR(counts.psi()[0], expected, 1e-12);
}

TEST(Drift, AnEmptyBinStaysFinite) {
  const Profile profile = two_bins(0.5, 1000, {std::nullopt});
  BinCounts counts(profile);
  for (int i = 0; i < 999; ++i)
    counts.add(0, 5);
  const double expected = (0.0005 - 0.5) * std::log(0.0005 / 0.5) + (0.9995 - 0.5) * std::log(0.9995 / 0.5);
  EXPECT_NEAR(counts.psi()[0], expected, 1e-12);
}

TEST(Drift, WeightsAreTheImportanceAboveZero) {
  using Numbers = std::vector<double>;
  EXPECT_EQ(drift_weights(two_bins(0.5, 10, {0.75, -0.2, 0.25, std::nullopt})), (Numbers{0.75, 0, 0.25, 0}));
  EXPECT_EQ(drift_weights(two_bins(0.5, 10, {std::nullopt, std::nullopt})), (Numbers{0.5, 0.5}));
  EXPECT_EQ(drift_weights(two_bins(0.5, 10, {-0.1, 0.0})), (Numbers{0.5, 0.5}));
  EXPECT_DOUBLE_EQ(weighted_psi(Numbers{0.2, 0.6}, Numbers{0.75, 0.25}), 0.3);
}

TEST(Drift, BetweenTwoSizesTheLimitIsALineInOneByRows) {
  Profile profile = two_bins(0.5, 1000, {std::nullopt});
  EXPECT_EQ(drift_limit(profile, 1000), std::nullopt);
  profile.drift_limits = {{100, 0.11}, {400, 0.05}, {1000, 0.02}};
  EXPECT_EQ(drift_limit(profile, 99), std::nullopt);
  EXPECT_EQ(drift_limit(profile, 100), 0.11);
  EXPECT_NEAR(*drift_limit(profile, 200), 0.07, 1e-12);  // 1/200: two thirds of the way from 1/100 to 1/400
  EXPECT_NEAR(*drift_limit(profile, 400), 0.05, 1e-12);
  EXPECT_EQ(drift_limit(profile, 1000), 0.02);
  EXPECT_EQ(drift_limit(profile, 1000000), 0.02);
}

/// `captures` of 50 rows each, of two classes. A row is its capture's own level, from `base` on, plus chance.
LabelledTable captures_table(std::size_t captures, double level, std::uint64_t seed, double base = 0) {
  LabelledTable table;
  table.features = {"x", "y"};
  table.classes = {"a", "b"};
  table.x = Columns(captures * 50, 2);
  TextColumn names;
  Rng rng{seed};
  for (std::size_t c = 0; c < captures; ++c) {
    names.names.push_back("c" + std::to_string(1000 + c));
    const double own = base + level * rng.uniform();
    for (std::size_t r = c * 50; r < (c + 1) * 50; ++r) {
      table.x.column(0)[r] = own + rng.uniform();
      table.x.column(1)[r] = rng.uniform();
      table.labels.push_back(c % 2);
      names.values.push_back(static_cast<std::uint32_t>(c));
    }
  }
  table.texts["capture"] = names;
  return table;
}

/// Windows drawn from the rows of `table`, as far as the index of a profile goes beyond its limit.
double share_beyond(const Profile& profile, const LabelledTable& table, std::size_t rows, std::uint64_t seed) {
  Rng rng{seed};
  const std::vector<double> weights = drift_weights(profile);
  constexpr int kWindows = 400;
  int beyond = 0;
  for (int w = 0; w < kWindows; ++w) {
    BinCounts counts(profile);
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t row = rng.below(table.rows());
      for (std::size_t f = 0; f < table.x.columns(); ++f)
        counts.add(f, table.x.column(f)[row]);
    }
    beyond += weighted_psi(counts.psi(), weights) > *drift_limit(profile, rows) ? 1 : 0;
  }
  return static_cast<double>(beyond) / kWindows;
}

Profile profile_with_limits(const LabelledTable& table, const TextColumn* groups, unsigned threads = 1) {
  Profile profile = Profile::fit(table, {});
  profile.drift_limits = drift_limits(table, profile, groups, 1, {threads});
  return profile;
}

TEST(Drift, OneInAHundredWindowsOfTheSameRowsIsBeyondTheLimit) {
  const LabelledTable table = captures_table(200, 0, 1);  // captures do not differ
  const Profile profile = profile_with_limits(table, nullptr);
  ASSERT_EQ(profile.drift_limits.size(), 4U);
  for (const std::size_t rows : {std::size_t{100}, std::size_t{200}, std::size_t{1000}})
    EXPECT_LT(share_beyond(profile, captures_table(200, 0, 2), rows, rows), 0.03) << rows;
  EXPECT_GT(share_beyond(profile, captures_table(200, 0.5, 2), 1000, 3), 0.97);
}

TEST(Drift, TheLimitTakesInHowMuchCapturesDiffer) {
  const LabelledTable table = captures_table(30, 4, 1);
  const LabelledTable others = captures_table(30, 4, 2);
  const Profile by_rows = profile_with_limits(table, nullptr);
  const Profile by_captures = profile_with_limits(table, table.text("capture"));
  EXPECT_GT(share_beyond(by_rows, others, 1000, 1), 0.97);
  EXPECT_LT(share_beyond(by_captures, others, 1000, 1), 0.05);
  EXPECT_GT(share_beyond(by_captures, captures_table(30, 4, 2, 4), 1000, 1), 0.97);
}

TEST(Drift, TheLimitsAreThoseOfAnyNumberOfThreads) {
  const LabelledTable table = captures_table(20, 1, 1);
  const auto json = [&](unsigned threads) {
    return profile_with_limits(table, table.text("capture"), threads).json(table.features, table.classes);
  };
  EXPECT_EQ(json(1), json(4));
}

TEST(Drift, RowsThatCannotBeHalvedHaveNoLimits) {
  EXPECT_TRUE(profile_with_limits(take_rows(captures_table(2, 1, 1), std::vector<std::uint32_t>{3}), nullptr)
                  .drift_limits.empty());
  // One capture is no way to tell how captures differ: rows count then.
  const LabelledTable one = captures_table(1, 1, 1);
  EXPECT_EQ(profile_with_limits(one, one.text("capture")).drift_limits.size(), 4U);
}

}  // namespace
}  // namespace mltat
