// SPDX-License-Identifier: Apache-2.0
#include "base/number_text.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/rng.h"
#include "base/units.h"

namespace mltat {
namespace {

std::string number(double value) {
  std::string out;
  append_number(out, value);
  return out;
}
std::string timestamp(Nanos time) {
  std::string out;
  append_timestamp(out, time);
  return out;
}
std::string microseconds(Nanos span) {
  std::array<char, kNumberChars> text;
  return {text.data(), write_microseconds(text.data(), span)};
}
std::string hex64(std::uint64_t value) {
  std::array<char, kNumberChars> text;
  return {text.data(), write_hex64(text.data(), value)};
}
std::string duration_text(Nanos span) {
  std::string out;
  append_duration(out, span);
  return out;
}

TEST(NumberText, IntegersOfBothEnds) {
  std::string out;
  append_uint(out, UINT64_MAX);
  out += ' ';
  append_int(out, INT64_MIN);
  out += ' ';
  append_int(out, 0);
  EXPECT_EQ(out, "18446744073709551615 -9223372036854775808 0");
}

TEST(NumberText, IntegralValuesBelow2To53AreDigits) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(-0.0), "0");
  EXPECT_EQ(number(100000), "100000") << "to_chars alone would say 1e+05";
  EXPECT_EQ(number(123456789012345), "123456789012345");
  EXPECT_EQ(number(9007199254740991), "9007199254740991") << "2^53 - 1";
  EXPECT_EQ(number(-9007199254740991), "-9007199254740991");
}

TEST(NumberText, From2To53OnTheShortestForm) {
  EXPECT_EQ(number(9007199254740992), "9007199254740992") << "2^53: the fixed form is not longer";
  EXPECT_EQ(number(1e17), "1e+17");
  EXPECT_EQ(number(-1e22), "-1e+22");
  EXPECT_EQ(number(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
}

TEST(NumberText, FractionsInTheShortestForm) {
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(number(-2.5), "-2.5");
  EXPECT_EQ(number(1e-4), "1e-04") << "an exponent has two digits at least";
  EXPECT_EQ(number(0.00012), "0.00012");
  EXPECT_EQ(number(5e-324), "5e-324");
  EXPECT_EQ(number(4503599627370495.5), "4503599627370495.5");
}

TEST(NumberText, WhatIsWrittenReadsBack) {
  Rng rng({1});
  for (int i = 0; i < 5000; ++i) {
    const double value = std::bit_cast<double>(rng.next());
    if (!std::isfinite(value)) continue;
    const std::string text = number(value);
    double back = 0;
    std::from_chars(text.data(), text.data() + text.size(), back);
    ASSERT_EQ(back, value) << text;
  }
}

TEST(NumberText, TimestampsHaveNineDecimals) {
  EXPECT_EQ(timestamp(0), "0.000000000");
  EXPECT_EQ(timestamp(1), "0.000000001");
  EXPECT_EQ(timestamp(1'700'000'000'123'456'789), "1700000000.123456789");
  EXPECT_EQ(timestamp(kSecond), "1.000000000");
  EXPECT_EQ(timestamp(INT64_MAX), "9223372036.854775807");
}

TEST(NumberText, TimesBefore1970CarryTheSignInFront) {
  EXPECT_EQ(timestamp(-1), "-0.000000001");
  EXPECT_EQ(timestamp(-kSecond / 2), "-0.500000000");
  EXPECT_EQ(timestamp(-3 * kSecond - 7), "-3.000000007");
  EXPECT_EQ(timestamp(INT64_MIN), "-9223372036.854775808");
}

TEST(NumberText, MicrosecondsDropTrailingZeros) {
  EXPECT_EQ(microseconds(0), "0");
  EXPECT_EQ(microseconds(1), "0.001");
  EXPECT_EQ(microseconds(10), "0.01");
  EXPECT_EQ(microseconds(100), "0.1");
  EXPECT_EQ(microseconds(120), "0.12");
  EXPECT_EQ(microseconds(1000), "1");
  EXPECT_EQ(microseconds(1500), "1.5");
  EXPECT_EQ(microseconds(1005), "1.005");
  EXPECT_EQ(microseconds(1050), "1.05");
  EXPECT_EQ(microseconds(750'000'000'000'000'001), "750000000000000.001") << "no double on the way";
  EXPECT_EQ(microseconds(INT64_MAX), "9223372036854775.807");
}

TEST(NumberText, DurationsAsTheOptionsTakeThem) {
  EXPECT_EQ(duration_text(0), "0");
  EXPECT_EQ(duration_text(120 * kSecond), "120s") << "minutes stay seconds: the manual says 120s";
  EXPECT_EQ(duration_text(1500 * kMillisecond), "1500ms");
  EXPECT_EQ(duration_text(2500), "2500ns");
  EXPECT_EQ(duration_text(2 * kMicrosecond), "2us");
  for (const Nanos span : {Nanos{1}, 999 * kMicrosecond, kHour, 7 * kMinute + 1})
    EXPECT_EQ(parse_duration(duration_text(span)), span);
}

TEST(NumberText, HexHasSixteenLowerCaseDigits) {
  EXPECT_EQ(hex64(0xabc), "0000000000000abc");
  EXPECT_EQ(hex64(0xfedcba9876543210), "fedcba9876543210");
}

}  // namespace
}  // namespace mltat
