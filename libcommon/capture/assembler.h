// SPDX-License-Identifier: Apache-2.0
/// From framed records to numbered, timed packets in a block. Internal to capture/.
///
/// A record whose time cannot be told yet waits for its successor, one at most. If the block ends before the
/// successor has come, the waiting frame is parked here and travels in the next block's `carried`.
#pragma once

#include <optional>
#include <vector>

#include "capture/clock.h"
#include "capture/ieee802_11.h"
#include "wire/packet.h"

namespace mltat {

/// Bytes read for a block, besides an unfinished record in front of them. It fits the cache beside the packets that
/// come of it; larger blocks were measured to be slower behind a parallel decode.
inline constexpr std::size_t kBlockBytes = 256 << 10;

/// A record as the file has it.
struct CapturedRecord {
  Bytes frame;  ///< captured bytes, in PacketBlock::bytes
  RawTime time;
  std::uint32_t original_len = 0;  ///< length on the wire, as the file says
  LinkType link = LinkType::ethernet;
};

class Assembler {
 public:
  /// Packets go to `block` from now on. Requires: the block is clear; a waiting record was parked.
  void attach(PacketBlock& block) { block_ = &block; }

  void add(const CapturedRecord& record) {
    if (waiting_) settle(record.time);
    if (clock_.needs_successor(record.time)) {
      waiting_ = record;
      return;
    }
    emit(record, std::nullopt);
  }
  /// No record comes that could tell: what waits stands.
  void finish() {
    if (waiting_) settle(std::nullopt);
  }
  Clock& clock() { return clock_; }
  /// Copies the waiting frame, if any, out of the block, whose bytes are about to be given away or moved.
  void park();

  /// Records of the unit that were added so far.
  std::uint64_t records() const { return next_number_ + (waiting_ ? 1 : 0); }

 private:
  void settle(const std::optional<RawTime>& successor);
  void emit(const CapturedRecord& record, const std::optional<RawTime>& successor) {
    RawPacket& packet = block_->packets.emplace_back();
    packet.number = next_number_++;
    packet.ts = clock_.confirm(record.time, successor, block_->counts);
    packet.clock = clock_.now();
    packet.frame = record.frame;
    packet.wire_len = std::max(record.original_len, static_cast<std::uint32_t>(record.frame.size()));
    packet.link = record.link;
    if (is_ieee802_11(record.link)) packet.ether_type_at = find_ether_type(record.link, record.frame);
  }

  PacketBlock* block_ = nullptr;
  Clock clock_;
  std::uint64_t next_number_ = 0;
  std::optional<CapturedRecord> waiting_;
  std::vector<std::uint8_t> parked_;  ///< bytes of waiting_->frame
  bool is_parked_ = false;
};

}  // namespace mltat
