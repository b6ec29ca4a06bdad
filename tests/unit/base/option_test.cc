// SPDX-License-Identifier: Apache-2.0
#include "base/option.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace mltat {
namespace {

using testing::ElementsAre;

TEST(Option, FlagsSwitchOnOrOffAndTakeNoValue) {
  bool on = false;
  bool off = true;
  const Option one = flag("-q,--quiet", on, "no warnings");
  const Option other = off_flag("--no-id", off, "leave the id out");
  EXPECT_EQ(one.value, "");
  EXPECT_EQ(other.value, "");
  one.store("");
  other.store("");
  EXPECT_TRUE(on);
  EXPECT_FALSE(off);
}

TEST(Option, TheDefaultIsWhatTheVariableHolds) {
  std::string word = "web";
  std::uint64_t number = 4096;
  double part = 0.25;
  Nanos time = 120 * kSecond;
  EXPECT_EQ(text("--a", "WORD", word, "").fallback, "web");
  EXPECT_EQ(count("--b", "N", number, "").fallback, "4096");
  EXPECT_EQ(real("--c", "P", part, "").fallback, "0.25");
  EXPECT_EQ(duration("--d", time, "").fallback, "120s");
}

TEST(Option, EachHelperStoresInItsOwnForm) {
  std::string word;
  std::uint64_t number = 0;
  double part = 0;
  Nanos time = 0;
  text("--a", "WORD", word, "").store("x y");
  count("--b", "N", number, "").store("17");
  real("--c", "P", part, "").store("1e-3");
  duration("--d", time, "").store("5m");
  EXPECT_EQ(word, "x y");
  EXPECT_EQ(number, 17u);
  EXPECT_EQ(part, 0.001);
  EXPECT_EQ(time, 5 * kMinute);
}

TEST(Option, AValueThatCannotBeReadIsAUsageErrorAndChangesNothing) {
  std::uint64_t number = 5;
  Nanos time = 6;
  double part = 7;
  EXPECT_THROW(count("--b", "N", number, "").store("five"), Error);
  EXPECT_THROW(duration("--d", time, "").store("5"), Error);
  EXPECT_THROW(real("--c", "P", part, "").store("nan"), Error);
  EXPECT_EQ(number, 5u);
  EXPECT_EQ(time, 6);
  EXPECT_EQ(part, 7);
}

TEST(Option, TextsGrowAndMayStandMoreThanOnce) {
  std::vector<std::string> rules;
  const Option option = texts("--rule", "RULE", rules, "");
  EXPECT_TRUE(option.repeatable);
  option.store("a");
  option.store("b");
  EXPECT_THAT(rules, ElementsAre("a", "b"));
  std::string word;
  EXPECT_FALSE(text("--a", "WORD", word, "").repeatable);
}

TEST(Option, ChoicesNameTheirWords) {
  std::string word = "auto";
  const Option option = choice("--progress", word, {"auto", "never"}, "show a progress line");
  EXPECT_THAT(option.choices, ElementsAre("auto", "never"));
  EXPECT_EQ(option.fallback, "auto");
  option.store("never");
  EXPECT_EQ(word, "never");
}

TEST(Option, PathsAreMarkedByTheirUse) {
  std::string target;
  EXPECT_EQ(text("--name", "NAME", target, "a name").path_use, PathUse::none);
  EXPECT_EQ(reads(text("--labels", "FILE", target, "a table")).path_use, PathUse::read);
  EXPECT_EQ(rereads(text("--model", "FILE", target, "a model")).path_use, PathUse::reread);
  EXPECT_EQ(writes(text("--report", "FILE", target, "a report")).path_use, PathUse::write);
}

TEST(Option, RequiredAndListsOfOptions) {
  std::string word;
  EXPECT_FALSE(text("-m,--model", "FILE", word, "").required);
  EXPECT_TRUE(required(text("-m,--model", "FILE", word, "")).required);
  bool on = false;
  Options list{flag("--a", on, "")};
  list += Options{flag("--b", on, ""), flag("--c", on, "")};
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[2].names, "--c");
}

}  // namespace
}  // namespace mltat
