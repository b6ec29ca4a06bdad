// SPDX-License-Identifier: Apache-2.0
#include "base/pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace mltat {
namespace {

constexpr std::size_t kLine = 64;

}  // namespace

void* allocate_pages(std::size_t bytes) {
  if (bytes < kHugePage) return ::operator new(bytes, std::align_val_t{kLine});
  const std::size_t size = pages_bytes(bytes);
  if (size < bytes || size + kHugePage < size) throw std::bad_alloc();
  // One page more than needed; what lies before and behind the aligned part goes back.
  void* const mapped = mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  char* const first = static_cast<char*>(mapped);
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(first) % kHugePage) % kHugePage;
  char* const begin = first + before;
  if (before > 0) munmap(first, before);
  munmap(begin + size, kHugePage - before);
  // Advice: a kernel without huge pages refuses it, and then small ones it is.
  (void)madvise(begin, size, MADV_HUGEPAGE);
  return begin;
}

void free_pages(void* begin, std::size_t bytes) noexcept {
  if (bytes < kHugePage)
    ::operator delete(begin, std::align_val_t{kLine});
  else
    munmap(begin, pages_bytes(bytes));
}

}  // namespace mltat
