// SPDX-License-Identifier: Apache-2.0
// What does not depend on the format: blocks, waiting, and several files as one unit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "base/rng.h"
#include "unit/capture/capture_builder.h"

namespace mltat {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

const Packet kFrame = {1, 2, 3, 4, 5};

/// Some thousand packets of all lengths, now and then with a wild clock: several blocks.
struct Sample {
  std::vector<Nanos> times;
  std::vector<Packet> frames;
};

Sample make_sample() {
  Sample sample;
  Rng rng{1};
  Nanos time = 1'700'000'000 * kSecond;
  for (int i = 0; i < 1500; ++i) {
    time += static_cast<Nanos>(rng.below(5'000'000)) * kMicrosecond;
    const Nanos jump = i % 20 == 7 ? 5 * kHour : 0;
    sample.times.push_back(time + jump);
    Packet frame(rng.below(i == 700 ? 900'000 : 900));
    for (std::uint8_t& value : frame)
      value = static_cast<std::uint8_t>(rng.next());
    sample.frames.push_back(std::move(frame));
  }
  sample.frames[900].resize(700'000);  // longer than a block
  return sample;
}

Packet as_pcap(const Sample& sample) {
  const Writer w;
  Packet file = w.file();
  for (std::size_t i = 0; i < sample.times.size(); ++i) {
    const Packet record = w.record(sample.times[i] / kSecond, sample.times[i] % kSecond / 1000, sample.frames[i]);
    file.insert(file.end(), record.begin(), record.end());
  }
  return file;
}

Packet as_pcapng(const Sample& sample) {
  const Writer w{false};
  Packet file = w.section() + w.interface(1);
  for (std::size_t i = 0; i < sample.times.size(); ++i) {
    const Packet block = w.enhanced(0, static_cast<std::uint64_t>(sample.times[i] / 1000), sample.frames[i]);
    file.insert(file.end(), block.begin(), block.end());
  }
  return file;
}

TEST(Source, BlockBordersChangeNothing) {
  const Sample sample = make_sample();
  const Packet pcap = as_pcap(sample);
  const Capture whole = read_bytes(pcap);
  ASSERT_EQ(whole.packets.size(), 1500u);
  EXPECT_GE(whole.blocks, 4u);
  EXPECT_EQ(whole.noted(Note::wild_clock), 75u);
  EXPECT_EQ(whole.damage, "");
  for (std::size_t i = 0; i < whole.packets.size(); ++i) {
    EXPECT_EQ(whole.packets[i].number, i);
    EXPECT_EQ(whole.packets[i].frame, sample.frames[i]);
  }
  const Packet pcapng = as_pcapng(sample);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, std::size_t{65536}, SIZE_MAX}) {
    for (const Packet* file : {&pcap, &pcapng}) {
      const Capture got = read_bytes(*file, chunk);
      EXPECT_EQ(got.packets, whole.packets) << chunk;
      EXPECT_EQ(got.counts.notes, whole.counts.notes) << chunk;
      EXPECT_EQ(got.counts.read, whole.counts.read) << chunk;
      EXPECT_EQ(got.damage, "");
    }
  }
}

/// A live pipe: pieces arrive one by one, and between them reading would have to wait.
class PipeSource : public ByteSource {
 public:
  explicit PipeSource(std::deque<Packet> pieces) : ByteSource("pipe"), pieces_(std::move(pieces)) {}
  std::size_t read(std::span<std::uint8_t> buffer) override {
    if (pieces_.empty()) return 0;
    Packet& piece = pieces_.front();
    const std::size_t count = std::min(buffer.size(), piece.size());
    std::copy_n(piece.begin(), count, buffer.begin());
    piece.erase(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
    is_ready_ = !piece.empty();
    if (piece.empty()) pieces_.pop_front();
    return count;
  }
  bool ready() override { return is_ready_; }
  std::size_t pieces_left() const { return pieces_.size(); }

 private:
  std::deque<Packet> pieces_;
  bool is_ready_ = true;
};

TEST(Source, GivesWhatItHasInsteadOfWaiting) {
  const Writer w;
  const Packet last = w.record(4, 0, kFrame);
  auto pipe = std::make_unique<PipeSource>(std::deque<Packet>{
      w.file(), w.record(1, 0, kFrame) + w.record(2, 0, kFrame),
      w.record(3, 0, kFrame) + Packet(last.begin(), last.begin() + 7), Packet(last.begin() + 7, last.end())});
  const PipeSource& view = *pipe;
  const auto source = open_capture(std::move(pipe));
  PacketBlock block;
  ASSERT_TRUE(source->next(block));
  EXPECT_EQ(block.packets.size(), 2u);
  EXPECT_EQ(view.pieces_left(), 2u);
  ASSERT_TRUE(source->next(block));
  EXPECT_EQ(block.packets.size(), 1u);
  EXPECT_EQ(block.first_number, 2u);
  EXPECT_EQ(view.pieces_left(), 1u);
  ASSERT_TRUE(source->next(block));
  EXPECT_EQ(block.packets.size(), 1u);
  EXPECT_FALSE(source->next(block));
  EXPECT_TRUE(block.packets.empty());
  EXPECT_FALSE(source->next(block));
  EXPECT_EQ(source->damage(), "");
}

TEST(Source, AWildRecordTravelsToTheBlockOfItsSuccessor) {
  const Writer w;
  const Packet wild = {9, 9, 9};
  auto pipe = std::make_unique<PipeSource>(
      std::deque<Packet>{w.file(), w.record(1, 0, kFrame) + w.record(2, 0, kFrame) + w.record(90'000, 0, wild),
                         w.record(3, 0, kFrame), w.record(90'000, 0, wild)});
  const auto source = open_capture(std::move(pipe));
  PacketBlock first;
  ASSERT_TRUE(source->next(first));
  EXPECT_EQ(first.packets.size(), 2u);
  PacketBlock second;
  ASSERT_TRUE(source->next(second));
  ASSERT_EQ(second.packets.size(), 2u);
  EXPECT_EQ(second.packets[0].ts, 2 * kSecond);
  EXPECT_EQ(second.packets[0].frame.data(), second.carried.data());
  EXPECT_EQ(Packet(second.packets[0].frame.begin(), second.packets[0].frame.end()), wild);
  EXPECT_EQ(second.packets[1].ts, 3 * kSecond);
  PacketBlock third;
  ASSERT_TRUE(source->next(third));
  ASSERT_EQ(third.packets.size(), 1u);
  EXPECT_EQ(third.packets[0].ts, 90'000 * kSecond);  // the last one stands
}

TEST(Source, DestinationOfReadsIsAligned) {
  struct Watcher : MemorySource {
    using MemorySource::MemorySource;
    std::size_t read(std::span<std::uint8_t> buffer) override {
      const std::size_t got = MemorySource::read(buffer);
      const bool is_block = got > 4096;
      EXPECT_TRUE(!is_block || reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
      return got;
    }
  };
  const Packet file = as_pcap(make_sample());
  EXPECT_EQ(read_all(*open_capture(std::make_unique<Watcher>("x", file))).packets.size(), 1500u);
}

// ---------------------------------------------------------------- several files, one unit

std::unique_ptr<PacketSource> open_all(const std::vector<Packet>& files) {
  auto position = std::make_shared<std::size_t>(0);
  return open_captures([&files, position]() -> std::unique_ptr<ByteSource> {
    if (*position == files.size()) return nullptr;
    const std::string name = "f" + std::to_string(*position);
    return std::make_unique<MemorySource>(name, files[(*position)++]);
  });
}

TEST(Rotated, NumbersAndClockRunOn) {
  const Writer w;
  const Writer big{false};
  const std::vector<Packet> files{w.file() + w.record(1, 0, kFrame) + w.record(2, 0, kFrame),
                                  {},
                                  big.section() + big.interface(101) + big.enhanced(0, 90'000'000'000, kFrame),
                                  w.file(),
                                  w.file(0xa1b23c4d, 113) + w.record(3, 5, kFrame)};
  const Capture got = read_all(*open_all(files));
  EXPECT_THAT(got.packets,
              ElementsAre(Seen{0, kSecond, kSecond, kFrame, 5, LinkType::ethernet},
                          Seen{1, 2 * kSecond, 2 * kSecond, kFrame, 5, LinkType::ethernet},
                          Seen{2, 2 * kSecond, 2 * kSecond, kFrame, 5, LinkType::raw},  // wild, says the next file
                          Seen{3, 3 * kSecond + 5, 3 * kSecond + 5, kFrame, 5, LinkType::linux_sll}));
  EXPECT_EQ(got.noted(Note::wild_clock), 1u);
  EXPECT_EQ(got.damage, "");
}

TEST(Rotated, OnlyEmptyFilesAreNoSource) {
  EXPECT_EQ(open_all({{}, {}}), nullptr);
}

TEST(Rotated, WhatIsWrongWithALaterFileIsDamage) {
  const Writer w;
  const Packet good = w.file() + w.record(1, 0, kFrame);
  const Packet text = {'a', ',', 'b', '\n'};
  const Capture got = read_all(*open_all({good, text, good}));
  EXPECT_EQ(got.packets.size(), 1u);
  EXPECT_THAT(got.damage, HasSubstr("f1: looks like text"));
  EXPECT_THROW(open_all({text, good}), Error);
  Packet cut = good;
  cut.pop_back();
  const Capture second = read_all(*open_all({good, cut, good}));
  EXPECT_EQ(second.packets.size(), 1u);
  EXPECT_THAT(second.damage, HasSubstr("f1: byte 24, after 1 packets"));
}

}  // namespace
}  // namespace mltat
