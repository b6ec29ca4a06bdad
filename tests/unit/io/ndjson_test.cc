// SPDX-License-Identifier: Apache-2.0
#include "io/ndjson.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/rng.h"
#include "io/record_reader.h"

namespace mltat {
namespace {

using testing::HasSubstr;

/// Holds the text with its padding.
class Split {
 public:
  explicit Split(std::string_view text, bool array = false) {
    block_.assign(text);
    fact = array ? reader_.elements(block_.text(), members) : reader_.members(block_.text(), members);
  }
  std::optional<std::string> fact;
  std::vector<JsonMember> members;

 private:
  RecordBlock block_;
  JsonReader reader_;
};

TEST(JsonReader, SpansAreTheBytesThemselves) {
  const Split got(
      R"( {"a" : 0.10 ,"b\u0041":18446744073709551616,"c":"x\"}, y","d":[1, {"e":[ ]} ] , "f":null,"g":true,"h":{ } })");
  ASSERT_EQ(got.fact, std::nullopt);
  std::string text;
  for (const JsonMember& member : got.members)
    text += std::string(member.key) + "=" + std::string(member.value) + "/" +
            std::to_string(static_cast<int>(member.type)) + ";";
  EXPECT_EQ(text,
            R"(a=0.10/2;b\u0041=18446744073709551616/2;c="x\"}, y"/3;d=[1, {"e":[ ]} ]/4;f=null/0;g=true/1;h={ }/5;)");
}

TEST(JsonReader, WhatIsLeftToTheCallerIsBalancedAndNoMore) {
  JsonReader reader;
  RecordBlock block;
  std::vector<JsonMember> members;
  const auto split = [&](std::string_view text) {
    block.assign(text);
    return reader.members(block.text(), members, "votes");
  };
  ASSERT_EQ(split(R"({"a":1,"votes": [{"b":01,"c":"]"}, "\x"] ,"d":{"votes":[2]},"e":3})"), std::nullopt);
  ASSERT_EQ(members.size(), 4u);
  EXPECT_EQ(members[1].type, JsonType::array);
  EXPECT_EQ(members[1].value, R"([{"b":01,"c":"]"}, "\x"])");
  EXPECT_EQ(members[2].value, R"({"votes":[2]})");
  EXPECT_EQ(members[3].value, "3");
  ASSERT_EQ(split(R"({"votes":{"b":nul},"e":3})"), std::nullopt);
  EXPECT_EQ(members[0].type, JsonType::object);
  EXPECT_NE(split(R"({"votes":[1,"e":3})"), std::nullopt);
  EXPECT_NE(split(R"({"votes":01})"), std::nullopt) << "a scalar is checked";
  EXPECT_NE(split(R"({"d":{"votes":[01]}})"), std::nullopt) << "and so is what has the key further in";
}

TEST(JsonReader, ElementsOfAnArray) {
  const Split got(R"([ {"m":1} , "two",3])", true);
  ASSERT_EQ(got.fact, std::nullopt);
  ASSERT_EQ(got.members.size(), 3u);
  EXPECT_EQ(got.members[0].value, R"({"m":1})");
  EXPECT_EQ(got.members[1].value, R"("two")");
  EXPECT_TRUE(Split("[]", true).members.empty());
  EXPECT_NE(Split("{}", true).fact, std::nullopt);
}

TEST(JsonReader, ObjectsOfAnArrayWithTheirMembers) {
  JsonReader reader;
  RecordBlock block;
  std::vector<JsonMember> members;
  std::vector<std::size_t> ends;
  const auto split = [&](std::string_view text) {
    block.assign(text);
    return reader.objects(block.text(), "no object", members, ends);
  };
  ASSERT_EQ(split(R"([ {"a":1,"b":{"c":[2]}} , {}, {"d":"x\"}"} ])"), std::nullopt);
  EXPECT_EQ(ends, (std::vector<std::size_t>{2, 2, 3}));
  ASSERT_EQ(members.size(), 3u);
  EXPECT_EQ(members[1].key, "b");
  EXPECT_EQ(members[1].value, R"({"c":[2]})");
  EXPECT_EQ(members[2].value, R"("x\"}")");
  EXPECT_EQ(split("[]"), std::nullopt);
  EXPECT_TRUE(ends.empty());
  EXPECT_EQ(split(R"([{"a":1},2])"), "no object");
  for (const char* bad : {R"([{"a":01}])", R"([{"a":1])", R"([{"a" 1}])", R"([{}}])", R"([{},])", "{}", ""})
    EXPECT_NE(split(bad), std::nullopt) << bad;
}

TEST(JsonReader, WhatIsNoJsonObjectIsRefused) {
  for (const char* bad : {"",
                          "  ",
                          "[1]",
                          "1",
                          "{",
                          "}",
                          "{}}",
                          "{} {}",
                          "{} x",
                          R"({"a"})",
                          R"({"a":})",
                          R"({"a":1,})",
                          R"({,"a":1})",
                          R"({"a":1 "b":2})",
                          R"({"a" 1})",
                          R"({"a":01})",
                          R"({"a":1.})",
                          R"({"a":+1})",
                          R"({"a":.5})",
                          R"({"a":1x})",
                          R"({"a":nul})",
                          R"({"a":nullx})",
                          R"({"a":TRUE})",
                          R"({"a":NaN})",
                          R"({"a":Infinity})",
                          R"({"a":'x'})",
                          R"({a:1})",
                          R"({"a":"\x"})",
                          R"({"a":"\u12g4"})",
                          R"({"a":"\u12"})",
                          R"({"a\q":1})",
                          R"({"a":[1,]})",
                          R"({"a":[1 2]})",
                          R"({"a":[1})",
                          R"({"a":[1}})",
                          R"({"a":{"b":1})",
                          R"({"a":{"b":tru}})",
                          R"({"a":["\z"]})",
                          R"({"a":"x)",
                          R"({"a":"x"y})",
                          "{\"a\":\"\x01\"}",
                          "{\"a\":\"\n\"}",
                          "{\"a\":\"\xff\"}",
                          "{\"\xc0\x80\":1}",
                          R"({"a":-})",
                          R"({"a":1e})",
                          R"({"a":[[],[}]})",
                          R"({:1})",
                          R"({"a"::1})",
                          R"({"a":,})",
                          R"({"a":]})"}) {
    EXPECT_NE(Split(bad).fact, std::nullopt) << bad;
  }
}

TEST(JsonReader, FactsSayWhatIsWrong) {
  EXPECT_THAT(*Split(R"({"a":nul})").fact, HasSubstr("nul"));
  EXPECT_THAT(*Split("{\"a\":\"\xff\"}").fact, HasSubstr("UTF-8"));
  EXPECT_THAT(*Split("{} {}").fact, HasSubstr("behind"));
  EXPECT_THAT(*Split("{\"a\":\"\x01\"}").fact, HasSubstr("control"));
}

TEST(JsonReader, DepthIsCapped) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(Split(nested(JsonReader::kMaxDepth - 1)).fact, std::nullopt);
  EXPECT_THAT(*Split(nested(JsonReader::kMaxDepth)).fact, HasSubstr("deeper"));
  EXPECT_NE(Split(nested(100'000)).fact, std::nullopt);
}

/// Damaged copies of a row: we accept one exactly if an independent parser accepts it as an object.
TEST(JsonReader, AgreesWithAnotherParserOnDamagedText) {
  const std::string good =
      R"({"id":"a\u00e9\n","n":-1.5e-3,"z":0,"l":[1,[true,null],{"k":"v"}],"o":{"p":{}},"t":false})";
  const std::string alphabet = "{}[]\",:\\ \tx019-+.eEuntr\x01\xc3\xa9";
  Rng rng({1});
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    for (std::uint64_t edits = 1 + rng.below(3); edits > 0; --edits) {
      const std::size_t at = rng.below(text.size());
      switch (rng.below(3)) {
        case 0: text[at] = alphabet[rng.below(alphabet.size())]; break;
        case 1: text.erase(at, 1); break;
        default: text.insert(at, 1, alphabet[rng.below(alphabet.size())]);
      }
    }
    const auto other = nlohmann::json::parse(text, nullptr, false);
    bool expected = other.is_object();
    // A lone surrogate is grammar by RFC 8259; nlohmann refuses it. None of our edits makes a valid pair.
    if (!expected && text.find("\\ud") != std::string::npos) continue;
    EXPECT_EQ(!Split(text).fact, expected) << text;
  }
}

TEST(ParseFinite, NumbersAndNot) {
  EXPECT_EQ(parse_finite("0.10"), 0.1);
  EXPECT_EQ(parse_finite("-1e-5"), -1e-5);
  EXPECT_EQ(parse_finite("18446744073709551616"), 18446744073709551616.0);
  EXPECT_EQ(parse_finite("1e-400"), 0.0);
  EXPECT_EQ(parse_finite("5e-324"), 5e-324);
  for (const char* bad :
       {"", "1e400", "-1e400", "nan", "NaN", "inf", "Infinity", "-inf", "1x", "x", "1 ", " 1", "+1", "--1"})
    EXPECT_EQ(parse_finite(bad), std::nullopt) << bad;
}

TEST(AppendUnescaped, EveryEscape) {
  std::string out;
  append_unescaped(out, R"(a\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00z)");
  EXPECT_EQ(out, "a\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
  out.clear();
  append_unescaped(out, R"(\ud83dx\ude00\ud83d\u0041)");
  EXPECT_EQ(out,
            "\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd"
            "A");
}

}  // namespace
}  // namespace mltat
