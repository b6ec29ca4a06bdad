// SPDX-License-Identifier: Apache-2.0
/// Writes one row as NDJSON or CSV from the same calls, so that the two formats cannot tell two truths.
/// Keys are constants without characters to escape. An absent value is null, in CSV an empty field.
#pragma once

#include <cstdint>
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
