// SPDX-License-Identifier: Apache-2.0
#include "capture/link_names.h"

#include <array>
#include <string_view>

namespace mltat {
namespace {

struct Name {
  unsigned number;
  std::string_view name;
};

// From the registry of link types kept by the tcpdump group; the ones that people meet.
constexpr std::array kNames{
    Name{0, "NULL"},
    Name{1, "ETHERNET"},
    Name{6, "IEEE802_5"},
    Name{8, "SLIP"},
    Name{9, "PPP"},
    Name{10, "FDDI"},
    Name{12, "RAW"},
    Name{14, "RAW"},
    Name{50, "PPP_HDLC"},
    Name{51, "PPP_ETHER"},
    Name{100, "ATM_RFC1483"},
    Name{101, "RAW"},
    Name{104, "C_HDLC"},
    Name{105, "IEEE802_11"},
    Name{107, "FRELAY"},
    Name{108, "LOOP"},
    Name{113, "LINUX_SLL"},
    Name{117, "PFLOG"},
    Name{119, "IEEE802_11_PRISM"},
    Name{127, "IEEE802_11_RADIOTAP"},
    Name{140, "MTP2"},
    Name{141, "MTP3"},
    Name{142, "SCCP"},
    Name{143, "DOCSIS"},
    Name{144, "LINUX_IRDA"},
    Name{163, "IEEE802_11_AVS"},
    Name{187, "BLUETOOTH_HCI_H4"},
    Name{189, "USB_LINUX"},
    Name{192, "PPI"},
    Name{195, "IEEE802_15_4_WITHFCS"},
    Name{201, "BLUETOOTH_HCI_H4_WITH_PHDR"},
    Name{220, "USB_LINUX_MMAPPED"},
    Name{226, "IPNET"},
    Name{227, "CAN_SOCKETCAN"},
    Name{228, "IPV4"},
    Name{229, "IPV6"},
    Name{230, "IEEE802_15_4_NOFCS"},
    Name{231, "DBUS"},
    Name{239, "NFLOG"},
    Name{249, "USBPCAP"},
    Name{251, "BLUETOOTH_LE_LL"},
    Name{252, "WIRESHARK_UPPER_PDU"},
    Name{253, "NETLINK"},
    Name{256, "BLUETOOTH_LE_LL_WITH_PHDR"},
    Name{258, "PKTAP"},
    Name{274, "ETHERNET_MPACKET"},
    Name{276, "LINUX_SLL2"},
};

std::string_view name_of(unsigned number) {
  // 147 to 162 are set aside for private use.
  if (number >= 147 && number <= 162) return "USER";
  for (const Name& entry : kNames)
    if (entry.number == number) return entry.name;
  return {};
}

}  // namespace

std::string unsupported_link_type(unsigned number) {
  std::string text = "link type " + std::to_string(number);
  const std::string_view name = name_of(number);
  if (!name.empty()) text.append(" (").append(name);
  if (name == "USER") text += std::to_string(number - 147);
  if (!name.empty()) text += ')';
  return text + " is not supported; flowgen(1) lists those that are";
}

}  // namespace mltat
