// SPDX-License-Identifier: Apache-2.0
// The steps of a packet on its way to a row, each alone and in the cache: what the whole costs beyond their sum is
// memory. Time per item is printed.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "base/sha1.h"
#include "features/entropy.h"
#include "features/feature_row.h"
#include "flow/flow_index.h"
#include "wire/decode.h"

namespace mltat {
namespace {

/// A TCP segment of 46 bytes over IPv4 and Ethernet.
std::array<std::uint8_t, 60> tcp_frame() {
  std::array<std::uint8_t, 60> frame{};
  frame[12] = 0x08;
  frame[14] = 0x45;
  frame[17] = 46;
  frame[23] = kTcp;
  frame[26] = 10;
  frame[30] = 192;
  frame[35] = 80;
  frame[46] = 5 << 4;
  frame[47] = kAck;
  return frame;
}

void decode_tcp(benchmark::State& state) {
  const std::array<std::uint8_t, 60> frame = tcp_frame();
  RawPacket packet;
  packet.frame = frame;
  packet.wire_len = 60;
  PacketInfo info;
  PacketCounts counts;
  for (auto _ : state) benchmark::DoNotOptimize(decode(packet, {}, info, counts));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decode_tcp);

/// Look-ups in an index of so many flows, in no order.
void index_find(benchmark::State& state) {
  FlowIndex index;
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  const auto tag = [](std::uint64_t flow) { return static_cast<FlowIndex::Tag>(mix64(flow)); };
  for (std::uint32_t flow = 0; flow < flows; ++flow) index.insert(tag(flow), flow);
  Rng rng({1});
  for (auto _ : state) benchmark::DoNotOptimize(index.candidate(tag(rng.below(flows))));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(index_find)->Arg(1000)->Arg(100'000)->Arg(4'000'000);

/// `pkts` packets of one part.
std::vector<FlowPacket> packets_of_a_part(std::int64_t pkts) {
  Rng rng({1});
  std::vector<FlowPacket> packets(static_cast<std::size_t>(pkts));
  Nanos at = 0;
  for (FlowPacket& packet : packets) {
    const std::uint64_t draw = rng.next();
    packet.direction = draw & 1 ? Direction::forward : Direction::backward;
    packet.ip_len = 40 + static_cast<std::uint32_t>(draw >> 1 & 1023);
    packet.at = std::exchange(at, at + static_cast<Nanos>(draw >> 20 & 0xfffff));
  }
  return packets;
}

/// A part from its first packet to its 30 numbers; time is per packet.
void measure_part(benchmark::State& state) {
  const FeatureSet features("mltat30");
  FeatureMeasurement measurement(features, {});
  FeatureMeasurement::State flow;
  const std::vector<FlowPacket> packets = packets_of_a_part(state.range(0));
  for (auto _ : state) {
    measurement.start(flow, 0);
    for (const FlowPacket& packet : packets) measurement.add(flow, packet, {});
    benchmark::DoNotOptimize(measurement.finish(flow));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(measure_part)->Arg(2)->Arg(12)->Arg(100)->Arg(100'000);

/// From the 30 numbers to the text of the row.
void write_row(benchmark::State& state) {
  const FeatureSet features("mltat30");
  FeatureMeasurement measurement(features, {});
  FeatureMeasurement::State flow;
  measurement.start(flow, 0);
  for (const FlowPacket& packet : packets_of_a_part(100)) measurement.add(flow, packet, {});
  const FeatureMeasurement::Result result = measurement.finish(flow);
  const FeatureRowWriter writer(features, {}, RowFormat::ndjson, {});
  FlowHead head;
  head.key.low.address = head.key.high.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3};
  head.key.high.port = 443;
  head.key.protocol = kTcp;
  head.first_ts = 1'700'000'000'123'456'789;
  std::string out;
  for (auto _ : state) {
    out.clear();
    writer.write(out, make_identity(head, "capture.pcap", false, true), result);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(write_row);

void sha1_of_a_key(benchmark::State& state) {
  const std::array<std::uint8_t, 16> key{1, 2, 3};
  for (auto _ : state) benchmark::DoNotOptimize(sha1(key));
}
BENCHMARK(sha1_of_a_key);

}  // namespace
}  // namespace mltat
