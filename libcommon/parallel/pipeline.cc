// SPDX-License-Identifier: Apache-2.0
#include "parallel/pipeline.h"

#ifdef MLTAT_PARALLEL_STD
#include <atomic>
#include <condition_variable>
#include <exception>
#include <thread>
#else
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>
#endif

namespace mltat::detail {
namespace {

void run_directly(const std::function<void*()>& read, const std::vector<AnyStage>& stages,
                  const std::function<void(void*)>& done) {
  while (void* token = read()) {
    for (const AnyStage& stage : stages) stage.run(token);
    done(token);
  }
}

}  // namespace

#ifdef MLTAT_PARALLEL_STD

void run_pipeline(Threads threads, std::size_t, const std::function<void*()>& read,
                  const std::vector<AnyStage>& stages, const std::function<void(void*)>& done) {
  if (threads.count == 1) return run_directly(read, stages, done);
  // Every worker carries one token through all the stages. A serial stage (reading is the first, giving back the
  // last) lets tickets through in order.
  std::mutex mutex;
  std::condition_variable moved;
  std::vector<std::size_t> turn(stages.size() + 2, 0);
  std::exception_ptr failure;
  std::size_t tickets = 0;
  bool ended = false;

  const auto in_turn = [&](std::size_t gate, std::size_t ticket, const auto& body) {
    std::unique_lock lock(mutex);
    moved.wait(lock, [&] { return failure || turn[gate] == ticket; });
    if (failure) return false;
    lock.unlock();
    body();
    lock.lock();
    ++turn[gate];
    moved.notify_all();
    return true;
  };
  const auto carry_one = [&]() -> bool {
    std::size_t ticket = 0;
    {
      const std::lock_guard lock(mutex);
      ticket = tickets++;
    }
    void* token = nullptr;
    if (!in_turn(0, ticket, [&] {
          if (!ended) token = read();
          if (token == nullptr) ended = true;
        }))
      return false;
    if (token == nullptr) return false;
    for (std::size_t i = 0; i < stages.size(); ++i) {
      if (stages[i].mode == StageMode::concurrent)
        stages[i].run(token);
      else if (!in_turn(i + 1, ticket, [&] { stages[i].run(token); }))
        return false;
    }
    return in_turn(stages.size() + 1, ticket, [&] { done(token); });
  };
  const auto work = [&] {
    try {
      while (carry_one()) {
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      moved.notify_all();
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < threads.count; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  if (failure) std::rethrow_exception(failure);
}

void run_range(Threads threads, std::size_t count, std::size_t grain,
               const std::function<void(std::size_t, std::size_t)>& body) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t begin = next.fetch_add(grain); begin < count; begin = next.fetch_add(grain))
        body(begin, std::min(count, begin + grain));
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < threads.count; ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  if (failure) std::rethrow_exception(failure);
}

#else

void run_pipeline(Threads threads, std::size_t tokens, const std::function<void*()>& read,
                  const std::vector<AnyStage>& stages, const std::function<void(void*)>& done) {
  if (threads.count == 1) return run_directly(read, stages, done);
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads.count);
  tbb::task_arena arena(static_cast<int>(threads.count));
  arena.execute([&] {
    tbb::filter<void, void*> chain =
        tbb::make_filter<void, void*>(tbb::filter_mode::serial_in_order, [&](tbb::flow_control& control) -> void* {
          void* token = read();
          if (token == nullptr) control.stop();
          return token;
        });
    for (const AnyStage& stage : stages) {
      const auto mode = stage.mode == StageMode::serial ? tbb::filter_mode::serial_in_order : tbb::filter_mode::parallel;
      chain = chain & tbb::make_filter<void*, void*>(mode, [&stage](void* token) {
                stage.run(token);
                return token;
              });
    }
    tbb::parallel_pipeline(tokens, chain & tbb::make_filter<void*, void>(tbb::filter_mode::serial_in_order,
                                                                         [&](void* token) { done(token); }));
  });
}

void run_range(Threads threads, std::size_t count, std::size_t grain,
               const std::function<void(std::size_t, std::size_t)>& body) {
  const auto loop = [&] {
    const std::size_t pieces = (count + grain - 1) / grain;
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, pieces, 1),
                      [&](const tbb::blocked_range<std::size_t>& range) {
                        for (std::size_t piece = range.begin(); piece != range.end(); ++piece)
                          body(piece * grain, std::min(count, (piece + 1) * grain));
                      },
                      tbb::simple_partitioner());
  };
  // Inside a pipeline's arena the loop shares its threads; isolated, so that a waiting stage never picks up a
  // token of its own pipeline.
  if (tbb::this_task_arena::max_concurrency() <= static_cast<int>(threads.count))
    tbb::this_task_arena::isolate(loop);
  else
    tbb::task_arena(static_cast<int>(threads.count)).execute(loop);
}

#endif

}  // namespace mltat::detail
