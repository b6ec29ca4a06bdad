// SPDX-License-Identifier: Apache-2.0
#include "flow/fragments.h"

namespace mltat {
namespace {

/// The pieces of a packet share this. It goes one way, so the ends are not ordered; their ports, of which pieces have
/// none, hold the identification. IPv6 names the protocol in each piece, but not always the same one.
FlowKey packet_of(const PacketInfo& piece) {
  FlowKey key;
  key.low.address = piece.source().address;
  key.high.address = piece.destination().address;
  key.low.port = static_cast<std::uint16_t>(piece.fragment_id() >> 16);
  key.high.port = static_cast<std::uint16_t>(piece.fragment_id());
  const bool is_ipv6 = piece.l3.front() >> 4 == 6;
  key.protocol = is_ipv6 ? 0 : piece.key.protocol;
  key.vlan = is_ipv6 ? 6 : 4;
  return key;
}

}  // namespace

void FragmentTable::join(PacketInfo& piece, PacketCounts& counts) {
  age(piece.clock);
  const FlowKey packet = packet_of(piece);
  if (piece.fragment == Fragment::first) {
    add(packet, piece, counts);
    return;
  }
  const auto found = by_packet_.find(packet);
  if (found == by_packet_.end()) {
    counts.note(Note::fragment_alone);
    return;
  }
  const Entry& first = *found->second;
  piece.key = first.flow;
  piece.hash = first.hash;
  piece.swapped = first.swapped;
}

void FragmentTable::clear() {
  by_packet_.clear();
  by_age_.clear();
}

void FragmentTable::age(Nanos clock) {
  const auto is_old = [&](const Entry& entry) {
    // The clock never runs back, so the difference is one of unsigned numbers, which may pass int64.
    return static_cast<std::uint64_t>(clock) - static_cast<std::uint64_t>(entry.since) > kFragmentLife;
  };
  while (!by_age_.empty() && is_old(by_age_.front()))
    drop(by_age_.begin());
}

void FragmentTable::add(const FlowKey& packet, const PacketInfo& first, PacketCounts& counts) {
  if (const auto found = by_packet_.find(packet); found != by_packet_.end()) drop(found->second);
  if (by_age_.size() == entries_) {
    drop(by_age_.begin());
    counts.note(Note::fragment_overflow);
  }
  by_age_.push_back({packet, first.key, first.hash, first.swapped, first.clock});
  by_packet_.emplace(packet, std::prev(by_age_.end()));
}

void FragmentTable::drop(std::list<Entry>::iterator entry) {
  by_packet_.erase(entry->packet);
  by_age_.erase(entry);
}

}  // namespace mltat
