// SPDX-License-Identifier: Apache-2.0
/// The byte order that a capture file was written in. Internal to capture/.
#pragma once

#include "wire/cursor.h"

namespace mltat {

/// Cursors read big endian; this turns the value into what the writer meant.
struct ByteOrder {
  bool little = false;

  template <class T>
  T operator()(T read_as_big) const {
    return little ? swap_bytes(read_as_big) : read_as_big;
  }
};

}  // namespace mltat
