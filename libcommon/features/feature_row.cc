// SPDX-License-Identifier: Apache-2.0
#include "features/feature_row.h"

#include <algorithm>

namespace mltat {

Keys row_identity_keys(const IdentityColumns& columns) {
  Keys keys = flow_keys();
  keys.push_back({.name = "window", .kind = ValueKind::count, .doc = "which slice of the part", .nullable = true});
  keys += direction_keys();
  keys += community_id_keys(columns);
  keys += dpi_keys(columns);
  keys += label_keys(columns);
  keys.push_back({.name = "feature_set", .doc = "which features stand in the row, and their version"});
  return keys;
}

Keys carried_keys() {
  Keys keys = row_identity_keys({true, true, true});
  for (Key& key : keys)
    key.always = false;
  return keys;
}

Keys feature_row_keys(const FeatureSet& features, const IdentityColumns& columns) {
  Keys keys = row_identity_keys(columns);
  for (const FeatureInfo& info : features.features()) {
    if (info.name == "protocol") continue;  // it stands among the identity keys
    keys.push_back({.name = info.name, .kind = ValueKind::number, .doc = info.doc + " (" + info.unit + ")"});
  }
  return keys;
}

FeatureRowWriter::FeatureRowWriter(const FeatureSet& features, Window window, RowFormat format, IdentityColumns columns)
    : features_(features), window_(window), format_(format), columns_(columns) {
  for (const FeatureInfo& info : features.features()) {
    if (info.name == "protocol") continue;  // it stands among the identity keys
    keys_.push_back(FieldWriter::prepare_key(info.name, format));
  }
}

std::string FeatureRowWriter::header() const {
  return csv_header(feature_row_keys(features_, columns_));
}

void FeatureRowWriter::write(std::string& out, FlowIdentity identity, const FeatureMeasurement::Result& windows) const {
  const Nanos part_first_ts = identity.first_ts;
  for (const WindowRow& window : windows) {
    identity.first_ts = part_first_ts + window.first;
    identity.last_ts = part_first_ts + window.last;
    FieldWriter row(out, format_);
    write_flow_keys(row, identity);
    row.key("window");
    if (window_.kind == Window::Kind::flow)
      row.null();
    else
      row.uint(window.window);
    write_direction(row, identity);
    write_community_id(row, identity, columns_);
    write_dpi(row, identity, columns_);
    write_label(row, identity, columns_);
    row.key("feature_set").word(features_.name());
    std::size_t next = 0;
    for_each_value(window.values, [&](double value) { row.prepared_key(keys_[next++]).number(value); });
    for (const double value : window.families) row.prepared_key(keys_[next++]).number(value);
    row.end_row();
  }
}

namespace {

/// Flags are in a record as totals only: spread over the packets of a direction they add up to the same counts.
/// Returns: those of the next packet, taken from what is left.
std::uint8_t take_flags(std::array<std::uint32_t, 8>& left) {
  unsigned flags = 0;
  for (unsigned bit = 0; bit < 8; ++bit) {
    if (left[bit] == 0) continue;
    --left[bit];
    flags |= 1u << bit;
  }
  return static_cast<std::uint8_t>(flags);
}

}  // namespace

FeatureMeasurement::Result replay(const FlowRecord& record, const FeatureSet& features, const Window& window,
                                  FeatureMeasurement& measurement, std::string& error) {
  const std::uint64_t pkts = record.totals[0].pkts + record.totals[1].pkts;
  const std::uint64_t needed = window.kind == Window::Kind::first_pkts ? std::min(pkts, window.pkts) : pkts;
  if (record.packets.size() < needed) {
    error = "the record holds " + std::to_string(record.packets.size()) + " of its " + std::to_string(pkts) +
            " packets: write records with flowgen --series all";
    return {};
  }
  std::array<std::array<std::uint32_t, 8>, 2> flags_left{};
  if (features.needs_flags()) flags_left = {record.totals[0].flags, record.totals[1].flags};
  FeatureMeasurement::State state;
  measurement.start(state, record.identity.part);
  for (FlowPacket packet : record.packets) {
    packet.tcp_flags = take_flags(flags_left[static_cast<std::size_t>(packet.direction)]);
    measurement.add(state, packet, {});
  }
  return measurement.finish(state);
}

}  // namespace mltat
