// SPDX-License-Identifier: Apache-2.0
#include "io/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace mltat {
namespace {

[[noreturn]] void fail(ExitCode code, const std::string& folder, const char* what, int reason) {
  throw Error(code, folder + ": " + what + " temporary file: " + std::strerror(reason) +
                        ": name another folder in TMPDIR");
}

class Recorder final : public ByteSource {
 public:
  Recorder(std::unique_ptr<ByteSource> source, int fd, std::string folder)
      : ByteSource(source->name()), source_(std::move(source)), fd_(fd), folder_(std::move(folder)) {}

  std::size_t read(std::span<std::uint8_t> buffer) override {
    const std::size_t got = source_->read(buffer);
    std::span<const std::uint8_t> rest = buffer.first(got);
    while (!rest.empty()) {
      const ssize_t put = ::write(fd_, rest.data(), rest.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail(ExitCode::io, folder_, "cannot write a", errno);
      rest = rest.subspan(static_cast<std::size_t>(put));
    }
    return got;
  }
  bool ready() override { return source_->ready(); }

 private:
  std::unique_ptr<ByteSource> source_;
  int fd_;
  std::string folder_;
};

class Replay final : public ByteSource {
 public:
  Replay(std::string name, int fd, std::string folder)
      : ByteSource(std::move(name)), fd_(fd), folder_(std::move(folder)) {}

  std::size_t read(std::span<std::uint8_t> buffer) override {
    while (true) {
      const ssize_t got = pread(fd_, buffer.data(), buffer.size(), offset_);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(ExitCode::io, folder_, "cannot read a", errno);
      offset_ += got;
      return static_cast<std::size_t>(got);
    }
  }
  bool ready() override { return true; }

 private:
  int fd_;
  std::string folder_;
  off_t offset_ = 0;
};

}  // namespace

std::string Spool::folder() {
  const char* given = std::getenv("TMPDIR");
  return given != nullptr && *given != '\0' ? given : "/var/tmp";
}

Spool::Spool() : folder_(folder()) {
  std::string path = folder_ + "/mltat-XXXXXX";
  fd_ = mkostemp(path.data(), O_CLOEXEC);
  if (fd_ < 0) fail(ExitCode::cannot_create, folder_, "cannot create a", errno);
  unlink(path.c_str());
  // In the place of a standard stream that is closed it would be taken for that.
  if (fd_ <= STDERR_FILENO) {
    const int moved = fcntl(fd_, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    const int reason = errno;
    close(std::exchange(fd_, moved));
    if (fd_ < 0) fail(ExitCode::cannot_create, folder_, "cannot create a", reason);
  }
}

Spool::~Spool() {
  if (fd_ >= 0) close(fd_);
}

Spool::Spool(Spool&& other) noexcept
    : folder_(std::move(other.folder_)), name_(std::move(other.name_)), fd_(std::exchange(other.fd_, -1)) {}

std::unique_ptr<ByteSource> Spool::record(std::unique_ptr<ByteSource> source) {
  name_ = source->name();
  return std::make_unique<Recorder>(std::move(source), fd_, folder_);
}

std::unique_ptr<ByteSource> Spool::replay() const {
  return std::make_unique<Replay>(name_, fd_, folder_);
}

}  // namespace mltat
