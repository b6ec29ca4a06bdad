// SPDX-License-Identifier: Apache-2.0
#include "base/pages.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace mltat {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

void* allocate_pages(std::size_t bytes) {
  const std::size_t alignment = bytes >= kHugePage ? kHugePage : kLine;
  void* const begin = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (begin == nullptr) throw std::bad_alloc();
  // Advice: a kernel without huge pages refuses it, and then small ones it is.
  if (bytes >= kHugePage) (void)madvise(begin, bytes, MADV_HUGEPAGE);
  return begin;
}

void free_pages(void* bytes) noexcept {
  std::free(bytes);
}

}  // namespace mltat
