// SPDX-License-Identifier: Apache-2.0
/// Ticks of a pcapng interface to nanoseconds: any power of 10 or of 2 a second, and an offset in seconds.
/// Rounds down. Internal to capture/.
#pragma once

#include <array>
#include <limits>

#include "base/wide_int.h"
#include "capture/clock.h"

namespace mltat {

class TimeScale {
 public:
  /// `code` as in if_tsresol: bit 7 clear: 10^code ticks a second, set: 2^(code & 127).
  void set_resolution(std::uint8_t code) {
    *this = TimeScale(offset_s_);
    if (code & 0x80) {
      multiplier_ = kSecond;
      shift_ = code & 0x7f;
    } else if (code <= 9) {
      multiplier_ = power_of_10(9u - code);
    } else if (code <= 9 + 19) {
      multiplier_ = 1;
      divisor_ = power_of_10(code - 9u);
    } else {
      multiplier_ = 0;  // 2^64 ticks are less than a nanosecond
    }
  }
  void set_offset(std::int64_t seconds) { offset_s_ = seconds; }

  RawTime to_time(std::uint64_t ticks) const {
    u128 span = u128{ticks} * multiplier_;
    if (divisor_ != 1) span = static_cast<std::uint64_t>(span) / divisor_;
    const i128 time = static_cast<i128>(span >> shift_) + static_cast<i128>(offset_s_) * kSecond;
    if (time < std::numeric_limits<Nanos>::min() || time > std::numeric_limits<Nanos>::max())
      return {0, RawTime::Kind::out_of_range};
    return {static_cast<Nanos>(time), RawTime::Kind::known};
  }

  TimeScale() = default;

 private:
  __extension__ using i128 = __int128;

  explicit TimeScale(std::int64_t offset_s) : offset_s_(offset_s) {}
  static std::uint64_t power_of_10(unsigned exponent) {
    std::uint64_t power = 1;
    while (exponent-- > 0)
      power *= 10;
    return power;
  }

  std::uint64_t multiplier_ = kMicrosecond;  ///< nanoseconds a tick, for microseconds, which are the default
  std::uint64_t divisor_ = 1;                ///< ticks a nanosecond, with a multiplier of 1
  unsigned shift_ = 0;                       ///< binary digits of the tick
  std::int64_t offset_s_ = 0;
};

}  // namespace mltat
