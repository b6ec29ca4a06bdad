// SPDX-License-Identifier: Apache-2.0
#include "flow/expiry_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace mltat {
namespace {

using Due = std::vector<std::pair<Nanos, std::uint32_t>>;

/// All that is due, as {deadline, flow}, taken three at a time.
Due pop_all(ExpiryQueue& queue, Nanos now) {
  Due due;
  std::array<ExpiryQueue::Entry, 3> memory;
  while (const std::size_t count = queue.pop_due(now, memory))
    for (const ExpiryQueue::Entry& entry : std::span(memory).first(count))
      due.emplace_back(entry.deadline, entry.flow);
  return due;
}

TEST(ExpiryQueue, AnEntryIsDueOnlyWhenItsDeadlineIsPast) {
  ExpiryQueue queue;
  queue.arm({100, 7});
  EXPECT_EQ(pop_all(queue, 99), Due());
  EXPECT_EQ(pop_all(queue, 100), Due()) << "not above the limit yet";
  EXPECT_EQ(pop_all(queue, 101), (Due{{100, 7}}));
  EXPECT_EQ(pop_all(queue, INT64_MAX), Due()) << "an entry comes once";
}

TEST(ExpiryQueue, NoMoreAreTakenThanThereIsRoomFor) {
  ExpiryQueue queue;
  for (std::uint32_t flow = 1; flow <= 5; ++flow) queue.arm({flow, flow});
  std::array<ExpiryQueue::Entry, 4> memory;
  EXPECT_EQ(queue.pop_due(100, memory), 4u);
  EXPECT_EQ(memory[3].flow, 4u);
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.pop_due(100, memory), 1u);
  EXPECT_EQ(memory[0].flow, 5u);
  EXPECT_EQ(queue.pop_due(100, memory), 0u);
}

TEST(ExpiryQueue, EntriesComeByDeadline) {
  ExpiryQueue queue;
  for (const Nanos deadline : {5 * kSecond, 1 * kSecond, 3 * kSecond, Nanos{-2 * kSecond}, Nanos{0}})
    queue.arm({deadline, static_cast<std::uint32_t>(deadline / kSecond + 2)});
  std::vector<std::uint32_t> order;
  for (const auto& [deadline, flow] : pop_all(queue, kHour))
    order.push_back(flow);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{0, 2, 3, 5, 7}));
}

TEST(ExpiryQueue, AnEntryArmedForTheTimeThatHasBegunIsFound) {
  ExpiryQueue queue;
  EXPECT_EQ(pop_all(queue, 10 * kSecond), Due());
  queue.arm({10 * kSecond, 1});
  queue.arm({10 * kSecond + 1, 2});
  queue.arm({9 * kSecond, 3});
  EXPECT_EQ(pop_all(queue, 10 * kSecond + 1).size(), 2u);
  EXPECT_EQ(pop_all(queue, 10 * kSecond + 2).size(), 1u);
}

TEST(ExpiryQueue, AQueueThatTookANewOnesPlaceIsAsNew) {
  ExpiryQueue queue;
  queue.arm({7 * kSecond, 1});
  EXPECT_EQ(pop_all(queue, 100 * kSecond).size(), 1u);
  queue = ExpiryQueue();
  queue.arm({5 * kSecond, 2});
  queue.arm({5 * kSecond, 3});
  EXPECT_EQ(pop_all(queue, 4 * kSecond).size(), 0u) << "the time reached is forgotten too";
  EXPECT_EQ(pop_all(queue, 6 * kSecond).size(), 2u);
}

// Against a sorted list: random deadlines around a clock that moves by fits and starts.
TEST(ExpiryQueue, LikeASortedListForThousandsOfRandomOperations) {
  Rng rng({11});
  for (int round = 0; round < 5; ++round) {
    ExpiryQueue queue;
    std::vector<std::pair<Nanos, std::uint32_t>> model;
    Nanos now = round % 2 == 0 ? 0 : -500 * kSecond;
    std::uint32_t flow = 0;
    for (int i = 0; i < 4000; ++i) {
      const Nanos reach = rng.below(4) == 0 ? 120 * kSecond : kSecond / 4;
      const Nanos deadline = now + static_cast<Nanos>(rng.below(static_cast<std::uint64_t>(reach))) - kMillisecond;
      for (std::uint64_t n = rng.below(3); n > 0; --n) {
        queue.arm({deadline, flow});
        model.emplace_back(deadline, flow++);
      }
      if (rng.below(3) != 0) continue;
      now += static_cast<Nanos>(rng.below(rng.below(10) == 0 ? 60'000'000'000 : 50'000'000));
      auto due = pop_all(queue, now);
      EXPECT_TRUE(
          std::is_sorted(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.first < b.first; }));
      const auto rest = std::partition(model.begin(), model.end(), [&](const auto& e) { return e.first < now; });
      std::vector<std::pair<Nanos, std::uint32_t>> expected(model.begin(), rest);
      model.erase(model.begin(), rest);
      std::sort(expected.begin(), expected.end());
      std::sort(due.begin(), due.end());  // equal deadlines come in any order
      ASSERT_EQ(due, expected) << "operation " << i;
    }
    EXPECT_EQ(pop_all(queue, INT64_MAX).size(), model.size());
  }
}

}  // namespace
}  // namespace mltat
