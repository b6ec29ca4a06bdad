// SPDX-License-Identifier: Apache-2.0
/// Command-line options as data. Each room declares its own beside the struct they fill; cli/ turns the records
/// into a parser, a help text, the --dump-options table and the test against the man pages. No room but cli/
/// sees the parser.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace mltat {

/// What a run does with the path that an option names. A run may do nothing else with files (cli/sandbox.h).
enum class PathUse {
  none,    ///< the value is no path
  read,    ///< a file, or a folder with all beneath it
  reread,  ///< the same, and whatever is put in its place in the course of the run
  write,   ///< written as io/output.h does
};

struct Option {
  std::string names;                              ///< "-a,--algorithm"; a positional has no dash
  std::string value;                              ///< name of the value in the help (upper case), empty: a flag
  std::string help;                               ///< one sentence, no full stop
  std::string fallback;                           ///< default as text, empty: none
  std::vector<std::string> choices;               ///< the words allowed, empty: any
  bool repeatable = false;                        ///< may stand more than once
  bool required = false;                          ///< must be given
  std::function<void(const std::string&)> store;  ///< called once per occurrence ("" for a flag); throws Error
  PathUse path_use = PathUse::none;
};

using Options = std::vector<Option>;

/// Each helper binds one option to a variable, whose present value is the default that the help shows.
Option flag(std::string names, bool& target, std::string help);
/// A flag that switches a default off: `--no-x` sets the target to false.
Option off_flag(std::string names, bool& target, std::string help);
Option text(std::string names, std::string value, std::string& target, std::string help);
Option texts(std::string names, std::string value, std::vector<std::string>& target, std::string help);
Option choice(std::string names, std::string& target, std::vector<std::string> choices, std::string help);
Option count(std::string names, std::string value, std::uint64_t& target, std::string help);
Option real(std::string names, std::string value, double& target, std::string help);
Option duration(std::string names, Nanos& target, std::string help);
/// Anything else: `store` parses.
Option custom(std::string names, std::string value, std::string fallback, std::string help,
              std::function<void(const std::string&)> store);

Option required(Option option);
/// Each marks the value as a path, by what the run does with it.
Option reads(Option option);
Option rereads(Option option);
Option writes(Option option);
Options& operator+=(Options& left, Options right);

}  // namespace mltat
