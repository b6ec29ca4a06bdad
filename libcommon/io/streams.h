// SPDX-License-Identifier: Apache-2.0
/// What every run() is given besides its options, so that a test can call a tool without a process.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/byte_source.h"
#include "io/log.h"
#include "io/output.h"
#include "io/rotation.h"

namespace mltat {

struct Streams {
  /// Opens an input; `-` is standard input (in a test: what the test put there).
  std::function<std::unique_ptr<ByteSource>(const std::string&)> open;
  Output& out;
  Log& log;
  unsigned threads = 1;            ///< resolved: at least 1
  bool line_buffered = false;      ///< write every row as soon as it is there
  std::string stats = {};          ///< --stats FILE, empty: none
  RotationSettings rotation = {};  ///< --rotate; then nothing is to be written to `out`
  /// Did SIGHUP come since the last call? Not set: the tool does not ask for it (ToolSpec::takes_hangup).
  std::function<bool()> hung_up = {};
  /// Set where the run is live. Did SIGINT or SIGTERM ask for its end?
  std::function<bool()> stopped = {};
  /// Set where the run is live. Did SIGUSR1 ask for its counts since the last call?
  std::function<bool()> counts_wanted = {};
};

}  // namespace mltat
