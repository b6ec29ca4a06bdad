// SPDX-License-Identifier: Apache-2.0
#include "dpi/with_dpi.h"

#include <gtest/gtest.h>

#include "dpi/dpi.h"
#include "dpi_lab.h"
#include "flow/series.h"

namespace mltat {
namespace {

using namespace test;

using Inspected = WithDpi<SeriesMeasurement>;
static_assert(Measurement<Inspected>);

FlowPacket packet_of(const Packet& ip) {
  FlowPacket packet;
  packet.gap = kMillisecond;
  packet.ip_len = static_cast<std::uint32_t>(ip.size());
  return packet;
}

std::string proto(const Inspected::Result& result) {
  static const DpiWords kWords(shipped_class_map(), "class map");
  return kWords.fields(result.verdict).proto;
}

class WithDpiTest : public testing::Test {
 protected:
  Inspected prototype{SeriesMeasurement(UINT64_MAX)};
  Inspected inspected{prototype};
  Inspected::State state;

  void add(const Packet& ip) { inspected.add(state, packet_of(ip), ip); }
};

TEST_F(WithDpiTest, MeasuresAsTheMeasurementInside) {
  inspected.start(state, 0);
  add(udp_packet({.destination_port = 53}, dns_query("mltat.example")));
  add(udp_packet({.destination_port = 53}, dns_query("mltat.example")));
  const Inspected::Result result = inspected.finish(state);
  EXPECT_EQ(result.measured.totals[0].pkts, 2U);
  EXPECT_EQ(result.measured.series.pkts(), 2U);
  EXPECT_EQ(proto(result), "DNS");
}

TEST_F(WithDpiTest, GivesTheInspectionBackAsSoonAsTheVerdictStands) {
  inspected.start(state, 0);
  EXPECT_TRUE(state.inspection);
  add(udp_packet({}, bytes("nothing that anyone speaks")));
  EXPECT_TRUE(state.inspection);
  for (unsigned i = 1; i < Detector::kMostOtherPackets; ++i)
    add(udp_packet({}, bytes("nothing that anyone speaks")));
  EXPECT_FALSE(state.inspection);
}

TEST_F(WithDpiTest, APartHasTheVerdictOfItsFlowAndTheNextFlowItsOwn) {
  inspected.start(state, 0);
  for (const Packet& ip : tls_flow({.destination_port = 443}, "www.youtube.com"))
    add(ip);
  EXPECT_EQ(proto(inspected.finish(state)), "TLS.YouTube");
  inspected.start(state, 1);
  add(tcp_packet({.destination_port = 443}, 16, 3));
  EXPECT_EQ(proto(inspected.finish(state)), "TLS.YouTube");

  inspected.start(state, 0);
  add(udp_packet({}, bytes("nothing that anyone speaks")));
  EXPECT_EQ(proto(inspected.finish(state)), "");
}

/// Behind the IP packet may be padding of the link layer, which is no payload.
TEST_F(WithDpiTest, PaddingIsNotInspected) {
  inspected.start(state, 0);
  const Packet empty = udp_packet({.destination_port = 40001}, {});
  const Packet padded = empty + dns_query("mltat.example");
  FlowPacket packet = packet_of(empty);
  inspected.add(state, packet, padded);
  EXPECT_EQ(proto(inspected.finish(state)), "");
}

}  // namespace
}  // namespace mltat
