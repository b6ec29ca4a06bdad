// SPDX-License-Identifier: Apache-2.0
/// Threads, in three shapes, and nothing else of oneTBB anywhere: an ordered pipeline, a parallel range, and a
/// reduction of fixed shape. Results never depend on the number of threads.
///
/// One thread runs a plain loop. The `tsan` preset builds the same three on std::thread (MLTAT_PARALLEL_STD),
/// because oneTBB as packaged is not instrumented.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mltat {

/// How many threads a call may use; at least 1.
struct Threads {
  unsigned count = 1;
};

enum class StageMode {
  serial,      ///< one token at a time, in the order of reading
  concurrent,  ///< any number of tokens at once, in any order
};

namespace detail {
struct AnyStage {
  StageMode mode;
  std::function<void(void*)> run;
};
/// `read` returns the next token or null at the end; `done` takes it back (called serially, in order).
void run_pipeline(Threads threads, std::size_t tokens, const std::function<void*()>& read,
                  const std::vector<AnyStage>& stages, const std::function<void(void*)>& done);
void run_range(Threads threads, std::size_t count, std::size_t grain,
               const std::function<void(std::size_t, std::size_t)>& body);
}  // namespace detail

template <class Token>
struct Stage {
  StageMode mode;
  std::function<void(Token&)> run;
};

/// A few tokens travel through all the stages and are filled again: no allocation per block once they have grown.
/// `read(token)` fills one and returns false at the end. Stages run in the order given. The first exception of any
/// stage stops the reading and is rethrown here; tokens already past a serial stage may or may not finish.
template <class Token, class Read>
void ordered_pipeline(Threads threads, Read read, const std::vector<Stage<Token>>& stages) {
  const std::size_t tokens = threads.count == 1 ? 1 : 2 * std::size_t{threads.count};
  std::vector<std::unique_ptr<Token>> owned;
  std::vector<Token*> idle;
  for (std::size_t i = 0; i < tokens; ++i) {
    owned.push_back(std::make_unique<Token>());
    idle.push_back(owned.back().get());
  }
  std::vector<detail::AnyStage> untyped;
  for (const Stage<Token>& stage : stages)
    untyped.push_back({stage.mode, [&stage](void* token) { stage.run(*static_cast<Token*>(token)); }});
  // The engine never has more than `tokens` under way, so one is idle whenever it reads; its two ends run beside
  // each other, hence the lock.
  std::mutex idle_mutex;
  const auto take = [&] {
    const std::lock_guard lock(idle_mutex);
    Token* token = idle.back();
    idle.pop_back();
    return token;
  };
  const auto give_back = [&](void* token) {
    const std::lock_guard lock(idle_mutex);
    idle.push_back(static_cast<Token*>(token));
  };
  detail::run_pipeline(
      threads, tokens,
      [&]() -> void* {
        Token* token = take();
        if (read(*token)) return token;
        give_back(token);
        return nullptr;
      },
      untyped, give_back);
}

/// body(begin, end) over [0, count) in pieces of `grain` (the last may be shorter). Pieces start at multiples of
/// the grain whatever the number of threads.
template <class Body>
void for_range(Threads threads, std::size_t count, std::size_t grain, Body&& body) {
  if (threads.count == 1 || count <= grain) {
    for (std::size_t begin = 0; begin < count; begin += grain) body(begin, std::min(count, begin + grain));
    return;
  }
  detail::run_range(threads, count, grain, std::ref(body));
}

/// Each piece of `grain` is folded into a T of its own, then the pieces are joined from left to right: the same
/// tree, hence the same rounding, for any number of threads.
template <class T, class Fold, class Join>
T reduce_fixed(Threads threads, std::size_t count, std::size_t grain, const T& identity, Fold fold, Join join) {
  std::vector<T> pieces((count + grain - 1) / grain, identity);
  for_range(threads, count, grain, [&](std::size_t begin, std::size_t end) { fold(pieces[begin / grain], begin, end); });
  T total = identity;
  for (T& piece : pieces) join(total, piece);
  return total;
}

}  // namespace mltat
