// SPDX-License-Identifier: Apache-2.0
/// Flow records: what flowgen writes and featurize may read (mltat-formats(5), "Flow record").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flow/identity.h"
#include "flow/series.h"

namespace mltat {

/// Writes one record as a row. `with_series` false leaves the three series keys out (--series none).
void write_flow_record(std::string& out, RowFormat format, const IdentityColumns& columns,
                       const FlowIdentity& identity, const SeriesMeasurement::Result& result, bool with_series);

/// The keys of a record in their order, as a CSV header line.
std::string flow_record_header(const IdentityColumns& columns, bool with_series);

/// A record read back, enough to replay its packets.
struct FlowRecord {
  FlowIdentity identity;
  IdentityColumns columns;          ///< which optional keys the record had
  FlowTotals totals;
  std::vector<FlowPacket> packets;  ///< wire_len and tcp_flags are not in a record and 0
};

/// Collects the members of one record. Values come as text without quotes; arrays as numbers separated by commas
/// or blanks, brackets allowed; an empty value is absent. Unknown keys are passed over.
class FlowRecordParser {
 public:
  /// Returns: empty, or what is wrong with the value.
  std::string set(std::string_view key, std::string_view value);
  /// The record, or in `error` which key is missing or contradicts another. The parser is then as new.
  std::optional<FlowRecord> take(std::string& error);

 private:
  std::string set_series(std::string_view key, std::string_view value);

  FlowRecord record_;
  std::uint32_t seen_ = 0;
  std::vector<std::int64_t> lengths_;
  std::vector<Nanos> gaps_;
  std::vector<std::uint64_t> payloads_;
};

}  // namespace mltat
