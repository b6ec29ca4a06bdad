// SPDX-License-Identifier: Apache-2.0
#include "io/log.h"

#include <unistd.h>

namespace mltat {
namespace {
constexpr std::uint64_t kRepeatsShown = 5;
}

void Log::put_raw(std::string_view text) {
  if (memory_ != nullptr) {
    memory_->append(text);
    return;
  }
  while (!text.empty()) {
    const ssize_t put = ::write(STDERR_FILENO, text.data(), text.size());
    if (put <= 0) return;  // nowhere left to say it
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

void Log::put(std::string_view severity, std::string_view message) {
  std::string line = program_;
  line.append(": ").append(severity).append(message) += '\n';
  const std::lock_guard lock(mutex_);
  erase_progress();
  put_raw(line);
}

void Log::error(std::string_view message) { put("error: ", message); }

void Log::warning(std::string_view message) {
  if (level_ != Level::quiet) put("warning: ", message);
}

void Log::repeated_warning(std::string_view kind, std::string_view message) {
  {
    const std::lock_guard lock(mutex_);
    auto it = repeats_.find(kind);
    if (it == repeats_.end()) it = repeats_.emplace(kind, 0).first;
    if (++it->second > kRepeatsShown) return;
  }
  warning(message);
}

void Log::notice(std::string_view message) { put("", message); }

void Log::info(std::string_view message) {
  if (level_ == Level::verbose) put("", message);
}

bool Log::shows_reports() const {
  if (level_ != Level::normal) return level_ == Level::verbose;
  return memory_ == nullptr && isatty(STDERR_FILENO) == 1;
}

void Log::report(std::string_view text) {
  if (!shows_reports()) return;
  const std::lock_guard lock(mutex_);
  erase_progress();
  put_raw(text);
}

bool Log::progress_due() {
  if (!progress_) return false;
  constexpr std::chrono::milliseconds kPause{200};
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (now - last_progress_ < kPause) return false;
  last_progress_ = now;
  return true;
}

void Log::progress(std::string_view text) {
  const std::lock_guard lock(mutex_);
  erase_progress();
  put_raw(program_ + ": " + std::string(text));
  progress_shown_ = true;
}

/// To the start of the line, and clear to its end (ECMA-48 EL).
void Log::erase_progress() {
  if (progress_shown_) put_raw("\r\x1b[K");
  progress_shown_ = false;
}

void Log::finish() {
  {
    const std::lock_guard lock(mutex_);
    erase_progress();
  }
  for (const auto& [kind, count] : repeats_)
    if (count > kRepeatsShown) warning(std::to_string(count - kRepeatsShown) + " more of: " + kind);
  repeats_.clear();
}

}  // namespace mltat
