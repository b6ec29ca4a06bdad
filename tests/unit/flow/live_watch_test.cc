// SPDX-License-Identifier: Apache-2.0
#include "flow/live_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace mltat {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class LiveWatchTest : public testing::Test {
 protected:
  LiveWatchTest() {
    streams.stats = testing::TempDir() + "mltat-live-" + std::to_string(getpid()) + ".json";
    streams.stopped = [] { return false; };
    streams.counts_wanted = [this] { return std::exchange(wanted, false); };
    counts.packets.read = counts.packets.used = 7;
  }
  ~LiveWatchTest() override { std::filesystem::remove(streams.stats); }

  std::string out;
  std::string said;
  Output sink = Output::to_memory(out);
  Log log{"tool", Log::Level::normal, &said};
  Streams streams{{}, sink, log};
  bool wanted = false;
  MeterCounts counts;
};

TEST_F(LiveWatchTest, SaysNothingUnlessItIsAsked) {
  LiveWatch watch(streams);
  watch.look(counts);
  EXPECT_THAT(said, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(streams.stats)) << "the first is due in ten seconds";
  wanted = true;
  watch.look(counts);
  watch.look(counts);
  EXPECT_EQ(said, "tool: 7 packets read = 7 in flows + 0 skipped; 0 flows opened, 0 written\n") << "once";
  std::ifstream stats(streams.stats);
  EXPECT_THAT(std::string(std::istreambuf_iterator<char>(stats), {}), StartsWith("{\"packets_read\":7,"));
}

TEST_F(LiveWatchTest, WarnsOnceOfMergedPackets) {
  LiveWatch watch(streams);
  counts.packets.note(Note::above_mtu);
  watch.look(counts);
  EXPECT_THAT(said, HasSubstr("tool: warning: frames are longer than the interface sends"));
  said.clear();
  counts.packets.note(Note::above_mtu);
  watch.look(counts);
  EXPECT_THAT(said, IsEmpty());
}

TEST_F(LiveWatchTest, CountersThatCannotBeWrittenEndNoRun) {
  streams.stats = "/nonexistent/stats.json";
  LiveWatch watch(streams);
  wanted = true;
  watch.look(counts);
  EXPECT_THAT(said, HasSubstr("tool: warning: /nonexistent/stats.json: cannot create"));
}

TEST_F(LiveWatchTest, IsSilentWhereTheRunIsNotLive) {
  streams.stopped = {};
  LiveWatch watch(streams);
  wanted = true;
  counts.packets.note(Note::above_mtu);
  watch.look(counts);
  EXPECT_THAT(said, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(streams.stats));
}

}  // namespace
}  // namespace mltat
