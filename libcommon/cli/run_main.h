// SPDX-License-Identifier: Apache-2.0
/// The frame of every tool: parse, open, run, close with a check, map what went wrong to a status.
///
/// run_main owns what must be the same everywhere: the common options, --help and --version on standard output,
/// `PROGRAM: error: ...` on standard error, the refusal to wait at a terminal, signals, and the last check on
/// standard output. A tool is a struct with its options and two functions.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/option.h"
#include "io/schema.h"
#include "io/streams.h"

namespace mltat {

/// What a tool is called and how it treats its streams.
struct ToolSpec {
  std::string name;
  std::string summary;          ///< first line of the help
  std::string input_help;       ///< what is read: "PCAP or pcapng"; empty: the tool takes no FILE
  std::vector<std::string> versions = {};  ///< lines of --version: format versions
  bool rotates = false;                    ///< has --rotate: Streams::rotation
  bool spools = false;                     ///< makes temporary files: Spool
  bool takes_hangup = false;               ///< SIGHUP does not end the run: Streams::hung_up tells of it
};

/// The files named on the command line. When run() is called there is at least one: `-` stands for standard input.
using Inputs = std::vector<std::string>;

/// `prepare` is called when the command line is known, before outputs are opened and the run is sealed, for what takes
/// rights that the run shall not have. It returns whether the run is live: then SIGINT and SIGTERM ask for its end in
/// place of being it, and SIGUSR1 for its counts (Streams::stopped, counts_wanted). `schema` says what the rows of such
/// a command line hold; a tool that has one has --print-schema.
int run_main(int argc, char** argv, const ToolSpec& spec, Inputs& inputs, Options options,
             const std::function<ExitCode(Streams&)>& run, const std::function<bool()>& prepare = {},
             const std::function<Schema()>& schema = {});

/// The form that a main.cc uses: the tool's options live here, declared and then run.
template <class ToolOptions>
int run_main(int argc, char** argv, const ToolSpec& spec, Options (*declare)(ToolOptions&),
             ExitCode (*run)(const ToolOptions&, Streams&),
             std::type_identity_t<Schema (*)(const ToolOptions&)> schema = nullptr,
             bool (*prepare)(ToolOptions&) = nullptr) {
  ToolOptions options;
  std::function<Schema()> schema_of_rows;
  if (schema != nullptr) schema_of_rows = [&] { return schema(options); };
  return run_main(
      argc, argv, spec, options.inputs, declare(options), [&](Streams& streams) { return run(options, streams); },
      [&] { return prepare != nullptr && prepare(options); }, schema_of_rows);
}

}  // namespace mltat
