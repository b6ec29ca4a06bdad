// SPDX-License-Identifier: Apache-2.0
#include "dpi/class_map.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "io/ndjson.h"
#include "io/record_reader.h"

namespace mltat {
namespace {

constexpr std::uint32_t kAnyApplication = 0xffff;

std::uint32_t pair_of(std::uint32_t carrier, std::uint32_t application) {
  return carrier << 16 | application;
}

/// How many letters must be put in, taken out or changed to make one word of the other, capitals aside.
std::size_t distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (lower(a[i]) != lower(b[j]));
      diagonal = std::exchange(row[j + 1], std::min({changed, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

/// `TLS, TFTP, RTP`
std::string nearest(std::string_view word, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  std::vector<std::pair<std::size_t, std::string_view>> by_distance;
  for (std::size_t id = 1; id < names.size(); ++id)
    if (!names[id].empty()) by_distance.emplace_back(distance(word, names[id]), names[id]);
  std::sort(by_distance.begin(), by_distance.end());
  by_distance.resize(std::min(kShown, by_distance.size()));
  std::string text;
  for (const auto& [letters, name] : by_distance)
    (text += text.empty() ? "" : ", ").append(name);
  return text;
}

/// 0 is the nothing of a vocabulary, so it is no number of a name.
std::optional<std::uint32_t> number_of(std::string_view name, const std::vector<std::string>& names) {
  const auto found = std::find(names.begin() + 1, names.end(), name);
  if (found == names.end() || name.empty()) return std::nullopt;
  return static_cast<std::uint32_t>(found - names.begin());
}

/// A protocol, `CARRIER.APPLICATION` or `CARRIER.*`. A dot may also be part of a name.
std::optional<std::uint32_t> protocol_entry(std::string_view name, const std::vector<std::string>& protocols) {
  if (const auto alone = number_of(name, protocols)) return pair_of(0, *alone);
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    const auto carrier = number_of(name.substr(0, dot), protocols);
    const std::string_view rest = name.substr(dot + 1);
    const auto application = rest == "*" ? std::optional(kAnyApplication) : number_of(rest, protocols);
    if (carrier && application) return pair_of(*carrier, *application);
  }
  return std::nullopt;
}

/// The two sections of a class map, read member by member.
class Reading {
 public:
  Reading(std::string_view json, const std::string& source) : source_(source) { block_.assign(json); }

  std::vector<JsonMember> sections() { return members(block_.text(), "a class map"); }
  std::vector<JsonMember> entries(const JsonMember& section) {
    return members(section.value, "\"" + std::string(section.key) + "\"");
  }
  std::string class_in(const JsonMember& entry) const {
    if (entry.type == JsonType::null) return {};
    std::string name;
    if (entry.type == JsonType::string) append_unescaped(name, entry.value.substr(1, entry.value.size() - 2));
    if (name.empty()) refuse("\"" + std::string(entry.key) + "\": expected the name of a class, or null");
    return name;
  }
  [[noreturn]] void refuse(const std::string& fact) const { throw Error(ExitCode::bad_data, source_ + ": " + fact); }

 private:
  std::vector<JsonMember> members(std::string_view object, const std::string& what) {
    std::vector<JsonMember> list;
    if (const auto fault = reader_.members(object, list)) refuse(what + " must be a JSON object: " + *fault);
    return list;
  }

  const std::string& source_;
  RecordBlock block_;
  JsonReader reader_;
};

}  // namespace

ClassMap::ClassMap(std::string_view json, const std::string& source, const Vocabulary& vocabulary) {
  Reading reading(json, source);
  for (const JsonMember& section : reading.sections()) {
    const bool protocols = section.key == "protocols";
    if (!protocols && section.key != "categories")
      reading.refuse("\"" + std::string(section.key) + "\": a class map has \"protocols\" and \"categories\"");
    const std::vector<std::string>& names = protocols ? vocabulary.protocols : vocabulary.categories;
    for (const JsonMember& entry : reading.entries(section)) {
      const auto number = protocols ? protocol_entry(entry.key, names) : number_of(entry.key, names);
      if (!number)
        reading.refuse("libndpi has no " + std::string(protocols ? "protocol" : "category") + " \"" +
                       std::string(entry.key) + "\"; the nearest: " + nearest(entry.key, names));
      (protocols ? by_protocol_ : by_category_)[*number] = reading.class_in(entry);
    }
  }
}

std::string_view ClassMap::class_of(const DpiVerdict& verdict) const {
  const std::uint32_t any = verdict.master != 0 ? verdict.master : verdict.application;
  for (const std::uint32_t key : {pair_of(verdict.master, verdict.application), pair_of(any, kAnyApplication),
                                  pair_of(0, verdict.application), pair_of(0, verdict.master)})
    if (const auto found = by_protocol_.find(key); found != by_protocol_.end()) return found->second;
  const auto found = by_category_.find(verdict.category);
  return found == by_category_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace mltat
