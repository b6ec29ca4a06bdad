// SPDX-License-Identifier: Apache-2.0
#include "io/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace mltat {
namespace {

class FdSource : public ByteSource {
 public:
  FdSource(std::string name, int fd, bool owned) : ByteSource(std::move(name)), fd_(fd), owned_(owned) {
    struct stat status {};
    if (fstat(fd, &status) != 0) return;
    regular_ = S_ISREG(status.st_mode);
    // Writer and reader of a pipe change places less often. What the system does not grant is not needed.
    constexpr int kPipeBytes = 1 << 20;
    if (S_ISFIFO(status.st_mode)) (void)fcntl(fd, F_SETPIPE_SZ, kPipeBytes);
  }
  ~FdSource() override {
    if (owned_) close(fd_);
  }
  FdSource(const FdSource&) = delete;
  FdSource& operator=(const FdSource&) = delete;

  std::size_t read(std::span<std::uint8_t> buffer) override {
    while (true) {
      const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {
        pollfd waiting{fd_, POLLIN, 0};
        poll(&waiting, 1, -1);
        continue;
      }
      throw Error(ExitCode::io, name() + ": read error: " + std::strerror(errno));
    }
  }

  bool ready() override {
    if (regular_) return true;
    pollfd waiting{fd_, POLLIN, 0};
    return poll(&waiting, 1, 0) != 0;
  }

 private:
  int fd_;
  bool owned_;
  bool regular_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> open_source(const std::string& path) {
  if (path == "-") return std::make_unique<FdSource>("stdin", STDIN_FILENO, false);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw Error(ExitCode::no_input, path + ": cannot open: " + std::strerror(errno));
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    close(fd);
    throw Error(ExitCode::no_input, path + ": is a directory, a file is wanted");
  }
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::make_unique<FdSource>(path, fd, true);
}

std::string read_all(ByteSource& source) {
  std::string text;
  std::array<std::uint8_t, 65536> buffer;
  while (const std::size_t got = source.read(buffer))
    text.append(as_text(Bytes(buffer).first(got)));
  return text;
}

std::size_t read_fully(ByteSource& source, std::span<std::uint8_t> buffer) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const std::size_t got = source.read(buffer.subspan(size));
    if (got == 0) break;
    size += got;
  }
  return size;
}

std::size_t MemorySource::read(std::span<std::uint8_t> buffer) {
  const std::size_t count = std::min({buffer.size(), rest_.size(), chunk_});
  std::copy_n(rest_.begin(), count, buffer.begin());
  rest_ = rest_.subspan(count);
  return count;
}

PeekedSource::PeekedSource(std::unique_ptr<ByteSource> rest, std::size_t count)
    : ByteSource(rest->name()), rest_(std::move(rest)), head_(std::make_unique<std::uint8_t[]>(count)) {
  size_ = read_fully(*rest_, {head_.get(), count});
}

std::size_t PeekedSource::read(std::span<std::uint8_t> buffer) {
  if (given_ == size_) return rest_->read(buffer);
  const std::size_t count = std::min(buffer.size(), size_ - given_);
  std::copy_n(head_.get() + given_, count, buffer.begin());
  given_ += count;
  return count;
}

ContentKind sniff(Bytes head) {
  if (head.empty()) return ContentKind::empty;
  const auto begins = [&](std::initializer_list<std::uint8_t> magic) {
    return head.size() >= magic.size() && std::equal(magic.begin(), magic.end(), head.begin());
  };
  if (begins({0xd4, 0xc3, 0xb2, 0xa1}) || begins({0xa1, 0xb2, 0xc3, 0xd4}) || begins({0x4d, 0x3c, 0xb2, 0xa1}) ||
      begins({0xa1, 0xb2, 0x3c, 0x4d}) || begins({0x34, 0xcd, 0xb2, 0xa1}) || begins({0xa1, 0xb2, 0xcd, 0x34}))
    return ContentKind::pcap;
  if (begins({0x0a, 0x0d, 0x0d, 0x0a})) return ContentKind::pcapng;
  if (begins({0x1f, 0x8b})) return ContentKind::gzip;
  if (begins({0x28, 0xb5, 0x2f, 0xfd})) return ContentKind::zstd;
  if (begins({0xfd, '7', 'z', 'X', 'Z'})) return ContentKind::xz;
  // The first byte that is no white space tells JSON from CSV.
  for (const std::uint8_t byte : head) {
    if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n') continue;
    if (byte == '{') return ContentKind::json;
    break;
  }
  const bool control = std::any_of(head.begin(), head.end(), [](std::uint8_t byte) {
    return byte < 0x20 && byte != '\t' && byte != '\r' && byte != '\n';
  });
  return control ? ContentKind::binary : ContentKind::text;
}

void refuse_compressed(ContentKind kind, const std::string& name) {
  const auto refuse = [&](const char* format, const char* tool) {
    throw Error(ExitCode::bad_data,
                name + ": " + format + " compressed input: decompress it first, as in `" + tool + " FILE | ...`");
  };
  if (kind == ContentKind::gzip) refuse("gzip", "zcat");
  if (kind == ContentKind::zstd) refuse("zstd", "zstdcat");
  if (kind == ContentKind::xz) refuse("xz", "xzcat");
}

}  // namespace mltat
