// SPDX-License-Identifier: Apache-2.0
#include "parallel/pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/rng.h"

namespace mltat {
namespace {

struct Token {
  int number = 0;
  int doubled = 0;
};

/// Work whose length differs from token to token, so that later ones overtake earlier ones.
void work_unevenly(int number) {
  const std::uint64_t rounds = mix64(static_cast<std::uint64_t>(number)) % 2000;
  std::atomic<std::uint64_t> sum = 0;
  for (std::uint64_t i = 0; i < rounds; ++i)
    sum += i;
  if (number % 16 == 0) std::this_thread::yield();
}

class AnyThreads : public testing::TestWithParam<unsigned> {
 protected:
  Threads threads{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Threads, AnyThreads, testing::Values(1, 2, 8), testing::PrintToStringParamName());

/// read() for numbers 0 to count - 1.
auto numbers(int count) {
  return [next = 0, count](Token& token) mutable {
    if (next == count) return false;
    token.number = next++;
    return true;
  };
}

TEST_P(AnyThreads, SerialStagesKeepTheOrderOfReadingWhateverTheWork) {
  std::vector<int> middle;
  std::vector<int> last;
  ordered_pipeline<Token>(threads, numbers(2000),
                          {{StageMode::concurrent,
                            [](Token& token) {
                              work_unevenly(token.number);
                              token.doubled = 2 * token.number;
                            }},
                           {StageMode::serial, [&](Token& token) { middle.push_back(token.number); }},
                           {StageMode::concurrent, [](Token& token) { work_unevenly(token.number + 1); }},
                           {StageMode::serial, [&](Token& token) { last.push_back(token.doubled); }}});
  ASSERT_EQ(middle.size(), 2000u);
  ASSERT_EQ(last.size(), 2000u);
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(middle[static_cast<std::size_t>(i)], i);
    ASSERT_EQ(last[static_cast<std::size_t>(i)], 2 * i);
  }
}

TEST_P(AnyThreads, EveryTokenPassesEveryStageOnce) {
  constexpr int kCount = 500;
  std::array<std::array<std::atomic<int>, kCount>, 3> seen{};
  const auto mark = [&](std::size_t stage) {
    return [&seen, stage](Token& token) { ++seen[stage][static_cast<std::size_t>(token.number)]; };
  };
  ordered_pipeline<Token>(
      threads, numbers(kCount),
      {{StageMode::concurrent, mark(0)}, {StageMode::serial, mark(1)}, {StageMode::concurrent, mark(2)}});
  for (const auto& stage : seen)
    for (const auto& count : stage)
      ASSERT_EQ(count, 1);
}

TEST_P(AnyThreads, ASerialStageNeverOverlapsItself) {
  std::atomic<int> inside_reading = 0;
  std::atomic<int> inside_stage = 0;
  std::atomic<bool> overlapped = false;
  const auto alone = [&](std::atomic<int>& inside, int number) {
    if (++inside != 1) overlapped = true;
    work_unevenly(number);
    --inside;
  };
  int next = 0;
  ordered_pipeline<Token>(threads,
                          [&](Token& token) {
                            alone(inside_reading, next);
                            token.number = next;
                            return next++ < 500;
                          },
                          {{StageMode::concurrent, [](Token& token) { work_unevenly(token.number); }},
                           {StageMode::serial, [&](Token& token) { alone(inside_stage, token.number); }}});
  EXPECT_FALSE(overlapped);
}

TEST_P(AnyThreads, TokensAreFewAndUsedAgain) {
  std::vector<Token*> tokens;
  ordered_pipeline<Token>(threads, numbers(300),
                          {{StageMode::serial, [&](Token& token) { tokens.push_back(&token); }}});
  std::sort(tokens.begin(), tokens.end());
  const auto different = std::unique(tokens.begin(), tokens.end()) - tokens.begin();
  EXPECT_LE(different, 2 * threads.count);
}

TEST_P(AnyThreads, EmptyInputRunsNoStage) {
  int reads = 0;
  bool ran = false;
  ordered_pipeline<Token>(
      threads,
      [&](Token&) {
        ++reads;
        return false;
      },
      {{StageMode::concurrent, [&](Token&) { ran = true; }}, {StageMode::serial, [&](Token&) { ran = true; }}});
  EXPECT_FALSE(ran);
  EXPECT_EQ(reads, 1) << "the end is asked for once";
}

TEST_P(AnyThreads, AFailureOfReadingOrOfAnyStageComesOut) {
  for (int culprit = 0; culprit < 4; ++culprit) {
    std::vector<int> written;
    const auto fail_at_50 = [culprit](int where, int number) {
      if (where == culprit && number == 50) throw Error(ExitCode::io, "stage " + std::to_string(where));
    };
    int next = 0;
    std::string message;
    try {
      ordered_pipeline<Token>(threads,
                              [&](Token& token) {
                                fail_at_50(0, next);
                                token.number = next;
                                return next++ < 100'000'000;
                              },
                              {{StageMode::concurrent, [&](Token& token) { fail_at_50(1, token.number); }},
                               {StageMode::serial, [&](Token& token) { fail_at_50(2, token.number); }},
                               {StageMode::serial, [&](Token& token) {
                                  fail_at_50(3, token.number);
                                  written.push_back(token.number);
                                }}});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::io);
      message = error.what();
    }
    EXPECT_EQ(message, "stage " + std::to_string(culprit));
    ASSERT_LE(written.size(), 50u) << "nothing behind the failure is written";
    for (std::size_t i = 0; i < written.size(); ++i)
      EXPECT_EQ(written[i], static_cast<int>(i));
  }
}

TEST_P(AnyThreads, AfterAFailureThePipelineRunsAgain) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_THROW(ordered_pipeline<Token>(threads, numbers(100),
                                         {{StageMode::concurrent, [](Token&) { throw std::runtime_error("always"); }}}),
                 std::runtime_error);
  }
  int count = 0;
  ordered_pipeline<Token>(threads, numbers(100), {{StageMode::serial, [&](Token&) { ++count; }}});
  EXPECT_EQ(count, 100);
}

TEST_P(AnyThreads, ARangeIsCoveredExactlyOnceInPiecesOfTheGrain) {
  for (const std::size_t count : {0u, 1u, 6u, 7u, 8u, 700u, 1001u}) {
    constexpr std::size_t kGrain = 7;
    std::vector<std::atomic<int>> seen(count);
    std::atomic<bool> misplaced = false;
    for_range(threads, count, kGrain, [&](std::size_t begin, std::size_t end) {
      if (begin % kGrain != 0 || end != std::min(count, begin + kGrain)) misplaced = true;
      for (std::size_t i = begin; i < end; ++i)
        ++seen[i];
    });
    EXPECT_FALSE(misplaced) << count;
    for (const auto& times : seen)
      ASSERT_EQ(times, 1) << count;
  }
}

TEST_P(AnyThreads, AFailureInARangeComesOut) {
  EXPECT_THROW(for_range(threads, 1000, 10,
                         [](std::size_t begin, std::size_t) {
                           if (begin == 500) throw Error(ExitCode::internal, "piece");
                         }),
               Error);
}

double sum_of_logs(Threads threads) {
  const double zero = 0;
  return reduce_fixed(
      threads, 100'003, 97, zero,
      [](double& sum, std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
          sum += std::log(static_cast<double>(i) + 0.1);
      },
      [](double& left, double right) { left += right; });
}

TEST(ReduceFixed, TheSameBitsForAnyNumberOfThreads) {
  const double one = sum_of_logs({1});
  for (const unsigned threads : {2u, 3u, 5u, 8u})
    for (int repeat = 0; repeat < 3; ++repeat)
      EXPECT_EQ(sum_of_logs({threads}), one) << threads;
}

TEST_P(AnyThreads, PiecesAreJoinedFromLeftToRight) {
  const auto text = reduce_fixed(
      threads, 10, 3, std::string("|"),
      [](std::string& piece, std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
          piece += static_cast<char>('0' + i);
      },
      [](std::string& left, const std::string& right) { left += right; });
  EXPECT_EQ(text, "||012|345|678|9");
}

TEST_P(AnyThreads, AReductionOfNothingIsTheIdentity) {
  const int total = reduce_fixed(
      threads, 0, 4, 17, [](int& piece, std::size_t, std::size_t) { piece = 0; },
      [](int& left, int right) { left += right; });
  EXPECT_EQ(total, 17);
}

// The flow tables do so: a serial stage whose shards work beside each other, while other tokens are under way.
TEST_P(AnyThreads, ARangeInsideASerialStageSeesOneTokenAtATime) {
  std::array<int, 16> sums{};  // each piece has one of its own; the stage is serial, so no lock
  std::vector<int> order;
  ordered_pipeline<Token>(threads, numbers(300),
                          {{StageMode::concurrent, [](Token& token) { work_unevenly(token.number); }},
                           {StageMode::serial,
                            [&](Token& token) {
                              order.push_back(token.number);
                              for_range(threads, sums.size(), 1, [&](std::size_t begin, std::size_t) {
                                work_unevenly(token.number + static_cast<int>(begin));
                                sums[begin] += token.number;
                              });
                              order.push_back(-token.number);
                            }},
                           {StageMode::concurrent, [](Token& token) { work_unevenly(token.number); }}});
  for (const int sum : sums)
    EXPECT_EQ(sum, 299 * 300 / 2);
  ASSERT_EQ(order.size(), 600u);
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(order[static_cast<std::size_t>(2 * i)], i);
    ASSERT_EQ(order[static_cast<std::size_t>(2 * i + 1)], -i);
  }
}

}  // namespace
}  // namespace mltat
