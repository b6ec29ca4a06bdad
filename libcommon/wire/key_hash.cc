// SPDX-License-Identifier: Apache-2.0
// The three hashes of a flow key: two published, one of this process alone.
#include <array>
#include <bit>
#include <cstring>
#include <random>

#include "base/siphash.h"
#include "base/wide_int.h"
#include "wire/decode.h"

namespace mltat {
namespace {

/// The bytes that the published hashes are taken over.
class KeyText {
 public:
  KeyText(const FlowKey& key, bool vlan_in_key) {
    put(key.low);
    put(key.high);
    put(key.protocol);
    if (vlan_in_key) put(key.vlan);
  }

  void put(const Endpoint& endpoint) {
    for (const std::uint8_t byte : endpoint.address)
      put(byte);
    put(endpoint.port);
  }
  /// Big endian.
  template <class T>
  void put(T value) {
    for (std::size_t i = sizeof value; i-- > 0;)
      text_[size_++] = static_cast<std::uint8_t>(value >> (8 * i));
  }

  Bytes bytes() const { return Bytes(text_).first(size_); }

 private:
  std::array<std::uint8_t, 18 + 18 + 1 + 2 + 8> text_;
  std::size_t size_ = 0;
};

/// Multiplies to 128 bits and folds: every bit of the result depends on both factors.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const u128 product = u128{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

using IndexKey = std::array<std::uint64_t, 6>;

/// Not base/rng.h: nothing that is ever written depends on these numbers, and nobody may foresee them.
IndexKey draw_index_key() {
  std::random_device device;
  IndexKey key;
  for (std::uint64_t& word : key)
    word = std::uint64_t{device()} << 32 | device();
  return key;
}

const IndexKey kIndexKey = draw_index_key();

}  // namespace

std::uint64_t shard_hash(const FlowKey& key, bool vlan_in_key) {
  return siphash24(KeyText(key, vlan_in_key).bytes());
}

std::uint64_t flow_id(const FlowKey& key, bool vlan_in_key, std::uint64_t first_number) {
  KeyText text(key, vlan_in_key);
  text.put(first_number);
  return siphash24(text.bytes());
}

std::uint64_t index_hash(const FlowKey& key) {
  const auto low = std::bit_cast<std::array<std::uint64_t, 2>>(key.low.address);
  const auto high = std::bit_cast<std::array<std::uint64_t, 2>>(key.high.address);
  const std::uint64_t rest = std::uint64_t{key.low.port} | std::uint64_t{key.high.port} << 16 |
                             std::uint64_t{key.protocol} << 32 | std::uint64_t{key.vlan} << 40;
  const IndexKey& k = kIndexKey;
  const std::uint64_t low_end = fold(low[0] ^ k[0], low[1] ^ k[1]);
  const std::uint64_t high_end = fold(high[0] ^ k[2], high[1] ^ k[3]);
  return fold(low_end ^ rest ^ k[4], high_end ^ k[5]);
}

}  // namespace mltat
