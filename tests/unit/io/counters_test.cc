// SPDX-License-Identifier: Apache-2.0
#include "io/counters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace mltat {
namespace {

Counters example() {
  Counters counters;
  counters.add("packets_read", 10, "Packets read");
  counters.add("packets_skipped", "reason", "non_ip", 2, "Packets not used");
  counters.add("packets_skipped", "reason", "malformed", 0, "Packets not used");
  counters.add("flows_written", UINT64_MAX, "Flows written");
  return counters;
}

TEST(Counters, AsJsonLabelsAreMembers) {
  EXPECT_EQ(example().json(),
            "{\"packets_read\":10,\"packets_skipped\":{\"non_ip\":2,\"malformed\":0},"
            "\"flows_written\":18446744073709551615}\n");
  EXPECT_EQ(Counters().json(), "{}\n");
}

TEST(Counters, ALabelledKindMayStandFirstAndLast) {
  Counters counters;
  counters.add("a", "l", "x", 1, "");
  counters.add("b", "l", "y", 2, "");
  EXPECT_EQ(counters.json(), "{\"a\":{\"x\":1},\"b\":{\"y\":2}}\n");
}

TEST(Counters, AsPrometheusTextWithOneHeadForEachKind) {
  EXPECT_EQ(example().prometheus("flowgen"),
            "# HELP mltat_packets_read_total Packets read\n"
            "# TYPE mltat_packets_read_total counter\n"
            "mltat_packets_read_total{tool=\"flowgen\"} 10\n"
            "# HELP mltat_packets_skipped_total Packets not used\n"
            "# TYPE mltat_packets_skipped_total counter\n"
            "mltat_packets_skipped_total{tool=\"flowgen\",reason=\"non_ip\"} 2\n"
            "mltat_packets_skipped_total{tool=\"flowgen\",reason=\"malformed\"} 0\n"
            "# HELP mltat_flows_written_total Flows written\n"
            "# TYPE mltat_flows_written_total counter\n"
            "mltat_flows_written_total{tool=\"flowgen\"} 18446744073709551615\n");
}

TEST(Counters, TheValueOfALabelMayBeAnything) {
  Counters counters;
  counters.add("rows", "model", "a\"b\\c\nd", 1, "Rows");
  EXPECT_THAT(counters.prometheus("predict"), testing::HasSubstr("model=\"a\\\"b\\\\c\\nd\"} 1\n"));
  EXPECT_EQ(counters.json(), "{\"rows\":{\"a\\\"b\\\\c\\nd\":1}}\n");
}

TEST(Counters, TheEndingOfTheFileChoosesTheForm) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("mltat-counters-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const auto content = [&](const std::string& name) {
    example().write(folder / name, "flowgen");
    std::ifstream stream(folder / name);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  EXPECT_EQ(content("run.prom"), example().prometheus("flowgen"));
  EXPECT_EQ(content("run.json"), example().json());
  EXPECT_EQ(content("prom"), example().json());
  std::filesystem::remove_all(folder);
  EXPECT_THROW(example().write(folder / "run.json", "flowgen"), Error);
}

}  // namespace
}  // namespace mltat
