// SPDX-License-Identifier: Apache-2.0
#include "capture/ieee802_11.h"

#include <tins/dot11/dot11_data.h>
#include <tins/exceptions.h>
#include <tins/ppi.h>
#include <tins/radiotap.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "wire/cursor.h"

namespace mltat {
namespace {

/// Three or four addresses, QoS, HT control, and as much again: more than any header of 802.11 and the check sequence
/// that libtins may take off behind it.
constexpr std::size_t kHeaderBytes = 64;
constexpr std::uint8_t kProtected = 0x40;
constexpr std::uint8_t kOrder = 0x80;  ///< of a frame with QoS: 4 bytes of HT control, which libtins does not know

/// Bytes in front of the 802.11 header. Radiotap and PPI say it in the same place, little endian.
std::size_t radio_bytes(LinkType link, Bytes frame) {
  if (link == LinkType::ieee802_11) return 0;
  Header<4> header;
  return Cursor(frame).peek(header) ? swap_bytes(header.u16<2>()) : frame.size();
}

std::unique_ptr<Tins::PDU> parse(LinkType link, const std::vector<std::uint8_t>& bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  if (link == LinkType::radiotap) return std::make_unique<Tins::RadioTap>(bytes.data(), size);
  if (link == LinkType::ppi) return std::make_unique<Tins::PPI>(bytes.data(), size);
  return std::unique_ptr<Tins::PDU>(Tins::Dot11::from_bytes(bytes.data(), size));
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
  const std::size_t radio = radio_bytes(link, frame);
  Cursor cursor(frame);
  Header<2> control;
  if (!cursor.skip(radio) || !cursor.peek(control) || (control.u8<0>() & 3) != 0) return kBroken;

  // libtins sees the headers alone, marked as encrypted: what is behind them it then leaves as it is, so that an
  // IP packet that was cut by the capture cannot spoil the frame.
  std::vector<std::uint8_t> headers(
      frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(std::min(frame.size(), radio + kHeaderBytes)));
  headers[radio + 1] |= kProtected;
  const Tins::Dot11Data* data = nullptr;
  std::unique_ptr<Tins::PDU> parsed;
  try {
    parsed = parse(link, headers);
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
