// SPDX-License-Identifier: Apache-2.0
// Histogram of payload lengths by direction: 16 bins of 96 bytes, the last one open.
#include <algorithm>

#include "features/family.h"

namespace mltat {
namespace {

constexpr std::size_t kBins = 16;
constexpr std::uint32_t kBinBytes = 96;

class HistFamily : public Family {
 public:
  std::string name() const override { return "hist"; }

  std::vector<FeatureInfo> features() const override {
    std::vector<FeatureInfo> list;
    for (const std::string direction : {"fwd", "bwd"}) {
      for (std::size_t bin = 0; bin < kBins; ++bin) {
        const std::string from = std::to_string(bin * kBinBytes);
        const std::string range = bin + 1 < kBins ? from + " to " + std::to_string((bin + 1) * kBinBytes - 1) : from + " or more";
        list.push_back({direction + "_payload_hist_" + std::to_string(bin), "packets", "packets with a payload of " + range + " bytes"});
      }
    }
    return list;
  }

  std::size_t words() const override { return 2 * kBins; }

  void add(std::span<std::uint64_t> memory, const FlowPacket& packet) const override {
    const std::size_t bin = std::min<std::size_t>(kBins - 1, packet.payload_len / kBinBytes);
    ++memory[(packet.direction == Direction::forward ? 0 : kBins) + bin];
  }

  void flip(std::span<std::uint64_t> memory) const override {
    std::swap_ranges(memory.begin(), memory.begin() + kBins, memory.begin() + kBins);
  }

  void flip_values(std::span<double> values) const override {
    std::swap_ranges(values.begin(), values.begin() + kBins, values.begin() + kBins);
  }

  void finish(std::span<const std::uint64_t> memory, std::vector<double>& out) const override {
    for (const std::uint64_t count : memory) out.push_back(static_cast<double>(count));
  }
};

}  // namespace

std::unique_ptr<Family> make_hist_family() { return std::make_unique<HistFamily>(); }

}  // namespace mltat
