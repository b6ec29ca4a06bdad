// SPDX-License-Identifier: Apache-2.0
#include "ml/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/rng.h"

namespace mltat {
namespace {

using Rows = std::vector<std::uint32_t>;

struct Case {
  Rows labels;
  TextColumn groups;
};

/// Rows of `classes` classes in `groups` groups, none of them even.
Case random_case(std::uint64_t seed, std::size_t rows, std::uint32_t classes, std::uint32_t groups) {
  Rng rng{seed};
  Case out;
  for (std::uint32_t g = 0; g < groups; ++g)
    out.groups.names.push_back(std::to_string(1000 + g));
  for (std::size_t r = 0; r < rows; ++r) {
    const auto group = static_cast<std::uint32_t>(std::min(rng.below(groups), rng.below(groups)));
    out.groups.values.push_back(group);
    out.labels.push_back(rng.below(4) == 0 ? static_cast<std::uint32_t>(rng.below(classes)) : group % classes);
  }
  return out;
}

/// Every row is tested exactly once and trained on in all other folds.
void expect_partition(const std::vector<Fold>& folds, std::size_t rows) {
  std::vector<int> tested(rows, 0), trained(rows, 0);
  for (const Fold& fold : folds) {
    EXPECT_TRUE(std::is_sorted(fold.test.begin(), fold.test.end()));
    for (const std::uint32_t r : fold.test)
      ++tested[r];
    for (const std::uint32_t r : fold.train)
      ++trained[r];
  }
  for (std::size_t r = 0; r < rows; ++r) {
    ASSERT_EQ(tested[r], 1);
    ASSERT_EQ(trained[r], static_cast<int>(folds.size()) - 1);
  }
}

std::vector<int> class_counts(const Rows& rows, const Rows& labels, std::size_t classes) {
  std::vector<int> counts(classes, 0);
  for (const std::uint32_t r : rows)
    ++counts[labels[r]];
  return counts;
}

TEST(Split, StratifiedFoldsShareEveryClassEvenly) {
  const Case one = random_case(1, 1003, 4, 9);
  const std::vector<Fold> folds = stratified_folds(one.labels, 4, 5, 7);
  ASSERT_EQ(folds.size(), 5U);
  expect_partition(folds, 1003);
  for (std::uint32_t c = 0; c < 4; ++c) {
    const auto all = static_cast<int>(std::count(one.labels.begin(), one.labels.end(), c));
    for (const Fold& fold : folds) {
      const int here = class_counts(fold.test, one.labels, 4)[c];
      EXPECT_GE(here, all / 5);
      EXPECT_LE(here, all / 5 + 1);
    }
  }
  for (const Fold& fold : folds)
    EXPECT_NEAR(static_cast<double>(fold.test.size()), 1003.0 / 5, 1);
}

TEST(Split, FoldsFollowTheSeed) {
  const Case one = random_case(2, 200, 3, 20);
  EXPECT_EQ(stratified_folds(one.labels, 3, 4, 1)[0].test, stratified_folds(one.labels, 3, 4, 1)[0].test);
  EXPECT_NE(stratified_folds(one.labels, 3, 4, 1)[0].test, stratified_folds(one.labels, 3, 4, 2)[0].test);
}

TEST(Split, FewerRowsThanFoldsAreRefused) {
  const Rows labels = {0, 1, 0, 1};
  EXPECT_EQ(stratified_folds(labels, 2, 4, 1).size(), 4U);
  EXPECT_THROW(stratified_folds(labels, 2, 5, 1), Error);
}

TEST(Split, NoGroupStandsOnBothSides) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Case one = random_case(seed, 400, 3, 5 + static_cast<std::uint32_t>(seed));
    const std::vector<Fold> folds = grouped_folds(one.labels, 3, one.groups, 5, seed);
    expect_partition(folds, 400);
    for (const Fold& fold : folds) {
      ASSERT_FALSE(fold.test.empty());
      std::set<std::uint32_t> tested;
      for (const std::uint32_t r : fold.test)
        tested.insert(one.groups.values[r]);
      for (const std::uint32_t r : fold.train)
        ASSERT_FALSE(tested.contains(one.groups.values[r])) << seed;
    }
  }
}

TEST(Split, GroupedFoldsAreStratifiedAsFarAsGroupsAllow) {
  // 40 groups of one class each, 10 rows: four groups of each of the two classes fit in each of five folds.
  Case one;
  for (std::uint32_t g = 0; g < 40; ++g) {
    one.groups.names.push_back(std::to_string(100 + g));
    for (int i = 0; i < 10; ++i) {
      one.groups.values.push_back(g);
      one.labels.push_back(g % 2);
    }
  }
  for (const Fold& fold : grouped_folds(one.labels, 2, one.groups, 5, 3))
    EXPECT_EQ(class_counts(fold.test, one.labels, 2), (std::vector<int>{40, 40}));
}

TEST(Split, FewerGroupsThanFoldsAreRefused) {
  const Rows labels = {0, 1, 0, 1};
  const TextColumn groups{{0, 0, 1, 1}, {"a", "b"}};
  EXPECT_EQ(grouped_folds(labels, 2, groups, 2, 1).size(), 2U);
  try {
    grouped_folds(labels, 2, groups, 3, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    EXPECT_NE(std::string(error.what()).find("2 groups cannot make 3 folds"), std::string::npos);
  }
}

TEST(Split, GivenFoldsAreTakenAsTheyAre) {
  const std::vector<Fold> folds = given_folds({{1, 0, 1, 2}, {"a", "b", "c"}});
  ASSERT_EQ(folds.size(), 3U);
  EXPECT_EQ(folds[1].name, "b");
  EXPECT_EQ(folds[1].test, (Rows{0, 2}));
  EXPECT_EQ(folds[1].train, (Rows{1, 3}));
  EXPECT_THROW(given_folds({{0, 0}, {"a"}}), Error);
}

TEST(Split, LeavingOutSkipsClassesWithASingleName) {
  // Class 0 has the names p and q, class 1 only p, class 2 q and a row without a name.
  const Rows labels = {0, 0, 1, 2, 2, 0};
  const TextColumn column{{0, 1, 0, 1, TextColumn::kNone, 1}, {"p", "q", "r"}};
  const LeaveOut out = leave_one_out(labels, 3, column);
  EXPECT_EQ(out.skipped_classes, (Rows{1, 2}));
  ASSERT_EQ(out.folds.size(), 2U);
  EXPECT_EQ(out.folds[0].name, "p");
  EXPECT_EQ(out.folds[0].test, (Rows{0}));            // row 2 is p, but class 1 knows no other
  EXPECT_EQ(out.folds[0].train, (Rows{1, 3, 4, 5}));  // nothing of p at all
  EXPECT_EQ(out.folds[1].test, (Rows{1, 5}));
  EXPECT_EQ(out.folds[1].train, (Rows{0, 2, 4}));
}

TEST(Split, HoldsOutAFractionOfEveryClass) {
  Rows labels(100, 0);
  std::fill(labels.begin(), labels.begin() + 20, 1);
  const Fold fold = hold_out(labels, 2, nullptr, 0.3, 1);
  EXPECT_EQ(class_counts(fold.test, labels, 2), (std::vector<int>{24, 6}));
  EXPECT_EQ(fold.train.size(), 70U);
  EXPECT_THROW(hold_out(Rows{0, 1}, 2, nullptr, 0.01, 1), Error);
}

TEST(Split, HoldsOutWholeGroups) {
  const Case one = random_case(5, 2000, 3, 100);
  const Fold fold = hold_out(one.labels, 3, &one.groups, 0.25, 1);
  std::set<std::uint32_t> tested;
  for (const std::uint32_t r : fold.test)
    tested.insert(one.groups.values[r]);
  for (const std::uint32_t r : fold.train)
    EXPECT_FALSE(tested.contains(one.groups.values[r]));
  EXPECT_EQ(fold.train.size() + fold.test.size(), 2000U);
  const auto here = class_counts(fold.test, one.labels, 3);
  for (std::uint32_t c = 0; c < 3; ++c)
    EXPECT_NEAR(here[c], 0.25 * static_cast<double>(std::count(one.labels.begin(), one.labels.end(), c)), 40);
}

TEST(TimeFolds, TrainStrictlyBeforeTestAndTearNoTimeApart) {
  const std::vector<double> times = {5, 1, 4, 2, 2, 2, 3, 9, 8, 7};
  const std::vector<Fold> folds = time_folds(times, nullptr, 3);
  ASSERT_EQ(folds.size(), 3U);
  for (const Fold& fold : folds)
    for (const std::uint32_t test : fold.test)
      for (const std::uint32_t train : fold.train)
        EXPECT_LT(times[train], times[test]);
  // Sorted: 1 2 2 2 3 4 5 7 8 9; blocks of 2.5 would tear the 2s apart, so the first block is 1 2 2 2.
  EXPECT_EQ(folds[0].train, (Rows{1, 3, 4, 5}));
  EXPECT_EQ(folds[0].test, (Rows{6}));
  EXPECT_EQ(folds[1].test, (Rows{0, 2}));
  EXPECT_EQ(folds[2].test, (Rows{7, 8, 9}));
  EXPECT_EQ(folds[2].name, "3");
}

TEST(TimeFolds, NoGroupStandsOnBothSides) {
  const std::vector<double> times = {1, 2, 3, 4};
  const TextColumn groups{{0, 1, 0, 1}, {"a", "b"}};
  EXPECT_THROW(time_folds(times, &groups, 1), Error);  // the later half holds both groups
  const TextColumn apart{{0, 1, 1, 2}, {"a", "b", "c"}};
  const std::vector<Fold> folds = time_folds(times, &apart, 1);
  ASSERT_EQ(folds.size(), 1U);
  EXPECT_EQ(folds[0].train, (Rows{0}));  // row 1 is of the capture of row 2
  EXPECT_EQ(folds[0].test, (Rows{2, 3}));
}

TEST(TimeFolds, OneTimeForAllCannotBeCut) {
  EXPECT_THROW(time_folds(std::vector<double>(5, 1.0), nullptr, 4), Error);
}

TEST(HoldOutLatest, TakesTheEnd) {
  const std::vector<double> times = {10, 9, 8, 7, 7, 5, 4, 3, 2, 1};
  const Fold fold = hold_out_latest(times, nullptr, 0.4);
  EXPECT_EQ(fold.test, (Rows{0, 1, 2}));  // the edge falls between the two rows of time 7: both stay in front
  EXPECT_EQ(fold.train, (Rows{3, 4, 5, 6, 7, 8, 9}));
  EXPECT_THROW(hold_out_latest(std::vector<double>(4, 1.0), nullptr, 0.5), Error);
}

TEST(CapRows, KeepsAtMostSoManyOfEachClassAndChanceDecides) {
  Rows labels(100, 0);
  for (std::size_t r = 0; r < 7; ++r)
    labels[r * 10] = 1;
  const Rows kept = cap_rows(labels, 2, 20, 1);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  EXPECT_EQ(kept.size(), 27U);
  EXPECT_EQ(std::count_if(kept.begin(), kept.end(), [&](std::uint32_t r) { return labels[r] == 1; }), 7);
  EXPECT_EQ(kept, cap_rows(labels, 2, 20, 1));
  EXPECT_NE(kept, cap_rows(labels, 2, 20, 2));
  EXPECT_EQ(cap_rows(labels, 2, 1000, 1).size(), 100U);
}

TEST(JudgingFolds, AreAsManyAsCanBe) {
  const Case made = random_case(1, 200, 3, 4);
  expect_partition(judging_folds(made.labels, 3, nullptr, 5, 1), 200);
  EXPECT_EQ(judging_folds(made.labels, 3, nullptr, 5, 1).size(), 5U);
  EXPECT_EQ(judging_folds(made.labels, 3, &made.groups, 5, 1).size(), 4U);
  expect_partition(judging_folds(made.labels, 3, &made.groups, 5, 1), 200);
  const TextColumn one{std::vector<std::uint32_t>(200, 1), {"a", "b"}};
  EXPECT_TRUE(judging_folds(made.labels, 3, &one, 5, 1).empty());
  EXPECT_TRUE(judging_folds(Rows{0}, 1, nullptr, 5, 1).empty());
}

TEST(DrawShare, TakesItsShareOfEveryClassAtLeastARow) {
  Rows labels(200, 0);
  for (std::size_t r = 0; r < 40; ++r)
    labels[5 * r] = 1;
  labels[1] = 2;
  const Rows drawn = draw_share(labels, 3, nullptr, .1, 1);
  EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
  const auto rows_of = [&](std::uint32_t c) {
    return std::count_if(drawn.begin(), drawn.end(), [&](std::uint32_t r) { return labels[r] == c; });
  };
  EXPECT_EQ(rows_of(0), 16);
  EXPECT_EQ(rows_of(1), 4);
  EXPECT_EQ(rows_of(2), 1);
  EXPECT_EQ(drawn, draw_share(labels, 3, nullptr, .1, 1));
  EXPECT_NE(drawn, draw_share(labels, 3, nullptr, .1, 2));
}

TEST(DrawShare, TakesWholeGroupsOfEveryClass) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Case made = random_case(seed, 2000, 4, 60);
    for (const double share : {.05, .2, .5}) {
      const Rows drawn = draw_share(made.labels, 4, &made.groups, share, seed);
      EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
      std::set<std::uint32_t> groups;
      std::vector<std::size_t> rows(4, 0), all(4, 0);
      for (const std::uint32_t r : drawn) {
        groups.insert(made.groups.values[r]);
        ++rows[made.labels[r]];
      }
      std::size_t in_groups = 0;
      for (std::size_t r = 0; r < made.labels.size(); ++r) {
        in_groups += groups.contains(made.groups.values[r]);
        ++all[made.labels[r]];
      }
      EXPECT_EQ(in_groups, drawn.size());
      for (std::size_t c = 0; c < 4; ++c) {
        EXPECT_GT(rows[c], 0U);
        // A group has some 33 rows of 2,000.
        EXPECT_NEAR(static_cast<double>(rows[c]), share * static_cast<double>(all[c]), 100) << share;
      }
    }
  }
}

}  // namespace
}  // namespace mltat
