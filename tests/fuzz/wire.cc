// SPDX-License-Identifier: Apache-2.0
// One packet: byte 0 of the input chooses the link type, byte 1 the options, the rest is the frame.
#include <array>

#include "capture/ieee802_11.h"
#include "fuzz.h"
#include "wire/decode.h"

namespace {

using namespace mltat;
using fuzz::expect;

/// The seeds count on this order: new ones go to the end.
constexpr std::array kLinks{
    LinkType::null,     LinkType::ethernet, LinkType::ppp,        LinkType::raw_12,     LinkType::raw_14,
    LinkType::ppp_hdlc, LinkType::pppoe,    LinkType::raw,        LinkType::cisco_hdlc, LinkType::ieee802_11,
    LinkType::loop,     LinkType::linux_sll, LinkType::radiotap,  LinkType::ppi,        LinkType::ipv4,
    LinkType::ipv6,     LinkType::nflog,    LinkType::linux_sll2, LinkType::unsupported};

struct Decoded {
  Skip skip;
  PacketInfo info;
  std::array<std::uint64_t, kNotes> notes;
};

Decoded decode_frame(Bytes frame, LinkType link, std::uint8_t options) {
  RawPacket packet;
  packet.frame = frame;
  packet.wire_len = static_cast<std::uint32_t>(frame.size()) + (options >> 2);
  packet.link = link;
  if (is_ieee802_11(link)) packet.ether_type_at = find_ether_type(link, frame);
  DecodeOptions decode_options;
  decode_options.vlan_in_key = (options & 1) != 0;
  decode_options.decap = (options & 2) != 0;
  PacketInfo info;
  PacketCounts counts;
  const Skip skip = decode(packet, decode_options, info, counts);
  if (skip == Skip::none) {
    expect(info.wire_len == packet.wire_len, "the length on the wire is that of the frame");
    expect(info.key.low <= info.key.high, "the key is in order");
    expect(info.payload_len <= info.ip_len, "the payload is a part of the IP packet");
    expect(!info.l3.empty() && info.l3.data() >= frame.data() &&
               info.l3.data() + info.l3.size() <= frame.data() + frame.size(),
           "the IP packet lies in the frame");
    expect(decode_options.vlan_in_key || info.key.vlan == 0, "no VLAN in the key unless asked for");
    expect(!info.has_icmp || info.key.protocol == kIcmp || info.key.protocol == kIcmpv6, "only ICMP has a type");
    expect(info.key.protocol == kTcp || info.tcp_flags == 0, "only TCP has flags");
  }
  return {skip, info, counts.notes};
}

void expect_same(const Decoded& a, const Decoded& b) {
  expect(a.skip == b.skip && a.notes == b.notes, "the same fate twice");
  if (a.skip != Skip::none) return;
  expect(a.info.key == b.info.key && a.info.hash == b.info.hash && a.info.ip_len == b.info.ip_len &&
             a.info.payload_len == b.info.payload_len && a.info.seq == b.info.seq &&
             a.info.vlan_id == b.info.vlan_id && a.info.tcp_flags == b.info.tcp_flags &&
             a.info.swapped == b.info.swapped && a.info.fragment == b.info.fragment,
         "the same packet twice");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const LinkType link = kLinks[data[0] % kLinks.size()];
  const std::uint8_t options = data[1];
  const Bytes frame(data + 2, size - 2);
  expect_same(decode_frame(frame, link, options), decode_frame(frame, link, options));
  // A snap length may cut anywhere.
  for (std::size_t kept = 0; kept < frame.size() && kept < 160; kept += 1 + kept / 16)
    decode_frame(frame.first(kept), link, options);
  return 0;
}
