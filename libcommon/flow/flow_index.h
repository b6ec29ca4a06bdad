// SPDX-License-Identifier: Apache-2.0
/// Hash to record number: open addressing, linear probing, eight bytes a slot, at most half full. Deletion shifts
/// the cluster back, so there are no tombstones and a table that lives for months does not slow down.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace mltat {

class FlowIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  /// The record for which `same(record)` holds among those with this hash, or kNone.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, Same same) const {
    for (std::size_t i = home(hash); slots_[i].record != kNone; i = next(i))
      if (slots_[i].tag == tag(hash) && same(slots_[i].record)) return slots_[i].record;
    return kNone;
  }

  /// Adds a record; `hash_of(record)` gives the hash of one already there. Requires: it is not in the index.
  template <class HashOf>
  void insert(std::uint64_t hash, std::uint32_t record, HashOf hash_of) {
    if (2 * (size_ + 1) > slots_.size()) grow(hash_of);
    place(hash, record);
    ++size_;
  }

  /// Requires: the record is in the index under this hash.
  template <class HashOf>
  void erase(std::uint64_t hash, std::uint32_t record, HashOf hash_of) {
    std::size_t hole = home(hash);
    while (slots_[hole].record != record) hole = next(hole);
    for (std::size_t i = next(hole); slots_[i].record != kNone; i = next(i)) {
      // An entry may move into the hole unless its home lies after the hole, up to where it stands.
      const std::size_t distance_from_home = (i - home(hash_of(slots_[i].record))) & mask();
      if (distance_from_home >= ((i - hole) & mask())) {
        slots_[hole] = slots_[i];
        hole = i;
      }
    }
    slots_[hole].record = kNone;
    --size_;
  }

  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[home(hash)]); }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t record = kNone;
  };

  std::size_t mask() const { return slots_.size() - 1; }
  std::size_t home(std::uint64_t hash) const { return hash & mask(); }
  std::size_t next(std::size_t i) const { return (i + 1) & mask(); }
  static std::uint32_t tag(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  void place(std::uint64_t hash, std::uint32_t record) {
    std::size_t i = home(hash);
    while (slots_[i].record != kNone) i = next(i);
    slots_[i] = {tag(hash), record};
  }

  template <class HashOf>
  void grow(HashOf hash_of) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const Slot& slot : old)
      if (slot.record != kNone) place(hash_of(slot.record), slot.record);
  }

  std::vector<Slot> slots_ = std::vector<Slot>(1024);
  std::size_t size_ = 0;
};

}  // namespace mltat
