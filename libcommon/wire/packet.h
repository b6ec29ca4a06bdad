// SPDX-License-Identifier: Apache-2.0
/// A packet before and after decoding, and the source of blocks of them: the seam between capture/ and flow/.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/bytes.h"
#include "base/time.h"
#include "wire/reason.h"

namespace mltat {

/// Link types by their numbers in the registry of pcap link types (the LINKTYPE_ values).
enum class LinkType : std::uint16_t {
  null = 0,
  ethernet = 1,
  ppp = 9,
  raw_12 = 12,
  raw_14 = 14,
  ppp_hdlc = 50,
  pppoe = 51,
  raw = 101,
  cisco_hdlc = 104,
  ieee802_11 = 105,
  loop = 108,
  linux_sll = 113,
  radiotap = 127,  ///< 802.11 behind what the radio noted
  ppi = 192,       ///< the same, in another form
  ipv4 = 228,
  ipv6 = 229,
  nflog = 239,
  linux_sll2 = 276,
  unsupported = 0xffff,  ///< an interface of a pcapng file whose type we do not decode
};

/// Where the ethertype of an 802.11 frame stands, or why there is none. wire/ does not read 802.11 itself: the source
/// of the packet does, and leaves this.
enum EtherTypeAt : std::uint16_t {
  kNoData,     ///< a frame that manages or controls, or data that is no SNAP
  kEncrypted,  ///< data that cannot be read
  kBroken,     ///< not even a header of 802.11
  kFirstEtherTypeAt  ///< from here on: an offset into the frame
};

/// One captured frame, framed and timed but not decoded. `frame` points into the block that holds it.
struct RawPacket {
  std::uint64_t number = 0;  ///< of the record in its unit, from 0, over all that were read
  Nanos ts = 0;              ///< packet time; a wild clock already put right (flow-rules R1)
  Nanos clock = 0;           ///< running maximum of ts up to here, over all packets of the unit
  Bytes frame;               ///< captured bytes
  std::uint32_t wire_len = 0;  ///< length on the wire: max(captured, original)
  LinkType link = LinkType::ethernet;
  std::uint16_t ether_type_at = kNoData;  ///< valid for 802.11 alone: an EtherTypeAt or an offset
};

/// Packets in the order of the file, with the bytes they point into. Reused from block to block.
struct PacketBlock {
  std::uint64_t first_number = 0;
  AlignedBuffer bytes;                ///< what was read; RawPacket::frame points here
  std::vector<std::uint8_t> carried;  ///< a frame that waited for its successor in the block before
  std::vector<RawPacket> packets;
  std::optional<Nanos> quiet_until;   ///< a live source: behind the packets nothing came until the clock was here
  PacketCounts counts;                ///< of this block: read and clock notes by the source, the rest by decode

  void clear() {
    packets.clear();
    carried.clear();
    quiet_until.reset();
    counts = {};
  }
};

/// One unit of input: a capture file, standard input, several files that are one rotated capture, or an interface.
class PacketSource {
 public:
  virtual ~PacketSource() = default;
  /// Fills the block with the next packets. Returns false at the end of the unit (the block is then empty).
  /// A block may be small: what was there when reading further would have had to wait; a live source gives an empty
  /// one now and then, to tell that time goes on.
  /// Damage does not throw: the packets before it come out, then the unit ends and damage() says what happened.
  virtual bool next(PacketBlock& block) = 0;
  /// Empty, or one line: file, byte offset, packet number, fact and remedy.
  virtual const std::string& damage() const = 0;
};

/// IPv6 address, or IPv4 mapped into it (::ffff:a.b.c.d), and a port (0 where there is none).
struct Endpoint {
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;

  auto operator<=>(const Endpoint&) const = default;
  /// Eight address bytes as a number, for comparing alone.
  std::uint64_t word(std::size_t offset) const {
    std::uint64_t value = 0;
    std::memcpy(&value, address.data() + offset, sizeof value);
    return value;
  }
  bool is_ipv4() const {
    static constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::equal(kMapped.begin(), kMapped.end(), address.begin());
  }
};

/// Unordered pair of endpoints and protocol; `vlan` is 0 unless the key includes it (--key vlan).
struct FlowKey {
  Endpoint low;   ///< the lesser of the two: address bytes first, then port
  Endpoint high;
  std::uint8_t protocol = 0;
  std::uint16_t vlan = 0;

  /// Four words and a half, without a call: this runs once a packet.
  bool operator==(const FlowKey& other) const {
    return ((low.word(0) ^ other.low.word(0)) | (low.word(8) ^ other.low.word(8)) |
            (high.word(0) ^ other.high.word(0)) | (high.word(8) ^ other.high.word(8))) == 0 &&
           low.port == other.low.port && high.port == other.high.port && protocol == other.protocol &&
           vlan == other.vlan;
  }
};

/// TCP flags as on the wire, low bit first.
enum TcpFlag : std::uint8_t {
  kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10, kUrg = 0x20, kEce = 0x40, kCwr = 0x80
};

/// IP protocol numbers that have ports, matter for direction, or carry other packets.
enum IpProtocol : std::uint8_t {
  kIcmp = 1, kIpv4InIp = 4, kTcp = 6, kUdp = 17, kDccp = 33, kIpv6InIp = 41, kGre = 47, kIcmpv6 = 58, kSctp = 132,
  kUdpLite = 136
};

/// Is a packet whole, the first piece of one, or a later piece, which has no L4 header?
enum class Fragment : std::uint8_t { none, first, later };

/// A decoded packet: all that flows need to know of it.
struct PacketInfo {
  FlowKey key;
  std::uint64_t hash = 0;          ///< keyed index hash of the key; nothing is ever ordered by it
  std::uint64_t number = 0;
  Nanos ts = 0;
  Nanos clock = 0;
  std::uint32_t ip_len = 0;        ///< IP total length, bytes
  std::uint32_t wire_len = 0;      ///< frame bytes on the wire
  std::uint32_t payload_len = 0;   ///< L4 payload, bytes
  std::uint32_t seq = 0;           ///< TCP sequence number, 0 if not TCP; of a fragment: its identification
  std::uint16_t vlan_id = 0;       ///< outer tag, 0 = none
  std::uint8_t tcp_flags = 0;      ///< 0 unless TCP and unfragmented
  std::uint8_t icmp_type = 0;      ///< valid with has_icmp
  std::uint8_t icmp_code = 0;
  bool has_icmp = false;           ///< type and code were read
  bool swapped = false;            ///< the sender is key.high
  Fragment fragment = Fragment::none;
  Bytes l3;                        ///< captured bytes from the IP header on, for DPI

  std::uint32_t fragment_id() const { return seq; }
  const Endpoint& source() const { return swapped ? key.high : key.low; }
  const Endpoint& destination() const { return swapped ? key.low : key.high; }
};

}  // namespace mltat
