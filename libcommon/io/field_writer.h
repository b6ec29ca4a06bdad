// SPDX-License-Identifier: Apache-2.0
/// Writes one row as NDJSON or CSV from the same calls, so that the two formats cannot tell two truths.
/// Keys are constants without characters to escape. An absent value is null, in CSV an empty field.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/number_text.h"
#include "base/time.h"
#include "io/json_text.h"
#include "io/row_format.h"

namespace mltat {

class FieldWriter {
 public:
  FieldWriter(std::string& out, RowFormat format) : out_(out), json_(format == RowFormat::ndjson) {
    if (json_) out_ += '{';
  }
  FieldWriter(const FieldWriter&) = delete;
  FieldWriter& operator=(const FieldWriter&) = delete;
  void end_row() { out_ += json_ ? "}\n" : "\n"; }

  /// Begins a field; exactly one value follows.
  FieldWriter& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    if (json_) (out_ += '"').append(name) += "\":";
    return *this;
  }
  /// The same in one piece.
  template <std::size_t N>
  FieldWriter& key(const char (&name)[N]) {
    std::array<char, N + 3> text{',', '"'};
    std::memcpy(text.data() + 2, name, N - 1);
    text[N + 1] = '"';
    text[N + 2] = ':';
    const std::size_t begin = first_ ? 1 : 0;
    const std::size_t end = json_ ? text.size() : 1;
    out_.append(text.data() + begin, end - begin);
    first_ = false;
    return *this;
  }

  /// The same with what prepare_key() made: for rows of many fields. Requires: it is not the first of the row.
  FieldWriter& prepared_key(std::string_view prepared) {
    out_.append(prepared);
    return *this;
  }
  static std::string prepare_key(std::string_view name, RowFormat format) {
    return format == RowFormat::csv ? "," : ",\"" + std::string(name) + "\":";
  }

  void null() {
    if (json_) out_ += "null";
  }
  void uint(std::uint64_t value) { append_uint(out_, value); }
  void number(double value) { append_number(out_, value); }
  void timestamp(Nanos time) { append_timestamp(out_, time); }
  /// A word of our own: nothing in it needs quoting but the quotes of JSON.
  void word(std::string_view text) {
    if (json_) out_ += '"';
    out_.append(text);
    if (json_) out_ += '"';
  }
  void hex64(std::uint64_t value) {
    if (json_) out_ += '"';
    append_hex64(out_, value);
    if (json_) out_ += '"';
  }
  /// Text of others; empty is absent.
  void text(std::string_view text) {
    if (text.empty())
      null();
    else if (json_)
      append_json_string(out_, text);
    else
      append_csv_field(out_, text);
  }

  /// An array of numbers: in JSON with brackets and commas, in CSV one field, joined by one space. each(i) appends
  /// the i-th number to buffer().
  template <class Each>
  void array(std::size_t count, Each each) {
    if (json_) out_ += '[';
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out_ += json_ ? ',' : ' ';
      each(i);
    }
    if (json_) out_ += ']';
  }
  std::string& buffer() { return out_; }

 private:
  std::string& out_;
  bool json_;
  bool first_ = true;
};

}  // namespace mltat
