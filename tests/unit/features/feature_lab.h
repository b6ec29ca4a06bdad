// SPDX-License-Identifier: Apache-2.0
/// Packets of one part written by hand, and the features of its windows by name.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "features/feature_measurement.h"

namespace mltat {

inline FlowPacket fwd(Nanos gap, std::uint32_t ip_len, std::uint32_t payload = 0, int flags = 0) {
  return {Direction::forward, gap, ip_len, ip_len + 14, payload, static_cast<std::uint8_t>(flags)};
}
inline FlowPacket bwd(Nanos gap, std::uint32_t ip_len, std::uint32_t payload = 0, int flags = 0) {
  return {Direction::backward, gap, ip_len, ip_len + 14, payload, static_cast<std::uint8_t>(flags)};
}
inline FlowPacket turned(FlowPacket packet) {
  packet.direction = packet.direction == Direction::forward ? Direction::backward : Direction::forward;
  return packet;
}

/// The same packets, each knowing when it came: the sum of the gaps so far.
inline std::vector<FlowPacket> timed(std::vector<FlowPacket> packets) {
  Nanos at = 0;
  for (FlowPacket& packet : packets) packet.at = at += packet.gap;
  return packets;
}

/// One window: its number, its times since the part began, and every feature after `protocol` by name.
struct NamedRow {
  std::uint64_t window;
  Nanos first;
  Nanos last;
  std::map<std::string, double> values;

  double operator[](const std::string& name) const {
    const auto found = values.find(name);
    if (found == values.end()) ADD_FAILURE() << "no feature " << name;
    return found == values.end() ? 0 : found->second;
  }
  bool operator==(const NamedRow&) const = default;
};

inline std::vector<NamedRow> named(const FeatureSet& features, const FeatureMeasurement::Result& result) {
  std::vector<FeatureInfo> infos = features.features();
  infos.erase(infos.begin());  // protocol
  std::vector<NamedRow> rows;
  for (const WindowRow& window : result) {
    std::vector<double> values;
    for_each_value(window.values, [&](double value) { values.push_back(value); });
    values.insert(values.end(), window.families.begin(), window.families.end());
    EXPECT_EQ(values.size(), infos.size());
    NamedRow row{window.window, window.first, window.last, {}};
    for (std::size_t i = 0; i < infos.size(); ++i)
      EXPECT_TRUE(row.values.emplace(infos[i].name, values[i]).second);
    rows.push_back(row);
  }
  return rows;
}

/// The windows of one part; before packet number `flip_before` (from 0) the directions change places.
inline std::vector<NamedRow> measure(const std::vector<FlowPacket>& packets, const std::string& spec = "mltat30",
                                     const std::string& window = "flow", std::uint32_t part = 0,
                                     std::size_t flip_before = SIZE_MAX) {
  const FeatureSet features(spec);
  FeatureMeasurement measurement(features, parse_window(window));
  FeatureMeasurement::State state;
  measurement.start(state, part);
  std::size_t i = 0;
  for (const FlowPacket& packet : timed(packets)) {
    if (i++ == flip_before) measurement.flip(state);
    measurement.add(state, packet, {});
  }
  return named(features, measurement.finish(state));
}

}  // namespace mltat
