// SPDX-License-Identifier: Apache-2.0
// flowgen with a measurement that only tests need, behind the members of the flow record:
//
//     fwd_frame_len, bwd_frame_len    [frames, shortest, longest, sum, sum of squares], bytes on the wire
//
// The sums are exact while frames are shorter than 64 KiB and fewer than 2^32; the second member is 0 without frames.
#include <algorithm>
#include <array>

#include "cli/run_main.h"
#include "flow/meter_run.h"
#include "flow/record.h"
#include "flow/series.h"
#include "tools/flowgen/options.h"

namespace {

using namespace mltat;

struct FrameLengths {
  std::uint64_t frames = 0, shortest = 0, longest = 0, sum = 0, sum_of_squares = 0;

  void add(std::uint64_t length) {
    shortest = frames == 0 ? length : std::min(shortest, length);
    longest = std::max(longest, length);
    ++frames;
    sum += length;
    sum_of_squares += length * length;
  }
  std::string text() const {
    std::string out = "[" + std::to_string(frames);
    for (const std::uint64_t value : {shortest, longest, sum, sum_of_squares})
      out += "," + std::to_string(value);
    return out + "]";
  }
};

/// Lengths of frames by direction, and what a flow record has.
class FrameLengthMeasurement {
 public:
  using Lengths = std::array<FrameLengths, 2>;
  struct State {
    Lengths lengths;
    SeriesMeasurement::State record;
  };
  struct Result {
    Lengths lengths;
    SeriesMeasurement::Result record;
  };

  FrameLengthMeasurement() = default;
  FrameLengthMeasurement(const FrameLengthMeasurement& prototype) : record_(prototype.record_) {}
  FrameLengthMeasurement& operator=(const FrameLengthMeasurement&) = delete;

  void start(State& state, std::uint32_t part) {
    state.lengths = {};
    record_.start(state.record, part);
  }
  void prefetch(const State&, Direction) const {}
  void prefetch_pools(const State&, const FlowPacket&) const {}
  void prefetch_finish(const State&) const {}
  void add(State& state, const FlowPacket& packet, Bytes l3) {
    state.lengths[static_cast<std::size_t>(packet.direction)].add(packet.wire_len);
    record_.add(state.record, packet, l3);
  }
  void flip(State& state) {
    std::swap(state.lengths[0], state.lengths[1]);
    record_.flip(state.record);
  }
  Result finish(State& state) { return {state.lengths, record_.finish(state.record)}; }

 private:
  SeriesMeasurement record_{0};
};
static_assert(Measurement<FrameLengthMeasurement>);

ExitCode run(const flowgen::ToolOptions& options, Streams& streams) {
  const std::vector<CaptureUnit> units = make_units(options.inputs, options.source);
  const auto open = [&](std::size_t unit) {
    return open_unit(units[unit], options.source, streams.open, streams.stopped);
  };
  const auto render = [&](std::size_t unit, const Ended<FrameLengthMeasurement>& ended, std::string& text) {
    const bool vlan_in_key = options.meter.decode.vlan_in_key;
    write_flow_record(text, RowFormat::ndjson, {}, make_identity(ended.head, units[unit].name, vlan_in_key, true),
                      ended.result.record, false);
    text.resize(text.size() - 2);  // the brace and the line end
    text += ",\"fwd_frame_len\":" + ended.result.lengths[0].text();
    text += ",\"bwd_frame_len\":" + ended.result.lengths[1].text() + "}\n";
  };
  RotatingOutput out(streams.out, streams.rotation);
  return run_units(options.meter, units.size(), open, FrameLengthMeasurement(), render, out, streams);
}

}  // namespace

int main(int argc, char** argv) {
  return mltat::run_main(argc, argv, mltat::flowgen::spec(), mltat::flowgen::declare, run, nullptr,
                         mltat::flowgen::prepare);
}
