// SPDX-License-Identifier: Apache-2.0
/// Frame to PacketInfo: link layer, VLAN tags, IP, extension headers, the L4 header. Pure functions on bytes.
#pragma once

#include <cstdint>

#include "wire/packet.h"

namespace mltat {

struct DecodeOptions {
  bool vlan_in_key = false;
  bool decap = false;        ///< take the innermost IP packet of a tunnel
  std::uint64_t shard = 0;   ///< keep flows whose published hash modulo `shards` is this
  std::uint64_t shards = 1;

  bool operator==(const DecodeOptions&) const = default;
};

inline constexpr unsigned kMaxVlanTags = 8;
inline constexpr unsigned kMaxMplsLabels = 16;
inline constexpr unsigned kMaxExtensionHeaders = 16;
inline constexpr unsigned kMaxTunnels = 4;

/// Decodes one packet into `info`. Returns Skip::none, or why the packet is not used (info is then undefined).
/// Things put right are counted in `counts.notes`; counts.used and counts.skipped are the caller's.
/// With `decap` the packet is the one that the innermost tunnel carries, with its addresses, ports, lengths and flags;
/// vlan_id and wire_len stay those of the frame. Fragments of a tunnel are not looked into.
/// A fragment is returned whatever its shard, since its flow may be that of another fragment (flow/fragments.h); its
/// `fragments` note is the caller's too.
/// Everything is decided by the bytes captured; bytes beyond the IP length are never read as L4.
Skip decode(const RawPacket& packet, const DecodeOptions& options, PacketInfo& info, PacketCounts& counts);

/// The published hash of an unordered key, the same on every machine (mltat-formats(5), "flow_id"):
/// SipHash-2-4, zero key, over low address, low port, high address, high port (big endian), protocol, and the
/// VLAN id where the key includes it.
std::uint64_t shard_hash(const FlowKey& key, bool vlan_in_key);
/// The same input followed by the u64 number of the flow's first packet (big endian).
std::uint64_t flow_id(const FlowKey& key, bool vlan_in_key, std::uint64_t first_number);

/// Is a flow one of those that this run keeps?
inline bool in_shard(const FlowKey& key, const DecodeOptions& options) {
  return options.shards <= 1 || shard_hash(key, options.vlan_in_key) % options.shards == options.shard;
}

/// Hash for the index of this process: random per run, fast.
std::uint64_t index_hash(const FlowKey& key);

/// Is the link type one that decode() knows?
bool is_supported(LinkType link);

}  // namespace mltat
