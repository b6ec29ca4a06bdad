// SPDX-License-Identifier: Apache-2.0
// Against captures and peers that are not ours: hostile files, and libpcap and libtins as a second opinion on framing
// and decoding. Needs the shared captures (MLTAT_SHARED); skipped without them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <tins/tins.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "capture/ieee802_11.h"
#include "unit/capture/capture_builder.h"
#include "wire/decode.h"

namespace mltat {
namespace {

using namespace test;
namespace fs = std::filesystem;

class Oracle : public testing::Test {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("MLTAT_SHARED");
    if (!shared) GTEST_SKIP() << "MLTAT_SHARED is not set";
    oracles_ = fs::path(shared) / "oracles";
  }

  /// The files of a folder in the order of their names; every `step`-th.
  std::vector<std::string> files(const std::string& folder, std::size_t step = 1) const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(oracles_ / folder))
      if (entry.is_regular_file()) all.push_back(entry.path().string());
    std::sort(all.begin(), all.end());
    std::vector<std::string> chosen;
    for (std::size_t i = 0; i < all.size(); i += step)
      chosen.push_back(all[i]);
    return chosen;
  }

  fs::path oracles_;
};

/// What reading a file comes to: packets read and used, and how it ends.
struct Outcome {
  std::size_t read = 0;
  std::size_t used = 0;
  enum Kind { whole, damaged, refused, no_bytes } kind = whole;

  bool operator==(const Outcome&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << outcome.read << " read, " << outcome.used << " used, ends as " << outcome.kind;
  }
};

RawPacket raw(const Seen& seen) {
  RawPacket packet;
  packet.frame = seen.frame;
  packet.wire_len = seen.wire_len;
  packet.link = seen.link;
  if (is_ieee802_11(seen.link)) packet.ether_type_at = find_ether_type(seen.link, seen.frame);
  return packet;
}

Outcome outcome_of(const std::string& path) {
  try {
    const auto source = open_capture(open_source(path));
    if (!source) return {0, 0, Outcome::no_bytes};
    const Capture capture = read_all(*source);
    Outcome outcome{capture.packets.size(), 0, capture.damage.empty() ? Outcome::whole : Outcome::damaged};
    PacketInfo info;
    PacketCounts counts;
    for (const Seen& seen : capture.packets)
      if (decode(raw(seen), {}, info, counts) == Skip::none) ++outcome.used;
    return outcome;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data) << error.what();
    return {0, 0, Outcome::refused};
  }
}

// ---------------------------------------------------------------- hostile files

/// EXPECT.csv says in words what is wanted of each file; here it is in numbers.
const std::map<std::string, Outcome>& wanted_of_framing() {
  static const std::map<std::string, Outcome> kWanted{
      {"ok_us_le.pcap", {8, 8}},
      {"ok_us_be.pcap", {8, 8}},
      {"ok_ns_le.pcap", {8, 8}},
      {"ok_ns_be.pcap", {8, 8}},
      {"header_only.pcap", {0, 0}},
      {"short_header.pcap", {0, 0, Outcome::refused}},
      {"bad_magic.pcap", {0, 0, Outcome::refused}},
      {"text_not_pcap.pcap", {0, 0, Outcome::refused}},
      {"json_not_pcap.pcap", {0, 0, Outcome::refused}},
      {"bad_version.pcap", {0, 0, Outcome::refused}},
      {"trunc_rec_header.pcap", {7, 7, Outcome::damaged}},
      {"caplen_gt_snaplen.pcap", {2, 2}},
      {"caplen_huge.pcap", {1, 1, Outcome::damaged}},
      {"caplen_neg.pcap", {0, 0, Outcome::damaged}},
      {"caplen_zero.pcap", {4, 1}},
      {"caplen_gt_len.pcap", {2, 2}},
      {"len_huge.pcap", {2, 2}},
      {"ts_equal.pcap", {8, 8}},
      {"synack_first.pcap", {8, 8}},
      {"midstream_server_first.pcap", {3, 3}},
      {"port_reuse.pcap", {16, 16}},
      {"single_syn.pcap", {1, 1}},
      {"rst_mid.pcap", {7, 7}},
      {"fin_then_last_ack.pcap", {9, 9}},
      {"self_talk.pcap", {2, 2}},
      {"same_host_ports.pcap", {2, 2}},
      {"ip_total_len_zero_tso.pcap", {1, 1}},
      {"ihl_4.pcap", {1, 0}},
      {"ihl_15_short.pcap", {1, 0}},
      {"udp_len_7.pcap", {1, 1}},
      {"vlan_bomb.pcap", {1, 0}},
      {"ng_be.pcapng", {8, 8}},
      {"ng_ns.pcapng", {8, 8}},
      {"ng_pow2.pcapng", {8, 8}},
      {"ng_bad_iface.pcapng", {0, 0, Outcome::damaged}},
      {"ng_no_idb.pcapng", {0, 0, Outcome::damaged}},
      {"ng_blocklen_3.pcapng", {0, 0, Outcome::damaged}},
      {"ng_blocklen_mismatch.pcapng", {0, 0, Outcome::damaged}},
      {"ng_unknown_block.pcapng", {1, 1}},
      {"concat_two_pcaps.pcap", {8, 8, Outcome::damaged}},
      {"ok.pcap.gz", {0, 0, Outcome::refused}},
      {"lt_raw.pcap", {8, 8}},
      {"lt_sll2.pcap", {8, 8}},
      {"lt_ipv4.pcap", {8, 8}},
      {"lt_user0_unknown.pcap", {0, 0, Outcome::refused}},
      // Not due at the main job, but so it is:
      {"ng_two_sections_mixed_endian.pcapng", {2, 2}},
      {"ng_spb.pcapng", {1, 1}},
      {"modified_kuznetzov.pcap", {8, 8}},
      {"ip4_frag_overlap.pcap", {2, 2}},
      {"mpls_bomb.pcap", {1, 0}},
      {"gre_bomb.pcap", {1, 1}},
      {"lt_wifi.pcap", {8, 0}},
  };
  return kWanted;
}

TEST_F(Oracle, EveryRowOfTheHostileTable) {
  std::ifstream table(oracles_ / "hostile/framing/EXPECT.csv");
  std::string line;
  std::getline(table, line);
  std::size_t rows = 0;
  while (std::getline(table, line)) {
    const std::string file = line.substr(0, line.find(','));
    const auto wanted = wanted_of_framing().find(file);
    ASSERT_NE(wanted, wanted_of_framing().end()) << "no expectation for " << line;
    EXPECT_EQ(outcome_of((oracles_ / "hostile/framing" / file).string()), wanted->second) << line;
    ++rows;
  }
  EXPECT_EQ(rows, wanted_of_framing().size());
}

TEST_F(Oracle, OnePacketStreamInManyFormats) {
  const auto read = [&](const std::string& file) {
    return read_all(*open_capture(open_source((oracles_ / "hostile/framing" / file).string())));
  };
  const Capture control = read("ok_us_le.pcap");
  ASSERT_EQ(control.packets.size(), 8u);
  for (const char* file : {"ok_us_be.pcap", "ok_ns_le.pcap", "ok_ns_be.pcap", "ng_be.pcapng", "ng_ns.pcapng"})
    EXPECT_EQ(read(file).packets, control.packets) << file;
  const std::vector<Nanos> times = read("ng_pow2.pcapng").times();
  for (std::size_t i = 1; i < times.size(); ++i)
    EXPECT_EQ(times[i] - times[i - 1], kSecond);
}

// No crash, no sanitizer report, no hang.
TEST_F(Oracle, MalformedCapturesOfTcpdump) {
  std::size_t opened = 0;
  for (const std::string& path : files("hostile/tcpdump")) {
    const Outcome outcome = outcome_of(path);
    opened += outcome.kind != Outcome::refused;
    EXPECT_LE(outcome.used, outcome.read) << path;
  }
  EXPECT_GT(opened, 200u);
}

// ---------------------------------------------------------------- libpcap

struct PcapRecord {
  Nanos time;
  std::uint32_t captured;
  std::uint32_t original;
};

/// Empty if libpcap cannot open the file.
std::vector<PcapRecord> read_with_libpcap(const std::string& path) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* capture = pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
  std::vector<PcapRecord> records;
  if (!capture) return records;
  pcap_pkthdr* header;
  const u_char* bytes;
  while (pcap_next_ex(capture, &header, &bytes) == 1)
    records.push_back({header->ts.tv_sec * kSecond + header->ts.tv_usec, header->caplen, header->len});
  pcap_close(capture);
  return records;
}

TEST_F(Oracle, RecordsAsLibpcapReadsThem) {
  std::vector<std::string> paths = files("ndpi/pcap", 3);
  paths.push_back((oracles_ / "hostile/framing/modified_kuznetzov.pcap").string());
  std::size_t compared = 0;
  for (const std::string& path : paths) {
    const std::vector<PcapRecord> theirs = read_with_libpcap(path);
    if (theirs.empty() || outcome_of(path).kind == Outcome::refused) continue;
    const Capture ours = read_all(*open_capture(open_source(path)));
    ASSERT_EQ(ours.packets.size(), theirs.size()) << path;
    std::size_t other_times = 0;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      ASSERT_EQ(ours.packets[i].frame.size(), theirs[i].captured) << path << " " << i;
      ASSERT_EQ(ours.packets[i].wire_len, std::max(theirs[i].captured, theirs[i].original)) << path << " " << i;
      other_times += ours.packets[i].ts != theirs[i].time;
    }
    EXPECT_EQ(other_times, ours.noted(Note::wild_clock) + ours.noted(Note::time_out_of_range)) << path;
    ++compared;
  }
  EXPECT_GT(compared, 70u);
}

// ---------------------------------------------------------------- libtins

struct Ends {
  std::string source;
  std::string destination;
  unsigned source_port;
  unsigned destination_port;
  unsigned protocol;

  bool operator==(const Ends&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Ends& ends) {
    return out << ends.source << ':' << ends.source_port << ' ' << ends.destination << ':' << ends.destination_port
               << ' ' << ends.protocol;
  }
};

/// TCP or UDP over unfragmented IP over plain Ethernet, if libtins sees it so.
std::optional<Ends> decode_with_libtins(const Packet& frame) {
  try {
    const Tins::EthernetII ethernet(frame.data(), static_cast<std::uint32_t>(frame.size()));
    Ends ends{};
    if (const auto* ip = dynamic_cast<const Tins::IP*>(ethernet.inner_pdu())) {
      if (ip->is_fragmented()) return std::nullopt;
      ends.source = "::ffff:" + ip->src_addr().to_string();
      ends.destination = "::ffff:" + ip->dst_addr().to_string();
    } else if (const auto* ip6 = dynamic_cast<const Tins::IPv6*>(ethernet.inner_pdu())) {
      if (ip6->search_header(Tins::IPv6::FRAGMENT)) return std::nullopt;
      ends.source = ip6->src_addr().to_string();
      ends.destination = ip6->dst_addr().to_string();
    } else {
      return std::nullopt;
    }
    const Tins::PDU* transport = ethernet.inner_pdu()->inner_pdu();
    if (const auto* tcp = dynamic_cast<const Tins::TCP*>(transport)) {
      ends.source_port = tcp->sport();
      ends.destination_port = tcp->dport();
      ends.protocol = kTcp;
    } else if (const auto* udp = dynamic_cast<const Tins::UDP*>(transport)) {
      ends.source_port = udp->sport();
      ends.destination_port = udp->dport();
      ends.protocol = kUdp;
    } else {
      return std::nullopt;
    }
    return ends;
  } catch (const Tins::exception_base&) {
    return std::nullopt;
  }
}

std::string text(const Endpoint& endpoint) {
  if (endpoint.is_ipv4()) {
    std::string dotted = "::ffff:";
    for (std::size_t i = 12; i < 16; ++i)
      dotted += (i > 12 ? "." : "") + std::to_string(endpoint.address[i]);
    return dotted;
  }
  return Tins::IPv6Address(endpoint.address.data()).to_string();
}

TEST_F(Oracle, EndsAsLibtinsReadsThem) {
  std::size_t compared = 0;
  for (const std::string& path : files("ndpi/pcap", 3)) {
    if (outcome_of(path).kind == Outcome::refused) continue;
    for (const Seen& seen : read_all(*open_capture(open_source(path))).packets) {
      if (seen.link != LinkType::ethernet) continue;
      const std::optional<Ends> theirs = decode_with_libtins(seen.frame);
      PacketInfo info;
      PacketCounts counts;
      if (!theirs || decode(raw(seen), {}, info, counts) != Skip::none) continue;
      const Ends ours{text(info.source()), text(info.destination()), info.source().port, info.destination().port,
                      info.key.protocol};
      ASSERT_EQ(ours, *theirs) << path << " packet " << seen.number;
      ++compared;
    }
  }
  EXPECT_GT(compared, 10'000u);
}

}  // namespace
}  // namespace mltat
