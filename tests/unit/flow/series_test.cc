// SPDX-License-Identifier: Apache-2.0
#include "flow/series.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"

namespace mltat {
namespace {

FlowPacket packet(Direction direction, Nanos gap, std::uint32_t ip_len, std::uint32_t payload, std::uint8_t flags = 0) {
  return {direction, gap, ip_len, ip_len + 14, payload, flags};
}

using Fields = std::tuple<Direction, Nanos, std::uint32_t, std::uint32_t>;
std::vector<Fields> fields(const PacketSeries& series) {
  std::vector<Fields> list;
  series.for_each([&](const FlowPacket& p) { list.emplace_back(p.direction, p.gap, p.ip_len, p.payload_len); });
  return list;
}
Fields fields(const FlowPacket& p) {
  return {p.direction, p.gap, p.ip_len, p.payload_len};
}

TEST(PacketSeries, ExtremesComeBackAsTheyWere) {
  SeriesPool pool;
  SeriesPool::Series series;
  pool.start(series);
  const std::vector<FlowPacket> packets{
      packet(Direction::forward, 0, 40, 0),
      packet(Direction::backward, 750'000'000'000'000'000, 65535, 65515),
      packet(Direction::forward, INT64_MAX, UINT32_MAX, 0),
      packet(Direction::backward, 127, 0, 0),
      packet(Direction::forward, 128, 20, 20),
  };
  std::vector<Fields> expected;
  for (const FlowPacket& p : packets) {
    pool.append(series, p);
    expected.push_back(fields(p));
  }
  EXPECT_EQ(fields(pool.finish(series)), expected);
}

TEST(PacketSeries, ManySeriesShareOnePoolAndItsChunksAreUsedAgain) {
  Rng rng({14});
  SeriesPool pool;
  for (int round = 0; round < 5; ++round) {
    std::vector<SeriesPool::Series> series(40);
    std::vector<std::vector<Fields>> expected(series.size());
    for (auto& one : series)
      pool.start(one);
    for (int i = 0; i < 4000; ++i) {
      const std::size_t at = rng.below(series.size());
      const auto length = static_cast<std::uint32_t>(rng.below(70000));
      const auto gap = static_cast<Nanos>(rng.next() >> (1 + rng.below(63)));
      const FlowPacket p = packet(static_cast<Direction>(rng.below(2)), gap, length,
                                  static_cast<std::uint32_t>(rng.below(length + std::uint64_t{1})));
      pool.append(series[at], p);
      expected[at].push_back(fields(p));
    }
    for (std::size_t i = 0; i < series.size(); ++i) {
      const PacketSeries finished = pool.finish(series[i]);
      EXPECT_EQ(finished.pkts(), expected[i].size());
      ASSERT_EQ(fields(finished), expected[i]) << "series " << i;
    }
  }
}

TEST(PacketSeries, AFlipTurnsWhatWasStoredAndNothingAfter) {
  SeriesPool pool;
  SeriesPool::Series series;
  pool.start(series);
  pool.append(series, packet(Direction::forward, 0, 100, 1));
  pool.append(series, packet(Direction::backward, 1, 200, 1));
  pool.flip(series);
  pool.append(series, packet(Direction::forward, 2, 300, 1));
  const auto list = fields(pool.finish(series));
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(std::get<0>(list[0]), Direction::backward);
  EXPECT_EQ(std::get<0>(list[1]), Direction::forward);
  EXPECT_EQ(std::get<0>(list[2]), Direction::forward);
}

TEST(PacketSeries, AFinishedOneIsEmptyAgain) {
  SeriesPool pool;
  SeriesPool::Series series;
  pool.start(series);
  pool.append(series, packet(Direction::forward, 0, 100, 1));
  pool.flip(series);
  pool.finish(series);
  EXPECT_EQ(pool.finish(series).pkts(), 0u);
  pool.append(series, packet(Direction::forward, 0, 100, 1));
  EXPECT_EQ(std::get<0>(fields(pool.finish(series))[0]), Direction::forward) << "the flip is forgotten";
}

TEST(SeriesMeasurement, TotalsByDirection) {
  SeriesMeasurement measurement(UINT64_MAX);
  SeriesMeasurement::State state;
  measurement.start(state, 0);
  measurement.add(state, packet(Direction::forward, 0, 60, 0, kSyn), {});
  measurement.add(state, packet(Direction::backward, 5, 1500, 1448, kAck | kPsh), {});
  measurement.add(state, packet(Direction::backward, 6, 52, 0, kFin | kAck), {});
  const auto result = measurement.finish(state);
  EXPECT_EQ(result.totals[0].pkts, 1u);
  EXPECT_EQ(result.totals[0].bytes, 60u);
  EXPECT_EQ(result.totals[0].wire_bytes, 74u);
  EXPECT_EQ(result.totals[0].payload_bytes, 0u);
  EXPECT_EQ(result.totals[0].payload_pkts, 0u);
  EXPECT_EQ(result.totals[0].flags, (std::array<std::uint32_t, 8>{0, 1, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(result.totals[1].pkts, 2u);
  EXPECT_EQ(result.totals[1].bytes, 1552u);
  EXPECT_EQ(result.totals[1].wire_bytes, 1580u);
  EXPECT_EQ(result.totals[1].payload_bytes, 1448u);
  EXPECT_EQ(result.totals[1].payload_pkts, 1u);
  EXPECT_EQ(result.totals[1].flags, (std::array<std::uint32_t, 8>{1, 0, 0, 1, 2, 0, 0, 0})) << "fin syn rst psh ack ..";
}

TEST(SeriesMeasurement, AFlipTurnsTotalsAndSeriesTogether) {
  SeriesMeasurement measurement(UINT64_MAX);
  SeriesMeasurement::State state;
  measurement.start(state, 0);
  measurement.add(state, packet(Direction::forward, 0, 60, 0), {});
  measurement.flip(state);
  measurement.add(state, packet(Direction::forward, 0, 99, 0), {});
  const auto result = measurement.finish(state);
  EXPECT_EQ(result.totals[0].bytes, 99u);
  EXPECT_EQ(result.totals[1].bytes, 60u);
  EXPECT_EQ(std::get<0>(fields(result.series)[0]), Direction::backward);
}

TEST(SeriesMeasurement, KeepsTheFirstPacketsAndCountsAll) {
  for (const std::uint64_t keep : {0u, 3u}) {
    SeriesMeasurement measurement(keep);
    SeriesMeasurement::State state;
    measurement.start(state, 0);
    for (std::uint32_t i = 1; i <= 5; ++i)
      measurement.add(state, packet(Direction::forward, 0, i, 0), {});
    const auto result = measurement.finish(state);
    EXPECT_EQ(result.series.pkts(), keep);
    EXPECT_EQ(result.totals[0].pkts, 5u);
    std::uint32_t length = 0;
    result.series.for_each([&](const FlowPacket& p) { EXPECT_EQ(p.ip_len, ++length); });
  }
}

TEST(SeriesMeasurement, APartBeginsEmpty) {
  SeriesMeasurement measurement(UINT64_MAX);
  SeriesMeasurement::State state;
  measurement.start(state, 0);
  measurement.add(state, packet(Direction::forward, 0, 60, 0), {});
  measurement.finish(state);
  measurement.start(state, 1);
  const auto result = measurement.finish(state);
  EXPECT_EQ(result.totals[0].pkts, 0u);
  EXPECT_EQ(result.series.pkts(), 0u);
}

}  // namespace
}  // namespace mltat
