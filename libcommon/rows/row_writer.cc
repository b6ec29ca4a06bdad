// SPDX-License-Identifier: Apache-2.0
#include "rows/row_writer.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/error.h"
#include "base/number_text.h"
#include "io/byte_source.h"
#include "io/csv.h"
#include "io/json_text.h"
#include "rows/known_keys.h"

namespace mltat {
namespace {

constexpr std::size_t kNoPlace = SIZE_MAX;

void append_csv_as_json(std::string& out, std::string_view name, std::string_view field) {
  if (field.empty()) {
    out += "null";
    return;
  }
  if (!is_text_key(name) && is_json_number(field)) {
    out += field;
    return;
  }
  std::string text;
  append_unquoted(text, field);
  append_json_string(out, text);
}

std::string decoded(std::string_view json_string) {
  std::string text;
  append_unescaped(text, json_string.substr(1, json_string.size() - 2));
  return text;
}

/// What an array of scalars is in CSV; its JSON text if it holds containers. The value is known to be good JSON.
std::string array_text(std::string_view json) {
  RecordBlock padded;
  padded.assign(json);
  JsonReader reader;
  std::vector<JsonMember> elements;
  reader.elements(padded.text(), elements);
  std::string out;
  for (const JsonMember& element : elements) {
    if (element.type == JsonType::array || element.type == JsonType::object) return std::string(json);
    if (&element != &elements.front()) out += ' ';
    if (element.type == JsonType::string)
      out += decoded(element.value);
    else if (element.type != JsonType::null)
      out += element.value;
  }
  return out;
}

void append_json_as_csv(std::string& out, JsonType type, std::string_view json) {
  switch (type) {
    case JsonType::null: return;
    case JsonType::string: return append_csv_field(out, decoded(json));
    case JsonType::array: return append_csv_field(out, array_text(json));
    case JsonType::object: return append_csv_field(out, json);
    case JsonType::number:
    case JsonType::boolean: out += json;
  }
}

void refuse_unfit_name(const RowStream& in, const std::string& name) {
  const auto is_control = [](unsigned char byte) { return byte < 0x20 && byte != '\t' && byte != '\r' && byte != '\n'; };
  if (!name.empty() && std::none_of(name.begin(), name.end(), is_control)) return;
  throw Error(ExitCode::bad_data, in.name + ": a key is empty or holds a control character: no name for a column of " +
                                      "CSV, write --format ndjson");
}

/// Is a stream that begins with this CSV field surely taken for CSV, and its name read as it is?
bool is_plain_start(std::string_view field) {
  const std::size_t first = field.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && field[first] != '[' && sniff(as_bytes(field)) == ContentKind::text &&
         !field.starts_with("\xef\xbb\xbf");
}

}  // namespace

RowWriter::RowWriter(const RowStream& in, RowFormat out, const Keep& keep, std::vector<std::string> added)
    : in_(in.format), out_(out), keep_(keep), added_(std::move(added)) {
  std::vector<std::string_view> raw_fields;
  if (in.format == RowFormat::csv) split_csv(in.header, raw_fields);
  for (std::size_t c = 0; c < in.columns.size(); ++c) {
    if (!kept(in.columns[c])) continue;
    if (out == RowFormat::csv) refuse_unfit_name(in, in.columns[c]);
    place_.emplace(in.columns[c], place_.size());
    std::string& field = header_fields_.emplace_back();
    if (in.format == RowFormat::csv)
      field = raw_fields[c];
    else
      append_csv_field(field, in.columns[c]);
  }
  for (const std::string& name : added_)
    append_csv_field(header_fields_.emplace_back(), name);
  if (!header_fields_.empty() && !is_plain_start(header_fields_.front()))
    header_fields_.front() = '"' + header_fields_.front() + '"';
}

bool RowWriter::kept(std::string_view column) const {
  return std::find(added_.begin(), added_.end(), column) == added_.end() && keep_(column);
}

std::string RowWriter::header() const {
  std::string out;
  if (out_ != RowFormat::csv) return out;
  for (const std::string& field : header_fields_) {
    if (&field != &header_fields_.front()) out += ',';
    out += field;
  }
  return out += '\n';
}

RowText::RowText(const RowWriter& writer, const RowBatch& batch, std::string& out)
    : writer_(writer), batch_(batch), out_(out) {
  for (const std::string& name : batch.names()) {
    keep_.push_back(writer.kept(name) ? 1 : 0);
    const auto place = writer.place_.find(name);
    place_.push_back(place == writer.place_.end() ? kNoPlace : place->second);
  }
}

void RowText::comma() {
  if (!first_) out_ += ',';
  first_ = false;
}

void RowText::begin(std::size_t row) {
  first_ = true;
  if (writer_.out_ == RowFormat::ndjson) {
    if (writer_.in_ == RowFormat::ndjson) return copy_json_row(row);
    return json_row_from_csv(row);
  }
  if (writer_.in_ == RowFormat::csv) return csv_row_from_csv(row);
  csv_row_from_json(row);
}

void RowText::copy_json_row(std::size_t row) {
  const std::span<const Member> members = batch_.members(row);
  const auto is_kept = [&](const Member& member) { return keep_[member.column] != 0; };
  if (std::all_of(members.begin(), members.end(), is_kept)) {
    const std::string_view text = batch_.raw(row);
    out_ += text.substr(0, text.rfind('}'));
    first_ = members.empty();
    return;
  }
  out_ += '{';
  for (const Member& member : members) {
    if (!is_kept(member)) continue;
    comma();
    out_ += batch_.member_text(member);
  }
}

void RowText::json_row_from_csv(std::size_t row) {
  out_ += '{';
  for (const Member& member : batch_.members(row)) {
    if (keep_[member.column] == 0) continue;
    const std::string& name = batch_.name(member);
    next_member(name);
    append_csv_as_json(out_, name, batch_.value_text(member));
  }
}

void RowText::csv_row_from_csv(std::size_t row) {
  if (std::find(keep_.begin(), keep_.end(), 0) == keep_.end()) {
    out_ += batch_.raw(row);
    first_ = false;
    return;
  }
  for (const Member& member : batch_.members(row)) {
    if (keep_[member.column] == 0) continue;
    comma();
    out_ += batch_.value_text(member);
  }
}

void RowText::csv_row_from_json(std::size_t row) {
  fields_.assign(writer_.place_.size(), nullptr);
  for (const Member& member : batch_.members(row)) {
    if (keep_[member.column] == 0) continue;
    if (place_[member.column] == kNoPlace)
      throw Error(ExitCode::bad_data, batch_.place(row) + ": key '" + batch_.name(member) +
                                          "' is not in the first row: CSV wants the same columns in all, " +
                                          "write --format ndjson");
    fields_[place_[member.column]] = &member;
  }
  for (const Member* member : fields_) {
    comma();
    if (member != nullptr) append_json_as_csv(out_, member->type, batch_.value_text(*member));
  }
}

void RowText::next_member(std::string_view name) {
  comma();
  if (writer_.out_ == RowFormat::csv) return;
  append_json_string(out_, name);
  out_ += ':';
}

void RowText::add_text(std::string_view name, std::string_view value) {
  next_member(name);
  if (writer_.out_ == RowFormat::csv)
    append_csv_field(out_, value);
  else
    append_json_string(out_, value);
}

void RowText::add_number(std::string_view name, double value) {
  next_member(name);
  append_number(out_, value);
}

void RowText::add_count(std::string_view name, std::uint64_t value) {
  next_member(name);
  append_uint(out_, value);
}

void RowText::add_null(std::string_view name) {
  next_member(name);
  if (writer_.out_ == RowFormat::ndjson) out_ += "null";
}

void RowText::add_json(std::string_view name, std::string_view json) {
  next_member(name);
  out_ += json;
}

std::vector<std::string> carried_objects(const RowWriter& writer, RowBatch& batch) {
  std::vector<std::string> out;
  std::string text;
  write_rows(writer, batch, text, [](RowText&, std::size_t) {});
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);  // JSON escapes those inside a value
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

void append_header(const RowWriter& writer, const RowStream& stream, std::string& header, std::string& out) {
  const std::string own = writer.header();
  if (header.empty()) {
    header = own;
    out += own;
  } else if (header != own) {
    throw Error(ExitCode::mismatch, stream.name +
                                        ": its columns differ from those of the first input, and CSV has one " +
                                        "header: write --format ndjson");
  }
}

void RowText::end() {
  out_ += writer_.out_ == RowFormat::csv ? "\n" : "}\n";
}

}  // namespace mltat
