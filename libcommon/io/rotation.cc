// SPDX-License-Identifier: Apache-2.0
#include "io/rotation.h"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <utility>
#include <vector>

#include "base/error.h"

namespace mltat {
namespace {

Nanos floor_to(Nanos time, Nanos period) {
  const Nanos rest = time % period;
  return time - rest - (rest < 0 ? period : 0);
}

bool exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

std::string free_path(const std::string& path) {
  std::string candidate = path;
  for (std::uint64_t n = 1; exists(candidate); ++n)
    candidate = path + "." + std::to_string(n);
  return candidate;
}

}  // namespace

std::string slot_prefix(const std::string& pattern) {
  return pattern.substr(0, pattern.find('%'));
}

std::string slot_path(const std::string& pattern, Nanos slot) {
  const std::time_t seconds = floor_to(slot, kSecond) / kSecond;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::vector<char> text(pattern.size() * 16 + 256);
  return {text.data(), std::strftime(text.data(), text.size(), pattern.c_str(), &utc)};
}

RotatingOutput::RotatingOutput(Output& out, RotationSettings settings) : out_(out), settings_(std::move(settings)) {
  if (rotates() && slot_path(settings_.pattern, 0) == slot_path(settings_.pattern, settings_.period))
    throw Error(ExitCode::usage, "--rotate: the name \"" + settings_.pattern +
                                     "\" is the same for one slot and the next: -o wants conversions of strftime that "
                                     "tell them apart, as in %Y%m%dT%H%M%SZ");
}

void RotatingOutput::set_header(std::string header) {
  header_ = std::move(header);
  if (!rotates()) out_.write(header_);
}

void RotatingOutput::write(std::string_view text, std::span<const RowMark> marks) {
  if (!rotates()) return out_.write(text);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < marks.size();) {
    turn_to(marks[i].time);
    // All rows of the same slot at once.
    std::size_t end = marks[i].end;
    for (++i; i < marks.size() && floor_to(std::max(latest_, marks[i].time), settings_.period) == slot_; ++i) {
      latest_ = std::max(latest_, marks[i].time);
      end = marks[i].end;
    }
    file_->write(text.substr(begin, end - begin));
    begin = end;
  }
}

void RotatingOutput::finish() {
  if (file_) file_->finish();
  file_.reset();
}

void RotatingOutput::turn_to(Nanos time) {
  latest_ = std::max(latest_, time);
  const Nanos slot = floor_to(latest_, settings_.period);
  if (file_ && slot == slot_) return;
  finish();
  slot_ = slot;
  file_.emplace(free_path(slot_path(settings_.pattern, slot)));
  file_->write(header_);
}

}  // namespace mltat
