// SPDX-License-Identifier: Apache-2.0
/// What a flow is to the outside: the packets that a measurement sees, the head that says whose they are, the
/// rules they were cut by, and the order in which flows leave (mltat-formats(5), "Flow record").
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "wire/packet.h"

namespace mltat {

enum class Direction : std::uint8_t { forward, backward };  ///< from and to the initiator

/// All that a measurement sees of a packet. Replaying a flow record yields the same ones, so features of a record
/// equal those of the capture by construction.
struct FlowPacket {
  Direction direction = Direction::forward;
  Nanos gap = 0;                  ///< since the flow's previous packet; 0 for the first of a part
  std::uint32_t ip_len = 0;       ///< bytes
  std::uint32_t wire_len = 0;     ///< bytes
  std::uint32_t payload_len = 0;  ///< bytes
  std::uint8_t tcp_flags = 0;
  Nanos at = 0;                   ///< since the part's first packet: the sum of the gaps so far
};

enum class EndReason : std::uint8_t { fin, rst, idle, active, forced, evicted, eof };
enum class DirSource : std::uint8_t { syn, synack, icmp, mcast, port, first };
std::string_view name(EndReason reason);
std::string_view name(DirSource source);

/// Whose packets they were: identity, time and how the part began and ended.
struct FlowHead {
  FlowKey key;
  Nanos first_ts = 0;               ///< of the part
  Nanos last_ts = 0;                ///< of the part
  std::uint64_t flow_number = 0;    ///< number of the flow's first packet in its unit
  std::uint64_t first_number = 0;   ///< number of the part's first packet
  std::uint32_t part = 0;
  std::uint16_t vlan_id = 0;        ///< outer tag of the flow's first packet, 0 = none
  std::uint8_t icmp_type = 0;       ///< of the flow's first packet, with has_icmp
  std::uint8_t icmp_code = 0;
  bool has_icmp = false;
  bool first_sender_is_high = false;
  bool initiator_is_high = false;   ///< src = key.high
  EndReason end = EndReason::eof;
  DirSource dir_source = DirSource::first;

  const Endpoint& src() const { return initiator_is_high ? key.high : key.low; }
  const Endpoint& dst() const { return initiator_is_high ? key.low : key.high; }
};

/// When flows end. Counts are packets and flows, never bytes of state. 0 switches idle and active off.
struct FlowRules {
  Nanos idle = 120 * kSecond;
  Nanos active = 1800 * kSecond;
  Nanos linger = 15 * kSecond;                 ///< how long a closed flow takes trailing packets
  bool tcp_end = true;                         ///< FIN and RST close a flow
  std::uint64_t max_flows = 4'194'304;         ///< in the table, over all shards
  std::uint64_t max_held_pkts = 134'217'728;   ///< in open parts, over all shards
  std::uint64_t max_part_pkts = 1'000'000;     ///< a part is cut before it holds more
  std::uint64_t slice_pkts = 4096;             ///< the global limits act every so many records

  bool operator==(const FlowRules&) const = default;
};

/// The order of output, a function of the input alone: by the packet at which the end was noticed, then by the
/// part's first packet (flow-rules R8).
struct EndOrder {
  std::uint64_t noticed = 0;
  std::uint64_t first_number = 0;
  auto operator<=>(const EndOrder&) const = default;
};

/// What is measured on flows. The table knows nothing of it; a measurement knows no clock, no key, no table.
/// One object per shard (it owns pools), one State in every flow, one Result per part.
template <class M>
concept Measurement = requires(M m, const M& prototype, typename M::State& state, const FlowPacket& packet, Bytes l3,
                               std::uint32_t part, Direction direction) {
  typename M::Result;
  M(prototype);                                                        // a shard's own, with empty pools
  m.start(state, part);                                                // an empty part
  m.prefetch(state, direction);                                        // add() may follow soon: the state's lines
  m.prefetch_pools(state, packet);                                     // then what the state points to; no gap yet
  m.prefetch_finish(state);                                            // finish() may follow soon: the same for it
  m.add(state, packet, l3);                                            // the next packet
  m.flip(state);                                                       // forward and backward change places
  { m.finish(state) } -> std::same_as<typename M::Result>;             // the part is over; gives back its memory
};

template <Measurement M>
struct Ended {
  EndOrder order;
  FlowHead head;
  typename M::Result result;
};

/// Numbers and clocks of a run of consecutive records, skipped ones too: tells at which record a deadline passed.
struct ClockSpan {
  std::span<const RawPacket> records;

  /// Number of the first record whose clock is past the deadline. Requires: there is one.
  std::uint64_t first_past(Nanos deadline) const;
  Nanos last_clock() const { return records.back().clock; }
};

}  // namespace mltat
