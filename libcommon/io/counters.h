// SPDX-License-Identifier: Apache-2.0
/// The counters of a run, for --stats: one JSON object, or Prometheus text where the file ends in .prom.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mltat {

class Counters {
 public:
  /// `mltat_NAME TOTAL`; in JSON a member.
  void add(std::string_view name, std::uint64_t value, std::string_view help);
  /// One of several counters of a kind, told apart by a label: in JSON a member of an object. Calls with the same
  /// name follow each other.
  void add(std::string_view name, std::string_view label, std::string_view label_value, std::uint64_t value,
           std::string_view help);

  std::string json() const;
  std::string prometheus(std::string_view tool) const;
  /// Writes to `path` as its ending asks, complete or not at all. Errors: Error(cannot_create), Error(io).
  void write(const std::string& path, std::string_view tool) const;

 private:
  struct Counter {
    std::string name;
    std::string label;
    std::string label_value;
    std::uint64_t value;
    std::string help;
  };
  std::vector<Counter> counters_;
};

}  // namespace mltat
