// SPDX-License-Identifier: Apache-2.0
#include "tools/featurize/options.h"

#include "features/feature_row.h"

namespace mltat::featurize {

ToolSpec spec() {
  return {"featurize", "Turn packets or flow records into feature rows.", "PCAP, pcapng or flow records",
          {"feature set mltat30/1"}};
}

Options declare(ToolOptions& options) {
  Options list = source_options(options.source);
  list += flow_options(options.meter);
  list += label_options(options.labels);
  list += dpi_options(options.dpi);
  list.push_back(text("--features", "SET", options.features,
                      "mltat30, and opt-in families behind it: flags, splt:N, bursts, hist"));
  list.push_back(custom("--window", "WINDOW", "flow", "packets that make a row: flow, first:N, first:TIME, every:TIME",
                        [&options](const std::string& word) { options.window = parse_window(word); }));
  list.push_back(flag("--list-features", options.list_features, "print name, unit and meaning of the features"));
  list.push_back(choice("--format", options.format, {"ndjson", "csv"}, "form of the output"));
  return list;
}

Schema schema(const ToolOptions& options) {
  const IdentityColumns all{true, true, true};
  return {"feature_rows", "Feature row of featurize", feature_row_keys(FeatureSet(options.features), all), true};
}

bool prepare(ToolOptions& options) {
  return prepare_source(options.source, options.inputs);
}

}  // namespace mltat::featurize
