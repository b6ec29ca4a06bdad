// SPDX-License-Identifier: Apache-2.0
/// Which packets of a flow make a row: all, the first N, those of the first T, or those of every T
/// (mltat-formats(5), "Windows").
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace mltat {

struct Window {
  enum class Kind { flow, first_pkts, first_time, every };
  Kind kind = Kind::flow;
  std::uint64_t pkts = 0;  ///< of first_pkts, at least 1
  Nanos span = 0;          ///< of first_time and every, above 0

  bool operator==(const Window&) const = default;
};

/// `flow`, `first:20`, `first:10s`, `every:15s`. Errors: Error(usage).
Window parse_window(const std::string& text);

}  // namespace mltat
