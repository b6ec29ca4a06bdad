// SPDX-License-Identifier: Apache-2.0
#include "rows/row_reader.h"

#include <algorithm>
#include <unordered_set>

#include "io/csv.h"

namespace mltat {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& fact) {
  throw Error(ExitCode::bad_data, name + ": " + fact);
}

void refuse_foreign(ContentKind kind, Bytes head, const std::string& name) {
  refuse_compressed(kind, name);
  if (kind == ContentKind::pcap || kind == ContentKind::pcapng)
    refuse(name, "this is PCAP, rows are wanted: run `featurize` first");
  if (kind == ContentKind::binary) refuse(name, "neither NDJSON nor CSV: rows are wanted");
  const std::string_view text = as_text(head);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '[')
    refuse(name, "a JSON array, one object a line is wanted: `jq -c '.[]'` writes it so");
}

void refuse_flow_records(const RowStream& stream) {
  if (stream.has("pkt_len") && stream.has("pkt_iat_us"))
    refuse(stream.name, "these are flow records, feature rows are wanted: run `featurize` first");
}

}  // namespace

RowReader::RowReader(std::unique_ptr<ByteSource> source, std::size_t block_bytes)
    : records_(std::move(source), block_bytes), stream_(std::make_shared<RowStream>()) {
  stream_->name = records_.name();
  const Bytes head = records_.head();
  const ContentKind kind = sniff(head);
  refuse_foreign(kind, head, stream_->name);
  stream_->format = kind == ContentKind::json ? RowFormat::ndjson : RowFormat::csv;
  if (stream_->format == RowFormat::csv) records_.set_kind(RecordKind::csv);

  empty_ = !records_.next(first_);
  if (empty_) return;
  if (first_.records.empty()) throw *first_.trouble;
  if (stream_->format == RowFormat::csv)
    learn_csv_header();
  else
    learn_first_keys();
  refuse_flow_records(*stream_);
  first_pending_ = !first_.records.empty() || first_.trouble;
}

void RowReader::learn_csv_header() {
  const Record record = first_.records.front();
  stream_->header = first_.text(record);
  const std::string place = stream_->name + ":" + std::to_string(record.line);
  std::vector<std::string_view> fields;
  if (const auto fact = split_csv(stream_->header, fields)) refuse(place, *fact);
  std::unordered_set<std::string> seen;
  for (const std::string_view field : fields) {
    std::string& name = stream_->columns.emplace_back();
    append_unquoted(name, field);
    if (name.empty()) refuse(place, "column " + std::to_string(stream_->columns.size()) + " of the header has no name");
    if (!seen.insert(name).second)
      refuse(place, "two columns are called '" + name + "' (" +
                        std::to_string(std::find(stream_->columns.begin(), stream_->columns.end(), name) -
                                       stream_->columns.begin() + 1) +
                        " and " + std::to_string(stream_->columns.size()) + "): rename one");
  }
  first_.records.erase(first_.records.begin());
}

void RowReader::learn_first_keys() {
  const Record& record = first_.records.front();
  JsonReader json;
  std::vector<JsonMember> members;
  if (const auto fact = json.members(first_.text(record), members))
    refuse(stream_->name + ":" + std::to_string(record.line), *fact);
  for (const JsonMember& member : members)
    append_unescaped(stream_->columns.emplace_back(), member.key);
}

bool RowReader::next(RowBatch& batch) {
  batch.stream_ = stream_;
  batch.rows_ = 0;
  batch.rows_before_ = given_;
  if (first_pending_) {
    first_pending_ = false;
    std::swap(batch.block_, first_);
  } else if (empty_ || !records_.next(batch.block_)) {
    return false;
  }
  given_ += batch.block_.records.size();
  return true;
}

void require_column(const RowStream& stream, std::string_view column, std::string_view option) {
  if (stream.has(column)) return;
  refuse(stream.name, "no column is called '" + std::string(column) + "', which " + std::string(option) + " names");
}

}  // namespace mltat
