// SPDX-License-Identifier: Apache-2.0
#include "flow/flow_index.h"

#include <gtest/gtest.h>

#include <unordered_map>
#include <vector>

#include "base/rng.h"

namespace mltat {
namespace {

/// Records are numbers; the tag of each is kept beside.
class Harness {
 public:
  std::uint32_t find(FlowIndex::Tag tag, std::uint32_t record) const {
    return index.find(tag, [&](std::uint32_t candidate) { return candidate == record; });
  }
  void insert(std::uint32_t record, FlowIndex::Tag tag) {
    tags[record] = tag;
    index.insert(tag, record);
  }
  void erase(std::uint32_t record) {
    index.erase(tags.at(record), record);
    tags.erase(record);
  }

  FlowIndex index;
  std::unordered_map<std::uint32_t, FlowIndex::Tag> tags;
};

TEST(FlowIndex, FindsWhatWasPutInAndNothingElse) {
  Harness harness;
  EXPECT_EQ(harness.find(5, 0), FlowIndex::kNone);
  harness.insert(17, 5);
  EXPECT_EQ(harness.find(5, 17), 17u);
  EXPECT_EQ(harness.find(6, 17), FlowIndex::kNone);
  EXPECT_EQ(harness.find(5, 18), FlowIndex::kNone) << "the same tag, another key";
  EXPECT_EQ(harness.index.size(), 1u);
  harness.erase(17);
  EXPECT_EQ(harness.find(5, 17), FlowIndex::kNone);
  EXPECT_EQ(harness.index.size(), 0u);
}

TEST(FlowIndex, ManyKeysOfOneHashAreToldApart) {
  Harness harness;
  for (std::uint32_t record = 0; record < 100; ++record)
    harness.insert(record, 0x12345678);
  for (std::uint32_t record = 0; record < 100; record += 2)
    harness.erase(record);
  for (std::uint32_t record = 0; record < 100; ++record)
    EXPECT_EQ(harness.find(0x12345678, record), record % 2 == 0 ? FlowIndex::kNone : record);
}

TEST(FlowIndex, ARowOfSlotsWrapsAroundTheEnd) {
  Harness harness;  // 1024 slots at first
  for (std::uint32_t record = 0; record < 10; ++record)
    harness.insert(record, 1020 + record % 3);
  harness.erase(0);
  harness.erase(4);
  for (const std::uint32_t record : {1u, 2u, 3u, 5u, 6u, 7u, 8u, 9u})
    EXPECT_EQ(harness.find(1020 + record % 3, record), record);
}

// Against a map. Few different homes, so that clusters are long and deletions must shift.
TEST(FlowIndex, LikeAMapForThousandsOfRandomOperations) {
  Rng rng({12});
  for (const std::uint64_t homes : {16u, 900u, 1'000'000u}) {
    Harness harness;
    std::vector<std::uint32_t> present;
    std::uint32_t next = 0;
    for (int i = 0; i < 12000; ++i) {
      const bool grows = i < 8000;
      if (present.empty() || rng.below(10) < (grows ? 6u : 3u)) {
        const auto tag = static_cast<FlowIndex::Tag>(rng.below(homes) | rng.below(4) << 30);
        harness.insert(next, tag);
        present.push_back(next++);
      } else {
        const std::size_t at = rng.below(present.size());
        const std::uint32_t record = present[at];
        const FlowIndex::Tag tag = harness.tags.at(record);
        harness.erase(record);
        ASSERT_EQ(harness.find(tag, record), FlowIndex::kNone);
        present[at] = present.back();
        present.pop_back();
      }
      ASSERT_EQ(harness.index.size(), present.size());
      if (i % 500 == 0) {
        for (const std::uint32_t record : present)
          ASSERT_EQ(harness.find(harness.tags.at(record), record), record);
      }
    }
  }
}

}  // namespace
}  // namespace mltat
