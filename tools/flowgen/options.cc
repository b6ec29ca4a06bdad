// SPDX-License-Identifier: Apache-2.0
#include "tools/flowgen/options.h"

#include "base/units.h"
#include "flow/record.h"

namespace mltat::flowgen {

ToolSpec spec() {
  ToolSpec out{"flowgen", "Turn packets into bidirectional flow records.", "PCAP or pcapng", {"flow record 1"}};
  out.rotates = true;
  return out;
}

Options declare(ToolOptions& options) {
  Options list = source_options(options.source);
  list += flow_options(options.meter);
  list += label_options(options.labels);
  list += dpi_options(options.dpi);
  list.push_back(custom("--series", "all|N|none", "all", "packets of each flow to list in its record",
                        [&options](const std::string& word) {
                          options.series_pkts = word == "all" ? UINT64_MAX : word == "none" ? 0 : parse_count(word);
                        }));
  list.push_back(choice("--format", options.format, {"ndjson", "csv"}, "form of the output"));
  return list;
}

Schema schema(const ToolOptions&) {
  const IdentityColumns all{true, true, true};
  return {"flows", "Flow record of flowgen", flow_record_keys(all, true), true};
}

bool prepare(ToolOptions& options) {
  return prepare_source(options.source, options.inputs);
}

}  // namespace mltat::flowgen
