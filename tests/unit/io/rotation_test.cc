// SPDX-License-Identifier: Apache-2.0
#include "io/rotation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/error.h"

namespace mltat {
namespace {

namespace fs = std::filesystem;

class Rotation : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              (std::string("rotation_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  RotatingOutput rotating(Nanos period = 300 * kSecond) { return {out_, {period, (folder_ / "%H%M%S.csv").string()}}; }

  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      out[entry.path().filename().string()] = text.str();
    }
    return out;
  }

  fs::path folder_;
  std::string memory_;
  Output out_ = Output::to_memory(memory_);
};

using Files = std::map<std::string, std::string>;

TEST_F(Rotation, RowsGoToTheSlotOfTheLatestTimeSoFar) {
  RotatingOutput out = rotating();
  out.set_header("h\n");
  const RowMark marks[] = {{2, 10 * kSecond}, {4, 299 * kSecond}, {6, 300 * kSecond}, {8, 5 * kSecond}};
  out.write("a\nb\nc\nd\n", marks);
  EXPECT_EQ(files(), (Files{{"000000.csv", "h\na\nb\n"}, {"000500.csv.part", "h\nc\nd\n"}}));
  const RowMark later[] = {{2, 1000 * kSecond}};
  out.write("e\n", later);
  out.finish();
  EXPECT_EQ(files(), (Files{{"000000.csv", "h\na\nb\n"}, {"000500.csv", "h\nc\nd\n"}, {"001500.csv", "h\ne\n"}}));
  EXPECT_EQ(memory_, "");
}

TEST_F(Rotation, WhatIsThereIsNeverOverwritten) {
  std::ofstream(folder_ / "000000.csv") << "old";
  std::ofstream(folder_ / "000000.csv.1") << "older";
  RotatingOutput out = rotating();
  const RowMark marks[] = {{2, 0}};
  out.write("a\n", marks);
  out.finish();
  EXPECT_EQ(files(), (Files{{"000000.csv", "old"}, {"000000.csv.1", "older"}, {"000000.csv.2", "a\n"}}));
}

TEST_F(Rotation, AnUnfinishedSlotLeavesNothing) {
  {
    RotatingOutput out = rotating();
    const RowMark marks[] = {{2, 0}, {4, 400 * kSecond}};
    out.write("a\nb\n", marks);
    EXPECT_EQ(files().size(), 2U);
    EXPECT_TRUE(files().contains("000500.csv.part"));
  }
  EXPECT_EQ(files(), (Files{{"000000.csv", "a\n"}}));
}

TEST_F(Rotation, TimesBefore1970AreFlooredToo) {
  RotatingOutput out = rotating();
  const RowMark marks[] = {{2, -kSecond}};
  out.write("a\n", marks);
  out.finish();
  EXPECT_EQ(files(), (Files{{"235500.csv", "a\n"}}));
}

TEST_F(Rotation, WithoutAPeriodAllGoesToTheOutput) {
  RotatingOutput out(out_, {});
  out.set_header("h\n");
  out.write("a\n", {});
  out.finish();
  EXPECT_EQ(memory_, "h\na\n");
}

TEST_F(Rotation, APatternMustTellSlotsApart) {
  EXPECT_THROW(RotatingOutput(out_, {300 * kSecond, "verdicts.ndjson"}), Error);
  EXPECT_THROW(RotatingOutput(out_, {300 * kSecond, "%Y%m%d.ndjson"}), Error);
  EXPECT_EQ(slot_path("%Y-%m-%dT%H:%M:%SZ", 1700000000 * kSecond), "2023-11-14T22:13:20Z");
}

}  // namespace
}  // namespace mltat
