// SPDX-License-Identifier: Apache-2.0
/// Frames through decode(), whole and cut.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "unit/wire/packet_builder.h"
#include "wire/decode.h"

namespace mltat::test {

struct Decoded {
  Skip skip;
  PacketInfo info;
  PacketCounts counts;
  std::uint64_t noted(Note what) const { return counts.notes[static_cast<std::size_t>(what)]; }
};

/// The frame stands in memory of exactly its size, so that the sanitizer sees a read beyond it.
inline Decoded decode_frame(const Packet& frame, LinkType link = LinkType::ethernet, std::uint32_t wire_len = 0,
                            const DecodeOptions& options = {}, std::uint16_t ether_type_at = kNoData) {
  const auto exact = std::make_unique<std::uint8_t[]>(frame.size());
  std::copy(frame.begin(), frame.end(), exact.get());
  RawPacket raw;
  raw.number = 5;
  raw.ts = 7;
  raw.clock = 9;
  raw.link = link;
  raw.ether_type_at = ether_type_at;
  raw.frame = {exact.get(), frame.size()};
  raw.wire_len = std::max(wire_len, static_cast<std::uint32_t>(frame.size()));
  Decoded result{};
  // Whatever stood there before must not show through.
  result.info.tcp_flags = 0xff;
  result.info.seq = 99;
  result.info.has_icmp = true;
  result.info.vlan_id = 99;
  result.skip = decode(raw, options, result.info, result.counts);
  result.info.l3 = {};
  return result;
}

inline Skip skip_of(const Packet& frame, LinkType link = LinkType::ethernet, std::uint32_t wire_len = 0) {
  return decode_frame(frame, link, wire_len).skip;
}

inline std::array<std::uint8_t, 16> mapped(std::uint8_t last) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, last};
}

/// Cuts the frame at every length: nothing is read beyond the cut, and the packet is used from `needed` bytes on.
inline void cut_everywhere(const Packet& frame, LinkType link, std::size_t needed) {
  for (std::size_t length = 0; length <= frame.size(); ++length) {
    const Packet cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
    const Decoded got = decode_frame(cut, link, static_cast<std::uint32_t>(frame.size()));
    ASSERT_EQ(got.skip, length < needed ? Skip::truncated_header : Skip::none) << length;
    EXPECT_EQ(got.counts.notes, PacketCounts{}.notes);
  }
}

}  // namespace mltat::test
