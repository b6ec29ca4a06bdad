// SPDX-License-Identifier: Apache-2.0
// The closed list of what can go wrong with a packet: each reason comes about, and the sums hold.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/unit/tools/in_process.h"
#include "tools/flowgen/run.h"
#include "unit/capture/capture_builder.h"

namespace mltat {
namespace {

using namespace test;
using nlohmann::json;

const Writer w;

Packet file_of(const std::vector<std::pair<std::uint64_t, Packet>>& packets) {
  Packet file = w.file();
  for (const auto& [time, frame] : packets)
    file = file + w.record(time, 0, frame);
  return file;
}

Packet tcp_packet(unsigned flags = 0x10, std::uint32_t seq = 1) {
  return ethernet(0x0800) + ipv4({}) + tcp({.flags = flags, .sequence = seq});
}

Packet fragment(unsigned id, unsigned where) {
  Packet packet = ethernet(0x0800) + ipv4({.protocol = 17, .length = 28, .fragment = where}) + udp(5000, 6000, 16);
  packet[18] = static_cast<std::uint8_t>(id >> 8);
  packet[19] = static_cast<std::uint8_t>(id);
  return packet;
}

class Reasons : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() + ".json";
  }
  void TearDown() override { std::filesystem::remove(path_); }

  /// The counters of a run over a capture. The status may be that of packets of which none was used.
  json counters(const Packet& file, const std::function<void(flowgen::ToolOptions&)>& change = {}) {
    InProcess tool;
    tool.files = {{"-", {file.begin(), file.end()}}};
    tool.stats = path_;
    flowgen::ToolOptions options;
    options.inputs = {"-"};
    if (change) change(options);
    tool(flowgen::run, options);
    std::ifstream in(path_);
    json out = json::parse(in);
    std::uint64_t skipped = 0;
    for (const auto& [reason, count] : out["packets_skipped"].items())
      skipped += count.get<std::uint64_t>();
    EXPECT_EQ(out["packets_read"], out["packets_in_flows"].get<std::uint64_t>() + skipped);
    EXPECT_EQ(out["flows_opened"], out["flows_written"]);
    return out;
  }

  std::string path_;
};

TEST_F(Reasons, EachComesAboutAndNoOther) {
  // Encrypted data of 802.11, to the access point.
  const Packet encrypted = Packet{0x08, 0x41, 0, 0} + zeros(18) + be16(0) + Packet{1, 2, 3, 0x20, 0, 0, 0, 0} + zeros(20);

  std::map<std::string, json> seen;
  seen["non_ip"] = counters(file_of({{1, ethernet(0x0806) + zeros(28)}}));
  seen["malformed"] = counters(file_of({{1, ethernet(0x0800) + ipv4({.version = 5})}}));
  seen["unsupported_link"] =
      counters(w.section() + w.interface(147) + w.interface(1) + w.enhanced(0, 1, tcp_packet()) + w.enhanced(1, 2, tcp_packet()));
  seen["encrypted"] = counters(w.file(0xa1b2c3d4, 105) + w.record(1, 0, encrypted));
  seen["truncated_header"] = counters(file_of({{1, ethernet(0x0800) + Packet(10, 0x45)}}));
  Packet tags = ethernet(0x8100);
  for (int i = 0; i < 20; ++i)
    tags = tags + vlan(1, 0x8100);
  seen["too_deep"] = counters(file_of({{1, tags + vlan(1, 0x0800) + ipv4({}) + tcp({})}}));
  seen["filtered"] = counters(file_of({{1, tcp_packet()}}), [](auto& options) { options.source.filter = "udp"; });
  json shards[2];
  for (std::uint64_t k : {0, 1})
    shards[k] = counters(file_of({{1, tcp_packet()}}), [&](auto& options) {
      options.meter.decode.shard = k;
      options.meter.decode.shards = 2;
    });
  seen["other_shard"] = shards[shards[0]["packets_skipped"]["other_shard"] == 1 ? 0 : 1];
  for (const auto& [reason, count] : seen.begin()->second["packets_skipped"].items()) {
    ASSERT_TRUE(seen.contains(reason)) << reason << " is provoked by nothing here";
    for (const auto& [other, number] : seen[reason]["packets_skipped"].items())
      EXPECT_EQ(number, other == reason ? 1 : 0) << other << " where " << reason << " is provoked";
  }
}

TEST_F(Reasons, EveryNoteComesAbout) {
  std::map<std::string, json> seen;
  seen["clipped_length"] = counters(file_of({{1, ethernet(0x0800) + ipv4({.length = 1500}) + tcp({})}}));
  seen["wild_clock"] = counters(file_of({{1000, tcp_packet()}, {90'000'000, tcp_packet()}, {1001, tcp_packet()}}));
  seen["time_out_of_range"] = counters(w.section() + w.interface(1, 0, w.option(9, byte(0)) + w.option(0, {})) +
                                       w.enhanced(0, 1'000, tcp_packet()) + w.enhanced(0, ~std::uint64_t{0}, tcp_packet()));
  seen["time_missing"] = counters(w.section() + w.interface(1) + w.simple(tcp_packet() + zeros(2), 56));
  seen["time_reversed"] = counters(file_of({{1000, tcp_packet()}, {999, tcp_packet()}}));
  seen["fragments"] = counters(file_of({{1, fragment(1, 0x2000)}, {1, fragment(1, 1)}}));
  seen["fragment_alone"] = counters(file_of({{1, fragment(1, 1)}}));
  Packet many = w.file();
  const Packet first = w.record(1000, 0, fragment(0, 0x2000));
  constexpr unsigned kFirsts = 70'000;
  many.reserve(kFirsts * first.size());
  for (unsigned i = 0; i < kFirsts; ++i) {
    Packet packet = fragment(i & 0xffff, 0x2000);
    packet[29] = static_cast<std::uint8_t>(i >> 16);  // another source
    const Packet record = w.record(1000, 0, packet);
    many.insert(many.end(), record.begin(), record.end());
  }
  seen["fragment_overflow"] = counters(many);
  seen["tunnelled"] = counters(
      file_of({{1, ethernet(0x0800) + ipv4({.protocol = 4, .length = 60}) + ipv4({}) + tcp({})}}));
  seen["syn_in_open_flow"] = counters(file_of({{1, tcp_packet(2, 1)}, {2, tcp_packet(0x10, 2)}, {3, tcp_packet(2, 7)}}));
  for (const auto& [note, count] : seen.begin()->second["packets_noted"].items()) {
    if (note == "above_mtu") continue;  // what no file tells: cli/live.bats
    ASSERT_TRUE(seen.contains(note)) << note << " is provoked by nothing here";
    EXPECT_GT(seen[note]["packets_noted"][note], 0) << note;
  }
}

}  // namespace
}  // namespace mltat
