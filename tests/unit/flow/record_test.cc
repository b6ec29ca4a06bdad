// SPDX-License-Identifier: Apache-2.0
#include "flow/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/rng.h"
#include "flow_lab.h"
#include "io/record_reader.h"

namespace mltat {
namespace {

using testing::HasSubstr;

/// What a run would know of one part.
struct Part {
  FlowIdentity identity;
  IdentityColumns columns{true, false};
  std::vector<FlowPacket> packets;

  SeriesMeasurement::Result measured(std::uint64_t keep = UINT64_MAX) const {
    SeriesMeasurement measurement(keep);
    SeriesMeasurement::State state;
    measurement.start(state, identity.part);
    for (const FlowPacket& packet : packets)
      measurement.add(state, packet, {});
    return measurement.finish(state);
  }
  std::string written(RowFormat format, bool with_series = true) const {
    std::string out;
    write_flow_record(out, format, columns, identity, measured(), with_series);
    return out;
  }
};

Part example() {
  Part part;
  FlowIdentity& identity = part.identity;
  identity.flow_id = 0xab;
  identity.capture = "web/001.pcap";
  identity.src = endpoint("10.0.0.1", 40000);
  identity.dst = endpoint("10.0.0.2", 443);
  identity.protocol = kTcp;
  identity.vlan_id = 12;
  identity.first_ts = 1'700'000'000'000'000'005;
  identity.last_ts = 1'700'000'000'001'500'105;
  identity.end_reason = EndReason::fin;
  identity.part = 2;
  identity.dir_source = DirSource::syn;
  identity.community_id = "1:UWHKJ/x6OQ1YiVv4rIl0t3yhjg8=";
  part.packets = {{Direction::forward, 0, 60, 74, 0, kSyn},
                  {Direction::backward, 1'500'000, 1500, 1514, 1448, kAck | kPsh},
                  {Direction::forward, 100, 52, 66, 0, kFin | kAck}};
  return part;
}

std::optional<FlowRecord> read(const std::string& text, std::string& error, std::string_view header = {}) {
  FlowRecordReader reader(header);
  RecordBlock block;
  block.assign(text.ends_with('\n') ? std::string_view(text).substr(0, text.size() - 1) : std::string_view(text));
  return reader.read(block.text(), error);
}

using Fields = std::tuple<Direction, Nanos, std::uint32_t, std::uint32_t>;
std::vector<Fields> fields(const std::vector<FlowPacket>& packets) {
  std::vector<Fields> list;
  for (const FlowPacket& p : packets)
    list.emplace_back(p.direction, p.gap, p.ip_len, p.payload_len);
  return list;
}

void expect_equal(const FlowRecord& record, const Part& part) {
  const FlowIdentity& got = record.identity;
  const FlowIdentity& want = part.identity;
  EXPECT_EQ(got.flow_id, want.flow_id);
  EXPECT_EQ(got.capture, want.capture);
  EXPECT_EQ(got.src, want.src);
  EXPECT_EQ(got.dst, want.dst);
  EXPECT_EQ(got.protocol, want.protocol);
  EXPECT_EQ(got.vlan_id, want.vlan_id);
  EXPECT_EQ(got.first_ts, want.first_ts);
  EXPECT_EQ(got.last_ts, want.last_ts);
  EXPECT_EQ(got.end_reason, want.end_reason);
  EXPECT_EQ(got.part, want.part);
  EXPECT_EQ(got.dir_source, want.dir_source);
  EXPECT_EQ(record.columns.community_id, part.columns.community_id);
  EXPECT_EQ(record.columns.label, part.columns.label);
  EXPECT_EQ(got.community_id, want.community_id);
  EXPECT_EQ(record.columns.dpi, part.columns.dpi);
  ASSERT_EQ(got.dpi.has_value(), want.dpi.has_value());
  if (want.dpi) {
    EXPECT_EQ(got.dpi->proto, want.dpi->proto);
    EXPECT_EQ(got.dpi->category, want.dpi->category);
    EXPECT_EQ(got.dpi->confidence, want.dpi->confidence);
    EXPECT_EQ(got.dpi->label, want.dpi->label);
    EXPECT_EQ(got.dpi->server_name, want.dpi->server_name);
  }
  ASSERT_EQ(got.label.has_value(), want.label.has_value());
  if (want.label) {
    EXPECT_EQ(got.label->label, want.label->label);
    EXPECT_EQ(got.label->source, want.label->source);
    EXPECT_EQ(got.label->application, want.label->application);
  }
  EXPECT_EQ(fields(record.packets), fields(part.packets));
  const FlowTotals totals = part.measured().totals;
  for (std::size_t d = 0; d < 2; ++d) {
    EXPECT_EQ(record.totals[d].pkts, totals[d].pkts);
    EXPECT_EQ(record.totals[d].bytes, totals[d].bytes);
    EXPECT_EQ(record.totals[d].wire_bytes, totals[d].wire_bytes);
    EXPECT_EQ(record.totals[d].payload_bytes, totals[d].payload_bytes);
    EXPECT_EQ(record.totals[d].payload_pkts, totals[d].payload_pkts);
    EXPECT_EQ(record.totals[d].flags, totals[d].flags);
  }
}

TEST(FlowRecord, AsNdjson) {
  EXPECT_EQ(example().written(RowFormat::ndjson),
            "{\"flow_id\":\"00000000000000ab\",\"capture\":\"web/001.pcap\",\"src_ip\":\"10.0.0.1\",\"src_port\":40000,"
            "\"dst_ip\":\"10.0.0.2\",\"dst_port\":443,\"protocol\":6,\"vlan_id\":12,"
            "\"first_ts\":1700000000.000000005,\"last_ts\":1700000000.001500105,\"end_reason\":\"fin\",\"part\":2,"
            "\"dir_source\":\"syn\",\"fwd_pkts\":2,\"fwd_bytes\":112,\"fwd_wire_bytes\":140,\"fwd_payload_bytes\":0,"
            "\"fwd_payload_pkts\":0,\"bwd_pkts\":1,\"bwd_bytes\":1500,\"bwd_wire_bytes\":1514,"
            "\"bwd_payload_bytes\":1448,\"bwd_payload_pkts\":1,\"fwd_tcp_flags\":[1,1,0,0,1,0,0,0],"
            "\"bwd_tcp_flags\":[0,0,0,1,1,0,0,0],\"community_id\":\"1:UWHKJ/x6OQ1YiVv4rIl0t3yhjg8=\","
            "\"pkt_len\":[60,-1500,52],\"pkt_iat_us\":[0,1500,0.1],\"pkt_payload\":[0,1448,0]}\n");
}

TEST(FlowRecord, AsCsvArraysAreJoinedByOneSpace) {
  EXPECT_EQ(example().written(RowFormat::csv),
            "00000000000000ab,web/001.pcap,10.0.0.1,40000,10.0.0.2,443,6,12,1700000000.000000005,"
            "1700000000.001500105,fin,2,syn,2,112,140,0,0,1,1500,1514,1448,1,1 1 0 0 1 0 0 0,0 0 0 1 1 0 0 0,"
            "1:UWHKJ/x6OQ1YiVv4rIl0t3yhjg8=,60 -1500 52,0 1500 0.1,0 1448 0\n");
}

TEST(FlowRecord, DpiKeysStandBeforeTheCommunityIdAndAreReadBack) {
  Part part = example();
  part.columns.dpi = true;
  part.identity.dpi = DpiFields{"TLS.YouTube", "Media", "DPI", "video_stream", "www.youtube.com"};
  const std::string row = part.written(RowFormat::ndjson);
  EXPECT_THAT(row, HasSubstr("[0,0,0,1,1,0,0,0],\"dpi_proto\":\"TLS.YouTube\",\"dpi_category\":\"Media\","
                             "\"dpi_confidence\":\"DPI\",\"dpi_label\":\"video_stream\","
                             "\"sni\":\"www.youtube.com\",\"community_id\":"));
  for (const DpiFields& fields : {*part.identity.dpi, DpiFields{}}) {
    part.identity.dpi = fields;
    std::string error;
    for (const RowFormat format : {RowFormat::ndjson, RowFormat::csv}) {
      const std::string header = format == RowFormat::csv ? csv_header(flow_record_keys(part.columns, true)) : "";
      const auto record =
          read(part.written(format), error, std::string_view(header).substr(0, header.size() - !header.empty()));
      ASSERT_TRUE(record) << error;
      expect_equal(*record, part);
    }
  }
}

TEST(FlowRecord, AbsentValuesAreNullAndInCsvEmpty) {
  Part part = example();
  part.identity.capture = "";
  part.identity.vlan_id = 0;
  part.identity.protocol = kUdp;
  EXPECT_THAT(part.written(RowFormat::ndjson), HasSubstr("\"capture\":null,"));
  EXPECT_THAT(part.written(RowFormat::ndjson), HasSubstr("\"vlan_id\":null,"));
  EXPECT_THAT(part.written(RowFormat::ndjson), HasSubstr("\"fwd_tcp_flags\":null,\"bwd_tcp_flags\":null,"));
  EXPECT_THAT(part.written(RowFormat::csv), HasSubstr("00000000000000ab,,10.0.0.1"));
  EXPECT_THAT(part.written(RowFormat::csv), HasSubstr(",17,,1700000000"));
}

/// Keys of a row without nested objects, in order.
std::string keys_of(const std::string& row) {
  JsonReader reader;
  std::vector<JsonMember> members;
  RecordBlock block;
  block.assign(row);
  EXPECT_EQ(reader.members(block.text(), members), std::nullopt);
  std::string keys;
  for (const JsonMember& member : members)
    (keys += keys.empty() ? "" : ",") += member.key;
  return keys + "\n";
}

TEST(FlowRecord, TheCsvHeaderIsTheKeysOfTheNdjsonRow) {
  for (const bool community : {false, true})
    for (const bool label : {false, true})
      for (const bool series : {false, true}) {
        Part part = example();
        part.columns = {community, label};
        EXPECT_EQ(csv_header(flow_record_keys(part.columns, series)), keys_of(part.written(RowFormat::ndjson, series)));
      }
}

TEST(FlowRecord, RoundTripInBothFormats) {
  std::vector<Part> parts{example(), example(), example(), example()};
  parts[1].identity.src = endpoint("2001:db8::1", 65535);
  parts[1].identity.dst = endpoint("fe80::2", 0);
  parts[1].identity.protocol = 255;
  for (FlowPacket& packet : parts[1].packets)
    packet.tcp_flags = 0;
  parts[1].identity.vlan_id = 4095;
  parts[1].identity.first_ts = -1'500'000'000;
  parts[1].identity.last_ts = -1'498'499'900;
  parts[1].columns.community_id = false;
  parts[1].identity.community_id = "";
  parts[2].identity.capture = "w\"e,b\\/\xc3\xa4 \xf0\x9f\x98\x80\n.pcap";
  parts[2].columns.label = true;
  parts[2].identity.label = Label{"a \"quoted\", class", "file", "b\xc3\xb6\tse\\"};
  parts[3].columns.label = true;
  parts[3].identity.label = Label{};
  parts[3].packets[1].gap = 750'000'000'000'000'001;
  parts[3].identity.last_ts = 1'700'000'000'000'000'005 + 750'000'000'000'000'001 + 100;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const RowFormat format : {RowFormat::ndjson, RowFormat::csv}) {
      const std::string header = format == RowFormat::csv ? csv_header(flow_record_keys(parts[i].columns, true)) : "";
      std::string error;
      const auto record =
          read(parts[i].written(format), error, std::string_view(header).substr(0, header.size() - !header.empty()));
      ASSERT_TRUE(record) << error;
      SCOPED_TRACE("part " + std::to_string(i) + (format == RowFormat::csv ? " csv" : " ndjson"));
      expect_equal(*record, parts[i]);
    }
  }
}

TEST(FlowRecord, RandomSeriesComeBack) {
  Rng rng({15});
  for (int round = 0; round < 100; ++round) {
    Part part = example();
    part.packets.clear();
    Nanos end = part.identity.first_ts;
    for (std::uint64_t n = 1 + rng.below(50); n > 0; --n) {
      const auto length = static_cast<std::uint32_t>(20 + rng.below(65516));
      const Nanos gap = part.packets.empty() ? 0 : static_cast<Nanos>(rng.next() >> (10 + rng.below(50)));
      part.packets.push_back({static_cast<Direction>(rng.below(2)), gap, length, length,
                              static_cast<std::uint32_t>(rng.below(length - 19)),
                              static_cast<std::uint8_t>(rng.below(256))});
      end += gap;
    }
    part.identity.last_ts = end;
    std::string error;
    const auto record = read(part.written(RowFormat::ndjson), error);
    ASSERT_TRUE(record) << error;
    expect_equal(*record, part);
  }
}

TEST(FlowRecord, ReadInAnyOrderWithUnknownKeysPassedOver) {
  std::string text = example().written(RowFormat::ndjson);
  text.replace(0, 1, "{\"my_note\":{\"a\":[1,2]},");
  std::string error;
  const auto record = read(text, error);
  ASSERT_TRUE(record) << error;
  expect_equal(*record, example());
}

/// The message for the example with one member's value replaced; "" removes the member.
std::string refusal(const std::string& key, const std::string& value) {
  const std::string row = example().written(RowFormat::ndjson);
  JsonReader reader;
  std::vector<JsonMember> members;
  RecordBlock block;
  block.assign(row);
  reader.members(block.text(), members);
  std::string text = "{";
  for (const JsonMember& member : members) {
    if (member.key == key && value.empty()) continue;
    text += (text.size() > 1 ? "," : "") + ("\"" + std::string(member.key) + "\":") +
            (member.key == key ? value : std::string(member.value));
  }
  std::string error;
  const auto record = read(text + "}", error);
  EXPECT_EQ(record.has_value(), error.empty());
  return error;
}

TEST(FlowRecord, TheExampleItselfIsTaken) {
  EXPECT_EQ(refusal("none", "1"), "");
}

TEST(FlowRecord, EveryBrokenValueIsToldByItsKey) {
  const std::map<std::string, std::vector<std::string>> broken{
      {"flow_id", {"\"xyz\"", "\"00000000000000\"", "\"00000000000000abc\"", "\"000000000000000g\"", "12"}},
      {"src_ip", {"\"10.0.0\"", "\"host\"", "10"}},
      {"dst_ip", {"\"::g\"", "true"}},
      {"src_port", {"65536", "-1", "1.0", "\"http\""}},
      {"dst_port", {"70000", "1e3"}},
      {"protocol", {"256", "\"tcp\"", "-6"}},
      {"vlan_id", {"65536", "\"a\"", "1.5"}},
      {"first_ts", {"\"now\"", "1e9", "1.0000000001", "9223372037"}},
      {"end_reason", {"\"FIN\"", "\"timeout\"", "3"}},
      {"part", {"-1", "4294967296", "\"first\""}},
      {"dir_source", {"\"ack\"", "0"}},
      {"fwd_pkts", {"-1", "1.5", "18446744073709551616", "\"two\""}},
      {"bwd_payload_bytes", {"1e3"}},
      {"fwd_tcp_flags", {"[1,2,3]", "[1,1,0,0,1,0,0,0,0]", "[1,1,0,0,-1,0,0,0]", "7"}},
      {"pkt_len", {"[60,1.5,52]", "[60,\"a\",52]", "[60,4294967296,52]"}},
      {"pkt_iat_us", {"[0,-1,2]", "[0,0.0001,2]", "[0,1e3,2]", "[0,null,2]"}},
      {"pkt_payload", {"[0,-1,0]", "[0,0.5,0]", "[0,4294967296,0]"}},
  };
  for (const auto& [key, values] : broken)
    for (const std::string& value : values)
      EXPECT_THAT(refusal(key, value), HasSubstr("\"" + key + "\": expected")) << value;
}

TEST(FlowRecord, EveryKeyThatAReplayNeedsMustBeThereAndNotNull) {
  for (const char* key : {"flow_id", "src_ip", "src_port", "dst_ip", "dst_port", "protocol", "first_ts", "end_reason",
                          "part", "dir_source"}) {
    EXPECT_THAT(refusal(key, ""), HasSubstr("\"" + std::string(key) + "\" is missing"));
    EXPECT_THAT(refusal(key, "null"), HasSubstr("\"" + std::string(key) + "\" is missing"));
  }
  for (const char* key : {"pkt_len", "pkt_iat_us", "pkt_payload"})
    EXPECT_THAT(refusal(key, ""), testing::AllOf(HasSubstr(key), HasSubstr("--series all"))) << "says what to do";
}

TEST(FlowRecord, OtherKeysMayBeMissingOrNull) {
  for (const char* key : {"capture", "vlan_id", "community_id", "last_ts", "fwd_pkts", "bwd_tcp_flags"}) {
    EXPECT_EQ(refusal(key, ""), "") << key;
    EXPECT_EQ(refusal(key, "null"), "") << key;
  }
}

TEST(FlowRecord, SeriesThatDoNotFitEachOtherAreRefused) {
  EXPECT_THAT(refusal("pkt_len", "[60,-1500]"), HasSubstr("differ in length"));
  EXPECT_THAT(refusal("pkt_iat_us", "[]"), HasSubstr("differ in length"));
  EXPECT_THAT(refusal("pkt_payload", "[0,1,2,3]"), HasSubstr("differ in length"));
}

TEST(FlowRecord, AGapBeforeTheFirstPacketIsRefused) {
  EXPECT_THAT(refusal("pkt_iat_us", "[1,0,2]"), HasSubstr("before the first packet"));
}

TEST(FlowRecord, TimesBeyond64BitsAreRefused) {
  EXPECT_THAT(refusal("pkt_iat_us", "[0,9000000000000000,1]"), HasSubstr("beyond"));
}

TEST(FlowRecord, WhatIsNoObjectIsRefused) {
  for (const char* text : {"", "[]", "7", "{", "{\"flow_id\":}", "PK\x03\x04", "flow_id,capture"}) {
    std::string error;
    EXPECT_FALSE(read(text, error)) << text;
    EXPECT_NE(error, "") << text;
  }
}

TEST(FlowRecord, CsvRowsThatDoNotFitTheirHeaderAreRefused) {
  const std::string header = csv_header(flow_record_keys({true, false}, true));
  const std::string_view columns = std::string_view(header).substr(0, header.size() - 1);
  std::string row = example().written(RowFormat::csv);
  std::string error;
  EXPECT_FALSE(read(row.substr(0, row.rfind(',')), error, columns));
  EXPECT_THAT(error, HasSubstr("28 fields where the header has 29"));
  row.replace(row.find("40000"), 5, "x");
  EXPECT_FALSE(read(row, error, columns));
  EXPECT_THAT(error, HasSubstr("column \"src_port\": expected a port, got \"x\""));
}

TEST(FlowRecord, OneRecordLeavesNothingForTheNext) {
  FlowRecordReader reader;
  RecordBlock block;
  std::string error;
  Part labelled = example();
  labelled.columns.label = true;
  labelled.identity.label = Label{"web", "file", ""};
  block.assign(labelled.written(RowFormat::ndjson));
  ASSERT_TRUE(reader.read(block.text(), error));
  block.assign("{\"flow_id\":\"00000000000000ab\"}");
  EXPECT_FALSE(reader.read(block.text(), error));
  block.assign(example().written(RowFormat::ndjson));
  const auto record = reader.read(block.text(), error);
  ASSERT_TRUE(record) << error;
  expect_equal(*record, example());
}

TEST(Timestamp, SecondsWithAtMostNineDecimals) {
  EXPECT_EQ(parse_timestamp("0"), 0);
  EXPECT_EQ(parse_timestamp("1.5"), 1'500'000'000);
  EXPECT_EQ(parse_timestamp("-0.000000001"), -1);
  EXPECT_EQ(parse_timestamp("9223372036.854775807"), INT64_MAX);
  for (const char* text : {"", "-", "1.", ".5", "1.0000000000", "1e9", "+1", " 1", "1 ", "1.-5", "--1", "0x1",
                           "9223372036.854775808", "99999999999999999999"})
    EXPECT_FALSE(parse_timestamp(text)) << text;
}

}  // namespace
}  // namespace mltat
