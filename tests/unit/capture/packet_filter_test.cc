// SPDX-License-Identifier: Apache-2.0
#include "capture/packet_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/units.h"
#include "unit/capture/capture_builder.h"

namespace mltat {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

Packet tcp_to(unsigned port) {
  return ipv4({}) + tcp({.destination = port});
}

/// Frames 0 to 4: TCP to 443, to 80, to 443 behind a tag, over IPv6, and no IP at all.
Packet capture_of_five() {
  const Writer w;
  Packet file = w.file();
  const Packet frames[] = {ethernet(0x0800) + tcp_to(443), ethernet(0x0800) + tcp_to(80),
                           ethernet(0x8100) + vlan(5, 0x0800) + tcp_to(443),
                           ethernet(0x86dd) + ipv6({}) + tcp({.destination = 443}), ethernet(0x0806) + zeros(28)};
  for (unsigned i = 0; i < 5; ++i)
    file = file + w.record(1000 + i, 0, frames[i], 500 + i);
  return file;
}

Capture filtered(const Packet& file, const std::string& expression) {
  return read_all(*filter_packets(open_bytes(file), expression));
}

std::vector<std::uint64_t> numbers_of(const Capture& capture) {
  std::vector<std::uint64_t> numbers;
  for (const Seen& packet : capture.packets)
    numbers.push_back(packet.number);
  return numbers;
}

std::string usage_error(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    return error.what();
  }
  return "taken";
}

TEST(PacketFilter, KeepsWhatMatchesAndCountsTheRest) {
  const Packet file = capture_of_five();
  const std::pair<const char*, std::vector<std::uint64_t>> cases[] = {
      {"", {0, 1, 2, 3, 4}},         {"tcp port 443", {0, 3}},   {"vlan 5 and tcp port 443", {2}},
      {"ip6 or arp", {3, 4}},        {"host 10.0.0.9", {}},      {"ether proto 0x0806", {4}},
      {"len >= 503", {3, 4}},        {"tcp[13] & 16 != 0", {0, 1}},
  };
  for (const auto& [expression, expected] : cases) {
    const Capture out = filtered(file, expression);
    EXPECT_EQ(numbers_of(out), expected) << expression;
    EXPECT_EQ(out.counts.read, 5U);
    EXPECT_EQ(out.counts.skipped[static_cast<std::size_t>(Skip::filtered)], 5 - expected.size()) << expression;
  }
}

TEST(PacketFilter, ChangesNothingOfThePacketsThatPass) {
  const Packet file = capture_of_five();
  const Capture all = read_bytes(file);
  const Capture some = filtered(file, "tcp port 443");
  EXPECT_THAT(some.packets, ElementsAre(all.packets[0], all.packets[3]));
}

TEST(PacketFilter, HasAProgramForEachLinkTypeOfACapture) {
  const Writer w;
  const Packet ip = tcp_to(443);
  const Packet file = w.section() + w.interface(1) + w.interface(101) + w.interface(147) +
                      w.enhanced(0, 1, ethernet(0x0800) + ip) + w.enhanced(1, 2, ip) + w.enhanced(2, 3, ip) +
                      w.enhanced(1, 4, tcp_to(80));
  // Frames of a type that is not decoded are let through, to be counted as that.
  EXPECT_EQ(numbers_of(filtered(file, "tcp port 443")), (std::vector<std::uint64_t>{0, 1, 2}));
}

TEST(PacketFilter, TellsWhatIsWrongWithAnExpression) {
  EXPECT_EQ(usage_error([] { check_filter("tcp prt 1"); }), "can't parse filter expression: syntax error");
  EXPECT_EQ(usage_error([] { check_filter("tcp port 70000"); }), "illegal port number 70000 > 65535");
  check_filter("wlan type mgt");  // means something somewhere
  EXPECT_THAT(usage_error([] { filtered(capture_of_five(), "wlan type mgt"); }),
              HasSubstr("--filter: on frames of type EN10MB: "));
}

TEST(PacketFilter, ReportsTheDamageOfTheCapture) {
  Packet file = capture_of_five();
  file.resize(file.size() - 3);
  const Capture out = filtered(file, "arp or tcp port 80");
  EXPECT_EQ(numbers_of(out), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(out.damage, read_bytes(file).damage);
  EXPECT_FALSE(out.damage.empty());
}

TEST(PacketFilter, BelongsToEveryUnit) {
  const Packet file = capture_of_five();
  SourceSettings settings;
  settings.filter = "ip6";
  const auto open = [&](const std::string& path) -> std::unique_ptr<ByteSource> {
    return std::make_unique<MemorySource>(path, file);
  };
  const auto source = open_unit({"x", {"a", "b"}}, settings, open);
  EXPECT_EQ(numbers_of(read_all(*source)), (std::vector<std::uint64_t>{3, 8}));
}

}  // namespace
}  // namespace mltat
