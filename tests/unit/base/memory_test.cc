// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/arena.h"
#include "base/bytes.h"

namespace mltat {
namespace {

TEST(Arena, PlacesHaveNumbersFromZeroAndNeverMove) {
  Arena<int> arena;
  std::vector<int*> addresses;
  for (int i = 0; i < 10000; ++i) {  // three slabs
    const auto id = arena.acquire();
    ASSERT_EQ(id, static_cast<std::uint32_t>(i));
    arena[id] = i;
    addresses.push_back(&arena[id]);
  }
  EXPECT_EQ(arena.bound(), 10000u);
  for (int i = 0; i < 10000; ++i) {
    ASSERT_EQ(&arena[static_cast<std::uint32_t>(i)], addresses[static_cast<std::size_t>(i)]);
    ASSERT_EQ(arena[static_cast<std::uint32_t>(i)], i);
  }
}

TEST(Arena, FreedPlacesAreUsedAgainBeforeItGrows) {
  Arena<int> arena;
  for (int i = 0; i < 5; ++i)
    arena.acquire();
  arena.release(1);
  arena.release(3);
  EXPECT_EQ((std::set{arena.acquire(), arena.acquire()}), (std::set<std::uint32_t>{1, 3}));
  EXPECT_EQ(arena.bound(), 5u);
  EXPECT_EQ(arena.acquire(), 5u);
}

TEST(Arena, APlaceKeepsWhatItsLastUserLeft) {
  Arena<int> arena;
  const auto id = arena.acquire();
  arena[id] = 77;
  arena.release(id);
  EXPECT_EQ(arena[arena.acquire()], 77);
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
