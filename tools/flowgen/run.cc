// SPDX-License-Identifier: Apache-2.0
#include "tools/flowgen/run.h"

#include "dpi/inspected_run.h"
#include "flow/record.h"
#include "flow/series.h"

namespace mltat::flowgen {

ExitCode run(const ToolOptions& options, Streams& streams) {
  const std::vector<CaptureUnit> units = make_units(options.inputs, options.source);
  const std::optional<DpiWords> dpi = make_dpi(options.dpi, options.labels, streams.open);
  const Labeler labeler(options.labels, streams.open);
  for (const CaptureUnit& unit : units)
    labeler.check_unit(unit.name);

  const RowFormat format = options.format == "csv" ? RowFormat::csv : RowFormat::ndjson;
  const IdentityColumns columns{options.meter.community_id, labeler.active(), dpi.has_value()};
  const bool with_series = options.series_pkts > 0;
  RotatingOutput out(streams.out, streams.rotation);
  if (format == RowFormat::csv) out.set_header(csv_header(flow_record_keys(columns, with_series)));

  const bool with_community_id = columns.community_id || labeler.needs_community_id();
  const auto write = [&](std::size_t unit, const FlowHead& head, const SeriesMeasurement::Result& measured,
                         std::optional<DpiFields> found, std::string& text) {
    FlowIdentity identity = make_identity(head, units[unit].name, options.meter.decode.vlan_in_key, with_community_id);
    identity.dpi = std::move(found);
    if (auto label = labeler.label(identity)) identity.label = std::move(label);
    write_flow_record(text, format, columns, identity, measured, with_series);
  };
  const auto open = [&](std::size_t unit) {
    auto source = open_unit(units[unit], options.source, streams.open, streams.stopped);
    if (!source) throw Error(ExitCode::bad_data, empty_input(units[unit]));
    return source;
  };
  return run_inspected(options.meter, units.size(), open, SeriesMeasurement(options.series_pkts), dpi, write, out,
                       streams);
}

}  // namespace mltat::flowgen
