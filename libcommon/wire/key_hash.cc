// SPDX-License-Identifier: Apache-2.0
#include "wire/key_hash.h"

#include <array>
#include <random>

#include "base/siphash.h"
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

u128 to_number(const Endpoint& endpoint) {
  u128 number = 0;
  for (const std::uint8_t byte : endpoint.address)
    number = number << 8 | byte;
  return number;
}

/// Not base/rng.h: nothing that is ever written depends on these numbers, and nobody may foresee them.
IndexKey draw_index_key() {
  std::random_device device;
  IndexKey key;
  for (std::uint64_t& word : key)
    word = std::uint64_t{device()} << 32 | device();
  return key;
}

}  // namespace

const IndexKey kIndexKey = draw_index_key();

std::uint64_t shard_hash(const FlowKey& key, bool vlan_in_key) {
  return siphash24(KeyText(key, vlan_in_key).bytes());
}

std::uint64_t flow_id(const FlowKey& key, bool vlan_in_key, std::uint64_t first_number) {
  KeyText text(key, vlan_in_key);
  text.put(first_number);
  return siphash24(text.bytes());
}

std::uint64_t index_hash(const FlowKey& key) {
  const std::uint32_t ports = std::uint32_t{key.low.port} << 16 | key.high.port;
  return fast_index_hash(to_number(key.low), to_number(key.high), pack_rest(ports, key.protocol, key.vlan));
}

}  // namespace mltat
