// SPDX-License-Identifier: Apache-2.0
// Vectors: SipHash from the authors' reference (key 00..0f, input 00, 01, ..), SHA-1 from FIPS 180's examples,
// base64 from RFC 4648, section 10.
#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "base/number_text.h"
#include "base/sha1.h"
#include "base/siphash.h"

namespace mltat {
namespace {

std::string sha1_hex(const std::string& text) {
  std::string hex;
  for (const std::uint8_t byte : sha1(as_bytes(text))) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}
std::string base64(const std::string& text) {
  std::string out;
  append_base64(out, as_bytes(text));
  return out;
}

TEST(SipHash, PublishedVector) {
  std::array<std::uint8_t, 15> input;
  std::iota(input.begin(), input.end(), std::uint8_t{0});
  const SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  EXPECT_EQ(siphash24(input, key), 0xa129ca6149be45e5u);
  EXPECT_EQ(siphash24({}, key), 0x726fdb47dd0e0e31u);
}

TEST(SipHash, LengthAndKeyCount) {
  const std::vector<std::uint8_t> zeros(16, 0);
  EXPECT_NE(siphash24(Bytes(zeros).first(8)), siphash24(Bytes(zeros).first(9)));
  EXPECT_NE(siphash24(zeros, {1, 0}), siphash24(zeros, {0, 1}));
}

TEST(Sha1, FipsExamples) {
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1_hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Sha1, TheSameWithAndWithoutTheInstructions) {
  std::vector<std::uint8_t> data;
  for (std::size_t size = 0; size < 300; ++size) {
    ASSERT_EQ(sha1(data), portable_sha1(data)) << size;
    data.push_back(static_cast<std::uint8_t>(size * 151 + 7));
  }
}

// Where the padding still fits the last block and where it does not (literals from Python's hashlib).
TEST(Sha1, EdgesOfThePadding) {
  EXPECT_EQ(sha1_hex(std::string(55, 'x')), "cef734ba81a024479e09eb5a75b6ddae62e6abf1");
  EXPECT_EQ(sha1_hex(std::string(56, 'x')), "901305367c259952f4e7af8323f480d59f81335b");
  EXPECT_EQ(sha1_hex(std::string(63, 'x')), "0ddc4e0cccd9a12850deb5abb0853a4425559fec");
  EXPECT_EQ(sha1_hex(std::string(64, 'x')), "bb2fa3ee7afb9f54c6dfb5d021f14b1ffe40c163");
  EXPECT_EQ(sha1_hex(std::string(65, 'x')), "78c741ddc482e4cdf8c474a0876347a0905b6233");
  EXPECT_EQ(sha1_hex(std::string(119, 'x')), "4300320394f7ee239bcdce7d3b8bcee173a0cd5c");
  EXPECT_EQ(sha1_hex(std::string(120, 'x')), "ceb2821639c4b6dcb10bce0e522ca2e608ce056d");
}

TEST(Base64, Rfc4648Vectors) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xef\xbe"), "/+++") << "the last two characters of the alphabet";
}

}  // namespace
}  // namespace mltat
