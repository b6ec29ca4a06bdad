// SPDX-License-Identifier: Apache-2.0
/// A measurement around another that also inspects the packets (detector.h): the verdict of a flow stands in each
/// of its parts.
///
/// A flow that is cut keeps the verdict it had by then: inspection ends with its first part at the latest. The
/// memory of an inspection is given back as soon as it ends, most often within the first ten packets.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "dpi/detector.h"
#include "flow/flow.h"

namespace mltat {

template <Measurement M>
class WithDpi {
 public:
  struct Result {
    typename M::Result measured;
    DpiVerdict verdict;
  };
  struct State {
    typename M::State measured;
    InspectionPtr inspection;  // null once the verdict stands
    DpiVerdict verdict;
  };

  /// A prototype: only its copies can measure, for each has its own detector.
  explicit WithDpi(const M& measurement) : measurement_(measurement) {}
  WithDpi(const WithDpi& prototype) : measurement_(prototype.measurement_), detector_(std::make_unique<Detector>()) {}
  WithDpi& operator=(const WithDpi&) = delete;

  void start(State& state, std::uint32_t part) {
    measurement_.start(state.measured, part);
    if (part > 0) return;
    state.inspection = Detector::begin();
    state.verdict = {};
  }
  void prefetch(const State& state, Direction direction) const { measurement_.prefetch(state.measured, direction); }
  void prefetch_pools(const State& state, const FlowPacket& packet) const {
    measurement_.prefetch_pools(state.measured, packet);
  }
  void prefetch_finish(const State& state) const { measurement_.prefetch_finish(state.measured); }
  void add(State& state, const FlowPacket& packet, Bytes l3) {
    measurement_.add(state.measured, packet, l3);
    if (!state.inspection) return;
    const Bytes ip = l3.first(std::min<std::size_t>(l3.size(), packet.ip_len));
    if (!detector_->add(*state.inspection, ip, packet.gap)) settle(state);
  }
  void flip(State& state) { measurement_.flip(state.measured); }
  Result finish(State& state) {
    if (state.inspection) settle(state);
    return {measurement_.finish(state.measured), state.verdict};
  }

 private:
  void settle(State& state) {
    state.verdict = detector_->conclude(*state.inspection);
    state.inspection.reset();
  }

  M measurement_;
  std::unique_ptr<Detector> detector_;
};

}  // namespace mltat
