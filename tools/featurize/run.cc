// SPDX-License-Identifier: Apache-2.0
#include "tools/featurize/run.h"

#include <array>
#include <memory>

#include "dpi/inspected_run.h"
#include "features/feature_row.h"
#include "flow/record_stream.h"

namespace mltat::featurize {
namespace {

using OpenSource = std::function<std::unique_ptr<ByteSource>(const std::string&)>;

RowFormat row_format(const ToolOptions& options) {
  return options.format == "csv" ? RowFormat::csv : RowFormat::ndjson;
}

ExitCode list_features(const FeatureSet& features, Streams& streams) {
  for (const FeatureInfo& info : features.features())
    streams.out.write(info.name + "\t" + info.unit + "\t" + info.doc + "\n");
  return ExitCode::ok;
}

/// Captures: packets through the meter.
ExitCode from_captures(const ToolOptions& options, const FeatureSet& features, const OpenSource& open_source,
                       Streams& streams) {
  const std::vector<CaptureUnit> units = make_units(options.inputs, options.source);
  const std::optional<DpiWords> dpi = make_dpi(options.dpi, options.labels, streams.open);
  const Labeler labeler(options.labels, streams.open);
  for (const CaptureUnit& unit : units)
    labeler.check_unit(unit.name);

  const FeatureRowWriter writer(features, options.window, row_format(options),
                                {options.meter.community_id, labeler.active(), dpi.has_value()});
  if (row_format(options) == RowFormat::csv) streams.out.write(writer.header());

  const bool with_community_id = writer.columns().community_id || labeler.needs_community_id();
  const auto write = [&](std::size_t unit, const FlowHead& head, const FeatureMeasurement::Result& measured,
                         std::optional<DpiFields> found, std::string& out) {
    FlowIdentity identity = make_identity(head, units[unit].name, options.meter.decode.vlan_in_key, with_community_id);
    identity.dpi = std::move(found);
    if (auto label = labeler.label(identity)) identity.label = std::move(label);
    writer.write(out, std::move(identity), measured);
  };
  const auto open = [&](std::size_t unit) {
    auto source = open_unit(units[unit], options.source, open_source, streams.stopped);
    if (!source) streams.log.warning(empty_input(units[unit]));
    return source;
  };
  RotatingOutput rows(streams.out, {});
  return run_inspected(options.meter, units.size(), open, FeatureMeasurement(features, options.window), dpi, write,
                       rows, streams);
}

/// Flow records: each is replayed by itself. Keys that only some records have go out with those records; a CSV has
/// the columns that its first record calls for.
ExitCode from_records(const ToolOptions& options, const FeatureSet& features, const OpenSource& open_source,
                      Streams& streams) {
  if (features.needs_flags() && options.window.kind != Window::Kind::flow)
    throw Error(ExitCode::usage,
                "--features flags with a --window needs packets: flow records hold the flags of whole "
                "flows only, so run featurize on the capture");
  if (options.dpi.on)
    throw Error(ExitCode::usage, "--dpi needs packets: run featurize --dpi on the capture, or flowgen --dpi in front");
  if (!options.dpi.class_map.empty()) throw Error(ExitCode::usage, "--class-map needs packets and --dpi");
  const bool as_default = options.meter.rules == FlowRules{} && options.meter.decode == DecodeOptions{};
  if (!as_default || options.source != SourceSettings{})
    throw Error(ExitCode::usage,
                "flow records are finished flows: timeouts, limits, --tcp-end, --key, --decap, --shard, --continue, "
                "--capture and --filter are for packets, give them to flowgen");
  const Labeler labeler(options.labels, streams.open);
  const RowFormat format = row_format(options);
  std::vector<FeatureRowWriter> writers;  // by [community_id][label][dpi]
  for (const bool community_id : {false, true})
    for (const bool label : {false, true})
      for (const bool dpi : {false, true})
        writers.emplace_back(features, options.window, format, IdentityColumns{community_id, label, dpi});
  const auto columns_of = [&](const FlowRecord& record) {
    return IdentityColumns{record.columns.community_id && options.meter.community_id,
                           record.columns.label || labeler.active(), record.columns.dpi};
  };
  const auto writer_of = [&](const IdentityColumns& columns) -> const FeatureRowWriter& {
    return writers[4 * std::size_t{columns.community_id} + 2 * std::size_t{columns.label} + std::size_t{columns.dpi}];
  };

  std::optional<IdentityColumns> csv_columns;
  const auto first = [&](const FlowRecord& record) {
    if (format == RowFormat::ndjson || csv_columns) return;
    csv_columns = columns_of(record);
    streams.out.write(writer_of(*csv_columns).header());
  };
  const auto render = [&](FlowRecord& record, FeatureMeasurement& measurement, std::string& out) -> std::string {
    const IdentityColumns own = columns_of(record);
    if (csv_columns && own.label && !csv_columns->label)
      return "key \"label\" is not in the first record, whose keys are the CSV header";
    if (csv_columns && own.dpi && !csv_columns->dpi)
      return "key \"dpi_proto\" is not in the first record, whose keys are the CSV header";
    if (options.labels.from_dpi && !own.dpi)
      return "\"dpi_label\" is missing, and --label-from dpi labels by it: write records with flowgen --dpi";
    if (auto label = labeler.label(record.identity)) record.identity.label = std::move(label);
    std::string fault;
    const FeatureMeasurement::Result windows = replay(record, features, options.window, measurement, fault);
    if (fault.empty()) writer_of(csv_columns.value_or(own)).write(out, std::move(record.identity), windows);
    return fault;
  };
  // A measurement has pools, too dear to be made for every record.
  const auto make_render = [&]() -> RenderRecord {
    return [&render, measurement = std::make_shared<FeatureMeasurement>(features, options.window)](
               FlowRecord& record, std::string& out) { return render(record, *measurement, out); };
  };

  std::uint64_t records = 0;
  ExitCode code = ExitCode::ok;
  for (const std::string& path : options.inputs) {
    try {
      auto source = std::make_unique<PeekedSource>(open_source(path), kSniffBytes);
      const ContentKind kind = sniff(source->head());
      if (kind == ContentKind::pcap || kind == ContentKind::pcapng)
        throw Error(ExitCode::bad_data, source->name() + ": a capture after flow records: give one kind at a time");
      records += run_records(std::move(source), kind == ContentKind::json ? RecordKind::line : RecordKind::csv, first,
                             make_render, streams);
    } catch (const Error& error) {
      if (error.code() != ExitCode::bad_data && error.code() != ExitCode::no_input) throw;
      streams.log.error(error.what());
      if (code == ExitCode::ok) code = error.code();
    }
  }
  if (!streams.stats.empty()) {
    Counters counters;
    counters.add("records_read", records, "Flow records read");
    counters.write(streams.stats, streams.log.program());
  }
  return code;
}

}  // namespace

ExitCode run(const ToolOptions& options, Streams& streams) {
  const FeatureSet features(options.features);
  if (options.list_features) return list_features(features, streams);

  if (options.source.socket) return from_captures(options, features, streams.open, streams);
  // The first input tells whether packets or flow records come; it is opened once.
  auto first = std::make_unique<PeekedSource>(streams.open(options.inputs.front()), kSniffBytes);
  const ContentKind kind = sniff(first->head());
  refuse_compressed(kind, first->name());
  const OpenSource open_source = [&](const std::string& path) -> std::unique_ptr<ByteSource> {
    if (first) return std::move(first);
    return streams.open(path);
  };
  if (kind == ContentKind::json || kind == ContentKind::text)
    return from_records(options, features, open_source, streams);
  return from_captures(options, features, open_source, streams);
}

}  // namespace mltat::featurize
