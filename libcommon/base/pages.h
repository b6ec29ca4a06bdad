// SPDX-License-Identifier: Apache-2.0
/// Memory for large tables: from 2 MiB on it begins at a huge page and asks the kernel for such pages, for a flow
/// table that is walked at random is otherwise bound by the misses of the TLB; and it goes back to the kernel when it
/// is freed, whatever else the heap holds.
#pragma once

#include <cstddef>

namespace mltat {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// What so many bytes take, from 2 MiB on: whole huge pages.
constexpr std::size_t pages_bytes(std::size_t bytes) {
  return (bytes + kHugePage - 1) / kHugePage * kHugePage;
}

/// Uninitialised bytes, aligned to a cache line at least. Pages come when they are touched. Throws std::bad_alloc.
void* allocate_pages(std::size_t bytes);
/// `bytes` as they were asked for.
void free_pages(void* begin, std::size_t bytes) noexcept;

/// The same as an allocator for containers.
template <class T>
struct PageAllocator {
  using value_type = T;
  PageAllocator() = default;
  template <class U>
  PageAllocator(const PageAllocator<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(allocate_pages(count * sizeof(T))); }
  void deallocate(T* begin, std::size_t count) noexcept { free_pages(begin, count * sizeof(T)); }
  bool operator==(const PageAllocator&) const { return true; }
};

}  // namespace mltat
