// SPDX-License-Identifier: Apache-2.0
#include "io/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace mltat {
namespace {

TEST(Log, ProgramSeverityAndMessageOnALine) {
  std::string text;
  Log log("train", Log::Level::normal, &text);
  log.error("stdin:4: broken");
  log.warning("odd");
  EXPECT_EQ(text, "train: error: stdin:4: broken\ntrain: warning: odd\n");
}

TEST(Log, WhatEachLevelShows) {
  for (const Log::Level level : {Log::Level::quiet, Log::Level::normal, Log::Level::verbose}) {
    std::string text;
    Log log("t", level, &text);
    log.error("e");
    log.warning("w");
    log.notice("n");
    log.info("i");
    log.report("table\n");
    std::string expected = "t: error: e\n";
    if (level != Log::Level::quiet) expected += "t: warning: w\n";
    expected += "t: n\n";
    if (level == Log::Level::verbose) expected += "t: i\ntable\n";
    EXPECT_EQ(text, expected);
    EXPECT_EQ(log.verbose(), level == Log::Level::verbose);
  }
}

TEST(Log, TheFirstFiveOfAKindAreShownAndTheRestIsCounted) {
  std::string text;
  Log log("t", Log::Level::normal, &text);
  for (int i = 0; i < 7; ++i)
    log.repeated_warning("kind", "n" + std::to_string(i));
  for (int i = 0; i < 5; ++i)
    log.repeated_warning("other", "o" + std::to_string(i));
  EXPECT_EQ(text.find("n5"), std::string::npos);
  text.clear();
  log.finish();
  EXPECT_EQ(text, "t: warning: 2 more of: kind\n") << "five of the other are all shown";
  text.clear();
  log.finish();
  EXPECT_EQ(text, "") << "told once";
}

TEST(Log, QuietCountsNothingAloud) {
  std::string text;
  Log log("t", Log::Level::quiet, &text);
  for (int i = 0; i < 9; ++i)
    log.repeated_warning("kind", "n");
  log.finish();
  EXPECT_EQ(text, "");
}

TEST(Log, AProgressLineIsTakenAwayBeforeAnythingElse) {
  std::string text;
  Log log("t", Log::Level::normal, &text);
  EXPECT_FALSE(log.progress_due()) << "off until asked for";
  log.set_progress(true);
  EXPECT_TRUE(log.progress_due());
  EXPECT_FALSE(log.progress_due()) << "not twice at once";
  log.progress("5 packets");
  log.progress("6 packets");
  log.warning("odd");
  log.finish();
  EXPECT_EQ(text, "t: 5 packets\r\x1b[Kt: 6 packets\r\x1b[Kt: warning: odd\n");
}

TEST(Log, LinesOfManyThreadsDoNotMix) {
  std::string text;
  Log log("t", Log::Level::normal, &text);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n)
        log.warning("a line of some length");
    });
  for (std::thread& thread : threads)
    thread.join();
  std::string expected;
  for (int i = 0; i < 800; ++i)
    expected += "t: warning: a line of some length\n";
  EXPECT_EQ(text, expected);
}

}  // namespace
}  // namespace mltat
