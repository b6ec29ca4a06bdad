// SPDX-License-Identifier: Apache-2.0
/// Storage for many small things of one type that come and go: addressed by a 32-bit number, never moved, freed
/// places used again. Grows by slabs, so that growth copies nothing. One thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "base/pages.h"

namespace mltat {

template <class T>
class Arena {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = UINT32_MAX;

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    for (Id id = 0; id < size_; ++id)
      std::destroy_at(&(*this)[id]);
  }

  /// A place whose content is whatever its last user left there. Requires: fewer than 2^32 - 1 places in use.
  Id acquire() {
    if (free_.empty()) {
      if (size_ % kSlab == 0) slabs_.emplace_back(static_cast<T*>(allocate_pages(kSlab * sizeof(T))));
      ::new (&slabs_.back().get()[size_ % kSlab]) T;
      return size_++;
    }
    const Id id = free_.back();
    free_.pop_back();
    return id;
  }
  void release(Id id) { free_.push_back(id); }

  T& operator[](Id id) { return slabs_[id / kSlab].get()[id % kSlab]; }
  const T& operator[](Id id) const { return slabs_[id / kSlab].get()[id % kSlab]; }
  /// Ids below this have been acquired at least once.
  Id bound() const { return size_; }

 private:
  static constexpr std::size_t kSlabBytes = std::size_t{4} << 20;
  static constexpr Id kSlab = static_cast<Id>(std::bit_floor(std::max<std::size_t>(1, kSlabBytes / sizeof(T))));
  struct FreePages {
    void operator()(T* slab) const { free_pages(slab); }
  };

  std::vector<std::unique_ptr<T, FreePages>> slabs_;
  std::vector<Id> free_;
  Id size_ = 0;
};

}  // namespace mltat
