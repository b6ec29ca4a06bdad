// SPDX-License-Identifier: Apache-2.0
// PCAP and pcapng: the input is a capture file, read as one and metered.
#include <string>
#include <vector>

#include "base/error.h"
#include "capture/capture.h"
#include "capture/framing.h"
#include "flow/meter.h"
#include "flow/series.h"
#include "fuzz.h"

namespace {

using namespace mltat;
using fuzz::expect;

struct Packet {
  std::uint64_t number;
  Nanos ts;
  Nanos clock;
  std::uint32_t wire_len;
  LinkType link;
  std::uint16_t ether_type_at;
  std::vector<std::uint8_t> frame;

  bool operator==(const Packet&) const = default;
};

/// All that comes out of a capture.
struct Reading {
  std::vector<Packet> packets;
  std::uint64_t read = 0;
  std::array<std::uint64_t, kNotes> notes{};
  std::string end;  ///< damage, or the error

  bool operator==(const Reading&) const = default;
};

void take(const PacketBlock& block, Reading& reading) {
  expect(block.first_number == reading.packets.size(), "blocks follow each other");
  for (const RawPacket& packet : block.packets) {
    expect(packet.number == reading.packets.size(), "packets are numbered from 0");
    expect(packet.clock >= packet.ts, "the clock is at a packet's time or past it");
    expect(reading.packets.empty() || packet.clock >= reading.packets.back().clock, "the clock never goes back");
    expect(packet.wire_len >= packet.frame.size(), "a packet is as long on the wire as captured, or longer");
    reading.packets.push_back({packet.number,
                               packet.ts,
                               packet.clock,
                               packet.wire_len,
                               packet.link,
                               packet.ether_type_at,
                               {packet.frame.begin(), packet.frame.end()}});
  }
  reading.read += block.counts.read;
  for (std::size_t i = 0; i < kNotes; ++i)
    reading.notes[i] += block.counts.notes[i];
}

Reading read_capture(std::unique_ptr<ByteSource> source) {
  Reading reading;
  try {
    const auto packets = open_capture(std::move(source));
    if (!packets) return reading;
    PacketBlock block;
    while (packets->next(block))
      take(block, reading);
    reading.end = packets->damage();
  } catch (const Error& error) {
    reading.end = error.what();
  }
  return reading;
}

void check_use(Framing& framing, Bytes bytes) {
  PacketBlock block;
  Assembler assembler;
  assembler.attach(block);
  expect(framing.frame(bytes, assembler) <= bytes.size(), "no more bytes are used up than there are");
}

void check_use(Bytes bytes) {
  check_use(*open_pcapng(), bytes);
  if (bytes.size() < kPcapHeaderBytes) return;
  try {
    check_use(*open_pcap(bytes.first(kPcapHeaderBytes), "input"), bytes.subspan(kPcapHeaderBytes));
  } catch (const Error&) {  // no header of a PCAP file
  }
}

/// Rules so narrow that a few packets reach all of them.
constexpr FlowRules kNarrow{.idle = 2 * kSecond,
                            .active = 5 * kSecond,
                            .linger = kSecond,
                            .max_flows = 4,
                            .max_held_pkts = 16,
                            .max_part_pkts = 6,
                            .slice_pkts = 3};

/// No packet is lost between the capture and the flows.
void expect_conserved(Bytes bytes, const Reading& reading) {
  std::uint64_t packets = 0;
  std::uint64_t parts = 0;
  std::string trouble;
  const MeterUnits units{1, [&](std::size_t) { return open_capture(fuzz::whole(bytes)); },
                         [&](const Error& error) { trouble = error.what(); }, [](const MeterCounts&) {}};
  const auto render = [&](std::size_t, const Ended<SeriesMeasurement>& ended, std::string&) {
    const std::uint64_t of_part = ended.result.totals[0].pkts + ended.result.totals[1].pkts;
    expect(of_part > 0 && of_part <= kNarrow.max_part_pkts, "a part has packets, and no more than the rules allow");
    expect(of_part == ended.result.series.pkts(), "the series has all packets of the part");
    packets += of_part;
    ++parts;
  };
  const MeterCounts counts = run_meter({Threads{1}, {.decap = true}, kNarrow}, units, SeriesMeasurement(UINT64_MAX),
                                       render, [](std::string_view, std::span<const RowMark>) {});
  expect(trouble == reading.end, "the meter tells what the reader told");
  expect(counts.packets.read == reading.read, "the meter reads every packet");
  expect(counts.packets.read == counts.packets.used + counts.packets.skipped_total(), "used or skipped, with a reason");
  expect(counts.packets.used == packets, "every packet used is in a flow");
  expect(counts.parts_opened == parts && counts.parts_written == parts, "every part opened is written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  const Reading reading = read_capture(fuzz::whole(bytes));
  std::size_t captured = 0;
  for (const Packet& packet : reading.packets)
    captured += packet.frame.size();
  expect(captured <= size, "no more is captured than the file has");
  expect(reading.read == reading.packets.size(), "every packet read is counted");
  expect(reading == read_capture(fuzz::trickle(bytes, 1)), "the same from single bytes");
  expect(reading == read_capture(fuzz::trickle(bytes, 37)), "the same from bytes by the dozen");
  check_use(bytes);
  if (reading.read > 0) expect_conserved(bytes, reading);
  return 0;
}
