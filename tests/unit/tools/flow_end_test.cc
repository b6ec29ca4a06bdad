// SPDX-License-Identifier: Apache-2.0
// Where flows begin and end, one case a test, from captures that libtins makes to the records of flowgen.
#include <gtest/gtest.h>
#include <tins/tins.h>

#include <nlohmann/json.hpp>

#include "tests/unit/tools/in_process.h"
#include "tools/flowgen/run.h"
#include "unit/capture/capture_builder.h"

namespace mltat {
namespace {

using nlohmann::json;
using test::Packet;
using Tins::TCP;

constexpr std::uint16_t kClientPort = 40000;
constexpr int kAck = TCP::ACK, kSyn = TCP::SYN, kFin = TCP::FIN, kRst = TCP::RST, kPush = TCP::PSH;

/// A capture that grows packet by packet, times in seconds.
class Wire {
 public:
  explicit Wire(std::uint16_t server_port = 443) : server_port_(server_port), file_(test::Writer{}.file()) {}

  Wire& client(double time, int flags, std::uint32_t seq, std::size_t payload = 0) {
    return tcp(time, flags, seq, payload, true);
  }
  Wire& server(double time, int flags, std::uint32_t seq, std::size_t payload = 0) {
    return tcp(time, flags, seq, payload, false);
  }
  /// Three packets at `time`.
  Wire& handshake(double time, std::uint32_t seq) {
    return client(time, kSyn, seq).server(time + .01, kSyn | kAck, 9000).client(time + .02, kAck, seq + 1);
  }
  /// FIN from both, and the last ACK.
  Wire& goodbye(double time) {
    return client(time, kFin | kAck, 2000).server(time + .01, kFin | kAck, 9500).client(time + .02, kAck, 2001);
  }
  Wire& add(double time, Tins::EthernetII frame) {
    const auto whole = static_cast<std::uint64_t>(time);
    const auto micros = static_cast<std::uint64_t>((time - static_cast<double>(whole)) * 1e6 + .5);
    using test::operator+;
    file_ = file_ + test::Writer{}.record(1000 + whole, micros, frame.serialize());
    return *this;
  }

  /// The flows that flowgen makes of it, in its order.
  std::vector<json> flows() const {
    InProcess tool;
    tool.files = {{"-", {file_.begin(), file_.end()}}};
    flowgen::ToolOptions options;
    options.inputs = {"-"};
    tool(flowgen::run, options);
    EXPECT_EQ(tool.code, ExitCode::ok) << tool.error;
    std::vector<json> out;
    std::istringstream lines(tool.out);
    for (std::string line; std::getline(lines, line);)
      out.push_back(json::parse(line));
    return out;
  }

 private:
  Wire& tcp(double time, int flags, std::uint32_t seq, std::size_t payload, bool from_client) {
    const Tins::IPv4Address client("10.0.0.1"), server("192.0.2.1");
    TCP segment = from_client ? TCP(server_port_, kClientPort) : TCP(kClientPort, server_port_);
    segment.flags(static_cast<std::uint16_t>(flags));
    segment.seq(seq);
    const Tins::IP ip = from_client ? Tins::IP(server, client) : Tins::IP(client, server);
    const std::string data(payload, 'x');
    if (payload == 0) return add(time, Tins::EthernetII() / ip / segment);
    return add(time, Tins::EthernetII() / ip / segment / Tins::RawPDU(data));
  }

  std::uint16_t server_port_;
  Packet file_;
};

/// Packets there and back, why it ended, and who is the client by what.
void expect_flow(const json& flow, int fwd, int bwd, const std::string& end, const std::string& dir_source,
                 std::uint16_t src_port = kClientPort) {
  EXPECT_EQ(flow["fwd_pkts"], fwd);
  EXPECT_EQ(flow["bwd_pkts"], bwd);
  EXPECT_EQ(flow["end_reason"], end);
  EXPECT_EQ(flow["dir_source"], dir_source);
  EXPECT_EQ(flow["src_port"], src_port);
}

TEST(FlowCases, FinFromBothSidesClosesAndTheLastAckLingers) {
  const auto flows = Wire().handshake(0, 1000).client(.1, kAck | kPush, 1001, 500).goodbye(1).flows();
  ASSERT_EQ(flows.size(), 1U);
  expect_flow(flows[0], 5, 2, "fin", "syn");
  EXPECT_EQ(flows[0]["fwd_payload_bytes"], 500);
}

TEST(FlowCases, APortUsedAgainByANewSynIsASecondFlow) {
  const auto flows = Wire().handshake(0, 1000).goodbye(1).handshake(3, 777'000).goodbye(4).flows();
  ASSERT_EQ(flows.size(), 2U);
  for (const json& flow : flows)
    expect_flow(flow, 4, 2, "fin", "syn");
  EXPECT_NE(flows[0]["flow_id"], flows[1]["flow_id"]);
}

TEST(FlowCases, ASynRepeatedRightAfterTheCloseIsNoNewFlow) {
  const auto flows = Wire().client(0, kSyn, 1000).server(.01, kRst | kAck, 0).client(.5, kSyn, 1000).flows();
  ASSERT_EQ(flows.size(), 1U);
  expect_flow(flows[0], 2, 1, "rst", "syn");
}

TEST(FlowCases, DataAfterARstBelongsToTheClosedFlow) {
  const auto flows = Wire().handshake(0, 1000).client(1, kRst, 1001).server(1.1, kAck, 9001, 1400).server(1.2, kAck,
                                                                                                     10401, 1400).flows();
  ASSERT_EQ(flows.size(), 1U);
  expect_flow(flows[0], 3, 3, "rst", "syn");
  EXPECT_EQ(flows[0]["bwd_payload_bytes"], 2800);
}

TEST(FlowCases, ALateAckLingersAndAfterTheLingerStartsAnew) {
  const auto lingering = Wire().handshake(0, 1000).goodbye(1).server(15.9, kAck, 9501).flows();
  ASSERT_EQ(lingering.size(), 1U);
  expect_flow(lingering[0], 4, 3, "fin", "syn");
  const auto late = Wire().handshake(0, 1000).goodbye(1).server(17, kAck, 9501).flows();
  ASSERT_EQ(late.size(), 2U);
  expect_flow(late[1], 0, 1, "eof", "port");
}

TEST(FlowCases, HalfOpenIsAFlowOfTheSynAlone) {
  const auto flows = Wire().client(0, kSyn, 1000).client(1, kSyn, 1000).client(3, kSyn, 1000).flows();
  ASSERT_EQ(flows.size(), 1U);
  expect_flow(flows[0], 3, 0, "eof", "syn");
}

TEST(FlowCases, HalfClosedGoesOn) {
  const auto flows = Wire().handshake(0, 1000).client(1, kFin | kAck, 1001).server(60, kAck, 9001, 100).server(
                                                                                                       61, kAck, 9101, 100).flows();
  ASSERT_EQ(flows.size(), 1U);
  expect_flow(flows[0], 3, 3, "eof", "syn");
}

TEST(FlowCases, SimultaneousOpenIsOneFlowOfTheFirstSyn) {
  const auto flows = Wire()
                         .server(0, kSyn, 9000)
                         .client(.01, kSyn, 1000)
                         .server(.02, kSyn | kAck, 9000)
                         .client(.02, kSyn | kAck, 1000)
                         .flows();
  ASSERT_EQ(flows.size(), 1U);
  expect_flow(flows[0], 2, 2, "eof", "syn", 443);
}

TEST(FlowCases, KeepAlivesHoldAFlowOpen) {
  Wire wire;
  wire.handshake(0, 1000);
  for (int i = 1; i <= 5; ++i)  // a byte below the next one, and its ACK, each 100 seconds
    wire.client(100. * i, kAck, 1000, 1).server(100. * i + .1, kAck, 9001);
  const auto flows = wire.flows();
  ASSERT_EQ(flows.size(), 1U);
  expect_flow(flows[0], 7, 6, "eof", "syn");
}

TEST(FlowCases, SilenceBeyondTheIdleTimeoutEndsIt) {
  const auto flows = Wire().handshake(0, 1000).client(121, kAck, 1001, 1).flows();
  ASSERT_EQ(flows.size(), 2U);
  expect_flow(flows[0], 2, 1, "idle", "syn");
  expect_flow(flows[1], 1, 0, "eof", "port");
}

TEST(FlowCases, StartInMidStreamGoesByThePort) {
  const auto flows = Wire().server(0, kAck, 9001, 1400).server(.1, kAck, 10401, 1400).client(.2, kAck, 1001).flows();
  ASSERT_EQ(flows.size(), 1U);
  expect_flow(flows[0], 1, 2, "eof", "port");
}

TEST(FlowCases, ASynOverrulesWhoSentFirst) {
  // Nobody knows the port 50000: the first sender is taken for the client until a SYN among the first packets tells.
  const auto flows = Wire(50000).server(0, kAck, 9001, 10).client(.1, kSyn, 1000).server(.2, kSyn | kAck, 9500).flows();
  ASSERT_EQ(flows.size(), 1U);
  expect_flow(flows[0], 1, 2, "eof", "syn");
  EXPECT_EQ(flows[0]["bwd_payload_bytes"], 10);
}

TEST(FlowCases, SynAckFirstNamesItsReceiverTheClient) {
  const auto flows = Wire(50000).server(0, kSyn | kAck, 9000).client(.01, kAck, 1001).flows();
  ASSERT_EQ(flows.size(), 1U);
  expect_flow(flows[0], 1, 1, "eof", "synack");
}

TEST(FlowCases, AnIcmpErrorIsAFlowOfItsOwn) {
  Wire wire;
  wire.client(0, kSyn, 1000);
  Tins::ICMP error(Tins::ICMP::DEST_UNREACHABLE);
  error.code(1);
  Tins::IP about = Tins::IP("192.0.2.1", "10.0.0.1") / TCP(443, kClientPort);
  wire.add(.1, Tins::EthernetII() / Tins::IP("10.0.0.1", "203.0.113.9") / error / Tins::RawPDU(about.serialize()));
  const auto flows = wire.flows();
  ASSERT_EQ(flows.size(), 2U);
  expect_flow(flows[0], 1, 0, "eof", "syn");
  EXPECT_EQ(flows[1]["protocol"], 1);
  EXPECT_EQ(flows[1]["src_ip"], "203.0.113.9");
}

}  // namespace
}  // namespace mltat
