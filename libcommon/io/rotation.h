// SPDX-License-Identifier: Apache-2.0
/// Output that is cut by time: one file for each slot, named by a pattern of strftime in UTC, complete under its name
/// or not there (Output). For cron to pick up.
///
/// A slot is `period` long and begins at a multiple of it since 1970. The slot of a row is that of the latest time of
/// all rows so far, so that slots only advance; times are packet times, never the wall clock. A slot without rows
/// makes no file. A name that is taken gets `.1`, `.2`, ...: nothing is overwritten.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "io/output.h"

namespace mltat {

struct RotationSettings {
  Nanos period = 0;     ///< 0: no rotation
  std::string pattern;  ///< the path, with conversions of strftime
};

/// Where a row of a text ends, behind its line end, and its time.
struct RowMark {
  std::size_t end;
  Nanos time;
};

/// Rows to an output that may rotate. Without rotation all goes to `out`, and marks are not looked at.
class RotatingOutput {
 public:
  /// Errors: Error(usage) for a pattern without a conversion, which would name all files the same.
  RotatingOutput(Output& out, RotationSettings settings);

  bool rotates() const { return settings_.period > 0; }
  /// Stands at the beginning of the output, or of every file.
  void set_header(std::string header);
  /// Requires: with rotation, marks ascend and the last one is the end of the text.
  void write(std::string_view text, std::span<const RowMark> marks);
  /// Completes the last file. Without it that one is removed. Errors: Error(io).
  void finish();

 private:
  void turn_to(Nanos time);

  Output& out_;
  RotationSettings settings_;
  std::string header_;
  Nanos latest_ = INT64_MIN;
  Nanos slot_ = 0;
  std::optional<Output> file_;
};

/// What the paths of all slots begin with.
std::string slot_prefix(const std::string& pattern);
/// The path of the slot that begins at `slot`, UTC.
std::string slot_path(const std::string& pattern, Nanos slot);

}  // namespace mltat
