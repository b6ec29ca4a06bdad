// SPDX-License-Identifier: Apache-2.0
/// One model's watch over the rows that it scores, window by window: a line of NDJSON for each
/// (mltat-formats(5), "Drift").
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ml/drift.h"
#include "tools/predict/voters.h"

namespace mltat::predict {

class DriftWatch {
 public:
  /// Requires: the voter outlives it, its model has a profile.
  explicit DriftWatch(const Voter& voter);

  struct Row {
    std::span<const double> values;                     ///< by feature
    std::optional<std::size_t> answer;                  ///< index of a class; none: unknown
    std::optional<std::string_view> first_ts, last_ts;  ///< as they stand; what is no number is not known
  };
  void add(const Row& row);
  std::uint64_t rows() const { return rows_; }

  struct Verdict {
    std::string line;           ///< with its line end
    std::optional<bool> drift;  ///< none: too few rows to say
  };
  /// Closes the window; the next row begins another. Requires: rows() > 0.
  Verdict close(std::uint64_t window);

 private:
  /// A time as the row has it, and as it compares.
  struct Time {
    std::string text = "null";
    double seconds = 0;
  };
  std::string moved_most(std::span<const double> psi) const;
  std::string answers() const;

  const Voter& voter_;
  std::vector<double> weights_;
  BinCounts bins_;
  std::uint64_t rows_ = 0;
  std::vector<std::uint64_t> answers_;  ///< by class
  std::uint64_t unknown_ = 0;
  std::optional<Time> first_, last_;
};

}  // namespace mltat::predict
