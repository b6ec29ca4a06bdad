// SPDX-License-Identifier: Apache-2.0
#include "base/sha1.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cstring>

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

#ifdef __x86_64__

// The same with the instructions that processors have for it, in a fifth of the time (Intel SDM, SHA1RNDS4 and its kin).
// First, four rounds are one instruction, so words go in groups of four; second, the sum that a group adds to E is
// that of the group before, rotated, which SHA1NEXTE does.

#define MLTAT_SHA_TARGET [[gnu::target("sha,sse4.1")]]

struct Lanes {
  __m128i abcd;
  __m128i before;  // abcd before the last group
  __m128i w[4];    // the last four groups of words, w[group % 4]
};

template <int kFunction>
MLTAT_SHA_TARGET inline void five_groups(Lanes& lanes) {
  for (int group = 5 * kFunction; group < 5 * kFunction + 5; ++group) {
    __m128i& words = lanes.w[group % 4];
    if (group >= 4) {
      const __m128i mixed = _mm_xor_si128(_mm_sha1msg1_epu32(words, lanes.w[(group + 1) % 4]), lanes.w[(group + 2) % 4]);
      words = _mm_sha1msg2_epu32(mixed, lanes.w[(group + 3) % 4]);
    }
    const __m128i e = group == 0 ? _mm_add_epi32(lanes.before, words) : _mm_sha1nexte_epu32(lanes.before, words);
    lanes.before = lanes.abcd;
    lanes.abcd = _mm_sha1rnds4_epu32(lanes.abcd, e, kFunction);
  }
}

MLTAT_SHA_TARGET void absorb_block_by_instructions(Words& state, const std::uint8_t* block) {
  const __m128i big_endian = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  Lanes lanes;
  for (int i = 0; i < 4; ++i) {
    __m128i bytes;
    std::memcpy(&bytes, block + 16 * i, sizeof bytes);
    lanes.w[i] = _mm_shuffle_epi8(bytes, big_endian);
  }
  const auto lane = [&](std::size_t i) { return static_cast<int>(state[i]); };
  const __m128i abcd = _mm_set_epi32(lane(0), lane(1), lane(2), lane(3));
  const __m128i e = _mm_set_epi32(lane(4), 0, 0, 0);
  lanes.abcd = abcd;
  lanes.before = e;
  five_groups<0>(lanes);
  five_groups<1>(lanes);
  five_groups<2>(lanes);
  five_groups<3>(lanes);
  const __m128i sum = _mm_add_epi32(lanes.abcd, abcd);
  const __m128i e_sum = _mm_sha1nexte_epu32(lanes.before, e);
  for (std::size_t i = 0; i < 4; ++i) {
    alignas(16) std::array<std::uint32_t, 4> words;
    _mm_store_si128(reinterpret_cast<__m128i*>(words.data()), sum);
    state[i] = words[3 - i];
  }
  state[4] = static_cast<std::uint32_t>(_mm_extract_epi32(e_sum, 3));
}

#undef MLTAT_SHA_TARGET

/// Leaf 7 of CPUID, bit 29 of EBX.
bool has_sha_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b >> 29 & 1) != 0 && __builtin_cpu_supports("sse4.1");
}

#endif

using AbsorbBlock = void (*)(Words&, const std::uint8_t*);

AbsorbBlock fastest() {
#ifdef __x86_64__
  if (has_sha_instructions()) return absorb_block_by_instructions;
#endif
  return absorb_block;
}

std::array<std::uint8_t, 20> sha1(Bytes data, AbsorbBlock absorb) {
  Words state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::size_t offset = 0;
  for (; data.size() - offset >= 64; offset += 64) absorb(state, data.data() + offset);

  std::array<std::uint8_t, 128> tail{};
  const std::size_t rest = data.size() - offset;
  std::copy(data.begin() + static_cast<std::ptrdiff_t>(offset), data.end(), tail.begin());
  tail[rest] = 0x80;
  const std::size_t padded = rest < 56 ? 64 : 128;
  const std::uint64_t bits = std::uint64_t{data.size()} * 8;
  for (std::size_t i = 0; i < 8; ++i) tail[padded - 1 - i] = static_cast<std::uint8_t>(bits >> (8 * i));
  for (std::size_t i = 0; i < padded; i += 64) absorb(state, tail.data() + i);

  std::array<std::uint8_t, 20> digest;
  for (std::size_t i = 0; i < 20; ++i) digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

}  // namespace

std::array<std::uint8_t, 20> sha1(Bytes data) {
  static const AbsorbBlock absorb = fastest();
  return sha1(data, absorb);
}

std::array<std::uint8_t, 20> portable_sha1(Bytes data) { return sha1(data, absorb_block); }

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
