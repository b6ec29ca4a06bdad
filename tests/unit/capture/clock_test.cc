// SPDX-License-Identifier: Apache-2.0
#include "capture/clock.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace mltat {
namespace {

constexpr Nanos kMin = std::numeric_limits<Nanos>::min();
constexpr Nanos kMax = std::numeric_limits<Nanos>::max();
constexpr RawTime kOutOfRange{0, RawTime::Kind::out_of_range};
constexpr RawTime kNone{0, RawTime::Kind::none};

RawTime at(Nanos time) {
  return {time, RawTime::Kind::known};
}

struct Result {
  std::vector<Nanos> times;
  Nanos clock;
  std::uint64_t wild;
  std::uint64_t out_of_range;

  bool operator==(const Result&) const = default;
};

/// All of a unit's records, the successor given only where it is asked for.
Result run(const std::vector<RawTime>& records) {
  Clock clock;
  PacketCounts counts;
  Result result{};
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::optional<RawTime> successor;
    if (clock.needs_successor(records[i]) && i + 1 < records.size()) successor = records[i + 1];
    result.times.push_back(clock.confirm(records[i], successor, counts));
  }
  result.clock = clock.now();
  result.wild = counts.notes[static_cast<std::size_t>(Note::wild_clock)];
  result.out_of_range = counts.notes[static_cast<std::size_t>(Note::time_out_of_range)];
  return result;
}

constexpr Nanos kStart = 1'000 * kHour;

TEST(Clock, OrderedTimesStand) {
  EXPECT_EQ(run({at(5), at(5), at(9)}), (Result{{5, 5, 9}, 9, 0, 0}));
}

TEST(Clock, NeverRunsBackButTimesDo) {
  EXPECT_EQ(run({at(kStart), at(kStart - 5), at(kStart + 1)}),
            (Result{{kStart, kStart - 5, kStart + 1}, kStart + 1, 0, 0}));
  // However far back: only a record ahead of the clock can be wild, if it is not the first.
  EXPECT_EQ(run({at(kStart), at(kStart), at(3), at(kStart)}), (Result{{kStart, kStart, 3, kStart}, kStart, 0, 0}));
}

TEST(Clock, AnHourIsNotFar) {
  EXPECT_EQ(run({at(0), at(kHour), at(0)}), (Result{{0, kHour, 0}, kHour, 0, 0}));
  EXPECT_EQ(run({at(0), at(kHour + 1), at(0)}), (Result{{0, 0, 0}, 0, 1, 0}));
}

TEST(Clock, WildInTheMiddle) {
  EXPECT_EQ(run({at(kStart), at(kStart + 3 * kHour), at(kStart + 1)}),
            (Result{{kStart, kStart, kStart + 1}, kStart + 1, 1, 0}));
}

TEST(Clock, AJumpThatItsSuccessorSharesStands) {
  const Nanos later = kStart + 3 * kHour;
  EXPECT_EQ(run({at(kStart), at(later), at(later + 1)}), (Result{{kStart, later, later + 1}, later + 1, 0, 0}));
  // Just as near to both: it stands.
  EXPECT_EQ(run({at(kStart), at(kStart + 4 * kHour), at(kStart + 2 * kHour)}).wild, 0u);
  EXPECT_EQ(run({at(kStart), at(kStart + 4 * kHour), at(kStart + 2 * kHour - 1)}).wild, 1u);
}

TEST(Clock, TheLastRecordStands) {
  EXPECT_EQ(run({at(0), at(9 * kHour)}), (Result{{0, 9 * kHour}, 9 * kHour, 0, 0}));
  EXPECT_EQ(run({at(7)}), (Result{{7}, 7, 0, 0}));
}

TEST(Clock, WildFirst) {
  EXPECT_EQ(run({at(kStart), at(8), at(9)}), (Result{{8, 8, 9}, 9, 1, 0}));
  // Exactly an hour earlier is not more than an hour.
  EXPECT_EQ(run({at(kHour), at(0)}), (Result{{kHour, 0}, kHour, 0, 0}));
}

TEST(Clock, TwoWildOnesInARow) {
  // Each is nearer to the other than to the clock, so the first stands, and with it the clock moves.
  const Nanos far = kStart + 9 * kHour;
  EXPECT_EQ(run({at(kStart), at(far), at(far), at(kStart)}), (Result{{kStart, far, far, kStart}, far, 0, 0}));
  // The second is further away still: the first stands, the second is wild against it.
  EXPECT_EQ(run({at(0), at(9 * kHour), at(90 * kHour), at(2)}),
            (Result{{0, 9 * kHour, 9 * kHour, 2}, 9 * kHour, 1, 0}));
}

TEST(Clock, OutOfRangeTakesTheClock) {
  EXPECT_EQ(run({at(kStart), kOutOfRange, at(kStart + 1)}), (Result{{kStart, kStart, kStart + 1}, kStart + 1, 0, 1}));
  // As a successor it counts as equal to the clock.
  EXPECT_EQ(run({at(kStart), at(kStart + 2 * kHour), kOutOfRange}), (Result{{kStart, kStart, kStart}, kStart, 1, 1}));
}

TEST(Clock, OutOfRangeFirstTakesTheSecondsTime) {
  EXPECT_EQ(run({kOutOfRange, at(kStart)}), (Result{{kStart, kStart}, kStart, 0, 1}));
  EXPECT_EQ(run({kOutOfRange, kOutOfRange, at(5)}), (Result{{0, 0, 5}, 5, 0, 2}));
  EXPECT_EQ(run({kOutOfRange}), (Result{{0}, 0, 0, 1}));
}

TEST(Clock, RecordsWithoutTimeTakeTheClock) {
  EXPECT_EQ(run({kNone, kNone}), (Result{{0, 0}, 0, 0, 0}));
  EXPECT_EQ(run({at(kStart), kNone, at(kStart + 2)}), (Result{{kStart, kStart, kStart + 2}, kStart + 2, 0, 0}));
  EXPECT_EQ(run({at(kStart), at(kStart + 2 * kHour), kNone}).wild, 1u);
}

TEST(Clock, TheWholeRangeOfTimes) {
  EXPECT_EQ(run({at(kMin), at(kMax), at(kMin)}), (Result{{kMin, kMin, kMin}, kMin, 1, 0}));
  EXPECT_EQ(run({at(kMax), at(kMin)}), (Result{{kMin, kMin}, kMin, 1, 0}));
  EXPECT_EQ(run({at(kMin), at(kMax), at(kMax)}), (Result{{kMin, kMax, kMax}, kMax, 0, 0}));
  EXPECT_EQ(run({at(-1), at(kMax), at(kMin)}), (Result{{-1, -1, kMin}, -1, 1, 0}));
}

TEST(Clock, GoesOnWithoutRecordsOnceItHasBegun) {
  Clock clock;
  PacketCounts counts;
  clock.advance(kStart);
  EXPECT_TRUE(clock.needs_successor(at(5))) << "time alone begins nothing";
  clock.confirm(at(kStart), std::nullopt, counts);
  clock.advance(kStart + 7);
  EXPECT_EQ(clock.now(), kStart + 7);
  clock.advance(kStart + 3);
  EXPECT_EQ(clock.now(), kStart + 7) << "and never back";
  EXPECT_EQ(clock.confirm(at(kStart + 5), std::nullopt, counts), kStart + 5) << "a packet keeps its own time";
  EXPECT_EQ(clock.now(), kStart + 7);
}

}  // namespace
}  // namespace mltat
