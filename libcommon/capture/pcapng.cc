// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <vector>

#include "capture/byte_order.h"
#include "capture/framing.h"
#include "capture/link_names.h"
#include "capture/time_scale.h"
#include "wire/decode.h"

namespace mltat {
namespace {

enum BlockType : std::uint32_t {
  kSectionHeader = 0x0a0d0d0a,
  kInterfaceDescription = 1,
  kObsoletePacket = 2,
  kSimplePacket = 3,
  kEnhancedPacket = 6,
};
enum InterfaceOption : std::uint16_t { kEndOfOptions = 0, kTimeResolution = 9, kTimeOffset = 14 };

constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::size_t kSmallestBlock = 12;
/// More interfaces in a section are damage: the list of them must not grow with hostile input.
constexpr std::size_t kMaxInterfaces = 65536;

struct Interface {
  std::uint16_t link_number = 0;
  LinkType link = LinkType::unsupported;  ///< that number, if it is supported
  std::uint32_t snap_length = 0;          ///< 0 = no limit
  TimeScale scale;
};

// Block, in the byte order of its section:
//
//   0               4               8                          n-4             n
//  +---------------+---------------+---- - - - ---------------+---------------+
//  |     type      |   length n    |          body            |   length n    |
//  +---------------+---------------+---- - - - ---------------+---------------+
class PcapngFraming : public Framing {
 public:
  std::size_t frame(Bytes bytes, Assembler& out) override {
    Cursor cursor(bytes);
    Header<kSmallestBlock> start;
    while (cursor.peek(start)) {
      if (start.u32<0>() == kSectionHeader && !set_order(start.u32<8>())) break;
      const std::uint32_t length = order_(start.u32<4>());
      if (length < kSmallestBlock || length % 4 != 0 || length > kMaxRecordBytes) {
        set_fault("a block says that it has " + std::to_string(length) + " bytes" + kDamaged);
        break;
      }
      if (cursor.left() < length) break;
      const Bytes block = cursor.rest().first(length);
      if (!read_block(order_(start.u32<0>()), block, out)) break;
      cursor.skip(length);
    }
    return bytes.size() - cursor.left();
  }

  std::string_view unfinished(Bytes) const override { return "a block"; }

  /// Packets of interfaces that cannot be decoded are skipped where there are others beside them.
  std::string refusal() const override {
    return foreign_link_ && !any_supported_ ? unsupported_link_type(*foreign_link_) : "";
  }

 private:
  static constexpr const char* kDamaged = "; the file is damaged from here on: capture it again, or repair it";

  bool fail(const char* fact) {
    set_fault(std::string(fact) + kDamaged);
    return false;
  }

  bool set_order(std::uint32_t magic) {
    order_.little = magic != kByteOrderMagic;
    return order_(magic) == kByteOrderMagic || fail("a section header without a byte order");
  }

  bool read_block(std::uint32_t type, Bytes block, Assembler& out) {
    Header<4> trailer;
    Cursor(block.last(4)).peek(trailer);
    if (order_(trailer.u32<0>()) != block.size()) return fail("the two lengths of a block differ");
    const Bytes body = block.subspan(8, block.size() - kSmallestBlock);
    switch (type) {
      case kSectionHeader: return start_section(body);
      case kInterfaceDescription: return add_interface(body);
      case kObsoletePacket: return read_obsolete_packet(body, out);
      case kSimplePacket: return read_simple_packet(body, out);
      case kEnhancedPacket: return read_enhanced_packet(body, out);
      default: return true;
    }
  }

  // Section header body: byte order magic (4), major (2) and minor (2) version, section length (8), options.
  // The section length is not needed: sections are found by their blocks.
  bool start_section(Bytes body) {
    Header<16> header;
    if (!Cursor(body).peek(header)) return fail("a section header is too short");
    if (order_(header.u16<4>()) != 1) return fail("a section is not of pcapng version 1");
    interfaces_.clear();
    return true;
  }

  // Interface description body: link type (2), reserved (2), snap length (4), options.
  bool add_interface(Bytes body) {
    Cursor cursor(body);
    Header<8> header;
    if (!cursor.read(header)) return fail("an interface description is too short");
    if (interfaces_.size() == kMaxInterfaces) return fail("a section describes more than 65536 interfaces");
    Interface& interface = interfaces_.emplace_back();
    interface.link_number = order_(header.u16<0>());
    const auto link = static_cast<LinkType>(interface.link_number);
    if (is_supported(link)) interface.link = link;
    interface.snap_length = order_(header.u32<4>());
    return read_options(cursor, interface);
  }

  // Option: code (2), length (2), value, padded to 4 bytes.
  bool read_options(Cursor cursor, Interface& interface) {
    Header<4> option;
    while (cursor.read(option)) {
      const std::uint16_t code = order_(option.u16<0>());
      const std::size_t size = order_(option.u16<2>());
      if (size > cursor.left()) return fail("an option of an interface is longer than its block");
      if (code == kEndOfOptions) break;
      Header<1> resolution;
      if (code == kTimeResolution && size == 1 && cursor.peek(resolution))
        interface.scale.set_resolution(resolution.u8<0>());
      Header<8> offset;
      if (code == kTimeOffset && size == 8 && cursor.peek(offset))
        interface.scale.set_offset(static_cast<std::int64_t>(order_(offset.u64<0>())));
      cursor.skip(std::min(cursor.left(), (size + 3) / 4 * 4));
    }
    return true;
  }

  // Enhanced packet body: interface (4), time high (4) and low (4), captured (4) and original (4) length, bytes.
  bool read_enhanced_packet(Bytes body, Assembler& out) {
    Cursor cursor(body);
    Header<20> header;
    if (!cursor.read(header)) return fail("a packet block is too short");
    return add_packet(order_(header.u32<0>()), ticks(header), header, cursor, out);
  }

  // Obsolete packet body: the same, but interface (2) and drop count (2) instead of interface (4).
  bool read_obsolete_packet(Bytes body, Assembler& out) {
    Cursor cursor(body);
    Header<20> header;
    if (!cursor.read(header)) return fail("a packet block is too short");
    return add_packet(order_(header.u16<0>()), ticks(header), header, cursor, out);
  }

  std::uint64_t ticks(const Header<20>& header) const {
    return std::uint64_t{order_(header.u32<4>())} << 32 | order_(header.u32<8>());
  }

  bool add_packet(std::uint32_t number, std::uint64_t time, const Header<20>& header, const Cursor& cursor,
                  Assembler& out) {
    const Interface* interface = find_interface(number);
    if (!interface) return false;
    const std::uint32_t captured = order_(header.u32<12>());
    if (captured > cursor.left()) return fail("a packet is longer than its block");
    add(*interface, {cursor.rest().first(captured), interface->scale.to_time(time), order_(header.u32<16>())}, out);
    return true;
  }

  // Simple packet body: original length (4), bytes. It belongs to the first interface and has no time; its captured
  // length is the least of the original length, the snap length and what the block holds.
  bool read_simple_packet(Bytes body, Assembler& out) {
    Cursor cursor(body);
    Header<4> header;
    if (!cursor.read(header)) return fail("a packet block is too short");
    const Interface* interface = find_interface(0);
    if (!interface) return false;
    const std::uint32_t original = order_(header.u32<0>());
    cursor.limit(original);
    if (interface->snap_length != 0) cursor.limit(interface->snap_length);
    add(*interface, {cursor.rest(), {0, RawTime::Kind::none}, original}, out);
    return true;
  }

  void add(const Interface& interface, CapturedRecord record, Assembler& out) {
    record.link = interface.link;
    if (record.link != LinkType::unsupported)
      any_supported_ = true;
    else if (!foreign_link_)
      foreign_link_ = interface.link_number;
    out.add(record);
  }

  const Interface* find_interface(std::uint32_t number) {
    if (number < interfaces_.size()) return &interfaces_[number];
    set_fault("a packet of interface " + std::to_string(number) + ", which the section does not describe" + kDamaged);
    return nullptr;
  }

  ByteOrder order_;
  std::vector<Interface> interfaces_;          ///< of the section
  bool any_supported_ = false;                 ///< a packet came from an interface with a supported link type
  std::optional<std::uint16_t> foreign_link_;  ///< of the first packet whose interface has none
};

}  // namespace

std::unique_ptr<Framing> open_pcapng() {
  return std::make_unique<PcapngFraming>();
}

}  // namespace mltat
