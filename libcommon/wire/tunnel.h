// SPDX-License-Identifier: Apache-2.0
/// Tunnels: does the payload of an IP packet carry another IP packet, and where does that begin? Internal to wire/.
///
/// Read are IP in IP (4 in 4, 6 in 4 and the other two), GRE with IP, Ethernet, PPP, MPLS or ERSPAN behind it, and by
/// their destination ports VXLAN, Geneve and GTP-U. Teredo is left alone: what it carries are attempts to connect.
/// What cannot be seen to lead to an IP packet (ARP in VXLAN, a compressed line, a header cut by the capture) is no
/// tunnel here: the packet around it is the innermost one.
#pragma once

#include <cstdint>

#include "wire/cursor.h"
#include "wire/link.h"

namespace mltat {

/// Ports that UDP packets of a tunnel go to.
enum TunnelPort : std::uint16_t {
  kGtpU = 2152,
  kVxlan = 4789,
  kGeneve = 6081,
  kVxlanLinux = 8472,  ///< the port that Linux took before there was a registered one
};

constexpr bool is_tunnel_port(std::uint16_t port) {
  return port == kVxlan || port == kGtpU || port == kGeneve || port == kVxlanLinux;
}

/// Moves the cursor from behind the IP headers of a packet of `protocol` to the IP header inside, whose version goes to
/// `link`. Returns: whether there is one; if not, the cursor and `link` are undefined.
bool find_inner(std::uint8_t protocol, Cursor& cursor, Link& link);

}  // namespace mltat
