// SPDX-License-Identifier: Apache-2.0
/// Feature rows: what featurize writes (mltat-formats(5), "Feature row"), and the way from a flow record to them.
#pragma once

#include <string>
#include <vector>

#include "features/feature_measurement.h"
#include "flow/identity.h"
#include "flow/record.h"

namespace mltat {

/// The keys before the features.
Keys row_identity_keys(const IdentityColumns& columns);

/// The same as another tool has them, which writes no row of its own: whatever came in goes on.
Keys carried_keys();

/// All keys of a row in their order.
Keys feature_row_keys(const FeatureSet& features, const IdentityColumns& columns);

/// Writes the rows of a run, all with the same columns. Thread-safe: const calls only.
class FeatureRowWriter {
 public:
  /// Requires: `features` outlives the writer.
  FeatureRowWriter(const FeatureSet& features, Window window, RowFormat format, IdentityColumns columns);

  /// The CSV header with its line end.
  std::string header() const;
  /// Appends a row for each window of a part.
  void write(std::string& out, FlowIdentity identity, const FeatureMeasurement::Result& windows) const;
  const IdentityColumns& columns() const { return columns_; }

 private:
  const FeatureSet& features_;
  Window window_;
  RowFormat format_;
  IdentityColumns columns_;
  std::vector<std::string> keys_;  // of the features after protocol, prepared
};

/// Replays the packets of a record: the rows are those of the capture it came from.
/// Requires: the measurement has no flags family, or its window is the whole flow.
/// `error` says why it cannot be done: the record holds fewer packets than the window needs.
FeatureMeasurement::Result replay(const FlowRecord& record, const FeatureSet& features, const Window& window,
                                  FeatureMeasurement& measurement, std::string& error);

}  // namespace mltat
