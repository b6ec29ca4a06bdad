// SPDX-License-Identifier: Apache-2.0
// What we and libtins read in each packet of a capture, side by side, for tests/full/second_opinion.py:
//
//     number  link type  bytes on the wire  ours  libtins'
//
// separated by tabs. An opinion is `source destination protocol source_port destination_port ip_bytes payload_bytes`,
// `*` where nothing is said, or one word after `-`: why there is none. Tunnels are not looked into.
#include <tins/loopback.h>
#include <tins/tins.h>

#include <iostream>
#include <memory>
#include <sstream>

#include "base/error.h"
#include "capture/capture.h"
#include "wire/decode.h"

namespace {

using namespace mltat;

struct Opinion {
  std::string source, destination;
  unsigned protocol = 0;
  std::string source_port = "*", destination_port = "*";
  std::uint64_t ip_len = 0;
  std::string payload = "*";

  std::string text() const {
    std::ostringstream out;
    out << source << ' ' << destination << ' ' << protocol << ' ' << source_port << ' ' << destination_port << ' '
        << ip_len << ' ' << payload;
    return out.str();
  }
};

std::string text(const Endpoint& endpoint, bool ipv4) {
  const auto& bytes = endpoint.address;
  if (!ipv4) return Tins::IPv6Address(bytes.data()).to_string();
  std::string dotted;
  for (std::size_t i = 12; i < 16; ++i)
    dotted += (i > 12 ? "." : "") + std::to_string(bytes[i]);
  return dotted;
}

std::string ours(const RawPacket& packet) {
  PacketInfo info;
  PacketCounts counts;
  const Skip skip = decode(packet, {}, info, counts);
  if (skip != Skip::none) return "-" + std::string(name(skip));
  Opinion opinion;
  const bool ipv4 = info.l3.front() >> 4 == 4;
  opinion.source = text(info.source(), ipv4);
  opinion.destination = text(info.destination(), ipv4);
  opinion.protocol = info.key.protocol;
  const bool has_ports = info.fragment != Fragment::later && (info.key.protocol == kTcp || info.key.protocol == kUdp);
  if (has_ports) {
    opinion.source_port = std::to_string(info.source().port);
    opinion.destination_port = std::to_string(info.destination().port);
    if (info.fragment == Fragment::none) opinion.payload = std::to_string(info.payload_len);
  }
  opinion.ip_len = info.ip_len;
  return opinion.text();
}

template <class Pdu>
std::unique_ptr<Tins::PDU> parsed(Bytes frame) {
  return std::make_unique<Pdu>(frame.data(), static_cast<std::uint32_t>(frame.size()));
}

/// Null: libtins has no such link layer.
std::unique_ptr<Tins::PDU> parse(const RawPacket& packet) {
  const Bytes frame = packet.frame;
  switch (packet.link) {
    case LinkType::ethernet:
      if (frame.size() >= 14 && frame[12] < 6) return parsed<Tins::Dot3>(frame);
      return parsed<Tins::EthernetII>(frame);
    case LinkType::linux_sll: return parsed<Tins::SLL>(frame);
    case LinkType::null: return parsed<Tins::Loopback>(frame);
    case LinkType::raw_12:
    case LinkType::raw_14:
    case LinkType::raw:
      if (frame.empty()) return nullptr;
      return frame[0] >> 4 == 6 ? parsed<Tins::IPv6>(frame) : parsed<Tins::IP>(frame);
    case LinkType::ipv4: return parsed<Tins::IP>(frame);
    case LinkType::ipv6: return parsed<Tins::IPv6>(frame);
    case LinkType::radiotap: return parsed<Tins::RadioTap>(frame);
    case LinkType::ppi: return parsed<Tins::PPI>(frame);
    case LinkType::ieee802_11:
      return std::unique_ptr<Tins::PDU>(
          Tins::Dot11::from_bytes(frame.data(), static_cast<std::uint32_t>(frame.size())));
    default: return nullptr;
  }
}

/// The protocol too, for of IPv6 libtins has that of the first extension header.
void add_transport(const Tins::PDU* transport, std::uint64_t ip_header, Opinion& opinion) {
  std::uint64_t header = ip_header;
  if (const auto* tcp = dynamic_cast<const Tins::TCP*>(transport)) {
    opinion.source_port = std::to_string(tcp->sport());
    opinion.destination_port = std::to_string(tcp->dport());
    header += tcp->data_offset() * std::uint64_t{4};
    opinion.protocol = kTcp;
  } else if (const auto* udp = dynamic_cast<const Tins::UDP*>(transport)) {
    opinion.source_port = std::to_string(udp->sport());
    opinion.destination_port = std::to_string(udp->dport());
    header += 8;
    opinion.protocol = kUdp;
  } else {
    if (dynamic_cast<const Tins::ICMPv6*>(transport)) opinion.protocol = kIcmpv6;
    return;
  }
  opinion.payload = std::to_string(opinion.ip_len > header ? opinion.ip_len - header : 0);
}

std::string theirs(const RawPacket& packet) {
  try {
    const std::unique_ptr<Tins::PDU> frame = parse(packet);
    if (!frame) return "-no_such_link_layer";
    for (const Tins::PDU* pdu = frame.get(); pdu; pdu = pdu->inner_pdu()) {
      Opinion opinion;
      if (const auto* ip = dynamic_cast<const Tins::IP*>(pdu)) {
        opinion.source = ip->src_addr().to_string();
        opinion.destination = ip->dst_addr().to_string();
        opinion.protocol = ip->protocol();
        opinion.ip_len = ip->tot_len();
        if (!ip->is_fragmented()) add_transport(ip->inner_pdu(), ip->head_len() * std::uint64_t{4}, opinion);
        return opinion.text();
      }
      if (const auto* ip6 = dynamic_cast<const Tins::IPv6*>(pdu)) {
        opinion.source = ip6->src_addr().to_string();
        opinion.destination = ip6->dst_addr().to_string();
        opinion.protocol = ip6->next_header();
        opinion.ip_len = 40u + ip6->payload_length();
        if (!ip6->search_header(Tins::IPv6::FRAGMENT)) add_transport(ip6->inner_pdu(), ip6->header_size(), opinion);
        return opinion.text();
      }
    }
    return "-non_ip";
  } catch (const Tins::exception_base&) {
    return "-gives_up";
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: packet_driver FILE\n";
    return 64;
  }
  try {
    const auto source = open_capture(open_source(argv[1]));
    PacketBlock block;
    while (source && source->next(block))
      for (const RawPacket& packet : block.packets)
        std::cout << packet.number << '\t' << static_cast<unsigned>(packet.link) << '\t' << packet.wire_len << '\t'
                  << ours(packet) << '\t' << theirs(packet) << '\n';
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 65;
  }
}
