// SPDX-License-Identifier: Apache-2.0
#include "io/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/error.h"

namespace mltat {
namespace {

/// Names that a signal handler may unlink. Fixed slots: a handler can neither lock nor allocate. A slot's pointer
/// is published last and withdrawn first; the string behind it lives as long as the Output.
std::array<std::atomic<const char*>, 16> temporary_names{};

void publish(const char* name) {
  for (auto& slot : temporary_names) {
    const char* empty = nullptr;
    if (slot.compare_exchange_strong(empty, name)) return;
  }
}

void withdraw(const char* name) {
  for (auto& slot : temporary_names) {
    const char* expected = name;
    if (slot.compare_exchange_strong(expected, nullptr)) return;
  }
}

namespace fs = std::filesystem;

/// /dev/stdout, /dev/fd/3, and links to them. Requires: the path leads to something.
bool names_descriptor(fs::path path) {
  while (fs::is_symlink(path)) {
    const fs::path folder = fs::canonical(fs::absolute(path).parent_path());
    if (folder.native().starts_with("/proc/")) return true;
    path = folder / fs::read_symlink(path);
  }
  return false;
}

}  // namespace

bool is_written_in_place(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return false;
  return !S_ISREG(status.st_mode) || names_descriptor(path);
}

void remove_temporary_files() noexcept {
  for (auto& slot : temporary_names)
    if (const char* name = slot.load()) unlink(name);
}

Output::Output(std::string path) : path_(std::move(path)) {
  if (path_ == "-") {
    name_ = "stdout";
    fd_ = STDOUT_FILENO;
    return;
  }
  name_ = path_;
  const bool in_place = is_written_in_place(path_);
  if (!in_place) {
    temporary_ = path_ + ".part";
    temporary_.shrink_to_fit();
  }
  const char* target = in_place ? path_.c_str() : temporary_.c_str();
  if (!in_place) publish(temporary_.c_str());  // first: a signal that comes between would leave the file behind
  // In place others may have written before, as warnings behind /dev/stderr.
  fd_ = open(target, O_WRONLY | O_CLOEXEC | (in_place ? O_APPEND : O_CREAT | O_TRUNC), 0666);
  if (fd_ < 0) {
    const int reason = errno;
    if (!in_place) withdraw(temporary_.c_str());
    throw Error(ExitCode::cannot_create, path_ + ": cannot create: " + std::strerror(reason));
  }
}

Output Output::to_memory(std::string& target) {
  Output output;
  output.name_ = "memory";
  output.memory_ = &target;
  return output;
}

Output::Output(Output&& other) noexcept
    : path_(std::move(other.path_)), name_(std::move(other.name_)), fd_(std::exchange(other.fd_, -1)),
      memory_(other.memory_), line_buffered_(other.line_buffered_) {
  if (!other.temporary_.empty()) {
    withdraw(other.temporary_.c_str());
    temporary_ = std::exchange(other.temporary_, {});
    publish(temporary_.c_str());
  }
}

Output::~Output() {
  if (temporary_.empty() || fd_ < 0) return;
  close(fd_);
  withdraw(temporary_.c_str());
  unlink(temporary_.c_str());
}

void Output::write(std::string_view data) {
  if (memory_ != nullptr) {
    memory_->append(data);
    return;
  }
  while (!data.empty()) {
    const std::size_t line = line_buffered_ ? std::min(data.find('\n'), data.size() - 1) + 1 : data.size();
    const ssize_t put = ::write(fd_, data.data(), line);
    if (put < 0) {
      if (errno == EINTR) continue;
      throw Error(ExitCode::io, name_ + ": write error: " + std::strerror(errno));
    }
    data.remove_prefix(static_cast<std::size_t>(put));
  }
}

void Output::finish() {
  if (fd_ < 0) return;
  const int fd = std::exchange(fd_, -1);
  const auto fail = [&](const char* what) {
    const int reason = errno;
    if (!temporary_.empty()) {
      withdraw(temporary_.c_str());
      unlink(temporary_.c_str());
    }
    throw Error(ExitCode::io, name_ + ": " + what + ": " + std::strerror(reason));
  };
  if (!temporary_.empty() && fsync(fd) != 0) {
    close(fd);
    fail("write error");
  }
  if (close(fd) != 0) fail("write error");
  if (temporary_.empty()) return;
  if (rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot rename the finished file");
  withdraw(temporary_.c_str());
}

bool Output::is_terminal() const { return fd_ >= 0 && isatty(fd_) == 1; }

void write_file(const std::string& path, std::string_view text) {
  Output file(path);
  file.write(text);
  file.finish();
}

}  // namespace mltat
