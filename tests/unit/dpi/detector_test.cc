// SPDX-License-Identifier: Apache-2.0
#include "dpi/detector.h"

#include <gtest/gtest.h>

#include "dpi/dpi.h"
#include "dpi_lab.h"

namespace mltat {
namespace {

using namespace test;

const DpiWords& words() {
  static const DpiWords kWords(shipped_class_map(), "class map");
  return kWords;
}

/// The packets that were looked at before the verdict stood.
struct Inspected {
  DpiFields fields;
  std::size_t looked_at = 0;
};

Inspected inspect(Detector& detector, const std::vector<Packet>& packets) {
  Inspected result;
  const InspectionPtr inspection = Detector::begin();
  for (const Packet& packet : packets) {
    ++result.looked_at;
    if (!detector.add(*inspection, packet, kMillisecond)) break;
  }
  result.fields = words().fields(detector.conclude(*inspection));
  return result;
}

std::string told(const DpiFields& fields) {
  return fields.proto + "|" + fields.category + "|" + fields.confidence + "|" + fields.label + "|" + fields.server_name;
}

TEST(Detector, KnowsAQueryOfTheDnsByItsPayload) {
  Detector detector;
  const Ends ends{.destination_port = 53};
  EXPECT_EQ(told(inspect(detector, {udp_packet(ends, dns_query("mltat.example"))}).fields), "DNS|Network|DPI|dns|");
}

TEST(Detector, KnowsAServerByTheNameThatTlsAsksFor) {
  Detector detector;
  const Ends ends{.destination_port = 443};
  EXPECT_EQ(told(inspect(detector, tls_flow(ends, "www.youtube.com")).fields),
            "TLS.YouTube|Media|DPI|video_stream|www.youtube.com");
  EXPECT_EQ(told(inspect(detector, tls_flow(ends, "mltat.example")).fields), "TLS|Web|DPI||mltat.example");
}

TEST(Detector, TellsAGuessByPortAsOne) {
  Detector detector;
  const Ends ends{.destination_port = 22};
  const DpiFields fields = inspect(detector, {tcp_packet(ends, 2, 1), tcp_packet(ends.reversed(), 18, 1)}).fields;
  EXPECT_EQ(told(fields), "SSH|RemoteAccess|Match by port||");
  EXPECT_FALSE(fields.seen_in_payload());
}

TEST(Detector, SaysNothingOfWhatItDoesNotKnow) {
  Detector detector;
  EXPECT_EQ(told(inspect(detector, {udp_packet({}, bytes("nothing that anyone speaks"))}).fields), "||||");
}

TEST(Detector, LooksAtSoManyPacketsAndNoMore) {
  Detector detector;
  const std::vector<Packet> datagrams(100, udp_packet({}, bytes("nothing that anyone speaks")));
  const std::vector<Packet> segments(100, tcp_packet({}, 24, 1, bytes("nothing that anyone speaks")));
  EXPECT_EQ(inspect(detector, datagrams).looked_at, Detector::kMostOtherPackets);
  EXPECT_EQ(inspect(detector, segments).looked_at, Detector::kMostTcpPackets);
}

TEST(Detector, TakesPacketsThatAreCutShortOrEmpty) {
  Detector detector;
  for (const Packet& whole : tls_flow({.destination_port = 443}, "www.youtube.com"))
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const InspectionPtr inspection = Detector::begin();
      detector.add(*inspection, Bytes(whole).first(length), 0);
      detector.conclude(*inspection);
    }
}

/// libndpi calls the cache functions of this program, not its own: it would take the second flow for BitTorrent,
/// because the first one came from the same address and port.
TEST(Detector, AFlowLearnsNothingFromAnother) {
  const Ends peer{.destination_port = 51413};
  const Packet handshake =
      byte(19) + bytes("BitTorrent protocol") + zeros(8) + Packet(20, 0x61) + bytes("-LT1234-abcdefghijkl");
  const std::vector<Packet> torrent{tcp_packet(peer, 2, 1), tcp_packet(peer.reversed(), 18, 1),
                                    tcp_packet(peer, 24, 2, handshake)};
  const Ends other{
      .source = peer.source, .destination = 0xc0000207, .source_port = peer.source_port, .destination_port = 51000};
  const std::vector<Packet> unknown(8, udp_packet(other, bytes("nothing that anyone speaks")));

  Detector detector;
  EXPECT_EQ(told(inspect(detector, unknown).fields), "||||");
  EXPECT_EQ(inspect(detector, torrent).fields.proto, "BitTorrent");
  EXPECT_EQ(told(inspect(detector, unknown).fields), "||||");
}

}  // namespace
}  // namespace mltat
