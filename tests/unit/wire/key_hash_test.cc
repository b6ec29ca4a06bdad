// SPDX-License-Identifier: Apache-2.0
// The literals of shard_hash and flow_id were computed by a Python program that passes SipHash's published vectors.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <numeric>
#include <set>

#include "base/siphash.h"
#include "wire/decode.h"

namespace mltat {
namespace {

FlowKey ipv4_key() {
  FlowKey key;
  key.low.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1};
  key.low.port = 40000;
  key.high.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 2};
  key.high.port = 443;
  key.protocol = kTcp;
  return key;
}

TEST(SipHash, PublishedVectors) {
  std::array<std::uint8_t, 64> input;
  std::iota(input.begin(), input.end(), std::uint8_t{0});
  const SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const auto hash = [&](std::size_t length) { return siphash24(Bytes(input).first(length), key); };
  EXPECT_EQ(hash(0), 0x726fdb47dd0e0e31u);
  EXPECT_EQ(hash(1), 0x74f839c593dc67fdu);
  EXPECT_EQ(hash(8), 0x93f5f5799a932462u);
  EXPECT_EQ(hash(15), 0xa129ca6149be45e5u);
  EXPECT_EQ(hash(63), 0x958a324ceb064572u);
}

TEST(KeyHash, PublishedHashesNeverChange) {
  FlowKey key = ipv4_key();
  EXPECT_EQ(shard_hash(key, false), 0xa521ff61eca6d9efu);
  EXPECT_EQ(flow_id(key, false, 123456789), 0x7a74c03ed9cbb5c0u);
  key.vlan = 7;
  EXPECT_EQ(shard_hash(key, true), 0x5ed66089dc2d8669u);
  EXPECT_EQ(flow_id(key, true, 0), 0xed33b5e589c8c1f9u);

  FlowKey six;
  six.low = {{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 53};
  six.high = {{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, 5353};
  six.protocol = kUdp;
  EXPECT_EQ(shard_hash(six, false), 0xdf4499e522b0fbc6u);
}

TEST(KeyHash, IndexHashDependsOnEveryField) {
  std::set<std::uint64_t> seen{index_hash(ipv4_key())};
  const auto differs = [&](auto change) {
    FlowKey key = ipv4_key();
    change(key);
    return seen.insert(index_hash(key)).second;
  };
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_TRUE(differs([&](FlowKey& key) { key.low.address[i] ^= 0x80; })) << i;
    EXPECT_TRUE(differs([&](FlowKey& key) { key.high.address[i] ^= 0x80; })) << i;
  }
  EXPECT_TRUE(differs([](FlowKey& key) { key.low.port ^= 1; }));
  EXPECT_TRUE(differs([](FlowKey& key) { key.high.port ^= 1; }));
  EXPECT_TRUE(differs([](FlowKey& key) { key.protocol ^= 1; }));
  EXPECT_TRUE(differs([](FlowKey& key) { key.vlan ^= 1; }));
}

// Keys that differ in a counter, as scans make them, must fill the buckets evenly: for 65536 keys in 1024 buckets
// of expectation 64 (standard deviation 8), no bucket beyond ten deviations, by low bits and by high bits.
TEST(KeyHash, IndexHashSpreadsCounters) {
  const auto fullest = [](unsigned shift, auto change) {
    std::array<unsigned, 1024> buckets{};
    for (unsigned i = 0; i < 65536; ++i) {
      FlowKey key = ipv4_key();
      change(key, i);
      ++buckets[index_hash(key) >> shift & 1023];
    }
    return *std::max_element(buckets.begin(), buckets.end());
  };
  const auto by_port = [](FlowKey& key, unsigned i) { key.low.port = static_cast<std::uint16_t>(i); };
  const auto by_address = [](FlowKey& key, unsigned i) {
    key.high.address[14] = static_cast<std::uint8_t>(i >> 8);
    key.high.address[15] = static_cast<std::uint8_t>(i);
  };
  for (const unsigned shift : {0, 54}) {
    EXPECT_LT(fullest(shift, by_port), 144u) << shift;
    EXPECT_LT(fullest(shift, by_address), 144u) << shift;
  }
}

}  // namespace
}  // namespace mltat
