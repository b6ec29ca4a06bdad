// SPDX-License-Identifier: Apache-2.0
/// Which flows may have expired: a timer wheel that packets never touch.
///
/// A flow is armed once with its deadline; later packets move the deadline but not the entry. When an entry comes
/// up, the table looks at the flow and either ends it or arms it anew, so a flow costs the queue one entry per
/// timeout, not one per packet. Entries of flows that went another way are recognised by the table and dropped.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/time.h"

namespace mltat {

class ExpiryQueue {
 public:
  struct Entry {
    Nanos deadline;
    std::uint32_t flow;
  };

  ExpiryQueue() = default;
  ExpiryQueue(ExpiryQueue&&) = default;
  ExpiryQueue& operator=(ExpiryQueue&&) = default;

  void arm(Entry entry) {
    ++size_;
    const std::int64_t bucket = entry.deadline >> kBucketBits;
    if (bucket <= current_bucket_) {
      heap_.push_back(entry);
      std::push_heap(heap_.begin(), heap_.end(), later);
      return;
    }
    if (last_used_ == nullptr || last_bucket_ != bucket) {
      last_used_ = &buckets_[bucket];
      last_bucket_ = bucket;
    }
    last_used_->push_back(entry);
  }

  /// Takes the next entries whose deadline is before `now`, by deadline. Returns how many; 0 when there are no more.
  std::size_t pop_due(Nanos now, std::span<Entry> out) {
    const std::int64_t bucket = now >> kBucketBits;
    current_bucket_ = std::max(current_bucket_, bucket);
    while (!buckets_.empty() && buckets_.begin()->first <= bucket) {
      for (const Entry& entry : buckets_.begin()->second) {
        heap_.push_back(entry);
        std::push_heap(heap_.begin(), heap_.end(), later);
      }
      if (last_used_ == &buckets_.begin()->second) last_used_ = nullptr;
      buckets_.erase(buckets_.begin());
    }
    std::size_t count = 0;
    for (; count < out.size() && !heap_.empty() && heap_.front().deadline < now; ++count) {
      std::pop_heap(heap_.begin(), heap_.end(), later);
      out[count] = heap_.back();
      heap_.pop_back();
    }
    size_ -= count;
    return count;
  }

  /// Entries, those of flows that are gone included.
  std::size_t size() const { return size_; }

 private:
  static constexpr int kBucketBits = 27;  // 0.13 s: a bucket holds few entries, a wheel of minutes few buckets
  static bool later(const Entry& a, const Entry& b) { return a.deadline > b.deadline; }

  std::map<std::int64_t, std::vector<Entry>> buckets_;
  std::vector<Entry>* last_used_ = nullptr;  // buckets_[last_bucket_], which a move of the map does not move
  std::int64_t last_bucket_ = 0;
  std::vector<Entry> heap_;  // entries of buckets that have begun
  std::int64_t current_bucket_ = INT64_MIN;
  std::size_t size_ = 0;
};

}  // namespace mltat
