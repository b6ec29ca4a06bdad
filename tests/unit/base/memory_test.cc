// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <set>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/pages.h"

namespace mltat {
namespace {

/// 8 KiB each: 512 to a slab.
using Large = std::array<std::uint64_t, 1024>;
constexpr std::uint32_t kLargeInSlab = 512;

TEST(Arena, PlacesHaveNumbersFromZeroAndNeverMove) {
  Arena<Large> arena;
  std::vector<Large*> addresses;
  for (std::uint32_t i = 0; i < 3 * kLargeInSlab; ++i) {
    const auto id = arena.acquire();
    ASSERT_EQ(id, i);
    arena[id][0] = i;
    addresses.push_back(&arena[id]);
  }
  EXPECT_EQ(arena.used(), 3 * kLargeInSlab);
  EXPECT_EQ(arena.bound(), 3 * kLargeInSlab);
  for (std::uint32_t i = 0; i < 3 * kLargeInSlab; ++i) {
    ASSERT_EQ(&arena[i], addresses[i]);
    ASSERT_EQ(arena[i][0], i);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(&arena[i]) % 64, 0u);
  }
}

TEST(Arena, FreedPlacesAreUsedAgainBeforeItGrows) {
  Arena<int> arena;
  for (int i = 0; i < 5; ++i)
    arena.acquire();
  arena.release(1);
  arena.release(3);
  EXPECT_EQ((std::set{arena.acquire(), arena.acquire()}), (std::set<std::uint32_t>{1, 3}));
  EXPECT_EQ(arena.used(), 5u);
  EXPECT_EQ(arena.acquire(), 5u);
}

TEST(Arena, APlaceKeepsWhatItsLastUserLeft) {
  Arena<int> arena;
  const auto id = arena.acquire();
  arena[id] = 77;
  arena.release(id);
  EXPECT_EQ(arena[arena.acquire()], 77);
}

TEST(Arena, FillsFromTheFrontAndGivesEmptySlabsBack) {
  Arena<Large> arena;
  for (std::uint32_t i = 0; i < 4 * kLargeInSlab; ++i) arena.acquire();
  const std::size_t slab = arena.capacity_bytes() / 4;
  for (std::uint32_t id = 3 * kLargeInSlab; id < 4 * kLargeInSlab; ++id) arena.release(id);
  EXPECT_EQ(arena.capacity_bytes(), 4 * slab) << "a slab alone with room is kept: it would come again at once";
  EXPECT_TRUE(arena.holds(3 * kLargeInSlab));
  for (std::uint32_t id = 0; id < kLargeInSlab; ++id) arena.release(id);
  for (std::uint32_t id = 2 * kLargeInSlab; id < 3 * kLargeInSlab; ++id) arena.release(id);
  EXPECT_EQ(arena.capacity_bytes(), 3 * slab) << "the third goes, for there is room elsewhere";
  EXPECT_FALSE(arena.holds(2 * kLargeInSlab));
  std::size_t seen = 0;
  arena.for_each([&](std::uint32_t id, const Large&) {
    EXPECT_TRUE(arena.holds(id));
    ++seen;
  });
  EXPECT_EQ(seen, 3 * kLargeInSlab);
  EXPECT_LT(arena.acquire(), kLargeInSlab) << "the front first";
  for (std::uint32_t i = 1; i < 3 * kLargeInSlab; ++i) arena.acquire();
  EXPECT_EQ(arena.used(), 4 * kLargeInSlab);
  EXPECT_EQ(arena.capacity_bytes(), 4 * slab) << "what went comes again";
  EXPECT_FALSE(arena.holds(4 * kLargeInSlab));
}

TEST(Arena, WhatIsGivenBackIsDestroyedAndBuiltAnew) {
  using Counted = std::array<std::shared_ptr<int>, 512>;  // 8 KiB
  const auto counter = std::make_shared<int>(0);
  Arena<Counted> arena;
  for (std::uint32_t i = 0; i < 3 * kLargeInSlab; ++i) arena[arena.acquire()][0] = counter;
  EXPECT_EQ(counter.use_count(), 1 + 3 * kLargeInSlab);
  for (std::uint32_t id = 3 * kLargeInSlab; id-- > 0;) arena.release(id);
  EXPECT_LT(counter.use_count(), 1 + 3 * kLargeInSlab);
  EXPECT_TRUE(arena.holds(0)) << "the first slab stays";
  for (std::uint32_t i = 0; i < kLargeInSlab; ++i) arena[arena.acquire()][0] = nullptr;
  EXPECT_EQ(counter.use_count(), 1 + static_cast<long>(arena.capacity_bytes() / sizeof(Counted)) - kLargeInSlab);
}

TEST(Pages, AreAlignedAndWritable) {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{100'000}, std::size_t{2} << 20, (std::size_t{5} << 20) + 1}) {
    auto* const begin = static_cast<unsigned char*>(allocate_pages(bytes));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(begin) % (bytes < 2 << 20 ? 64 : 2 << 20), 0u) << bytes;
    begin[0] = 1;
    begin[bytes - 1] = 2;
    EXPECT_EQ(begin[bytes - 1], 2);
    free_pages(begin, bytes);
  }
  EXPECT_THROW(allocate_pages(SIZE_MAX), std::bad_alloc);
  EXPECT_THROW(allocate_pages(SIZE_MAX / 4), std::bad_alloc);
}

TEST(AlignedBuffer, BeginsAtMultiplesOf64AndGrowsOnly) {
  AlignedBuffer buffer;
  EXPECT_EQ(buffer.size(), 0u);
  for (const std::size_t size : {1u, 100u, 100'000u}) {
    buffer.reserve(size);
    EXPECT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.part(0, size).data()) % 64, 0u);
  }
  buffer.part(5, 7)[1] = 9;
  buffer.reserve(10);
  EXPECT_EQ(buffer.size(), 100'000u);
  EXPECT_EQ(buffer.part(6, 7)[0], 9) << "a smaller wish changes nothing";
}

TEST(Bytes, TextAndBytesAreTwoViewsOfOne) {
  const std::string_view text = "a\xff";
  EXPECT_EQ(as_bytes(text)[1], 0xff);
  EXPECT_EQ(as_text(as_bytes(text)), text);
}

}  // namespace
}  // namespace mltat
