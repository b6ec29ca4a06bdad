// SPDX-License-Identifier: Apache-2.0
/// Filter expressions as tcpdump takes them (pcap-filter(7)), compiled by libpcap and run on our own reader's frames.
#pragma once

#include <memory>
#include <string>

#include "wire/packet.h"

namespace mltat {

/// Errors: Error(usage) with libpcap's words, for an expression that means nothing on any link type.
void check_filter(const std::string& expression);

/// The packets of `source` that match; the others are skipped as `filtered`. An expression looks at the frame as it
/// was captured: at what is outside of tunnels, and behind VLAN tags only if it says `vlan`. Frames of link types that
/// are not decoded are let through, to be counted as such.
/// next(): also Error(usage) for an expression that means nothing on the link type of a packet.
std::unique_ptr<PacketSource> filter_packets(std::unique_ptr<PacketSource> source, std::string expression);

}  // namespace mltat
