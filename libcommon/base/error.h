// SPDX-License-Identifier: Apache-2.0
/// Exit statuses and the one exception type: trouble that ends the run.
///
/// Trouble with a single packet or row is a value (Reason, Result), counted and passed by; what ends the run is
/// an Error. The library never prints and never exits: cli/ turns an Error into one line and a status.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace mltat {

/// Exit status of every tool. 0 yes, 1 no, 64 and above trouble; the numbers are those of sysexits.h.
enum class ExitCode : int {
  ok = 0,
  no = 1,              ///< the answer is no: only where a check was asked for
  usage = 64,          ///< the command line is wrong: never retry
  bad_data = 65,       ///< the input is damaged; what was readable is written
  no_input = 66,       ///< an input does not exist or cannot be opened
  internal = 70,       ///< our bug
  cannot_create = 73,  ///< an output cannot be created
  io = 74,             ///< reading or writing failed: retry may help
  mismatch = 78,       ///< model and data do not fit
};

class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

}  // namespace mltat
