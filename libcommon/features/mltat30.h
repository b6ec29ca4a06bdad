// SPDX-License-Identifier: Apache-2.0
/// The 30 features that can be had at line rate: O(1) a packet, exact integers until the one rounding at the end
/// (mltat-formats(5), "Features"). Statistics of an empty sample are 0; variances are those of the population.
#pragma once

#include <algorithm>
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
/// the flow. Dense bins after that, of 8 bits and, once one is full, of 16 and 32: most flows touch two lines of 256
/// bytes a packet.
class HistogramPool {
 public:
  static constexpr std::size_t kBins = kLengthBins + kGapBins;
  static constexpr std::size_t kInline = 14;
  static constexpr std::uint8_t kNoGap = 255;
  static constexpr std::uint32_t kNoDense = (std::uint32_t{1} << 30) - 1;

  struct Histogram {
    std::array<std::uint8_t, kInline> lengths;  // bins of the first packets
    std::array<std::uint8_t, kInline> gaps;     // kNoGap: the packet has none
    std::uint32_t dense : 30 = kNoDense;        // id in the pool of that width, or none
    std::uint32_t width : 2 = 0;                // bins of 8 << width bits
  };

  /// The packet with index `before` of its direction. `gap` is kNoGap or a gap bin.
  void add(Histogram& histogram, std::uint32_t before, std::uint8_t length, std::uint8_t gap);
  /// A packet with these bins may be added soon.
  void prefetch(const Histogram& histogram, std::uint8_t length, std::uint8_t gap) const;
  /// entropies() may follow soon.
  void prefetch(const Histogram& histogram) const;
  /// `pkts` were added. Returns the entropies {length, gap}, in bits.
  std::array<double, 2> entropies(const Histogram& histogram, std::uint32_t pkts) const;
  void release(Histogram& histogram);

 private:
  template <class Bin>
  using Pool = Arena<std::array<Bin, kBins>>;
  /// Calls use(pool) with the pool that holds the histogram's bins.
  template <class Self, class Use>
  static decltype(auto) with_pool(Self& self, const Histogram& histogram, Use use);
  void count(Histogram& histogram, std::size_t bin);
  template <class Narrow, class Wide>
  static void widen(Pool<Narrow>& from, Pool<Wide>& to, Histogram& histogram);

  Pool<std::uint8_t> bytes_;
  Pool<std::uint16_t> halves_;
  Pool<std::uint32_t> words_;
};

/// The packets of one direction of one window: two cache lines.
struct alignas(64) DirectionStats {
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

  /// `packet.at` is since the window began. The gap of a direction is the sum of all gaps since its previous packet.
  void add(const FlowPacket& packet, HistogramPool& pool);
  /// add() may follow soon, for a packet of this length and time.
  void prefetch(std::uint32_t ip_len, Nanos at, const HistogramPool& pool) const {
    if (pkts < HistogramPool::kInline) return;
    pool.prefetch(histogram, static_cast<std::uint8_t>(length_bin(ip_len)),
                  static_cast<std::uint8_t>(gap_bin(std::max<Nanos>(0, at - last))));
  }
  std::array<double, Mltat30::kPerDirection> reduce(const HistogramPool& pool) const;
};
static_assert(sizeof(DirectionStats) == 128);

}  // namespace mltat
