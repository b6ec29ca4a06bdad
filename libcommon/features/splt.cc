// SPDX-License-Identifier: Apache-2.0
// Sequence of packet lengths and times: the first N packets of the window.
#include "base/wide_int.h"
#include "features/family.h"

namespace mltat {
namespace {

/// Memory: [0] packets stored; then for each the payload as a signed number and the gap in ns.
class SpltFamily : public Family {
 public:
  explicit SpltFamily(std::uint64_t pkts) : pkts_(pkts) {}
  std::string name() const override { return "splt:" + std::to_string(pkts_); }

  std::vector<FeatureInfo> features() const override {
    std::vector<FeatureInfo> list;
    for (std::uint64_t i = 1; i <= pkts_; ++i) {
      const std::string n = std::to_string(i);
      list.push_back({"splt_len_" + n, "bytes", "payload of packet " + n + ", negative if backward; 0 if there is none"});
      list.push_back({"splt_iat_" + n + "_us", "us", "time from the packet before it to packet " + n});
    }
    return list;
  }

  std::size_t words() const override { return 1 + 2 * pkts_; }

  void add(std::span<std::uint64_t> memory, const FlowPacket& packet) const override {
    if (memory[0] == pkts_) return;
    const std::size_t at = 1 + 2 * memory[0]++;
    const auto length = static_cast<std::int64_t>(packet.payload_len);
    memory[at] = static_cast<std::uint64_t>(packet.direction == Direction::forward ? length : -length);
    memory[at + 1] = static_cast<std::uint64_t>(packet.gap);
  }

  void flip(std::span<std::uint64_t> memory) const override {
    for (std::size_t i = 0; i < memory[0]; ++i) memory[1 + 2 * i] = 0 - memory[1 + 2 * i];
  }

  void flip_values(std::span<double> values) const override {
    for (std::size_t i = 0; i < values.size(); i += 2) values[i] = -values[i];
  }

  void finish(std::span<const std::uint64_t> memory, std::vector<double>& out) const override {
    for (std::size_t i = 0; i < pkts_; ++i) {
      out.push_back(static_cast<double>(static_cast<std::int64_t>(memory[1 + 2 * i])));
      out.push_back(ratio(u128{memory[2 + 2 * i]}, 1000));
    }
  }

 private:
  std::uint64_t pkts_;
};

}  // namespace

std::unique_ptr<Family> make_splt_family(std::uint64_t pkts) { return std::make_unique<SpltFamily>(pkts); }

}  // namespace mltat
