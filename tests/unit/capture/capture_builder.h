// SPDX-License-Identifier: Apache-2.0
/// Capture files by hand, in either byte order, and the packets that come out of them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "capture/capture.h"
#include "unit/wire/packet_builder.h"

namespace mltat::test {

struct Writer {
  bool little = true;

  Packet u16(std::uint64_t value) const { return number(value, 2); }
  Packet u32(std::uint64_t value) const { return number(value, 4); }
  Packet u64(std::uint64_t value) const { return number(value, 8); }

  // PCAP
  Packet file(std::uint32_t magic = 0xa1b2c3d4, std::uint32_t link = 1, unsigned major = 2) const {
    return u32(magic) + u16(major) + u16(4) + u32(0) + u32(0) + u32(262144) + u32(link);
  }
  Packet record(std::uint64_t seconds, std::uint64_t fraction, const Packet& frame, std::uint64_t original = 0) const {
    return u32(seconds) + u32(fraction) + u32(frame.size()) + u32(original ? original : frame.size()) + frame;
  }

  // pcapng
  Packet block(std::uint32_t type, Packet body) const {
    body.resize((body.size() + 3) / 4 * 4);
    return u32(type) + u32(body.size() + 12) + body + u32(body.size() + 12);
  }
  Packet section(unsigned major = 1) const {
    return block(0x0a0d0d0a, u32(0x1a2b3c4d) + u16(major) + u16(0) + u64(~std::uint64_t{0}));
  }
  Packet interface(unsigned link, unsigned snap_length = 0, const Packet& options = {}) const {
    return block(1, u16(link) + u16(0) + u32(snap_length) + options);
  }
  Packet option(unsigned code, Packet value) const {
    const std::size_t size = value.size();
    value.resize((size + 3) / 4 * 4);
    return u16(code) + u16(size) + value;
  }
  Packet enhanced(unsigned interface, std::uint64_t ticks, const Packet& frame, std::uint64_t original = 0) const {
    Packet padded = frame;
    padded.resize((frame.size() + 3) / 4 * 4);
    return block(6, u32(interface) + u32(ticks >> 32) + u32(ticks & 0xffffffff) + u32(frame.size()) +
                        u32(original ? original : frame.size()) + padded);
  }
  Packet obsolete(unsigned interface, std::uint64_t ticks, const Packet& frame) const {
    return block(2, u16(interface) + u16(7) + u32(ticks >> 32) + u32(ticks & 0xffffffff) + u32(frame.size()) +
                        u32(frame.size()) + frame);
  }
  Packet simple(const Packet& frame, std::uint64_t original) const { return block(3, u32(original) + frame); }

 private:
  Packet number(std::uint64_t value, unsigned size) const {
    Packet bytes;
    for (unsigned i = 0; i < size; ++i)
      bytes.push_back(static_cast<std::uint8_t>(value >> (8 * (little ? i : size - 1 - i))));
    return bytes;
  }
};

/// A packet with a copy of its frame, to be compared after its block is gone.
struct Seen {
  std::uint64_t number;
  Nanos ts;
  Nanos clock;
  Packet frame;
  std::uint32_t wire_len;
  LinkType link;

  bool operator==(const Seen&) const = default;
};

struct Capture {
  std::vector<Seen> packets;
  PacketCounts counts;
  std::string damage;
  unsigned blocks = 0;

  std::uint64_t noted(Note what) const { return counts.notes[static_cast<std::size_t>(what)]; }
  std::vector<Nanos> times() const {
    std::vector<Nanos> times;
    for (const Seen& packet : packets)
      times.push_back(packet.ts);
    return times;
  }
};

/// Reads to the end. Packets are copied only when the block after theirs was filled: behind a pipeline a block is
/// still in use then, so it must not depend on what happens to the source.
inline Capture read_all(PacketSource& source) {
  Capture capture;
  const auto take = [&](const PacketBlock& block) {
    ++capture.blocks;
    capture.counts += block.counts;
    for (const RawPacket& packet : block.packets)
      capture.packets.push_back({packet.number,
                                 packet.ts,
                                 packet.clock,
                                 {packet.frame.begin(), packet.frame.end()},
                                 packet.wire_len,
                                 packet.link});
  };
  PacketBlock blocks[2];
  unsigned turn = 0;
  bool more = source.next(blocks[turn]);
  while (more) {
    more = source.next(blocks[1 - turn]);
    take(blocks[turn]);
    turn = 1 - turn;
  }
  capture.damage = source.damage();
  return capture;
}

inline std::unique_ptr<PacketSource> open_bytes(const Packet& file, std::size_t chunk = SIZE_MAX) {
  return open_capture(std::make_unique<MemorySource>("x.pcap", file, chunk));
}
inline Capture read_bytes(const Packet& file, std::size_t chunk = SIZE_MAX) {
  return read_all(*open_bytes(file, chunk));
}

/// The message with which opening the file is refused; empty if it is not.
inline std::string refusal(const Packet& file) {
  try {
    open_bytes(file);
  } catch (const Error& error) {
    return error.code() == ExitCode::bad_data ? error.what() : "wrong exit code";
  }
  return {};
}

}  // namespace mltat::test
