// SPDX-License-Identifier: Apache-2.0
/// Memory to read() into: begins at a multiple of 64 bytes, where the kernel copies fastest, and is not filled
/// with zeros first.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <span>

#include "base/bytes.h"

namespace mltat {

class AlignedBuffer {
 public:
  static constexpr std::size_t kAlignment = 64;

  std::size_t size() const { return size_; }
  /// Requires: begin <= end <= size().
  std::span<std::uint8_t> part(std::size_t begin, std::size_t end) { return {memory_.get() + begin, end - begin}; }
  Bytes part(std::size_t begin, std::size_t end) const { return {memory_.get() + begin, end - begin}; }

  /// Makes size() at least `size`; what the buffer held is lost if it had to grow.
  void reserve(std::size_t size) {
    if (size <= size_) return;
    memory_.reset(static_cast<std::uint8_t*>(::operator new (size, std::align_val_t{kAlignment})));
    size_ = size;
  }

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const { ::operator delete (memory, std::align_val_t{kAlignment}); }
  };

  std::unique_ptr<std::uint8_t[], Free> memory_;
  std::size_t size_ = 0;
};

}  // namespace mltat
