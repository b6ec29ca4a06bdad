// SPDX-License-Identifier: Apache-2.0
/// Asks for a cache line before it is needed.
#pragma once

namespace mltat {

/// Any address will do: one that is not mapped is passed over.
inline void prefetch(const void* at) {
  __builtin_prefetch(at);
  // g++ 12 takes a function that does nothing but prefetch for one without effect and drops the calls to it. An
  // empty statement that it must keep makes it keep them.
  asm volatile("");
}

}  // namespace mltat
