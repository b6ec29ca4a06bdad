// SPDX-License-Identifier: Apache-2.0
/// The packets of one part in the order of the capture, packed: direction, length, gap and payload in about eight
/// bytes a packet, so that long flows can be held until they end.
///
/// Encoding of a packet: three unsigned LEB128 numbers, (ip_len << 1 | backward), gap in ns, ip_len - payload_len.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/arena.h"
#include "base/prefetch.h"
#include "flow/flow.h"

namespace mltat {

/// A finished series, independent of any pool.
class PacketSeries {
 public:
  /// Calls each(FlowPacket) for every stored packet; wire_len, tcp_flags and at are not stored and 0.
  template <class Each>
  void for_each(Each each) const {
    const char* at = encoded_.data();
    for (std::uint32_t i = 0; i < pkts_; ++i) {
      FlowPacket packet;
      const std::uint64_t head = take(at);
      const bool backward = (head & 1) != (i < flipped_);
      packet.direction = backward ? Direction::backward : Direction::forward;
      packet.ip_len = static_cast<std::uint32_t>(head >> 1);
      packet.gap = static_cast<Nanos>(take(at));
      packet.payload_len = packet.ip_len - static_cast<std::uint32_t>(take(at));
      each(packet);
    }
  }
  std::uint32_t pkts() const { return pkts_; }

 private:
  friend class SeriesPool;
  static std::uint64_t take(const char*& at) {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(*at++);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  }

  std::string encoded_;
  std::uint32_t pkts_ = 0;
  std::uint32_t flipped_ = 0;  // the first so many were stored before the direction was put right
};

/// Series under construction, in chunks shared by all flows of a shard.
class SeriesPool {
 public:
  struct Series {
    std::uint32_t head = kNone;
    std::uint32_t tail = kNone;
    std::uint32_t pkts = 0;
    std::uint32_t flipped = 0;
    std::uint32_t used = 0;  // bytes in the tail chunk
  };

  void start(Series& series) { series = Series{}; }
  void prefetch(const Series& series) const {
    if (series.tail != kNone) mltat::prefetch(chunks_[series.tail].bytes.data() + series.used);
  }
  void prefetch_head(const Series& series) const {
    if (series.head != kNone) mltat::prefetch(&chunks_[series.head]);
  }
  void append(Series& series, const FlowPacket& packet);
  /// All stored so far point the other way. Happens at most once: a handshake packet is never overruled.
  void flip(Series& series) { series.flipped = series.pkts; }
  /// Takes the series out; its chunks are free again.
  PacketSeries finish(Series& series);

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Chunk {
    std::array<char, 124> bytes;
    std::uint32_t next;
  };
  void put(Series& series, std::uint64_t value);
  Arena<Chunk> chunks_;
};

}  // namespace mltat
