// SPDX-License-Identifier: Apache-2.0
/// Reading one JSON object a line, without making a tree of it: members are spans of the line's own bytes.
///
/// Values that a tool only carries are never decoded, yet everything is checked: a line that passes is JSON, whole
/// and well-formed, so a copy of a part of it is JSON too. This is the only place that sees simdjson.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mltat {

enum class JsonType : std::uint8_t { null, boolean, number, string, array, object };

/// Views into the text that was split.
struct JsonMember {
  std::string_view key;    ///< as it stands between the quotes, escapes not resolved
  std::string_view value;  ///< as it stands, a string with its quotes
  JsonType type = JsonType::null;
};

/// Not thread-safe: one for each thread or token. Holds buffers that are used again.
class JsonReader {
 public:
  static constexpr unsigned kMaxDepth = 64;

  JsonReader();
  ~JsonReader();
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;

  /// The members of an object, in their order. Returns: nothing, or the fact that makes the text unusable.
  /// Requires: kTextPadding bytes behind `object` may be read (as in a RecordBlock). A container whose key is `left`
  /// is passed by: what stands in it is checked by whoever reads it.
  std::optional<std::string> members(std::string_view object, std::vector<JsonMember>& out, std::string_view left = {});

  /// The values of an array; keys are empty. Same conditions.
  std::optional<std::string> elements(std::string_view array, std::vector<JsonMember>& out);
  /// The objects of an array: the members of all of them one after the other, and where each object's end. The fact
  /// for an array that has other values too is `not_objects`. Same conditions.
  std::optional<std::string> objects(std::string_view array, std::string_view not_objects,
                                     std::vector<JsonMember>& members, std::vector<std::size_t>& ends);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// Is the text a number by the grammar of JSON (RFC 8259, section 6)?
bool is_json_number(std::string_view text);

/// Reads a finite decimal number, all of the text; what is too small for a double is 0 or subnormal.
/// Returns: nothing for other text, for NaN and infinities, and for numbers beyond the range of a double.
std::optional<double> parse_finite(std::string_view text);

/// Appends what a JSON string means. Requires: `quoted` is well-formed, as members() yields it, without its quotes.
void append_unescaped(std::string& out, std::string_view quoted);

}  // namespace mltat
