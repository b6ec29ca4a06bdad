// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace mltat {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The message of the refusal, which must be a usage error that shows the word; empty if the word was taken.
template <class Parse>
std::string refusal(Parse parse, const std::string& word) {
  try {
    parse(word);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage) << word;
    EXPECT_THAT(error.what(), HasSubstr("\"" + word + "\"")) << "the message shows the word";
    return error.what();
  }
  return "";
}

TEST(Duration, EveryUnit) {
  EXPECT_EQ(parse_duration("7ns"), 7);
  EXPECT_EQ(parse_duration("7us"), 7'000);
  EXPECT_EQ(parse_duration("7ms"), 7'000'000);
  EXPECT_EQ(parse_duration("7s"), 7'000'000'000);
  EXPECT_EQ(parse_duration("7m"), 420'000'000'000);
  EXPECT_EQ(parse_duration("7h"), 25'200'000'000'000);
}

TEST(Duration, ZeroNeedsNoUnitAndMayHaveOne) {
  EXPECT_EQ(parse_duration("0"), 0);
  EXPECT_EQ(parse_duration("0s"), 0);
  EXPECT_EQ(parse_duration("0.0s"), 0);
}

TEST(Duration, DecimalsAreExact) {
  EXPECT_EQ(parse_duration("1.5s"), 1'500'000'000);
  EXPECT_EQ(parse_duration("0.000000001s"), 1);
  EXPECT_EQ(parse_duration("0.1ms"), 100'000);
  EXPECT_EQ(parse_duration("1.25m"), 75'000'000'000);
  EXPECT_EQ(parse_duration("0.5h"), 1'800'000'000'000);
  EXPECT_EQ(parse_duration("9007199.254740993s"), 9007199254740993) << "2^53 + 1 ns: no double holds it";
}

TEST(Duration, WhatIsRefused) {
  for (const char* word : {"",      "s",
                           "5",     "1.5",
                           "5 s",   " 5s",
                           "5s ",   "5S",
                           "5sec",  "5min",
                           "5d",    "-5s",
                           "+5s",   "1e3s",
                           "0x5s",  ".5s",
                           "5.s",   "1.2.3s",
                           ".s",    "1,5s",
                           "00",    "99999999999999999999s",
                           "1.5ns", "0.0000000001s"})
    EXPECT_THAT(refusal(parse_duration, word), AllOf(HasSubstr("30s"), HasSubstr("100ms"))) << word;
}

TEST(Duration, TooLongIsRefusedAndHalfOfTheRangeIsNot) {
  // 2^62 ns is 4611686018.427387904 s: sums of two durations cannot overflow.
  EXPECT_EQ(parse_duration("4611686018s"), 4611686018 * kSecond);
  EXPECT_NE(refusal(parse_duration, "4611686019s"), "");
  EXPECT_EQ(parse_duration("4611686018427387903ns"), 4611686018427387903);
  EXPECT_NE(refusal(parse_duration, "4611686018427387904ns"), "");
}

TEST(Count, DigitsAndPerhapsAScale) {
  EXPECT_EQ(parse_count("0"), 0u);
  EXPECT_EQ(parse_count("007"), 7u);
  EXPECT_EQ(parse_count("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_count("20k"), 20'000u);
  EXPECT_EQ(parse_count("4M"), 4'000'000u);
  EXPECT_EQ(parse_count("18G"), 18'000'000'000u);
  EXPECT_EQ(parse_count("18446744073G"), 18'446'744'073'000'000'000u);
  for (const char* word : {"", "k", "-1", "+1", "1.0", "1e3", "1K", "1m", "1kM", "1 k", "18446744074G", " 1", "1 ", "0x10", "18446744073709551616", "many"})
    EXPECT_THAT(refusal(parse_count, word), HasSubstr("whole number")) << word;
}

TEST(Real, FiniteNumbersOnly) {
  EXPECT_EQ(parse_real("0.9"), 0.9);
  EXPECT_EQ(parse_real("-2.5e-3"), -0.0025);
  EXPECT_EQ(parse_real("7"), 7.0);
  for (const char* word : {"", "nan", "inf", "-inf", "infinity", "1e400", "0.9x", " 0.9", "+0.9", "0,9", "1.0.0"})
    EXPECT_THAT(refusal(parse_real, word), HasSubstr("a number")) << word;
}

TEST(Named, ANameAndTheRestBehindTheFirstEqualsSign) {
  EXPECT_EQ(parse_named("a=b", "NAME=X"), (std::pair<std::string, std::string>("a", "b")));
  EXPECT_EQ(parse_named("a==b=", "NAME=X"), (std::pair<std::string, std::string>("a", "=b=")));
  const auto parse = [](const std::string& word) { parse_named(word, "NAME=X"); };
  for (const char* word : {"", "=", "a", "a=", "=b"})
    EXPECT_THAT(refusal(parse, word), HasSubstr("expected NAME=X")) << word;
}

}  // namespace
}  // namespace mltat
