// SPDX-License-Identifier: Apache-2.0
/// Storage for many small things of one type that come and go: addressed by a 32-bit number, never moved, freed
/// places used again. Grows by slabs, so that growth copies nothing, and fills the first slabs first, so that the last
/// ones empty and go back to the system. One thread.
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

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    for (Slab& slab : slabs_) slab.give_back();
  }

  /// A place that is new or has what its last user left there. Requires: fewer than 2^32 - 1 places in use.
  Id acquire() {
    while (room_ < slabs_.size() && slabs_[room_].is_full()) ++room_;
    if (room_ == slabs_.size()) slabs_.emplace_back();
    ++used_;
    return static_cast<Id>(room_ * kSlab) + slabs_[room_].acquire();
  }

  void release(Id id) {
    const std::size_t at = id / kSlab;
    Slab& slab = slabs_[at];
    slab.free.push_back(id % kSlab);
    --used_;
    room_ = std::min(room_, at);
    // The first slab stays; another only goes if the rest has room for half a slab, lest it come and go.
    if (at > 0 && slab.is_empty() && built() - used_ >= slab.built + kSlab / 2) slab.give_back();
  }

  T& operator[](Id id) { return slabs_[id / kSlab].memory[id % kSlab]; }
  const T& operator[](Id id) const { return slabs_[id / kSlab].memory[id % kSlab]; }

  /// Is there something to look at, in use or not? For numbers that were kept beyond a release.
  bool holds(Id id) const { return id / kSlab < slabs_.size() && id % kSlab < slabs_[id / kSlab].built; }
  /// Calls each(id, thing) for all that is there, in use or not, by ascending id.
  template <class Each>
  void for_each(Each each) const {
    for (std::size_t at = 0; at < slabs_.size(); ++at)
      for (Id i = 0; i < slabs_[at].built; ++i) each(static_cast<Id>(at * kSlab) + i, slabs_[at].memory[i]);
  }

  /// Ids are below this.
  std::size_t bound() const { return slabs_.size() * kSlab; }
  std::size_t used() const { return used_; }
  /// Bytes of memory at most.
  std::size_t capacity_bytes() const {
    const auto held = [](const Slab& slab) { return slab.memory != nullptr; };
    return kSlab * sizeof(T) * static_cast<std::size_t>(std::count_if(slabs_.begin(), slabs_.end(), held));
  }

 private:
  /// A power of two, and some MiB; more of them where they fill their last huge page badly.
  static constexpr Id places_in_slab() {
    constexpr std::size_t kLeast = std::size_t{4} << 20, kMost = std::size_t{32} << 20;
    std::size_t count = std::bit_floor(std::max<std::size_t>(1, kLeast / sizeof(T)));
    const auto unused = [&] { return pages_bytes(count * sizeof(T)) - count * sizeof(T); };
    while (unused() > count * sizeof(T) / 32 && 2 * count * sizeof(T) <= kMost) count *= 2;
    return static_cast<Id>(count);
  }
  static constexpr Id kSlab = places_in_slab();

  struct Slab {
    T* memory = nullptr;
    Id built = 0;          // places that hold a T
    std::vector<Id> free;  // of those

    bool is_full() const { return free.empty() && built == kSlab; }
    bool is_empty() const { return free.size() == built; }
    Id acquire() {
      if (!free.empty()) {
        const Id id = free.back();
        free.pop_back();
        return id;
      }
      if (memory == nullptr) memory = static_cast<T*>(allocate_pages(kSlab * sizeof(T)));
      ::new (&memory[built]) T;
      return built++;
    }
    void give_back() {
      if (memory == nullptr) return;
      std::destroy_n(memory, built);
      free_pages(memory, kSlab * sizeof(T));
      *this = Slab();
    }
  };

  std::size_t built() const {
    std::size_t sum = 0;
    for (const Slab& slab : slabs_) sum += slab.built;
    return sum;
  }

  std::vector<Slab> slabs_;
  std::size_t room_ = 0;  // no slab before this one has room
  std::size_t used_ = 0;
};

}  // namespace mltat
