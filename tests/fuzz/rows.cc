// SPDX-License-Identifier: Apache-2.0
#include "rows.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "fuzz.h"
#include "rows/row_reader.h"
#include "rows/row_writer.h"

namespace mltat::fuzz {
namespace {

constexpr const char* kAdded = "added by fuzz";

struct Row {
  std::string place;
  std::string raw;
  std::vector<std::string> members;  ///< name, type and value of each
  std::vector<double> numbers;       ///< missing is 0 here, and a text of its own
  std::vector<std::string> texts;

  bool operator==(const Row&) const = default;
};

/// All that comes out of a stream of rows.
struct Reading {
  bool empty = false;
  RowStream stream;
  std::vector<Row> rows;
  std::string end;       ///< the trouble, or the error
  std::string same;      ///< written in the format it came in, with a member added
  std::string other;     ///< in the other one
  bool other_whole = true;  ///< no row was refused
};

/// The first columns: one as text, two as numbers. What is no number there ends the stream, as it should.
RowPlan plan_for(const RowStream& stream) {
  RowPlan plan;
  for (const std::string& column : stream.columns) {
    if (std::find(plan.numbers.begin(), plan.numbers.end(), column) != plan.numbers.end()) continue;
    if (plan.texts.empty())
      plan.texts.push_back(column);
    else if (plan.numbers.size() < 2 && column != plan.texts[0])
      plan.numbers.push_back(column);
  }
  return plan;
}

Row row_of(const RowBatch& batch, std::size_t row, const RowPlan& plan) {
  Row out{batch.place(row), std::string(batch.raw(row)), {}, {}, {}};
  for (const Member& member : batch.members(row)) {
    expect(member.begin <= member.value && member.value <= member.end, "a member is a piece of text");
    expect(batch.stream().format == RowFormat::ndjson ||
               (batch.value_text(member).data() >= batch.raw(row).data() &&
                batch.value_text(member).data() + batch.value_text(member).size() <=
                    batch.raw(row).data() + batch.raw(row).size()),
           "a field lies in its row");
    out.members.push_back(batch.name(member) + '\0' + std::to_string(static_cast<int>(member.type)) +
                          std::string(batch.value_text(member)));
  }
  for (std::size_t c = 0; c < plan.numbers.size(); ++c) {
    const double value = batch.numbers(c)[row];
    expect(!std::isinf(value), "a number is finite or missing");
    out.numbers.push_back(std::isnan(value) ? 0 : value);
    out.texts.push_back(std::isnan(value) ? "missing" : "");
  }
  for (std::size_t c = 0; c < plan.texts.size(); ++c)
    out.texts.emplace_back(batch.text(row, c).value_or(""));
  return out;
}

/// Returns: were all rows written?
bool write(const RowWriter& writer, RowBatch& batch, std::string& out) {
  const std::size_t rows = batch.rows();
  write_rows(writer, batch, out, [](RowText& text, std::size_t) { text.add_text(kAdded, "\"yes,\n"); });
  return batch.rows() == rows;
}

/// Nothing if the format cannot hold the columns.
std::optional<RowWriter> writer_of(const RowStream& stream, RowFormat format) {
  try {
    return RowWriter(stream, format, [](std::string_view) { return true; }, {kAdded});
  } catch (const Error&) {
    return std::nullopt;
  }
}

Reading read_rows(std::unique_ptr<ByteSource> source, std::size_t block_bytes) {
  Reading reading;
  try {
    RowReader reader(std::move(source), block_bytes);
    reading.empty = reader.empty();
    if (reading.empty) return reading;
    reading.stream = reader.stream();
    const bool ndjson = reading.stream.format == RowFormat::ndjson;
    const std::optional<RowWriter> same = writer_of(reading.stream, reading.stream.format);
    const std::optional<RowWriter> other = writer_of(reading.stream, ndjson ? RowFormat::csv : RowFormat::ndjson);
    if (!same) return reading;
    reading.same = same->header();
    reading.other_whole = other.has_value();
    if (other) reading.other = other->header();
    const RowPlan plan = plan_for(reading.stream);
    RowBatch batch;
    while (reader.next(batch)) {
      parse_rows(batch, plan);
      for (std::size_t row = 0; row < batch.rows(); ++row)
        reading.rows.push_back(row_of(batch, row, plan));
      if (batch.trouble()) reading.end = batch.trouble()->what();
      expect(write(*same, batch, reading.same), "a row can be written in the format it came in");
      if (reading.other_whole) reading.other_whole = write(*other, batch, reading.other);
      if (!reading.end.empty()) break;
    }
  } catch (const Error& error) {
    reading.end = error.what();
  }
  return reading;
}

void expect_same(const Reading& a, const Reading& b) {
  expect(a.empty == b.empty && a.stream.format == b.stream.format && a.stream.columns == b.stream.columns &&
             a.stream.header == b.stream.header,
         "the same stream from pieces");
  expect(a.rows == b.rows && a.end == b.end, "the same rows from pieces");
  expect(a.same == b.same && a.other_whole == b.other_whole && (!a.other_whole || a.other == b.other),
         "the same text from pieces");
}

/// What was written is rows again: as many, and the value added reads back.
void expect_readable(const std::string& text, std::size_t rows) {
  if (rows == 0) return;
  RowReader reader(whole({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
  expect(reader.stream().has(kAdded), "the column added is there");
  RowPlan plan;
  plan.texts = {kAdded};
  std::size_t read = 0;
  for (RowBatch batch; reader.next(batch); read += batch.rows()) {
    parse_rows(batch, plan);
    expect(!batch.trouble(), "what was written has no fault");
    for (std::size_t row = 0; row < batch.rows(); ++row)
      expect(batch.text(row, 0) == "\"yes,\n", "the value added reads back");
  }
  expect(read == rows, "as many rows as were written");
}

}  // namespace

void check_rows(Bytes bytes, RowFormat format) {
  const Reading reading = read_rows(whole(bytes), RecordReader::kBlockBytes);
  if (reading.stream.format != format) return;
  expect_same(reading, read_rows(trickle(bytes, 1), 1));
  expect_same(reading, read_rows(trickle(bytes, 29), 100));
  expect_readable(reading.same, reading.rows.size());
  if (reading.other_whole) expect_readable(reading.other, reading.rows.size());
}

}  // namespace mltat::fuzz
