// SPDX-License-Identifier: Apache-2.0
#include "io/spool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"

namespace mltat {
namespace {

/// Sets TMPDIR for the length of a test.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& value) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    setenv("TMPDIR", value.c_str(), 1);
  }
  ~TemporaryFolder() {
    if (before_.empty())
      unsetenv("TMPDIR");
    else
      setenv("TMPDIR", before_.c_str(), 1);
  }

 private:
  std::string before_;
};

TEST(Spool, GivesTheSameBytesAgainAsOftenAsAsked) {
  const std::string text(100'000, 'x');
  Spool spool;
  const auto source = spool.record(std::make_unique<MemorySource>("a.csv", as_bytes(text), 777));
  EXPECT_EQ(source->name(), "a.csv");
  EXPECT_EQ(read_all(*source), text);
  for (int i = 0; i < 2; ++i) {
    const auto again = spool.replay();
    EXPECT_EQ(again->name(), "a.csv");
    EXPECT_TRUE(again->ready());
    EXPECT_EQ(read_all(*again), text);
  }
}

TEST(Spool, LeavesNoFileBehind) {
  const std::string folder = testing::TempDir() + "/spool";
  std::filesystem::create_directory(folder);
  const TemporaryFolder here(folder);
  const std::string text = "abc";
  Spool first;
  Spool spool = std::move(first);
  read_all(*spool.record(std::make_unique<MemorySource>("m", as_bytes(text))));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  EXPECT_EQ(read_all(*spool.replay()), text);
}

TEST(Spool, NamesAFolderThatCannotBeUsed) {
  const TemporaryFolder here("/nonexistent");
  try {
    Spool spool;
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
    EXPECT_STREQ(error.what(),
                 "/nonexistent: cannot create a temporary file: No such file or directory: name another folder in TMPDIR");
  }
}

TEST(Spool, StandsAsideOfClosedStandardStreams) {
  const int kept = dup(STDIN_FILENO);
  close(STDIN_FILENO);
  const std::string text = "abc";
  {
    Spool spool;
    EXPECT_EQ(fcntl(STDIN_FILENO, F_GETFD), -1);
    read_all(*spool.record(std::make_unique<MemorySource>("m", as_bytes(text))));
    EXPECT_EQ(read_all(*spool.replay()), text);
  }
  dup2(kept, STDIN_FILENO);
  close(kept);
}

TEST(Spool, TellsOfAFullDisk) {
  const std::string text = "abc";
  Spool spool;
  const auto source = spool.record(std::make_unique<MemorySource>("m", as_bytes(text)));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{1, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &none);
  std::string message;
  ExitCode code = ExitCode::ok;
  try {
    read_all(*source);
  } catch (const Error& error) {
    code = error.code();
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  EXPECT_EQ(code, ExitCode::io);
  EXPECT_NE(message.find("cannot write a temporary file: File too large"), std::string::npos) << message;
}

}  // namespace
}  // namespace mltat
