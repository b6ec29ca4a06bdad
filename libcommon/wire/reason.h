// SPDX-License-Identifier: Apache-2.0
/// Why a packet was skipped or lost, what was put right, and the counters of all. The list stands in reasons.def.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mltat {

enum class Skip : std::uint8_t {
  none,
#define SKIP(name, meaning) name,
#include "wire/reasons.def"
  count_
};

enum class Note : std::uint8_t {
#define NOTE(name, meaning) name,
#include "wire/reasons.def"
  count_
};

enum class Drop : std::uint8_t {
#define DROP(name, meaning) name,
#include "wire/reasons.def"
  count_
};

inline constexpr std::size_t kSkips = static_cast<std::size_t>(Skip::count_);
inline constexpr std::size_t kNotes = static_cast<std::size_t>(Note::count_);
inline constexpr std::size_t kDrops = static_cast<std::size_t>(Drop::count_);

/// Key in --stats.
std::string_view name(Skip reason);
std::string_view name(Note note);
std::string_view name(Drop reason);
/// One sentence for people.
std::string_view meaning(Skip reason);
std::string_view meaning(Note note);
std::string_view meaning(Drop reason);

/// Packets by fate. Conservation: read = used + all skipped; those dropped were never read.
struct PacketCounts {
  std::uint64_t read = 0;
  std::uint64_t used = 0;
  std::array<std::uint64_t, kSkips> skipped{};
  std::array<std::uint64_t, kNotes> notes{};
  std::array<std::uint64_t, kDrops> dropped{};

  void skip(Skip reason) { ++skipped[static_cast<std::size_t>(reason)]; }
  void note(Note what) { ++notes[static_cast<std::size_t>(what)]; }
  std::uint64_t noted(Note what) const { return notes[static_cast<std::size_t>(what)]; }
  void drop(Drop reason, std::uint64_t count) { dropped[static_cast<std::size_t>(reason)] += count; }
  std::uint64_t skipped_total() const {
    std::uint64_t total = 0;
    for (const std::uint64_t count : skipped) total += count;
    return total;
  }
  PacketCounts& operator+=(const PacketCounts& other);
};

}  // namespace mltat
