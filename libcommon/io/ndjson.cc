// SPDX-License-Identifier: Apache-2.0
#include "io/ndjson.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "io/record_reader.h"

namespace mltat {
namespace {

namespace ondemand = simdjson::ondemand;
static_assert(kTextPadding >= simdjson::SIMDJSON_PADDING);

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view without_trailing_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

/// How many of the next eight bytes come before a quote or a backslash. Requires: they may be read (kTextPadding).
std::size_t plain_bytes(const char* at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x80 * kOnes;
  // Mycroft: the lowest high bit that is set marks the first zero byte.
  const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  const std::uint64_t found = zeros(word ^ '"' * kOnes) | zeros(word ^ '\\' * kOnes);
  return found == 0 ? sizeof word : static_cast<std::size_t>(std::countr_zero(found)) / 8;
}
static_assert(std::endian::native == std::endian::little, "countr_zero finds the first byte");

std::optional<unsigned> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  unsigned value = 0;
  const auto result = std::from_chars(text.data(), text.data() + 4, value, 16);
  if (result.ptr != text.data() + 4) return std::nullopt;
  return value;
}

/// One escape at the front of `text` (which starts behind the backslash).
struct Escape {
  char32_t code_point = 0;
  std::size_t length = 0;  ///< bytes behind the backslash, 0: malformed
};

Escape read_escape(std::string_view text) {
  if (text.empty()) return {};
  switch (text[0]) {
    case '"': return {U'"', 1};
    case '\\': return {U'\\', 1};
    case '/': return {U'/', 1};
    case 'b': return {U'\b', 1};
    case 'f': return {U'\f', 1};
    case 'n': return {U'\n', 1};
    case 'r': return {U'\r', 1};
    case 't': return {U'\t', 1};
    case 'u': break;
    default: return {};
  }
  const std::optional<unsigned> first = hex4(text.substr(1));
  if (!first) return {};
  const bool leads = *first >= 0xd800 && *first < 0xdc00;
  const bool trails = *first >= 0xdc00 && *first < 0xe000;
  if (leads && text.size() >= 11 && text[5] == '\\' && text[6] == 'u') {
    const std::optional<unsigned> second = hex4(text.substr(7));
    if (!second) return {};
    if (*second >= 0xdc00 && *second < 0xe000)
      return {static_cast<char32_t>(0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00)), 11};
  }
  if (leads || trails) return {U'\ufffd', 5};  // half a surrogate pair: grammatical, but no character
  return {static_cast<char32_t>(*first), 5};
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

/// Thrown and caught in this file only, as simdjson's own errors are.
struct Malformed {
  std::string fact;
};

/// Walks over values and checks what simdjson leaves to those who ask: scalars, escapes, depth. Brackets, commas,
/// colons, UTF-8 and control characters are its business.
class Walk {
 public:
  explicit Walk(std::string_view text) : end_(text.data() + text.size()) {}

  void members(ondemand::object object, std::vector<JsonMember>& out, unsigned depth, std::string_view left = {}) const {
    for (ondemand::field field : object) {
      JsonMember& member = out.emplace_back();
      member.key = key(field);
      const bool passed_by = !left.empty() && member.key == left && is_container(field.value());
      member.value = passed_by ? container(field.value(), member.type) : value(field.value(), member.type, depth);
    }
  }

  std::string_view key(ondemand::field& field) const { return string_body(field.key().raw()); }

  /// The bytes of a value, checked. A container is passed by, a scalar when the iteration goes on.
  std::string_view value(ondemand::value value, JsonType& type, unsigned depth) const {
    const std::string_view token = value.raw_json_token();
    switch (token.front()) {
      case '[':
      case '{': {
        type = token.front() == '[' ? JsonType::array : JsonType::object;
        pass_container(value, type, depth + 1);
        const char* const behind = value.current_location();
        return without_trailing_blanks({token.data(), static_cast<std::size_t>(behind - token.data())});
      }
      case '"': {
        type = JsonType::string;
        const std::string_view body = string_body(token.data() + 1);
        // Read, not left to be skipped: skipping takes a string with a colon behind it for a key.
        value.get_raw_json_string().value();
        return {token.data(), body.size() + 2};
      }
      default: return scalar(without_trailing_blanks(token), type);
    }
  }

 private:
  static bool is_container(ondemand::value value) {
    const char first = value.raw_json_token().front();
    return first == '[' || first == '{';
  }

  /// A container as it stands, unchecked but for its brackets.
  static std::string_view container(ondemand::value value, JsonType& type) {
    type = value.raw_json_token().front() == '[' ? JsonType::array : JsonType::object;
    if (type == JsonType::array) return without_trailing_blanks(ondemand::array(value.get_array()).raw_json());
    return without_trailing_blanks(ondemand::object(value.get_object()).raw_json());
  }

  void pass_container(ondemand::value& container, JsonType type, unsigned depth) const {
    if (depth > JsonReader::kMaxDepth)
      throw Malformed{"nested deeper than " + std::to_string(JsonReader::kMaxDepth) + " levels"};
    JsonType inner{};
    if (type == JsonType::array) {
      for (ondemand::value element : container.get_array())
        value(element, inner, depth);
      return;
    }
    for (ondemand::field field : container.get_object()) {
      key(field);
      value(field.value(), inner, depth);
    }
  }

  /// What stands between the quotes; `begin` is behind the first one.
  std::string_view string_body(const char* begin) const {
    const char* at = begin;
    while (at < end_ && *at != '"') {
      if (*at != '\\') {
        at += plain_bytes(at);
        continue;
      }
      const Escape escape = read_escape({at + 1, static_cast<std::size_t>(end_ - at - 1)});
      if (escape.length == 0) throw Malformed{"an escape that JSON does not have"};
      at += 1 + escape.length;
    }
    if (at >= end_) throw Malformed{"a string that does not end"};
    return {begin, static_cast<std::size_t>(at - begin)};
  }

  static std::string_view scalar(std::string_view text, JsonType& type) {
    if (is_json_number(text))
      type = JsonType::number;
    else if (text == "null")
      type = JsonType::null;
    else if (text == "true" || text == "false")
      type = JsonType::boolean;
    else
      throw Malformed{"no JSON value: " + std::string(text.substr(0, 40))};
    return text;
  }

  const char* end_;
};

/// simdjson's words for the errors that users meet, in ours.
std::string fact_of(const simdjson::simdjson_error& error) {
  switch (error.error()) {
    case simdjson::UTF8_ERROR: return "bytes that are no UTF-8";
    case simdjson::UNCLOSED_STRING: return "a string that does not end";
    case simdjson::UNESCAPED_CHARS: return "a control character in a string";
    case simdjson::EMPTY: return "nothing";
    case simdjson::INCORRECT_TYPE: return "no JSON object";
    case simdjson::MEMALLOC: throw std::bad_alloc();
    default: return "no well-formed JSON";
  }
}

}  // namespace

struct JsonReader::Parser {
  ondemand::parser parser;

  template <class Visit>
  std::optional<std::string> split(std::string_view text, Visit visit) {
    try {
      ondemand::document document = parser.iterate(simdjson::padded_string_view(text, text.size() + kTextPadding));
      visit(document);
      if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return "text behind its end";
      return std::nullopt;
    } catch (const simdjson::simdjson_error& error) {
      return fact_of(error);
    } catch (const Malformed& malformed) {
      return malformed.fact;
    }
  }
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}
JsonReader::~JsonReader() = default;
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;

std::optional<std::string> JsonReader::members(std::string_view object, std::vector<JsonMember>& out,
                                               std::string_view left) {
  out.clear();
  return parser_->split(object, [&](ondemand::document& document) {
    const Walk walk(object);
    walk.members(document.get_object(), out, 1, left);
  });
}

std::optional<std::string> JsonReader::elements(std::string_view array, std::vector<JsonMember>& out) {
  out.clear();
  return parser_->split(array, [&](ondemand::document& document) {
    const Walk walk(array);
    for (ondemand::value element : document.get_array()) {
      JsonMember& member = out.emplace_back();
      member.value = walk.value(element, member.type, 1);
    }
  });
}

std::optional<std::string> JsonReader::objects(std::string_view array, std::string_view not_objects,
                                               std::vector<JsonMember>& members, std::vector<std::size_t>& ends) {
  members.clear();
  ends.clear();
  return parser_->split(array, [&](ondemand::document& document) {
    const Walk walk(array);
    for (ondemand::value element : document.get_array()) {
      if (element.raw_json_token().front() != '{') throw Malformed{std::string(not_objects)};
      walk.members(element.get_object(), members, 2);
      ends.push_back(members.size());
    }
  });
}

bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at]))
      ++at;
    return at > begin;
  };
  if (at < text.size() && text[at] == '-') ++at;
  if (at < text.size() && text[at] == '0')
    ++at;
  else if (!digits())
    return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

std::optional<double> parse_finite(std::string_view text) {
  // Most are short integers, and every integer of 15 digits is a double.
  constexpr std::size_t kExactDigits = 15;
  if (!text.empty() && text.size() <= kExactDigits && std::all_of(text.begin(), text.end(), is_digit)) {
    std::int64_t whole = 0;
    for (const char digit : text) whole = 10 * whole + (digit - '0');
    return static_cast<double>(whole);
  }
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ptr != end || result.ec == std::errc::invalid_argument) return std::nullopt;
  // Too small and too large are one error there; strtod tells them apart.
  if (result.ec == std::errc::result_out_of_range) value = std::strtod(std::string(text).c_str(), nullptr);
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

void append_unescaped(std::string& out, std::string_view quoted) {
  while (true) {
    const std::size_t at = quoted.find('\\');
    out.append(quoted.substr(0, at));
    if (at == std::string_view::npos) return;
    const Escape escape = read_escape(quoted.substr(at + 1));
    append_utf8(out, escape.code_point);
    quoted.remove_prefix(at + 1 + escape.length);
  }
}

}  // namespace mltat
