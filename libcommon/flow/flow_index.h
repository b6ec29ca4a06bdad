// SPDX-License-Identifier: Apache-2.0
/// Hash to record number: open addressing, linear probing, eight bytes a slot, at most half full. A slot holds all of
/// the hash that the index uses, so that neither growth nor deletion looks at a record. Deletion shifts the cluster
/// back: there are no tombstones, and a table that lives for months does not slow down.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/pages.h"
#include "base/prefetch.h"

namespace mltat {

class FlowIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  /// The low half of the hash: its low bits are the home slot, all of it the tag.
  using Tag = std::uint32_t;

  /// The record for which `same(record)` holds among those with this tag, or kNone.
  template <class Same>
  std::uint32_t find(Tag tag, Same same) const {
    for (std::size_t i = home(tag); slots_[i].record != kNone; i = next(i))
      if (slots_[i].tag == tag && same(slots_[i].record)) return slots_[i].record;
    return kNone;
  }
  /// The first record with this tag: nearly always the one that find() returns.
  std::uint32_t candidate(Tag tag) const {
    return find(tag, [](std::uint32_t) { return true; });
  }

  /// Requires: the record is not in the index.
  void insert(Tag tag, std::uint32_t record) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    place({tag, record});
    ++size_;
  }

  /// Requires: the record is in the index under this tag.
  void erase(Tag tag, std::uint32_t record) {
    std::size_t hole = home(tag);
    while (slots_[hole].record != record) hole = next(hole);
    for (std::size_t i = next(hole); slots_[i].record != kNone; i = next(i)) {
      // An entry may move into the hole unless its home lies after the hole, up to where it stands.
      const std::size_t distance_from_home = (i - home(slots_[i].tag)) & mask();
      if (distance_from_home >= ((i - hole) & mask())) {
        slots_[hole] = slots_[i];
        hole = i;
      }
    }
    slots_[hole].record = kNone;
    --size_;
  }

  void prefetch_slot(Tag tag) const { prefetch(&slots_[home(tag)]); }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    Tag tag = 0;
    std::uint32_t record = kNone;
  };
  using Slots = std::vector<Slot, PageAllocator<Slot>>;

  std::size_t mask() const { return slots_.size() - 1; }
  std::size_t home(Tag tag) const { return tag & mask(); }
  std::size_t next(std::size_t i) const { return (i + 1) & mask(); }

  void place(Slot slot) {
    std::size_t i = home(slot.tag);
    while (slots_[i].record != kNone) i = next(i);
    slots_[i] = slot;
  }

  void grow() {
    const Slots old = std::exchange(slots_, Slots(slots_.size() * 2));
    for (const Slot& slot : old)
      if (slot.record != kNone) place(slot);
  }

  Slots slots_ = Slots(1024);
  std::size_t size_ = 0;
};

}  // namespace mltat
