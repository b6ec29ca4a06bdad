// SPDX-License-Identifier: Apache-2.0
/// Packets from an interface, while they pass: a packet socket of libpcap behind the seam of capture files.
///
/// Time is that of the packets, in ns, as everywhere; while none comes the source says how far time has gone on by
/// the monotonic clock, so that flows leave on a quiet link too, and steps of the wall clock end none. It says a
/// little less than that, for packets may still be on their way through the buffer.
///
/// Several processes on one interface share its packets by flow when they name the same fanout group: both directions
/// of a flow, and the fragments of a packet, go to one of them. Processes that come or leave move flows.
///
/// Memory: the buffer of the socket, which the kernel fills; frames are copied out of it once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "wire/packet.h"

namespace mltat {

struct LiveSettings {
  std::string interface;                ///< empty: no live source
  std::uint64_t snaplen = 128;          ///< bytes kept of a frame
  std::uint64_t buffer_mib = 64;        ///< of the socket, MiB
  std::optional<std::uint16_t> fanout;  ///< group
  std::string user;                     ///< whose rights suffice once the socket is open; empty: as it was

  bool operator==(const LiveSettings&) const = default;
};

class LiveSocket;

/// Opens the interface. `filter` is run by the kernel, empty: all packets; those that do not match are not counted.
/// Errors: Error(no_input) where it cannot be opened or is down; Error(usage) for settings out of range and for a
/// filter that means nothing on the interface; Error(bad_data) for a link type that is not decoded.
std::shared_ptr<LiveSocket> open_live(const LiveSettings& settings, const std::string& filter);

/// The packets that came since the socket was opened, until `stopped` says true; what had come by then is read.
/// Blocks come at least ten times a second. Of one socket there can be one source at a time.
/// next(): Error(io) when the interface goes away.
std::unique_ptr<PacketSource> read_live(std::shared_ptr<LiveSocket> socket, std::function<bool()> stopped);

/// Takes another user's rights, and those of his groups, for good. Errors: Error(usage) for a user who is not there,
/// and where only root may change.
void become_user(const std::string& name);

}  // namespace mltat
