// SPDX-License-Identifier: Apache-2.0
#include "features/feature_measurement.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace mltat {

FeatureSet::FeatureSet(const std::string& spec) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= spec.size();) {
    const std::size_t comma = std::min(spec.find(',', begin), spec.size());
    names.push_back(spec.substr(begin, comma - begin));
    begin = comma + 1;
  }
  if (names.front() != "mltat30")
    throw Error(ExitCode::usage, "a feature set begins with mltat30, as in mltat30,flags,splt:20");
  names.erase(names.begin());
  families_ = make_families(names);
  name_ = "mltat30";
  for (const auto& family : families_) {
    name_ += "+" + family->name();
    words_ += family->words();
  }
  name_ += "/1";
}

std::vector<FeatureInfo> FeatureSet::features() const {
  std::vector<FeatureInfo> list = mltat30_features();
  for (const auto& family : families_) {
    const std::vector<FeatureInfo> more = family->features();
    list.insert(list.end(), more.begin(), more.end());
  }
  return list;
}

bool FeatureSet::needs_flags() const {
  return std::any_of(families_.begin(), families_.end(), [](const auto& family) { return family->needs_flags(); });
}

template <class Each>
void FeatureMeasurement::for_each_family(std::span<std::uint64_t> memory, Each each) const {
  for (const auto& family : features_.families()) {
    each(*family, memory.first(family->words()));
    memory = memory.subspan(family->words());
  }
}

std::span<std::uint64_t> FeatureMeasurement::memory_of(const State& state) {
  if (features_.words() == 0) return {};
  return memories_[state.memory];
}

void FeatureMeasurement::start(State& state, std::uint32_t part) {
  state.part = part;
  state.finished.reset();
  if (window_.kind == Window::Kind::flow)
    open_window(state, 0, 0);
  else
    state.directions[0].pkts = state.directions[1].pkts = 0;
}

void FeatureMeasurement::open_window(State& state, std::uint64_t number, Nanos first) {
  state.window = number;
  state.window_first = first;
  state.directions = {};
  if (features_.words() == 0) return;
  if (state.memory == UINT32_MAX) state.memory = memories_.acquire();
  memories_[state.memory].assign(features_.words(), 0);
}

void FeatureMeasurement::add(State& state, const FlowPacket& packet, Bytes) {
  std::uint64_t number = 0;
  switch (window_.kind) {
    case Window::Kind::flow: return add_to_window(state, packet);
    case Window::Kind::first_pkts:
      if (state.part > 0 || state.pkts() == window_.pkts) return;
      break;
    case Window::Kind::first_time:
      if (state.part > 0 || packet.at >= window_.span) return;
      break;
    case Window::Kind::every: number = static_cast<std::uint64_t>(packet.at / window_.span); break;
  }
  if (state.pkts() > 0 && number != state.window) close_window(state);
  FlowPacket inside = packet;
  if (state.pkts() == 0) {
    open_window(state, number, packet.at);
    inside.gap = 0;  // no gap counts across the edge of a window
  }
  inside.at -= state.window_first;
  add_to_window(state, inside);
}

/// `packet.at` is since the window's first packet.
inline void FeatureMeasurement::add_to_window(State& state, const FlowPacket& packet) {
  state.directions[static_cast<std::size_t>(packet.direction)].add(packet, histograms_);
  if (features_.words() == 0) return;
  for_each_family(memory_of(state), [&](const Family& family, std::span<std::uint64_t> memory) {
    family.add(memory, packet);
  });
}

void FeatureMeasurement::flip(State& state) {
  if (state.pkts() > 0) {
    std::swap(state.directions[0], state.directions[1]);
    for_each_family(memory_of(state), [](const Family& family, std::span<std::uint64_t> memory) { family.flip(memory); });
  }
  if (!state.finished) return;
  for (WindowRow& row : *state.finished) {
    std::swap(row.values.direction[0], row.values.direction[1]);
    std::span<double> values(row.families);
    for (const auto& family : features_.families()) {
      const std::size_t count = family->features().size();
      family->flip_values(values.first(count));
      values = values.subspan(count);
    }
  }
}

/// A finished window is reduced to its row at once: only numbers stay.
void FeatureMeasurement::close_window(State& state) {
  const Nanos last = std::max(state.directions[0].last, state.directions[1].last);
  WindowRow row{state.window, state.window_first, state.window_first + last, {}, {}};
  row.values.duration_us = ratio(u128{static_cast<std::uint64_t>(row.last - row.first)}, 1000);
  for (std::size_t d = 0; d < 2; ++d) {
    row.values.direction[d] = state.directions[d].reduce(histograms_);
    histograms_.release(state.directions[d].histogram);
    state.directions[d].pkts = 0;
  }
  for_each_family(memory_of(state), [&](const Family& family, std::span<std::uint64_t> memory) {
    family.finish(memory, row.families);
  });
  if (!state.finished) state.finished = std::make_unique<Result>();
  state.finished->push_back(std::move(row));
}

FeatureMeasurement::Result FeatureMeasurement::finish(State& state) {
  if (state.pkts() > 0) close_window(state);
  if (state.memory != UINT32_MAX) memories_.release(std::exchange(state.memory, UINT32_MAX));
  Result result;
  if (state.finished) result = std::move(*std::exchange(state.finished, nullptr));
  return result;
}

}  // namespace mltat
