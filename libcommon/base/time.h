// SPDX-License-Identifier: Apache-2.0
/// Packet time: nanoseconds since 1970-01-01 UTC, or a span of them. Never the wall clock, never a double.
#pragma once

#include <cstdint>

namespace mltat {

using Nanos = std::int64_t;

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;
inline constexpr Nanos kMinute = 60 * kSecond;
inline constexpr Nanos kHour = 60 * kMinute;

}  // namespace mltat
