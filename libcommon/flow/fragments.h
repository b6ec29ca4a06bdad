// SPDX-License-Identifier: Apache-2.0
/// Pieces of fragmented IP packets: all but the first have no ports, so they are led to the flow of their first one
/// (flow-rules R11).
///
/// The table lives between decoding, which is stateless and concurrent, and the shards of the flow table: a piece
/// must know its key before it can have a shard, so this runs in the serial stage, over the pieces alone. Packets in
/// one piece never come here.
///
/// An entry belongs to one unit, source, destination, identification and, with IPv4, protocol. It is made by a first
/// piece and leaves 30 s later by the clock of the unit, however often it is asked; a first piece with the same key
/// in between is that of another packet and takes its place. Of 65,537 entries the oldest goes, counted.
/// A later piece without an entry (it came before the first one, or that was lost) stays in a flow without ports.
/// Not thread-safe. Memory: at most 65,536 entries, some 250 bytes each.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>

#include "wire/decode.h"
#include "wire/packet.h"

namespace mltat {

inline constexpr std::size_t kMaxFragmentEntries = 65'536;
inline constexpr std::uint64_t kFragmentLife = 30 * std::uint64_t{kSecond};  ///< ns

class FragmentTable {
 public:
  explicit FragmentTable(std::size_t entries = kMaxFragmentEntries) : entries_(entries) {}

  /// Notes a first piece, gives a later one the key of its first. Requires: info is a piece, and pieces come in the
  /// order of their records. What happened is counted in `counts.notes`.
  void join(PacketInfo& piece, PacketCounts& counts);
  /// The unit has ended.
  void clear();

 private:
  struct Entry {
    FlowKey packet;  ///< which fragmented packet
    FlowKey flow;
    std::uint64_t hash;
    bool swapped;
    Nanos since;
  };
  struct Hash {
    std::size_t operator()(const FlowKey& key) const { return index_hash(key); }
  };

  void age(Nanos clock);
  void add(const FlowKey& packet, const PacketInfo& first, PacketCounts& counts);
  void drop(std::list<Entry>::iterator entry);

  const std::size_t entries_;
  std::list<Entry> by_age_;  // the oldest first
  std::unordered_map<FlowKey, std::list<Entry>::iterator, Hash> by_packet_;
};

}  // namespace mltat
