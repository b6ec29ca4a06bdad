// SPDX-License-Identifier: Apache-2.0
// Flow records as featurize reads them: the input is a stream of NDJSON if it begins with `{`, else of CSV.
#include <cmath>
#include <string>

#include "features/feature_row.h"
#include "flow/record.h"
#include "fuzz.h"
#include "io/record_reader.h"

namespace {

using namespace mltat;
using fuzz::expect;

/// The record as flowgen would write it, with the columns that it had.
std::string text_of(const FlowRecord& record) {
  SeriesMeasurement measurement(UINT64_MAX);
  SeriesMeasurement::State state;
  measurement.start(state, 0);
  for (const FlowPacket& packet : record.packets)
    measurement.add(state, packet, {});
  SeriesMeasurement::Result result = measurement.finish(state);
  result.totals = record.totals;
  std::string text;
  write_flow_record(text, RowFormat::ndjson, record.columns, record.identity, result, true);
  text.pop_back();  // the line end
  return text;
}

FlowRecord read_back(const std::string& text) {
  RecordBlock block;
  block.assign(text);
  FlowRecordReader reader;
  std::string error;
  auto record = reader.read(block.text(), error);
  expect(record.has_value(), "a record that was written can be read");
  return std::move(*record);
}

void expect_round_trip(const FlowRecord& record) {
  const std::string text = text_of(record);
  expect(text_of(read_back(text)) == text, "a record written, read and written is the same");
}

void expect_features(const FlowRecord& record) {
  static const FeatureSet features("mltat30,bursts,hist,splt:5");
  static const Window kWindows[] = {{}, {Window::Kind::first_pkts, 3, 0}, {Window::Kind::every, 0, kSecond}};
  for (const Window& window : kWindows) {
    FeatureMeasurement measurement(features, window);
    std::string error;
    const FeatureMeasurement::Result rows = replay(record, features, window, measurement, error);
    if (!error.empty()) continue;
    std::string text;
    FeatureRowWriter(features, window, RowFormat::ndjson, record.columns).write(text, record.identity, rows);
    JsonReader json;
    std::vector<JsonMember> members;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      RecordBlock block;
      block.assign(std::string_view(text).substr(begin, end - begin));
      expect(!json.members(block.text(), members), "a row is JSON, its numbers finite");
      begin = end + 1;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  RecordReader records(fuzz::whole({data, size}));
  const bool csv = size > 0 && data[0] != '{';
  if (csv) records.set_kind(RecordKind::csv);
  FlowRecordReader reader;
  bool headed = !csv;
  RecordBlock block;
  while (records.next(block)) {
    for (const Record& place : block.records) {
      if (!headed) {
        reader = FlowRecordReader(block.text(place));
        headed = true;
        continue;
      }
      std::string error;
      const auto record = reader.read(block.text(place), error);
      expect(record.has_value() == error.empty(), "a record, or what is wrong with it");
      if (!record) continue;
      expect_round_trip(*record);
      expect_features(*record);
    }
  }
  return 0;
}
