// SPDX-License-Identifier: Apache-2.0
/// A bounds-checked reader of headers: the only place with pointer arithmetic on packet bytes.
///
/// Two classes share the work. A Cursor knows how many bytes are left and hands out Headers; a Header<N> stands for
/// N bytes that are known to be there, and the compiler checks every offset into it. So a bound is tested once per
/// header, and no field can be read past it.
/// Values are big endian, as on the wire. Neither class owns the bytes. Both are cheap to copy.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace mltat {

/// Swaps the bytes of a value read as big endian where the machine is little endian, and back.
constexpr std::uint16_t swap_bytes(std::uint16_t value) {
  return __builtin_bswap16(value);
}
constexpr std::uint32_t swap_bytes(std::uint32_t value) {
  return __builtin_bswap32(value);
}
constexpr std::uint64_t swap_bytes(std::uint64_t value) {
  return __builtin_bswap64(value);
}

template <class T>
constexpr T big_endian(T value) {
  if constexpr (std::endian::native == std::endian::little) return swap_bytes(value);
  return value;
}

template <std::size_t N>
class Header {
 public:
  template <std::size_t At>
  std::uint8_t u8() const {
    static_assert(At < N);
    return at_[At];
  }
  template <std::size_t At>
  std::uint16_t u16() const {
    return load<std::uint16_t, At>();
  }
  template <std::size_t At>
  std::uint32_t u32() const {
    return load<std::uint32_t, At>();
  }
  template <std::size_t At>
  std::uint64_t u64() const {
    return load<std::uint64_t, At>();
  }

 private:
  friend class Cursor;

  template <class T, std::size_t At>
  T load() const {
    static_assert(At + sizeof(T) <= N);
    T value;
    std::memcpy(&value, at_ + At, sizeof value);
    return big_endian(value);
  }

  const std::uint8_t* at_ = nullptr;
};

class Cursor {
 public:
  Cursor() = default;
  explicit Cursor(Bytes bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  Bytes rest() const { return {at_, end_}; }

  /// Looks at the next N bytes. False, and `header` untouched, if there are fewer.
  template <std::size_t N>
  bool peek(Header<N>& header) const {
    if (left() < N) return false;
    header.at_ = at_;
    return true;
  }
  /// Looks at the next N bytes and steps over them.
  template <std::size_t N>
  bool read(Header<N>& header) {
    if (!peek(header)) return false;
    at_ += N;
    return true;
  }
  /// Steps over `count` bytes. False, and nothing done, if there are fewer.
  bool skip(std::size_t count) {
    if (left() < count) return false;
    at_ += count;
    return true;
  }
  /// Hides what lies beyond the next `count` bytes.
  void limit(std::size_t count) {
    if (count < left()) end_ = at_ + count;
  }

 private:
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
};

}  // namespace mltat
