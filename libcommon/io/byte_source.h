// SPDX-License-Identifier: Apache-2.0
/// Where bytes come from: a file, a pipe, or memory in a test. Read sizes never change what a tool writes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"

namespace mltat {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Reads at least one byte, at most buffer.size(). Returns the count; 0 = end of input.
  /// Requires: buffer is not empty. Errors: Error(io) naming the input.
  virtual std::size_t read(std::span<std::uint8_t> buffer) = 0;

  /// Would read() return at once? A tool flushes what it has before it waits.
  virtual bool ready() = 0;

  /// Name for messages: the path, or `stdin`.
  const std::string& name() const { return name_; }

 protected:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

/// Opens a path; `-` is standard input. Errors: Error(no_input) for a file that cannot be opened.
std::unique_ptr<ByteSource> open_source(const std::string& path);

/// Reads until the buffer is full or the input ends. Returns the count.
std::size_t read_fully(ByteSource& source, std::span<std::uint8_t> buffer);

/// All that is left, as text.
std::string read_all(ByteSource& source);

/// Bytes in memory, handed out at most `chunk` at a time. The memory must outlive the source.
class MemorySource : public ByteSource {
 public:
  MemorySource(std::string name, Bytes bytes, std::size_t chunk = SIZE_MAX)
      : ByteSource(std::move(name)), rest_(bytes), chunk_(chunk) {}
  std::size_t read(std::span<std::uint8_t> buffer) override;
  bool ready() override { return true; }

 private:
  Bytes rest_;
  std::size_t chunk_;
};

/// A source whose first bytes were looked at to tell what it is, and are handed out again.
class PeekedSource : public ByteSource {
 public:
  /// Reads up to `count` bytes ahead (fewer only at the end of input).
  PeekedSource(std::unique_ptr<ByteSource> rest, std::size_t count);
  Bytes head() const { return {head_.get() + given_, size_ - given_}; }
  std::size_t read(std::span<std::uint8_t> buffer) override;
  bool ready() override { return given_ < size_ || rest_->ready(); }

 private:
  std::unique_ptr<ByteSource> rest_;
  std::unique_ptr<std::uint8_t[]> head_;
  std::size_t size_ = 0;
  std::size_t given_ = 0;
};

/// What a stream begins with: tools use it to say which tool is missing in front of them.
enum class ContentKind { empty, pcap, pcapng, json, gzip, zstd, xz, text, binary };
ContentKind sniff(Bytes head);
inline constexpr std::size_t kSniffBytes = 16;

/// Refuses compressed input with the remedy. Errors: Error(bad_data).
void refuse_compressed(ContentKind kind, const std::string& name);

}  // namespace mltat
