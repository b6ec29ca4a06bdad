// SPDX-License-Identifier: Apache-2.0
#include "base/sha1.h"

#include <algorithm>
#include <bit>

namespace mltat {
namespace {

using Words = std::array<std::uint32_t, 5>;

void absorb_block(Words& state, const std::uint8_t* block) {
  std::array<std::uint32_t, 80> w;
  for (std::size_t i = 0; i < 16; ++i)
    w[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
           std::uint32_t{block[4 * i + 2]} << 8 | block[4 * i + 3];
  for (std::size_t i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);

  std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  const auto twenty_rounds = [&](std::size_t first, std::uint32_t k, auto f) {
    for (std::size_t i = first; i < first + 20; ++i) {
      const std::uint32_t next = std::rotl(a, 5) + f() + e + k + w[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
  };
  const auto parity = [&] { return b ^ c ^ d; };
  twenty_rounds(0, 0x5a827999, [&] { return (b & c) | (~b & d); });
  twenty_rounds(20, 0x6ed9eba1, parity);
  twenty_rounds(40, 0x8f1bbcdc, [&] { return (b & c) | (b & d) | (c & d); });
  twenty_rounds(60, 0xca62c1d6, parity);
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
}

}  // namespace

std::array<std::uint8_t, 20> sha1(Bytes data) {
  Words state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::size_t offset = 0;
  for (; data.size() - offset >= 64; offset += 64) absorb_block(state, data.data() + offset);

  std::array<std::uint8_t, 128> tail{};
  const std::size_t rest = data.size() - offset;
  std::copy(data.begin() + static_cast<std::ptrdiff_t>(offset), data.end(), tail.begin());
  tail[rest] = 0x80;
  const std::size_t padded = rest < 56 ? 64 : 128;
  const std::uint64_t bits = std::uint64_t{data.size()} * 8;
  for (std::size_t i = 0; i < 8; ++i) tail[padded - 1 - i] = static_cast<std::uint8_t>(bits >> (8 * i));
  for (std::size_t i = 0; i < padded; i += 64) absorb_block(state, tail.data() + i);

  std::array<std::uint8_t, 20> digest;
  for (std::size_t i = 0; i < 20; ++i) digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

void append_base64(std::string& out, Bytes data) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < data.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t taken = std::min<std::size_t>(3, data.size() - i);
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (j < taken ? data[i + j] : 0u);
    std::array<char, 4> text;
    for (std::size_t j = 0; j < 4; ++j) text[j] = j <= taken ? kAlphabet[group >> (18 - 6 * j) & 63] : '=';
    out.append(text.data(), text.size());
  }
}

}  // namespace mltat
