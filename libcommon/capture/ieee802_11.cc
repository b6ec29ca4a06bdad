// SPDX-License-Identifier: Apache-2.0
#include "capture/ieee802_11.h"

#include <tins/dot11/dot11_data.h>
#include <tins/exceptions.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "wire/cursor.h"

namespace mltat {
namespace {

/// Three or four addresses, QoS, HT control, and as much again: more than any header of 802.11.
constexpr std::size_t kHeaderBytes = 64;
constexpr std::uint8_t kProtected = 0x40;
constexpr std::uint8_t kOrder = 0x80;  ///< of a frame with QoS: 4 bytes of HT control, which libtins does not know

/// What the radio noted in front of the 802.11 header. Radiotap and PPI begin alike: a version, flags or a pad byte,
/// and the length of the whole, little endian; PPI then tells the link type of what follows. Read here, because the
/// readers of libtins follow offsets out of a hostile frame.
struct Radio {
  std::size_t bytes = 0;
  bool of_ieee802_11 = true;
};

Radio radio_of(LinkType link, Bytes frame) {
  if (link == LinkType::ieee802_11) return {};
  constexpr std::size_t kLeast = 8;
  Header<kLeast> header;
  if (!Cursor(frame).peek(header)) return {frame.size()};
  constexpr std::uint32_t kIeee80211 = 0x69000000;  // 105, little endian
  return {std::max<std::size_t>(swap_bytes(header.u16<2>()), kLeast),
          link == LinkType::radiotap || header.u32<4>() == kIeee80211};
}

/// LLC and SNAP: AA AA 03, then 00 00 00 (RFC 1042) or 00 00 F8 (802.1H), then the ethertype.
bool is_snap(Cursor cursor) {
  Header<6> header;
  if (!cursor.peek(header)) return false;
  const std::uint16_t organisation = header.u16<4>();
  return header.u32<0>() == 0xaaaa0300 && (organisation == 0 || organisation == 0x00f8);
}

}  // namespace

std::uint16_t find_ether_type(LinkType link, Bytes frame) {
  const auto [radio, of_ieee802_11] = radio_of(link, frame);
  if (!of_ieee802_11) return kNoData;
  Cursor cursor(frame);
  Header<2> control;
  if (!cursor.skip(radio) || !cursor.peek(control) || (control.u8<0>() & 3) != 0) return kBroken;

  // libtins sees the header of 802.11 alone, marked as encrypted: what is behind it is then left as it is, so that an
  // IP packet that was cut by the capture cannot spoil the frame.
  const Bytes head = frame.subspan(radio, std::min(frame.size() - radio, kHeaderBytes));
  std::vector<std::uint8_t> header(head.begin(), head.end());
  header[1] |= kProtected;
  const Tins::Dot11Data* data = nullptr;
  std::unique_ptr<Tins::PDU> parsed;
  try {
    parsed.reset(Tins::Dot11::from_bytes(header.data(), static_cast<std::uint32_t>(header.size())));
    if (parsed) data = parsed->find_pdu<Tins::Dot11Data>();
  } catch (const Tins::exception_base&) {
    return kBroken;
  }
  if (!data) return kNoData;
  if (control.u8<1>() & kProtected) return kEncrypted;
  constexpr std::size_t kSnapBytes = 6;
  std::size_t snap = data->header_size();
  if (data->pdu_type() == Tins::PDU::DOT11_QOS_DATA && (control.u8<1>() & kOrder)) snap += 4;
  if (!cursor.skip(snap) || !is_snap(cursor)) return kNoData;
  return static_cast<std::uint16_t>(std::min<std::size_t>(radio + snap + kSnapBytes, UINT16_MAX));
}

}  // namespace mltat
