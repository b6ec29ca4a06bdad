// SPDX-License-Identifier: Apache-2.0
/// Words for people, on standard error alone: `featurize: warning: stdin: ...`. One writer of messages per run.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace mltat {

class Log {
 public:
  enum class Level { quiet, normal, verbose };

  explicit Log(std::string program, Level level = Level::normal, std::string* memory = nullptr)
      : program_(std::move(program)), level_(level), memory_(memory) {}

  void set_level(Level level) { level_ = level; }
  bool verbose() const { return level_ == Level::verbose; }
  const std::string& program() const { return program_; }

  /// Errors are always written.
  void error(std::string_view message);
  /// Silent with -q.
  void warning(std::string_view message);
  /// The first five of a kind are written, the rest are counted and told by finish().
  void repeated_warning(std::string_view kind, std::string_view message);
  /// What somebody asked for: always written.
  void notice(std::string_view message);
  /// Only with -v.
  void info(std::string_view message);
  /// Text as it is, e.g. a table; only with -v, or when standard error is a terminal.
  void report(std::string_view text);
  /// Does report() show anything? Not worth composing otherwise.
  bool shows_reports() const;
  void finish();

  /// Whether progress() shows anything.
  void set_progress(bool on) { progress_ = on; }
  /// Is it time for another progress line? Cheap enough to ask for each block.
  bool progress_due();
  /// One line that the next one, a message or finish() takes away.
  void progress(std::string_view text);

 private:
  void erase_progress();
  void put(std::string_view severity, std::string_view message);
  void put_raw(std::string_view text);

  std::string program_;
  Level level_;
  bool progress_ = false;
  bool progress_shown_ = false;
  std::chrono::steady_clock::time_point last_progress_{};
  std::string* memory_;  ///< tests read it; null: standard error
  std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> repeats_;
};

}  // namespace mltat
