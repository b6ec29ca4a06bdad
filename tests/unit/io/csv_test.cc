// SPDX-License-Identifier: Apache-2.0
#include "io/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "io/json_text.h"

namespace mltat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SplitCsv, FieldsAsTheyStand) {
  std::vector<std::string_view> fields;
  EXPECT_EQ(split_csv(R"(a, b ,"c,d","say ""hi""",)", fields), std::nullopt);
  EXPECT_THAT(fields, ElementsAre("a", " b ", "\"c,d\"", "\"say \"\"hi\"\"\"", ""));
  EXPECT_EQ(split_csv("", fields), std::nullopt);
  EXPECT_THAT(fields, ElementsAre(""));
  EXPECT_EQ(split_csv(",", fields), std::nullopt);
  EXPECT_THAT(fields, ElementsAre("", ""));
}

TEST(SplitCsv, WhatBreaksTheRules) {
  std::vector<std::string_view> fields;
  EXPECT_THAT(*split_csv("a,\"b", fields), HasSubstr("does not end"));
  EXPECT_THAT(*split_csv("a,\"b\"c", fields), HasSubstr("behind the closing quote"));
  EXPECT_THAT(*split_csv("a\"b,c", fields), HasSubstr("quote inside"));
}

TEST(Csv, WritingAndReadingIsTheIdentity) {
  Rng rng({2});
  const std::string alphabet = "ab,\"\n\r ";
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::string> wanted(1 + rng.below(4));
    std::string record;
    for (std::string& field : wanted) {
      for (std::uint64_t n = rng.below(6); n > 0; --n)
        field += alphabet[rng.below(alphabet.size())];
      if (&field != &wanted.front()) record += ',';
      append_csv_field(record, field);
    }
    std::vector<std::string_view> fields;
    ASSERT_EQ(split_csv(record, fields), std::nullopt);
    std::vector<std::string> got;
    for (const std::string_view field : fields)
      append_unquoted(got.emplace_back(), field);
    EXPECT_EQ(got, wanted);
  }
}

}  // namespace
}  // namespace mltat
