// SPDX-License-Identifier: Apache-2.0
/// The 30 features that can be had at line rate: O(1) a packet, exact integers until the one rounding at the end
/// (mltat-formats(5), "Features"). Statistics of an empty sample are 0; variances are those of the population.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/arena.h"
#include "base/wide_int.h"
#include "features/entropy.h"
#include "features/family.h"
#include "flow/flow.h"

namespace mltat {

/// One window's features but for `protocol`, which the row's identity tells. By direction [0] forward, [1] backward:
/// pkts bytes payload_bytes payload_pkts, pkt_len min max mean var, iat min max mean var (us), pkt_len and iat
/// entropy (bits).
struct Mltat30 {
  static constexpr std::size_t kPerDirection = 14;
  double duration_us = 0;
  std::array<std::array<double, kPerDirection>, 2> direction{};
};

/// Names, units and definitions of all 30, in the order of a row; `protocol` is the first.
std::vector<FeatureInfo> mltat30_features();
/// The 29 after protocol in the order of mltat30_features().
template <class Each>
void for_each_value(const Mltat30& values, Each each) {
  each(values.duration_us);
  constexpr std::array<std::pair<std::size_t, std::size_t>, 4> kGroups{{{0, 4}, {4, 8}, {8, 12}, {12, 14}}};
  for (const auto& [begin, end] : kGroups)
    for (const auto& of_direction : values.direction)
      for (std::size_t i = begin; i < end; ++i) each(of_direction[i]);
}

/// Histograms of lengths (bins 0 to 95) and gaps (96 to 255). Short flows never own one: the first packets stay in
/// the flow. Dense 16-bit bins after that, 32-bit once a bin is full.
class HistogramPool {
 public:
  static constexpr std::size_t kBins = kLengthBins + kGapBins;
  static constexpr std::size_t kInline = 14;
  static constexpr std::uint8_t kNoGap = 255;

  struct Histogram {
    std::array<std::uint8_t, kInline> lengths;  // bins of the first packets
    std::array<std::uint8_t, kInline> gaps;     // kNoGap: the packet has none
    std::uint32_t dense = UINT32_MAX;           // id in one of the pools, or none
    bool wide = false;
  };

  /// The packet with index `before` of its direction. `gap` is kNoGap or a gap bin.
  void add(Histogram& histogram, std::uint32_t before, std::uint8_t length, std::uint8_t gap);
  /// Calls count(bin, count) for every bin that is not empty, in no order; `pkts` were added.
  /// Returns the entropies {length, gap}, in bits.
  std::array<double, 2> entropies(const Histogram& histogram, std::uint32_t pkts) const;
  void release(Histogram& histogram);

 private:
  using Narrow = std::array<std::uint16_t, kBins>;
  using Wide = std::array<std::uint32_t, kBins>;
  void count(Histogram& histogram, std::size_t bin);
  void widen(Histogram& histogram);

  Arena<Narrow> narrow_;
  Arena<Wide> wide_;
};

/// The packets of one direction of one window.
struct DirectionStats {
  u128 len_square_sum = 0;
  u128 gap_square_sum = 0;  // ns^2
  std::uint64_t bytes = 0;
  std::uint64_t payload_bytes = 0;
  Nanos first = 0;          // times since the window began
  Nanos last = 0;
  Nanos gap_min = 0;
  Nanos gap_max = 0;
  std::uint32_t pkts = 0;
  std::uint32_t payload_pkts = 0;
  std::uint32_t len_min = 0;
  std::uint32_t len_max = 0;
  HistogramPool::Histogram histogram;

  /// `now`: time since the window began. The gap of a direction is the sum of all gaps since its previous packet.
  void add(const FlowPacket& packet, Nanos now, HistogramPool& pool);
  std::array<double, Mltat30::kPerDirection> reduce(const HistogramPool& pool) const;
};

}  // namespace mltat
