// SPDX-License-Identifier: Apache-2.0
#include "io/byte_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace mltat {
namespace {

using testing::HasSubstr;

std::string read_all(ByteSource& source, std::size_t at_once) {
  std::string text;
  std::vector<std::uint8_t> buffer(at_once);
  while (const std::size_t got = source.read(buffer))
    text += as_text(Bytes(buffer).first(got));
  return text;
}

std::unique_ptr<MemorySource> memory(std::string_view text, std::size_t chunk = SIZE_MAX) {
  return std::make_unique<MemorySource>("memory", as_bytes(text), chunk);
}

TEST(MemorySource, HandsOutAtMostItsChunk) {
  const auto source = memory("abcdefg", 3);
  std::array<std::uint8_t, 8> buffer;
  EXPECT_EQ(source->read(buffer), 3u);
  EXPECT_EQ(source->read({buffer.data(), 2}), 2u);
  EXPECT_EQ(source->read(buffer), 2u);
  EXPECT_EQ(source->read(buffer), 0u);
  EXPECT_EQ(source->read(buffer), 0u) << "the end stays the end";
  EXPECT_TRUE(source->ready());
  EXPECT_EQ(source->name(), "memory");
}

TEST(ReadFully, GoesOnUntilTheBufferIsFullOrTheInputEnds) {
  std::array<std::uint8_t, 5> buffer;
  const auto source = memory("abcdefg", 2);
  EXPECT_EQ(read_fully(*source, buffer), 5u);
  EXPECT_EQ(as_text(buffer), "abcde");
  EXPECT_EQ(read_fully(*source, buffer), 2u);
  EXPECT_EQ(read_fully(*source, buffer), 0u);
}

TEST(PeekedSource, LooksAheadAndHandsTheBytesOutAgain) {
  for (const std::size_t chunk : {1, 2, 100})
    for (const std::size_t at_once : {1, 3, 100}) {
      PeekedSource source(memory("abcdefg", chunk), 4);
      EXPECT_EQ(as_text(source.head()), "abcd") << "short reads are continued";
      EXPECT_EQ(source.name(), "memory");
      EXPECT_EQ(read_all(source, at_once), "abcdefg");
      EXPECT_TRUE(source.head().empty());
    }
}

TEST(PeekedSource, AnInputShorterThanTheLook) {
  PeekedSource source(memory("ab"), 4);
  EXPECT_EQ(as_text(source.head()), "ab");
  EXPECT_EQ(read_all(source, 10), "ab");
  PeekedSource empty(memory(""), 4);
  EXPECT_TRUE(empty.head().empty());
  EXPECT_EQ(read_all(empty, 10), "");
}

class SourceFiles : public testing::Test {
 protected:
  SourceFiles() : folder(std::filesystem::path(testing::TempDir()) / ("mltat-source-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder);
  }
  ~SourceFiles() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
};

std::string refusal(const std::string& path) {
  try {
    open_source(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::no_input);
    return error.what();
  }
  return "";
}

TEST_F(SourceFiles, AFileByItsPath) {
  const std::string path = folder / "x";
  std::ofstream(path) << "some text";
  const auto source = open_source(path);
  EXPECT_EQ(source->name(), path);
  EXPECT_TRUE(source->ready()) << "a file never waits";
  EXPECT_EQ(read_all(*source, 4), "some text");
}

TEST_F(SourceFiles, WhatCannotBeOpenedIsToldByItsName) {
  EXPECT_THAT(refusal(folder / "none"), HasSubstr((folder / "none").string() + ": cannot open: "));
  EXPECT_THAT(refusal(folder), HasSubstr("is a directory"));
}

TEST(StandardInput, IsReadyOnlyWhenSomethingIsThere) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int kept = dup(STDIN_FILENO);
  dup2(ends[0], STDIN_FILENO);
  close(ends[0]);
  {
    const auto source = open_source("-");
    EXPECT_EQ(source->name(), "stdin");
    EXPECT_FALSE(source->ready()) << "a read would wait";
    ASSERT_EQ(write(ends[1], "abc", 3), 3);
    EXPECT_TRUE(source->ready());
    std::array<std::uint8_t, 8> buffer;
    EXPECT_EQ(source->read(buffer), 3u) << "what is there, not more";
    EXPECT_FALSE(source->ready());
    close(ends[1]);
    EXPECT_TRUE(source->ready()) << "the end does not wait either";
    EXPECT_EQ(source->read(buffer), 0u);
  }
  dup2(kept, STDIN_FILENO);
  close(kept);
}

ContentKind sniffed(std::string_view head) {
  return sniff(as_bytes(head));
}

TEST(Sniff, EveryKind) {
  EXPECT_EQ(sniffed(""), ContentKind::empty);
  for (const char* magic : {"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d"})
    EXPECT_EQ(sniffed(magic), ContentKind::pcap);
  EXPECT_EQ(sniffed("\x0a\x0d\x0d\x0a\x1c"), ContentKind::pcapng);
  EXPECT_EQ(sniffed("\x1f\x8b\x08"), ContentKind::gzip);
  EXPECT_EQ(sniffed("\x28\xb5\x2f\xfd"), ContentKind::zstd);
  EXPECT_EQ(sniffed("\xfd"
                    "7zXZ"),
            ContentKind::xz);
  EXPECT_EQ(sniffed("{\"a\":1}"), ContentKind::json);
  EXPECT_EQ(sniffed("\n \t\r\n {"), ContentKind::json) << "white space in front";
  EXPECT_EQ(sniffed("flow_id,capture"), ContentKind::text);
  EXPECT_EQ(sniffed("[1]"), ContentKind::text) << "an array is no stream of rows";
  EXPECT_EQ(sniffed("\xc3\xa4,b"), ContentKind::text);
  EXPECT_EQ(sniffed("ab\x01"), ContentKind::binary);
  EXPECT_EQ(sniffed(std::string_view("\0\0", 2)), ContentKind::binary);
}

TEST(Sniff, AMagicThatIsCutOffIsNone) {
  EXPECT_EQ(sniffed("\xd4\xc3\xb2"), ContentKind::text);
  EXPECT_EQ(sniffed("\x1f"), ContentKind::binary);
}

TEST(RefuseCompressed, SaysHowToDecompress) {
  const auto message = [](ContentKind kind) -> std::string {
    try {
      refuse_compressed(kind, "x.gz");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::bad_data);
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message(ContentKind::gzip), testing::AllOf(HasSubstr("x.gz: gzip"), HasSubstr("`zcat FILE | ...`")));
  EXPECT_THAT(message(ContentKind::zstd), HasSubstr("`zstdcat FILE"));
  EXPECT_THAT(message(ContentKind::xz), HasSubstr("`xzcat FILE"));
  for (const ContentKind kind : {ContentKind::empty, ContentKind::pcap, ContentKind::pcapng, ContentKind::json,
                                 ContentKind::text, ContentKind::binary})
    EXPECT_EQ(message(kind), "");
}

}  // namespace
}  // namespace mltat
