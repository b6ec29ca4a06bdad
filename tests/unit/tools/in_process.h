// SPDX-License-Identifier: Apache-2.0
/// A tool run without a process: inputs and output in memory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "io/streams.h"

namespace mltat {

struct InProcess {
  std::map<std::string, std::string> files;  ///< `-` is standard input
  unsigned threads = 1;
  bool line_buffered = false;
  std::size_t chunk = SIZE_MAX;
  RotationSettings rotation;
  std::function<bool()> hung_up = {};
  std::string stats = {};

  std::string out;
  std::string log;
  std::string error;  ///< message of the Error that ended the run
  ExitCode code = ExitCode::ok;

  template <class Run, class ToolOptions>
  InProcess& operator()(Run run, const ToolOptions& options) {
    out.clear();
    log.clear();
    error.clear();
    Output sink = Output::to_memory(out);
    Log words("tool", Log::Level::normal, &log);
    Streams streams{[this](const std::string& path) { return open(path); }, sink, words};
    streams.threads = threads;
    streams.line_buffered = line_buffered;
    streams.rotation = rotation;
    streams.hung_up = hung_up;
    streams.stats = stats;
    try {
      code = run(options, streams);
    } catch (const Error& trouble) {
      code = trouble.code();
      error = trouble.what();
    }
    return *this;
  }

 private:
  std::unique_ptr<ByteSource> open(const std::string& path) const {
    const auto file = files.find(path);
    if (file == files.end()) throw Error(ExitCode::no_input, path + ": cannot open");
    return std::make_unique<MemorySource>(path == "-" ? "stdin" : path, as_bytes(file->second), chunk);
  }
};

}  // namespace mltat
