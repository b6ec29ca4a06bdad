// SPDX-License-Identifier: Apache-2.0
#include "io/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/rng.h"

namespace mltat {
namespace {

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}
std::string csv(std::string_view text) {
  std::string out;
  append_csv_field(out, text);
  return out;
}

TEST(JsonString, PlainTextGetsQuotesOnly) {
  EXPECT_EQ(json(""), "\"\"");
  EXPECT_EQ(json("web/001.pcap"), "\"web/001.pcap\"") << "a slash needs no escape";
  EXPECT_EQ(json("\x7f"), "\"\x7f\"");
}

TEST(JsonString, QuotesBackslashesAndControlCharactersAreEscaped) {
  EXPECT_EQ(json("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(json("\n\r\t"), R"("\n\r\t")");
  EXPECT_EQ(json(std::string_view("\0\x01\x1f", 3)), R"("\u0000\u0001\u001f")");
}

TEST(JsonString, WellFormedUtf8StaysAsItIs) {
  for (const char* text : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_EQ(json(text), "\"" + std::string(text) + "\"");
}

TEST(JsonString, EveryByteThatIsNoUtf8BecomesAReplacementCharacter) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(json("a\xff"
                 "b"),
            "\"a" + bad + "b\"");
  EXPECT_EQ(json("\x80"), "\"" + bad + "\"") << "a continuation alone";
  EXPECT_EQ(json("\xc3"), "\"" + bad + "\"") << "cut off";
  EXPECT_EQ(json("\xc3\""), "\"" + bad + "\\\"\"") << "the quote behind it is not swallowed";
  EXPECT_EQ(json("\xc0\xaf"), "\"" + bad + bad + "\"") << "overlong, two bytes";
  EXPECT_EQ(json("\xe0\x9f\xbf"), "\"" + bad + bad + bad + "\"") << "overlong, three bytes";
  EXPECT_EQ(json("\xed\xa0\x80"), "\"" + bad + bad + bad + "\"") << "half of a surrogate pair";
  EXPECT_EQ(json("\xf4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"") << "beyond U+10FFFF";
  EXPECT_EQ(json("\xf0\x8f\xbf\xbf"), "\"" + bad + bad + bad + bad + "\"") << "overlong, four bytes";
}

TEST(JsonString, WhateverComesInALibraryReadsIt) {
  Rng rng({19});
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (std::uint64_t n = rng.below(12); n > 0; --n)
      text += static_cast<char>(rng.below(4) == 0 ? rng.below(256) : 0xc0 + rng.below(64));
    const auto parsed = nlohmann::json::parse(json(text), nullptr, false);
    ASSERT_TRUE(parsed.is_string()) << i;
    const bool replaced = json(text).find("\xef\xbf\xbd") != std::string::npos;
    ASSERT_TRUE(replaced || parsed.get<std::string>() == text) << i;
  }
}

TEST(CsvField, QuotedOnlyWhereRfc4180AsksForIt) {
  EXPECT_EQ(csv(""), "");
  EXPECT_EQ(csv("plain text"), "plain text");
  EXPECT_EQ(csv("a,b"), "\"a,b\"");
  EXPECT_EQ(csv("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(csv("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv("a\rb"), "\"a\rb\"");
  EXPECT_EQ(csv("\""), "\"\"\"\"");
}

}  // namespace
}  // namespace mltat
