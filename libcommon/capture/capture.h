// SPDX-License-Identifier: Apache-2.0
/// Opening captures: PCAP and pcapng, from files, pipes or memory, as a PacketSource.
///
/// One file is one unit; several files can be one unit too (--continue: a rotated capture), then numbers and clock
/// run on. Formats: PCAP version 2 with microseconds or nanoseconds in either byte order; pcapng version 1 with any
/// number of sections and interfaces.
#pragma once

#include <functional>
#include <memory>

#include "io/byte_source.h"
#include "wire/packet.h"

namespace mltat {

/// Opens one capture. Returns null if the input has no bytes at all (a file header without packets is a source
/// without packets). Reads the first bytes, so it may wait for them.
/// Errors: Error(bad_data) for what is no capture, saying what it looks like and what is missing; for a PCAP
/// version or link type that is not read. Error(io).
std::unique_ptr<PacketSource> open_capture(std::unique_ptr<ByteSource> source);

/// Opens several captures as one unit. `next_source` is asked for each when it is reached, and returns null after
/// the last. Inputs without bytes are passed over; null if all were so.
/// Errors: as above for the first; what is wrong with a later one is damage, since packets came before it.
std::unique_ptr<PacketSource> open_captures(std::function<std::unique_ptr<ByteSource>()> next_source);

}  // namespace mltat
