// SPDX-License-Identifier: Apache-2.0
/// Opt-in feature families. A family is one file: what its features are called, their units and meaning, and how
/// they follow from the packets of a window. Its memory is a run of 64-bit words in a side pool, so a flow pays
/// only for the families that were asked for. Adding a family is a file and a line in make_families().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "flow/flow.h"

namespace mltat {

struct FeatureInfo {
  std::string name;
  std::string unit;
  std::string doc;
};

class Family {
 public:
  virtual ~Family() = default;
  /// As in --features: `flags`, `splt:20`.
  virtual std::string name() const = 0;
  virtual std::vector<FeatureInfo> features() const = 0;
  /// Words of memory for one window; all zero when the window starts.
  virtual std::size_t words() const = 0;
  /// The next packet of the window; its gap is 0 for the first.
  virtual void add(std::span<std::uint64_t> memory, const FlowPacket& packet) const = 0;
  /// Forward and backward change places.
  virtual void flip(std::span<std::uint64_t> memory) const = 0;
  /// Appends one value for each of features().
  virtual void finish(std::span<const std::uint64_t> memory, std::vector<double>& out) const = 0;
  /// The same on values that finish() appended for a window already reduced.
  virtual void flip_values(std::span<double> values) const = 0;
  /// Does it need what a flow record does not hold for each packet (TCP flags)?
  virtual bool needs_flags() const { return false; }
};

std::unique_ptr<Family> make_flags_family();
/// first `pkts` packets. Requires: 1 <= pkts <= 1000.
std::unique_ptr<Family> make_splt_family(std::uint64_t pkts);
std::unique_ptr<Family> make_bursts_family();
std::unique_ptr<Family> make_hist_family();

/// Families by their names, in the order given. Errors: Error(usage) for an unknown or repeated one.
std::vector<std::unique_ptr<Family>> make_families(const std::vector<std::string>& names);

}  // namespace mltat
