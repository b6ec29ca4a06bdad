// SPDX-License-Identifier: Apache-2.0
/// What the fuzz targets share. A target is LLVMFuzzerTestOneInput in a file of its own: it must come back from any
/// input, and checks what always holds. Built twice: with libFuzzer, which looks for inputs (preset `fuzz`), and with
/// replay.cc, which runs the seeds as a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "io/byte_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace mltat::fuzz {

/// Stops with what does not hold, as a sanitizer would.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Bytes in memory, as a slow pipe would bring them: a few at a time, and a reader never knows that more are there.
class Trickle : public MemorySource {
 public:
  Trickle(Bytes bytes, std::size_t chunk) : MemorySource("input", bytes, chunk) {}
  bool ready() override { return false; }
};

inline std::unique_ptr<ByteSource> whole(Bytes bytes) { return std::make_unique<MemorySource>("input", bytes); }
inline std::unique_ptr<ByteSource> trickle(Bytes bytes, std::size_t chunk) {
  return std::make_unique<Trickle>(bytes, chunk);
}

}  // namespace mltat::fuzz
