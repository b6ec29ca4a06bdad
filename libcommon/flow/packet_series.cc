// SPDX-License-Identifier: Apache-2.0
#include "flow/packet_series.h"

namespace mltat {

void SeriesPool::put(Series& series, std::uint64_t value) {
  while (true) {
    if (series.tail == kNone || series.used == Chunk{}.bytes.size()) {
      const std::uint32_t chunk = chunks_.acquire();
      chunks_[chunk].next = kNone;
      (series.tail == kNone ? series.head : chunks_[series.tail].next) = chunk;
      series.tail = chunk;
      series.used = 0;
    }
    const bool more = value >= 0x80;
    chunks_[series.tail].bytes[series.used++] = static_cast<char>((value & 0x7f) | (more ? 0x80 : 0));
    if (!more) return;
    value >>= 7;
  }
}

void SeriesPool::append(Series& series, const FlowPacket& packet) {
  const std::uint64_t backward = packet.direction == Direction::backward;
  put(series, std::uint64_t{packet.ip_len} << 1 | backward);
  put(series, static_cast<std::uint64_t>(packet.gap));
  put(series, packet.ip_len - packet.payload_len);
  ++series.pkts;
}

PacketSeries SeriesPool::finish(Series& series) {
  PacketSeries result;
  result.pkts_ = series.pkts;
  result.flipped_ = series.flipped;
  for (std::uint32_t chunk = series.head; chunk != kNone;) {
    const std::size_t used = chunk == series.tail ? series.used : chunks_[chunk].bytes.size();
    result.encoded_.append(chunks_[chunk].bytes.data(), used);
    const std::uint32_t next = chunks_[chunk].next;
    chunks_.release(chunk);
    chunk = next;
  }
  series = Series{};
  return result;
}

}  // namespace mltat
