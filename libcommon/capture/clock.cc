// SPDX-License-Identifier: Apache-2.0
#include "capture/clock.h"

namespace mltat {

Nanos Clock::judge(const RawTime& time, const std::optional<RawTime>& successor, PacketCounts& counts) const {
  const bool after_known = successor && successor->kind == RawTime::Kind::known;
  if (time.kind == RawTime::Kind::none) {
    counts.note(Note::time_missing);
    return now_;
  }
  if (time.kind == RawTime::Kind::out_of_range) {
    counts.note(Note::time_out_of_range);
    return !started_ && after_known ? successor->value : now_;
  }
  if (!started_) {
    if (!after_known || !is_far_ahead(time.value, successor->value)) return time.value;
    counts.note(Note::wild_clock);
    return successor->value;
  }
  if (!successor || !is_far_ahead(time.value, now_)) return time.value;
  // A successor without a usable time will take the clock.
  const Nanos after = after_known ? successor->value : now_;
  if (distance(after, now_) >= distance(after, time.value)) return time.value;
  counts.note(Note::wild_clock);
  return now_;
}

}  // namespace mltat
