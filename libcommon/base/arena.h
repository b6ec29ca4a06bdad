// SPDX-License-Identifier: Apache-2.0
/// Storage for many small things of one type that come and go: addressed by a 32-bit number, never moved, freed
/// places used again. Grows by slabs, so that growth copies nothing. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace mltat {

template <class T>
class Arena {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = UINT32_MAX;

  /// A place whose content is whatever its last user left there. Requires: fewer than 2^32 - 1 places in use.
  Id acquire() {
    if (free_.empty()) {
      if (size_ % kSlab == 0) slabs_.push_back(std::make_unique_for_overwrite<T[]>(kSlab));
      return size_++;
    }
    const Id id = free_.back();
    free_.pop_back();
    return id;
  }
  void release(Id id) { free_.push_back(id); }

  T& operator[](Id id) { return slabs_[id / kSlab][id % kSlab]; }
  const T& operator[](Id id) const { return slabs_[id / kSlab][id % kSlab]; }
  /// Ids below this have been acquired at least once.
  Id bound() const { return size_; }

 private:
  static constexpr Id kSlab = 4096;
  std::vector<std::unique_ptr<T[]>> slabs_;
  std::vector<Id> free_;
  Id size_ = 0;
};

}  // namespace mltat
