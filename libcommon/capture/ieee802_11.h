// SPDX-License-Identifier: Apache-2.0
/// 802.11 frames, plain or behind radiotap or PPI: where their ethertype stands. Off the fast path: libtins reads the
/// headers, some 300 ns a frame, in the serial stage. Internal to capture/.
///
/// Data frames whose payload begins with a SNAP header (RFC 1042) have one; of an aggregate (A-MSDU), of a piece of a
/// fragmented frame but the first, and of frames that manage or control nothing is read.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "wire/packet.h"

namespace mltat {

inline bool is_ieee802_11(LinkType link) {
  return link == LinkType::ieee802_11 || link == LinkType::radiotap || link == LinkType::ppi;
}

/// The offset of the two bytes of ethertype in the frame, or an EtherTypeAt that says why there are none.
/// Requires: is_ieee802_11(link).
std::uint16_t find_ether_type(LinkType link, Bytes frame);

}  // namespace mltat
