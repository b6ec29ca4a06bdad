// SPDX-License-Identifier: Apache-2.0
// Bursts and idle periods of the window, both directions together. A burst is a run of packets with gaps of at
// most 100 ms; a gap above 1 s is an idle period.
#include <algorithm>

#include "base/time.h"
#include "base/wide_int.h"
#include "features/family.h"

namespace mltat {
namespace {

constexpr Nanos kBurstGap = 100 * kMillisecond;
constexpr Nanos kIdleGap = kSecond;

enum Word : std::size_t {
  kPkts, kBytes,              // of the window
  kBursts,                    // begun so far
  kBurstPkts, kBurstBytes,    // of the burst that is running
  kMaxPkts, kMaxBytes,        // of any burst, the running one included
  kIdles, kIdleSum, kIdleMax, // ns
  kWords
};

class BurstsFamily : public Family {
 public:
  std::string name() const override { return "bursts"; }

  std::vector<FeatureInfo> features() const override {
    return {{"burst_count", "bursts", "runs of packets with gaps of at most 100 ms"},
            {"burst_pkts_mean", "packets", "mean packets of a burst"},
            {"burst_pkts_max", "packets", "packets of the burst with most"},
            {"burst_bytes_mean", "bytes", "mean IP bytes of a burst"},
            {"burst_bytes_max", "bytes", "IP bytes of the burst with most"},
            {"idle_count", "periods", "gaps above 1 s"},
            {"idle_mean_us", "us", "mean of the gaps above 1 s, 0 if there is none"},
            {"idle_max_us", "us", "longest gap above 1 s, 0 if there is none"}};
  }

  std::size_t words() const override { return kWords; }

  void add(std::span<std::uint64_t> memory, const FlowPacket& packet) const override {
    if (memory[kPkts] == 0 || packet.gap > kBurstGap) {
      ++memory[kBursts];
      memory[kBurstPkts] = memory[kBurstBytes] = 0;
    }
    ++memory[kPkts];
    memory[kBytes] += packet.ip_len;
    memory[kMaxPkts] = std::max(memory[kMaxPkts], ++memory[kBurstPkts]);
    memory[kMaxBytes] = std::max(memory[kMaxBytes], memory[kBurstBytes] += packet.ip_len);
    if (packet.gap <= kIdleGap) return;
    const auto gap = static_cast<std::uint64_t>(packet.gap);
    ++memory[kIdles];
    memory[kIdleSum] += gap;
    memory[kIdleMax] = std::max(memory[kIdleMax], gap);
  }

  void flip(std::span<std::uint64_t>) const override {}
  void flip_values(std::span<double>) const override {}

  void finish(std::span<const std::uint64_t> memory, std::vector<double>& out) const override {
    const auto mean = [](std::uint64_t sum, std::uint64_t count) { return count == 0 ? 0 : ratio(u128{sum}, count); };
    out.push_back(static_cast<double>(memory[kBursts]));
    out.push_back(mean(memory[kPkts], memory[kBursts]));
    out.push_back(static_cast<double>(memory[kMaxPkts]));
    out.push_back(mean(memory[kBytes], memory[kBursts]));
    out.push_back(static_cast<double>(memory[kMaxBytes]));
    out.push_back(static_cast<double>(memory[kIdles]));
    out.push_back(mean(memory[kIdleSum], memory[kIdles] * 1000));
    out.push_back(ratio(u128{memory[kIdleMax]}, 1000));
  }
};

}  // namespace

std::unique_ptr<Family> make_bursts_family() { return std::make_unique<BurstsFamily>(); }

}  // namespace mltat
