// SPDX-License-Identifier: Apache-2.0
#include "io/output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/error.h"

namespace mltat {
namespace {

using testing::HasSubstr;

class OutputFiles : public testing::Test {
 protected:
  OutputFiles() : folder(std::filesystem::path(testing::TempDir()) / ("mltat-output-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder);
  }
  ~OutputFiles() override { std::filesystem::remove_all(folder); }
  std::string path(const std::string& name) const { return folder / name; }
  static std::string content(const std::string& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::ptrdiff_t files() const { return std::distance(std::filesystem::directory_iterator(folder), {}); }

  std::filesystem::path folder;
};

template <class Act>
ExitCode failure(Act act, std::string* message = nullptr) {
  try {
    act();
  } catch (const Error& error) {
    if (message != nullptr) *message = error.what();
    return error.code();
  }
  return ExitCode::ok;
}

TEST_F(OutputFiles, AFileAppearsUnderItsNameWhenItIsFinished) {
  Output out(path("x"));
  out.write("ab");
  EXPECT_FALSE(std::filesystem::exists(path("x")));
  EXPECT_TRUE(std::filesystem::exists(path("x.part")));
  out.write("c");
  EXPECT_EQ(out.name(), path("x"));
  EXPECT_FALSE(out.is_terminal());
  out.finish();
  EXPECT_EQ(content(path("x")), "abc");
  EXPECT_EQ(files(), 1);
  EXPECT_NO_THROW(out.finish()) << "once more does nothing";
}

TEST_F(OutputFiles, WithoutFinishNothingIsLeftAndAnOldFileStays) {
  std::ofstream(path("x")) << "old";
  {
    Output out(path("x"));
    out.write("new");
  }
  EXPECT_EQ(content(path("x")), "old");
  EXPECT_EQ(files(), 1);
  Output out(path("x"));
  out.write("new");
  out.finish();
  EXPECT_EQ(content(path("x")), "new") << "a finished one takes its place";
}

TEST_F(OutputFiles, ASignalHandlerCanTakeTheTemporaryFilesAway) {
  Output one(path("one"));
  Output moved(std::move(one));
  Output two(path("two"));
  two.finish();
  EXPECT_EQ(files(), 2);
  remove_temporary_files();
  EXPECT_EQ(files(), 1) << "the finished one stays";
  EXPECT_TRUE(std::filesystem::exists(path("two")));
}

TEST_F(OutputFiles, AMovedOutputWritesOn) {
  std::vector<Output> outputs;
  {
    Output out(path("x"));
    out.write("a");
    outputs.push_back(std::move(out));
  }
  outputs[0].write("b");
  outputs[0].finish();
  EXPECT_EQ(content(path("x")), "ab");
}

TEST_F(OutputFiles, WhatCannotBeCreatedIsToldByItsName) {
  std::string message;
  EXPECT_EQ(failure([&] { Output out(path("none/x")); }, &message), ExitCode::cannot_create);
  EXPECT_THAT(message, HasSubstr(path("none/x") + ": cannot create: "));
  EXPECT_EQ(failure([&] { Output out(folder); }), ExitCode::cannot_create) << "a folder";
}

TEST_F(OutputFiles, AFifoIsWrittenInPlace) {
  const std::string fifo = path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = content(fifo); });
  Output out(fifo);
  out.write("through");
  out.finish();
  reader.join();
  EXPECT_EQ(got, "through");
  EXPECT_EQ(files(), 1) << "no temporary file beside it";
}

TEST_F(OutputFiles, TheNameOfADescriptorIsWrittenInPlaceBehindWhatIsThere) {
  const int file = open(path("x").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::write(file, "a", 1), 1);
  const std::string name = "/dev/fd/" + std::to_string(file);
  std::filesystem::create_symlink(name, path("link"));
  EXPECT_TRUE(is_written_in_place(name));
  EXPECT_FALSE(is_written_in_place(path("x")));
  for (const std::string& to : {name, path("link")})
    write_file(to, "b");
  EXPECT_EQ(content(path("x")), "abb");
  EXPECT_EQ(files(), 2);
  close(file);
}

TEST_F(OutputFiles, ALinkToAFileIsReplacedByTheFile) {
  write_file(path("old"), "old");
  std::filesystem::create_symlink("old", path("link"));
  write_file(path("link"), "new");
  EXPECT_EQ(content(path("old")), "old");
  EXPECT_EQ(content(path("link")), "new");
}

TEST(Output, AFullDeviceIsAnIoError) {
  std::string message;
  EXPECT_EQ(failure([] { Output("/dev/full").write("x"); }, &message), ExitCode::io);
  EXPECT_THAT(message, HasSubstr("/dev/full: write error: "));
}

TEST(Output, ToMemory) {
  std::string text = "a";
  Output out = Output::to_memory(text);
  out.write("b");
  Output moved(std::move(out));
  moved.write("c");
  moved.finish();
  EXPECT_EQ(text, "abc");
}

/// Writes into one end of a socket that keeps the borders of writes; returns what each write held.
std::vector<std::string> writes(bool line_buffered, std::string_view text) {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  const int kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
  dup2(ends[0], STDOUT_FILENO);
  close(ends[0]);
  {
    Output out("-");
    out.set_line_buffered(line_buffered);
    out.write(text);
    out.finish();  // closes standard output
  }
  dup2(kept, STDOUT_FILENO);
  close(kept);
  std::vector<std::string> got;
  char buffer[256];
  for (ssize_t count = 0; (count = read(ends[1], buffer, sizeof buffer)) > 0;)
    got.emplace_back(buffer, count);
  close(ends[1]);
  return got;
}

TEST(Output, StandardOutputInOneWriteOrLineByLine) {
  EXPECT_EQ(writes(false, "a\nbc\nd"), (std::vector<std::string>{"a\nbc\nd"}));
  EXPECT_EQ(writes(true, "a\nbc\nd"), (std::vector<std::string>{"a\n", "bc\n", "d"}));
}

}  // namespace
}  // namespace mltat
