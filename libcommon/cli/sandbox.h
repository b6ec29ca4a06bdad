// SPDX-License-Identifier: Apache-2.0
/// The seal around a run: Landlock rules (landlock(7)) made of what the command line names, so that hostile input
/// cannot make a tool touch another file, run a program or open a connection.
///
/// A rule for a folder holds for all beneath it. What is open stays open, and pipes and sockets are free: they are no
/// files of a file system. Of a kernel that knows less than others what it knows is used.
#pragma once

#include <cstdint>
#include <string>

#include "base/option.h"

namespace mltat {

class Sandbox {
 public:
  Sandbox();  ///< nothing is allowed
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// A path that does not exist allows nothing: whoever opens it will tell.
  void allow(PathUse use, const std::string& path);
  /// Temporary files in a folder.
  void allow_scratch(const std::string& folder);

  /// Denies all else for good, to this thread and to those that it starts from now on. Also: no new privileges.
  /// Returns: empty, or why the kernel does not do it.
  std::string seal();

 private:
  void add_rule(const std::string& path, std::uint64_t access);
  void allow_reread(const std::string& path);

  std::uint64_t handled_ = 0;  ///< what the kernel can deny
  int ruleset_ = -1;
  int error_ = 0;  ///< why there is no rule set
};

}  // namespace mltat
