// SPDX-License-Identifier: Apache-2.0
/// Where data goes: standard output, or a file that appears whole or not at all (temporary name, sync, rename).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mltat {

class Output {
 public:
  /// `-` is standard output. A file is written as `PATH.part` until finish(), unless it is_written_in_place.
  /// Errors: Error(cannot_create).
  explicit Output(std::string path);
  /// A sink in memory, for tests and for reports that are composed first.
  static Output to_memory(std::string& target);
  ~Output();  ///< without finish(): the temporary file is removed
  Output(Output&&) noexcept;
  Output& operator=(Output&&) = delete;

  /// Every short write is continued, every failure is an Error(io). With EPIPE and SIGPIPE at its default the
  /// process dies of the signal, as other filters do.
  void write(std::string_view data);

  /// Each line goes out by a write of its own.
  void set_line_buffered(bool on) { line_buffered_ = on; }

  /// Closes with a check; for a file: sync, then rename. Errors: Error(io).
  void finish();

  const std::string& name() const { return name_; }
  bool is_terminal() const;

 private:
  Output() = default;
  std::string path_;
  std::string temporary_;  ///< empty: written in place
  std::string name_;
  int fd_ = -1;
  std::string* memory_ = nullptr;
  bool line_buffered_ = false;
};

/// Is it written to where it stands? What no file can take the place of: devices, FIFOs, and the names of open
/// descriptors, as /dev/stdout.
bool is_written_in_place(const std::string& path);

/// A whole file at once. Errors: Error(cannot_create), Error(io).
void write_file(const std::string& path, std::string_view text);

/// Removes the temporary files of all open Outputs; only async-signal-safe calls. For signal handlers.
void remove_temporary_files() noexcept;

}  // namespace mltat
