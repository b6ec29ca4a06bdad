// SPDX-License-Identifier: Apache-2.0
/// Flow records: what flowgen writes and featurize may read (mltat-formats(5), "Flow record").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flow/identity.h"
#include "flow/series.h"
#include "io/ndjson.h"

namespace mltat {

/// Writes one record as a row. `with_series` false leaves the three series keys out (--series none).
void write_flow_record(std::string& out, RowFormat format, const IdentityColumns& columns,
                       const FlowIdentity& identity, const SeriesMeasurement::Result& result, bool with_series);

/// The keys of a record in their order.
Keys flow_record_keys(const IdentityColumns& columns, bool with_series);

/// A record read back, enough to replay its packets.
struct FlowRecord {
  FlowIdentity identity;
  IdentityColumns columns;          ///< which optional keys the record had
  FlowTotals totals;
  std::vector<FlowPacket> packets;  ///< wire_len and tcp_flags are not in a record and 0
};

/// Reads records, NDJSON or CSV, one text at a time. Unknown keys are passed over. Not thread-safe: one a token.
class FlowRecordReader {
 public:
  /// `csv_header` is the first record of a CSV stream; empty: NDJSON.
  explicit FlowRecordReader(std::string_view csv_header = {});

  /// Returns: the record, or in `error` what is wrong with it, by key.
  /// Requires: kTextPadding bytes behind the text may be read (as in a RecordBlock).
  std::optional<FlowRecord> read(std::string_view text, std::string& error);

 private:
  std::string set(std::string_view key, std::string_view value);
  std::string* dpi_field(std::string_view key);
  std::string set_series(std::string_view key, std::string_view value);
  std::string set_total(std::string_view key, std::string_view value);
  std::string read_json(std::string_view text);
  std::string read_csv(std::string_view text);
  std::string check();

  std::vector<std::string> csv_columns_;
  JsonReader json_;
  std::vector<JsonMember> members_;
  std::vector<std::string_view> fields_;
  std::string unescaped_;
  FlowRecord record_;
  std::uint32_t seen_ = 0;
  std::vector<std::int64_t> lengths_;
  std::vector<Nanos> gaps_;
  std::vector<std::uint32_t> payloads_;
};

}  // namespace mltat
