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

void Log::info(std::string_view message) {
  if (level_ == Level::verbose) put("", message);
}

void Log::report(std::string_view text) {
  if (level_ == Level::quiet) return;
  if (level_ != Level::verbose && (memory_ != nullptr || isatty(STDERR_FILENO) != 1)) return;
  const std::lock_guard lock(mutex_);
  put_raw(text);
}

void Log::finish() {
  for (const auto& [kind, count] : repeats_)
    if (count > kRepeatsShown) warning(std::to_string(count - kRepeatsShown) + " more of: " + kind);
  repeats_.clear();
}

}  // namespace mltat
