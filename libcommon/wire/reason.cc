// SPDX-License-Identifier: Apache-2.0
#include "wire/reason.h"

namespace mltat {
namespace {

constexpr std::array<std::string_view, kSkips> kSkipNames{"none",
#define SKIP(name, meaning) #name,
#include "wire/reasons.def"
};
constexpr std::array<std::string_view, kSkips> kSkipMeanings{"used",
#define SKIP(name, meaning) meaning,
#include "wire/reasons.def"
};
constexpr std::array<std::string_view, kNotes> kNoteNames{
#define NOTE(name, meaning) #name,
#include "wire/reasons.def"
};
constexpr std::array<std::string_view, kNotes> kNoteMeanings{
#define NOTE(name, meaning) meaning,
#include "wire/reasons.def"
};
constexpr std::array<std::string_view, kDrops> kDropNames{
#define DROP(name, meaning) #name,
#include "wire/reasons.def"
};
constexpr std::array<std::string_view, kDrops> kDropMeanings{
#define DROP(name, meaning) meaning,
#include "wire/reasons.def"
};

}  // namespace

std::string_view name(Skip reason) { return kSkipNames[static_cast<std::size_t>(reason)]; }
std::string_view name(Note note) { return kNoteNames[static_cast<std::size_t>(note)]; }
std::string_view name(Drop reason) { return kDropNames[static_cast<std::size_t>(reason)]; }
std::string_view meaning(Skip reason) { return kSkipMeanings[static_cast<std::size_t>(reason)]; }
std::string_view meaning(Note note) { return kNoteMeanings[static_cast<std::size_t>(note)]; }
std::string_view meaning(Drop reason) { return kDropMeanings[static_cast<std::size_t>(reason)]; }

PacketCounts& PacketCounts::operator+=(const PacketCounts& other) {
  read += other.read;
  used += other.used;
  for (std::size_t i = 0; i < kSkips; ++i) skipped[i] += other.skipped[i];
  for (std::size_t i = 0; i < kNotes; ++i) notes[i] += other.notes[i];
  for (std::size_t i = 0; i < kDrops; ++i) dropped[i] += other.dropped[i];
  return *this;
}

}  // namespace mltat
