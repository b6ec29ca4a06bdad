// SPDX-License-Identifier: Apache-2.0
#include "features/feature_row.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "feature_lab.h"
#include "io/record_reader.h"

namespace mltat {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kAllFamilies = "mltat30,flags,splt:5,bursts,hist";

FlowIdentity identity() {
  FlowIdentity flow;
  flow.flow_id = 0xab;
  flow.capture = "web/001.pcap";
  flow.src = {parse_address("10.0.0.1")->address, 40000};
  flow.dst = {parse_address("10.0.0.2")->address, 443};
  flow.protocol = kTcp;
  flow.first_ts = 1'700'000'000'000'000'000;
  flow.last_ts = flow.first_ts + 6500;
  flow.end_reason = EndReason::fin;
  flow.dir_source = DirSource::syn;
  flow.community_id = "1:abc=";
  return flow;
}

FeatureMeasurement::Result windows_of(const FeatureSet& features, const Window& window,
                                      const std::vector<FlowPacket>& packets, std::uint32_t part = 0) {
  FeatureMeasurement measurement(features, window);
  FeatureMeasurement::State state;
  measurement.start(state, part);
  for (const FlowPacket& packet : timed(packets))
    measurement.add(state, packet, {});
  return measurement.finish(state);
}

std::string written(const std::string& spec, const std::string& window, RowFormat format, IdentityColumns columns,
                    const std::vector<FlowPacket>& packets) {
  const FeatureSet features(spec);
  const FeatureRowWriter writer(features, parse_window(window), format, columns);
  std::string out;
  writer.write(out, identity(), windows_of(features, parse_window(window), packets));
  return out;
}

TEST(FeatureRow, AsNdjson) {
  const std::string row =
      written("mltat30", "flow", RowFormat::ndjson, {true, false}, {fwd(0, 60), bwd(1500, 1500, 1448)});
  EXPECT_EQ(row,
            "{\"flow_id\":\"00000000000000ab\",\"capture\":\"web/001.pcap\",\"src_ip\":\"10.0.0.1\",\"src_port\":40000,"
            "\"dst_ip\":\"10.0.0.2\",\"dst_port\":443,\"protocol\":6,\"vlan_id\":null,"
            "\"first_ts\":1700000000.000000000,\"last_ts\":1700000000.000001500,\"end_reason\":\"fin\",\"part\":0,"
            "\"window\":null,\"dir_source\":\"syn\",\"community_id\":\"1:abc=\",\"feature_set\":\"mltat30/1\","
            "\"duration_us\":1.5,\"fwd_pkts\":1,\"fwd_bytes\":60,\"fwd_payload_bytes\":0,\"fwd_payload_pkts\":0,"
            "\"bwd_pkts\":1,\"bwd_bytes\":1500,\"bwd_payload_bytes\":1448,\"bwd_payload_pkts\":1,"
            "\"fwd_pkt_len_min\":60,\"fwd_pkt_len_max\":60,\"fwd_pkt_len_mean\":60,\"fwd_pkt_len_var\":0,"
            "\"bwd_pkt_len_min\":1500,\"bwd_pkt_len_max\":1500,\"bwd_pkt_len_mean\":1500,\"bwd_pkt_len_var\":0,"
            "\"fwd_iat_min_us\":0,\"fwd_iat_max_us\":0,\"fwd_iat_mean_us\":0,\"fwd_iat_var_us\":0,"
            "\"bwd_iat_min_us\":0,\"bwd_iat_max_us\":0,\"bwd_iat_mean_us\":0,\"bwd_iat_var_us\":0,"
            "\"fwd_pkt_len_entropy\":0,\"fwd_iat_entropy\":0,\"bwd_pkt_len_entropy\":0,\"bwd_iat_entropy\":0}\n");
}

TEST(FeatureRow, TheCsvHeaderIsTheKeysOfTheNdjsonRow) {
  for (const char* spec : {"mltat30", kAllFamilies})
    for (const bool community : {false, true})
      for (const unsigned more : {0U, 1U, 2U, 3U}) {
        const IdentityColumns columns{community, (more & 1) != 0, (more & 2) != 0};
        const std::string row = written(spec, "flow", RowFormat::ndjson, columns, {fwd(0, 60)});
        JsonReader reader;
        std::vector<JsonMember> members;
        RecordBlock block;
        block.assign(row);
        ASSERT_EQ(reader.members(block.text(), members), std::nullopt);
        std::string keys;
        for (const JsonMember& member : members)
          (keys += keys.empty() ? "" : ",") += member.key;
        const FeatureSet features(spec);
        EXPECT_EQ(FeatureRowWriter(features, {}, RowFormat::csv, columns).header(), keys + "\n");
      }
}

TEST(FeatureRow, CsvHasOneFieldForEachColumn) {
  const std::string row = written(kAllFamilies, "flow", RowFormat::csv, {true, true}, {fwd(0, 60)});
  const FeatureSet features(kAllFamilies);
  const std::string header = FeatureRowWriter(features, {}, RowFormat::csv, {true, true}).header();
  EXPECT_EQ(std::count(row.begin(), row.end(), ','), std::count(header.begin(), header.end(), ','));
  EXPECT_THAT(row, StartsWith("00000000000000ab,web/001.pcap,10.0.0.1,40000,10.0.0.2,443,6,,1700000000.000000000,"
                              "1700000000.000000000,fin,0,,syn,1:abc=,,,,mltat30+flags+splt:5+bursts+hist/1,0,1,60,"));
}

TEST(FeatureRow, EachWindowIsARowWithItsOwnTimesAndNumber) {
  const std::string rows =
      written("mltat30", "every:1us", RowFormat::ndjson, {true, false}, {fwd(0, 60), fwd(2500, 60), fwd(100, 60)});
  const std::size_t second = rows.find('\n') + 1;
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 2);
  EXPECT_THAT(rows.substr(0, second), HasSubstr("\"first_ts\":1700000000.000000000,\"last_ts\":1700000000.000000000"));
  EXPECT_THAT(rows.substr(0, second), HasSubstr("\"window\":0,"));
  EXPECT_THAT(rows.substr(second), HasSubstr("\"first_ts\":1700000000.000002500,\"last_ts\":1700000000.000002600"));
  EXPECT_THAT(rows.substr(second), HasSubstr("\"window\":2,"));
}

TEST(FeatureRow, FirstWindowsHaveNumberZero) {
  for (const char* window : {"first:1", "first:10s"})
    EXPECT_THAT(written("mltat30", window, RowFormat::ndjson, {true, false}, {fwd(0, 60), fwd(1, 60)}),
                HasSubstr("\"window\":0,"))
        << window;
}

// ------------------------------------------------------------------------------------------------------- replay

/// The record that flowgen would write of these packets, keeping the first of them, read back.
FlowRecord record_of(const std::vector<FlowPacket>& packets, std::uint64_t keep = UINT64_MAX, std::uint32_t part = 0) {
  SeriesMeasurement measurement(keep);
  SeriesMeasurement::State state;
  measurement.start(state, part);
  for (const FlowPacket& packet : packets)
    measurement.add(state, packet, {});
  FlowIdentity flow = identity();
  flow.part = part;
  std::string text;
  write_flow_record(text, RowFormat::ndjson, {}, flow, measurement.finish(state), true);
  RecordBlock block;
  block.assign(text);
  std::string error;
  auto record = FlowRecordReader().read(block.text(), error);
  EXPECT_TRUE(record) << error;
  return std::move(record).value();
}

std::vector<FlowPacket> random_packets(Rng& rng) {
  std::vector<FlowPacket> packets;
  for (std::uint64_t n = 1 + rng.below(60); n > 0; --n) {
    const Nanos gap = packets.empty() ? 0 : static_cast<Nanos>(rng.next() >> (8 + rng.below(56)));
    const auto length = static_cast<std::uint32_t>(20 + rng.below(1600));
    packets.push_back({static_cast<Direction>(rng.below(2)), gap, length, length + 14,
                       static_cast<std::uint32_t>(rng.below(length - 19)), static_cast<std::uint8_t>(rng.below(256))});
  }
  return packets;
}

TEST(Replay, OfARecordGivesTheFeaturesOfThePackets) {
  Rng rng({18});
  for (int round = 0; round < 60; ++round) {
    const std::vector<FlowPacket> packets = random_packets(rng);
    for (const char* text : {"flow", "first:7", "first:1ms", "every:1ms"}) {
      const Window window = parse_window(text);
      const FeatureSet features(window.kind == Window::Kind::flow ? kAllFamilies : "mltat30,splt:5,bursts,hist");
      FeatureMeasurement measurement(features, window);
      std::string error;
      const auto replayed = replay(record_of(packets), features, window, measurement, error);
      EXPECT_EQ(error, "");
      ASSERT_EQ(named(features, replayed), named(features, windows_of(features, window, packets))) << text;
    }
  }
}

TEST(Replay, LaterPartsHaveNoFirstWindow) {
  const FeatureSet features("mltat30");
  const Window window = parse_window("first:2");
  FeatureMeasurement measurement(features, window);
  std::string error;
  EXPECT_TRUE(replay(record_of({fwd(0, 60)}, UINT64_MAX, 1), features, window, measurement, error).empty());
  EXPECT_EQ(error, "");
}

TEST(Replay, ASeriesThatIsTooShortIsRefusedButServesAShorterWindow) {
  const FeatureSet features("mltat30");
  const FlowRecord record = record_of({fwd(0, 60), bwd(1, 70), fwd(1, 80), fwd(1, 90)}, 2);
  std::string error;
  for (const char* text : {"flow", "first:3", "every:1s", "first:1s"}) {
    error.clear();
    FeatureMeasurement measurement(features, parse_window(text));
    EXPECT_TRUE(replay(record, features, parse_window(text), measurement, error).empty());
    EXPECT_THAT(error, HasSubstr("holds 2 of its 4 packets")) << text;
    EXPECT_THAT(error, EndsWith("--series all")) << "says what to do";
  }
  error.clear();
  FeatureMeasurement measurement(features, parse_window("first:2"));
  const auto rows = named(features, replay(record, features, parse_window("first:2"), measurement, error));
  EXPECT_EQ(error, "");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["bwd_bytes"], 70);
}

}  // namespace
}  // namespace mltat
