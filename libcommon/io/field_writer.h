// SPDX-License-Identifier: Apache-2.0
/// Writes one row as NDJSON or CSV from the same calls, so that the two formats cannot tell two truths.
/// Keys are constants without characters to escape. An absent value is null, in CSV an empty field.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/number_text.h"
#include "base/time.h"
#include "io/json_text.h"
#include "io/row_format.h"

namespace mltat {

class FieldWriter {
 public:
  /// Appends to `out`, which is complete behind end_row(), and nobody else's until then.
  FieldWriter(std::string& out, RowFormat format) : out_(out), json_(format == RowFormat::ndjson) {
    if (json_) *at_++ = '{';
  }
  FieldWriter(const FieldWriter&) = delete;
  FieldWriter& operator=(const FieldWriter&) = delete;
  void end_row() {
    put(json_ ? std::string_view("}\n") : std::string_view("\n"));
    flush();
  }

  /// Begins a field; exactly one value follows.
  FieldWriter& key(std::string_view name) {
    if (!first_) put(",");
    first_ = false;
    if (!json_) return *this;
    put("\"");
    put(name);
    put("\":");
    return *this;
  }
  /// The same in one piece.
  template <std::size_t N>
  FieldWriter& key(const char (&name)[N]) {
    constexpr std::size_t kSize = N + 3;
    std::array<char, kSize + 1> text{',', '"'};  // a byte more: the copy is of one size, with the comma or without
    std::memcpy(text.data() + 2, name, N - 1);
    text[N + 1] = '"';
    text[N + 2] = ':';
    const std::size_t skipped = first_ ? 1 : 0;
    make_room(kSize);
    std::memcpy(at_, text.data() + skipped, kSize);
    at_ += (json_ ? kSize : 1) - skipped;
    first_ = false;
    return *this;
  }

  /// The same with what prepare_key() made: for rows of many fields. Requires: it is not the first of the row.
  FieldWriter& prepared_key(std::string_view prepared) {
    put(prepared);
    return *this;
  }
  static std::string prepare_key(std::string_view name, RowFormat format) {
    return format == RowFormat::csv ? "," : ",\"" + std::string(name) + "\":";
  }

  void null() {
    if (json_) put("null");
  }
  void uint(std::uint64_t value) { put_number(write_uint, value); }
  void integer(std::int64_t value) { put_number(write_int, value); }
  void number(double value) { put_number(write_number, value); }
  void timestamp(Nanos time) { put_number(write_timestamp, time); }
  void microseconds(Nanos span) { put_number(write_microseconds, span); }
  /// A word of our own: nothing in it needs quoting but the quotes of JSON.
  void word(std::string_view text) {
    if (json_) put("\"");
    put(text);
    if (json_) put("\"");
  }
  void hex64(std::uint64_t value) {
    if (json_) put("\"");
    put_number(write_hex64, value);
    if (json_) put("\"");
  }
  /// Text of others; empty is absent.
  void text(std::string_view text) {
    if (text.empty())
      null();
    else if (json_)
      append_json_string(buffer(), text);
    else
      append_csv_field(buffer(), text);
  }

  /// An array of numbers: in JSON with brackets and commas, in CSV one field, joined by one space. each(i) writes
  /// the i-th number.
  template <class Each>
  void array(std::size_t count, Each each) {
    if (json_) put("[");
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) put(json_ ? "," : " ");
      each(i);
    }
    if (json_) put("]");
  }

 private:
  /// The row so far, to be appended to.
  std::string& buffer() {
    flush();
    return out_;
  }
  void flush() {
    out_.append(memory_.data(), static_cast<std::size_t>(at_ - memory_.data()));
    at_ = memory_.data();
  }
  void make_room(std::size_t bytes) {
    if (static_cast<std::size_t>(memory_.data() + memory_.size() - at_) < bytes) flush();
  }
  void put(std::string_view text) {
    make_room(text.size());
    if (text.size() > memory_.size()) {
      out_.append(text);
      return;
    }
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  template <class T>
  void put_number(char* (*write)(char*, T), std::type_identity_t<T> value) {
    make_room(kNumberChars);
    at_ = write(at_, value);
  }

  std::string& out_;
  // What comes field by field goes here first: a string asks for room and ends itself anew at each append.
  std::array<char, 1024> memory_;
  char* at_ = memory_.data();
  bool json_;
  bool first_ = true;
};

}  // namespace mltat
