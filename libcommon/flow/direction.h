// SPDX-License-Identifier: Apache-2.0
/// Who initiated a flow, decided at its first packet (flow-rules R6). Pure functions.
#pragma once

#include "flow/flow.h"

namespace mltat {

struct DirectionGuess {
  bool initiator_is_high = false;
  DirSource source = DirSource::first;
};

/// The rules in their order: SYN, SYN+ACK, ICMP request or reply (other ICMP: first sender), multicast or broadcast,
/// known service port, port below 1024, first sender. Equal endpoints: the low one (they are the same), so all is forward.
DirectionGuess guess_direction(const PacketInfo& first);

/// What a handshake packet says about direction.
inline bool is_syn(std::uint8_t flags) { return (flags & (kSyn | kAck)) == kSyn; }
inline bool is_synack(std::uint8_t flags) { return (flags & (kSyn | kAck)) == (kSyn | kAck); }

/// Is the port one of the known services of the protocol (mltat-formats(5), "Known services")?
bool is_known_service(std::uint8_t protocol, std::uint16_t port);

}  // namespace mltat
