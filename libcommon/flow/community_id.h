// SPDX-License-Identifier: Apache-2.0
/// Community ID v1, seed 0: the flow identifier that Zeek and Suricata write too.
/// Reference: github.com/corelight/community-id-spec, version 1.
#pragma once

#include <string>

#include "flow/flow.h"

namespace mltat {

/// The identifier of a flow, the same for both directions: `1:` and base64 of SHA-1 over the ordered 5-tuple.
/// Ports count for TCP, UDP and SCTP; for ICMP type and code of the first packet stand for them.
std::string community_id(const FlowHead& head);

}  // namespace mltat
