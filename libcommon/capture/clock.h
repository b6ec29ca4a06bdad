// SPDX-License-Identifier: Apache-2.0
/// Packet times out of raw times (flow-rules R1): the clock of a unit never runs back, and one wild time stamp does
/// not move it.
///
/// A record more than an hour ahead of the clock stands only if its successor does not contradict it; the first
/// record of a unit has no clock to be compared with and is judged by its successor alone.
#pragma once

#include <optional>

#include "base/time.h"
#include "wire/reason.h"

namespace mltat {

/// The time that a record carries.
struct RawTime {
  enum class Kind : std::uint8_t {
    known,
    out_of_range,  ///< outside 64-bit nanoseconds
    none,          ///< the format has no time for it (simple packet block)
  };
  Nanos value = 0;  ///< valid if known
  Kind kind = Kind::known;
};

class Clock {
 public:
  /// Must the next record be seen before `time` can be confirmed?
  bool needs_successor(const RawTime& time) const {
    if (time.kind == RawTime::Kind::none) return false;
    if (!started_) return true;
    return time.kind == RawTime::Kind::known && is_far_ahead(time.value, now_);
  }

  /// The packet time of the next record in order; moves the clock. What was put right is counted.
  /// `successor`: the record after it, if needed; without one, as at the end of the unit, the record stands.
  Nanos confirm(const RawTime& time, const std::optional<RawTime>& successor, PacketCounts& counts) {
    const bool plain = started_ && time.kind == RawTime::Kind::known && !is_far_ahead(time.value, now_);
    const Nanos confirmed = plain ? time.value : judge(time, successor, counts);
    if (!started_ || confirmed > now_) now_ = confirmed;
    started_ = true;
    return confirmed;
  }

  /// Time went on without a record, as a live source knows.
  void advance(Nanos to) {
    if (started_ && to > now_) now_ = to;
  }

  /// Running maximum of the confirmed times and of what it was advanced to; 0 before the first.
  Nanos now() const { return now_; }

 private:
  /// |a - b|, which may pass int64.
  static std::uint64_t distance(Nanos a, Nanos b) {
    const auto difference = static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b);
    return a > b ? difference : 0 - difference;
  }
  static bool is_far_ahead(Nanos time, Nanos of) { return time > of && distance(time, of) > kHour; }

  Nanos judge(const RawTime& time, const std::optional<RawTime>& successor, PacketCounts& counts) const;

  Nanos now_ = 0;
  bool started_ = false;
};

}  // namespace mltat
