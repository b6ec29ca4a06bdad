// SPDX-License-Identifier: Apache-2.0
#include "features/mltat30.h"

#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "base/prefetch.h"

namespace mltat {

std::vector<FeatureInfo> mltat30_features() {
  std::vector<FeatureInfo> list{{"protocol", "number", "IP protocol"},
                                {"duration_us", "us", "from the first packet to the last"}};
  using Rows = std::vector<FeatureInfo>;
  const std::array<Rows, 4> groups{
      Rows{{"pkts", "packets", "packets"},
           {"bytes", "bytes", "IP bytes"},
           {"payload_bytes", "bytes", "L4 payload"},
           {"payload_pkts", "packets", "packets that carry payload"}},
      Rows{{"pkt_len_min", "bytes", "least IP length"},
           {"pkt_len_max", "bytes", "greatest IP length"},
           {"pkt_len_mean", "bytes", "mean IP length"},
           {"pkt_len_var", "bytes^2", "population variance of the IP length"}},
      Rows{{"iat_min_us", "us", "least gap between packets of the direction"},
           {"iat_max_us", "us", "greatest gap"},
           {"iat_mean_us", "us", "mean gap"},
           {"iat_var_us", "us^2", "population variance of the gaps"}},
      Rows{{"pkt_len_entropy", "bits", "Shannon entropy of the IP length over 96 bins of 16 bytes"},
           {"iat_entropy", "bits", "Shannon entropy of the gaps over 160 bins, four an octave of ns"}}};
  for (const Rows& group : groups)
    for (const std::string direction : {"fwd", "bwd"})
      for (const FeatureInfo& info : group)
        list.push_back({direction + "_" + info.name, info.unit,
                        info.doc + (direction == "fwd" ? ", from the initiator" : ", from the responder")});
  return list;
}

// ------------------------------------------------------------------------------------------- histograms

template <class Self, class Use>
inline decltype(auto) HistogramPool::with_pool(Self& self, const Histogram& histogram, Use use) {
  switch (histogram.width) {
    case 0: return use(self.bytes_);
    case 1: return use(self.halves_);
    default: return use(self.words_);
  }
}

template <class Narrow, class Wide>
void HistogramPool::widen(Pool<Narrow>& from, Pool<Wide>& to, Histogram& histogram) {
  const std::uint32_t id = to.acquire();
  std::copy(from[histogram.dense].begin(), from[histogram.dense].end(), to[id].begin());
  from.release(histogram.dense);
  histogram.dense = id & kNoDense;
  ++histogram.width;
}

void HistogramPool::count(Histogram& histogram, std::size_t bin) {
  const auto counted = [&](auto& pool) {
    auto& count = pool[histogram.dense][bin];
    if (count == std::numeric_limits<std::remove_reference_t<decltype(count)>>::max()) return false;
    ++count;
    return true;
  };
  while (!with_pool(*this, histogram, counted)) {
    if (histogram.width == 0)
      widen(bytes_, halves_, histogram);
    else
      widen(halves_, words_, histogram);
  }
}

void HistogramPool::add(Histogram& histogram, std::uint32_t before, std::uint8_t length, std::uint8_t gap) {
  if (before < kInline) {
    histogram.lengths[before] = length;
    histogram.gaps[before] = gap;
    return;
  }
  if (before == kInline) {
    histogram.dense = bytes_.acquire() & kNoDense;
    histogram.width = 0;
    bytes_[histogram.dense].fill(0);
    for (std::size_t i = 0; i < kInline; ++i) {
      count(histogram, histogram.lengths[i]);
      if (histogram.gaps[i] != kNoGap) count(histogram, kLengthBins + histogram.gaps[i]);
    }
  }
  count(histogram, length);
  count(histogram, kLengthBins + gap);
}

void HistogramPool::prefetch(const Histogram& histogram, std::uint8_t length, std::uint8_t gap) const {
  if (histogram.dense == kNoDense) return;
  with_pool(*this, histogram, [&](const auto& pool) {
    mltat::prefetch(&pool[histogram.dense][length]);
    mltat::prefetch(&pool[histogram.dense][kLengthBins + gap]);
  });
}

void HistogramPool::prefetch(const Histogram& histogram) const {
  if (histogram.dense == kNoDense) return;
  with_pool(*this, histogram, [&](const auto& pool) {
    const auto& bins = pool[histogram.dense];
    constexpr std::size_t kLine = 64 / sizeof bins[0];
    for (std::size_t bin = 0; bin < kBins; bin += kLine) mltat::prefetch(&bins[bin]);
  });
}

std::array<double, 2> HistogramPool::entropies(const Histogram& histogram, std::uint32_t pkts) const {
  EntropySum length;
  EntropySum gap;
  if (pkts > kInline) {
    with_pool(*this, histogram, [&](const auto& pool) {
      const auto& bins = pool[histogram.dense];
      // Most bins are empty: sixteen at a time.
      constexpr std::size_t kStep = 16;
      static_assert(kLengthBins % kStep == 0 && kBins % kStep == 0);
      for (std::size_t begin = 0; begin < kBins; begin += kStep) {
        const std::span some(bins.data() + begin, kStep);
        if (std::all_of(some.begin(), some.end(), [](auto count) { return count == 0; })) continue;
        for (const std::uint32_t count : some) (begin < kLengthBins ? length : gap).add(count);
      }
    });
    return {length.bits(), gap.bits()};
  }
  // A handful: what is counted once is taken out.
  const auto add_few = [pkts](EntropySum& sum, const std::array<std::uint8_t, kInline>& values) {
    std::array<std::uint8_t, 256> counts{};
    for (std::uint32_t i = 0; i < pkts; ++i) ++counts[values[i]];
    counts[kNoGap] = 0;
    for (std::uint32_t i = 0; i < pkts; ++i) sum.add(std::exchange(counts[values[i]], std::uint8_t{0}));
  };
  static_assert(kLengthBins <= kNoGap && kGapBins <= kNoGap);
  add_few(length, histogram.lengths);
  add_few(gap, histogram.gaps);
  return {length.bits(), gap.bits()};
}

void HistogramPool::release(Histogram& histogram) {
  if (histogram.dense == kNoDense) return;
  with_pool(*this, histogram, [&](auto& pool) { pool.release(histogram.dense); });
  histogram.dense = kNoDense;
}

// ------------------------------------------------------------------------------------------- statistics

void DirectionStats::add(const FlowPacket& packet, HistogramPool& pool) {
  const Nanos now = packet.at;
  std::uint8_t bin = HistogramPool::kNoGap;
  if (pkts == 0) {
    first = now;
    len_min = len_max = packet.ip_len;
  } else {
    const Nanos gap = now - last;
    gap_min = pkts == 1 ? gap : std::min(gap_min, gap);
    gap_max = std::max(gap_max, gap);
    gap_square_sum += static_cast<u128>(gap) * static_cast<u128>(gap);
    len_min = std::min(len_min, packet.ip_len);
    len_max = std::max(len_max, packet.ip_len);
    bin = static_cast<std::uint8_t>(gap_bin(gap));
  }
  pool.add(histogram, pkts, static_cast<std::uint8_t>(length_bin(packet.ip_len)), bin);
  last = now;
  bytes += packet.ip_len;
  len_square_sum += static_cast<u128>(packet.ip_len) * packet.ip_len;
  payload_bytes += packet.payload_len;
  payload_pkts += packet.payload_len > 0;
  ++pkts;
}

namespace {

/// sum / (n * scale) and (n * square_sum - sum^2) / (n * scale)^2, each rounded once.
/// Requires: n <= 1,000,000 and scale 1 or 1000, so that (n * scale)^2 fits 64 bits.
std::pair<double, double> mean_and_variance(std::uint64_t n, std::uint64_t sum, u128 square_sum, std::uint64_t scale) {
  const std::uint64_t divisor = n * scale;
  const U256 spread = U256::product(n, square_sum) - U256::product(sum, sum);
  return {ratio(u128{sum}, divisor), ratio(spread, divisor * divisor)};
}

}  // namespace

std::array<double, Mltat30::kPerDirection> DirectionStats::reduce(const HistogramPool& pool) const {
  std::array<double, Mltat30::kPerDirection> values{};
  if (pkts == 0) return values;
  constexpr std::uint64_t kNanosPerMicro = 1000;
  const auto us = [](Nanos span) { return ratio(u128{static_cast<std::uint64_t>(span)}, kNanosPerMicro); };
  const auto [len_mean, len_var] = mean_and_variance(pkts, bytes, len_square_sum, 1);
  const auto [len_entropy, gap_entropy] = pool.entropies(histogram, pkts);
  values = {double(pkts), double(bytes), double(payload_bytes), double(payload_pkts),
            double(len_min), double(len_max), len_mean, len_var, 0, 0, 0, 0, len_entropy, gap_entropy};
  if (pkts > 1) {
    const auto [gap_mean, gap_var] =
        mean_and_variance(pkts - 1, static_cast<std::uint64_t>(last - first), gap_square_sum, kNanosPerMicro);
    values[8] = us(gap_min);
    values[9] = us(gap_max);
    values[10] = gap_mean;
    values[11] = gap_var;
  }
  return values;
}

}  // namespace mltat
