// SPDX-License-Identifier: Apache-2.0
// TCP flag counts by direction (RFC 9293, 3.1).
#include <algorithm>
#include <array>

#include "features/family.h"

namespace mltat {
namespace {

constexpr std::array<const char*, 8> kFlags{"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"};

class FlagsFamily : public Family {
 public:
  std::string name() const override { return "flags"; }
  bool needs_flags() const override { return true; }

  std::vector<FeatureInfo> features() const override {
    std::vector<FeatureInfo> list;
    for (const std::string direction : {"fwd", "bwd"})
      for (const std::string flag : kFlags)
        list.push_back({direction + "_" + flag + "_count", "packets", "packets with the TCP flag " + flag});
    return list;
  }

  std::size_t words() const override { return 16; }

  void add(std::span<std::uint64_t> memory, const FlowPacket& packet) const override {
    const std::size_t base = packet.direction == Direction::forward ? 0 : 8;
    for (std::size_t bit = 0; bit < 8; ++bit) memory[base + bit] += packet.tcp_flags >> bit & 1;
  }

  void flip(std::span<std::uint64_t> memory) const override {
    std::swap_ranges(memory.begin(), memory.begin() + 8, memory.begin() + 8);
  }

  void flip_values(std::span<double> values) const override {
    std::swap_ranges(values.begin(), values.begin() + 8, values.begin() + 8);
  }

  void finish(std::span<const std::uint64_t> memory, std::vector<double>& out) const override {
    for (const std::uint64_t count : memory) out.push_back(static_cast<double>(count));
  }
};

}  // namespace

std::unique_ptr<Family> make_flags_family() { return std::make_unique<FlagsFamily>(); }

}  // namespace mltat
