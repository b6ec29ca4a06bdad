// SPDX-License-Identifier: Apache-2.0
#include "io/record_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace mltat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
  std::vector<std::string> records;  ///< `line:text`
  std::string trouble;
};

Read read_all(std::string_view text, RecordKind kind, std::size_t chunk, std::size_t block_bytes,
              std::size_t record_bytes = RecordReader::kRecordBytes) {
  RecordReader reader(std::make_unique<MemorySource>("stdin", as_bytes(text), chunk), block_bytes, record_bytes);
  reader.set_kind(kind);
  RecordBlock block;
  Read out;
  while (reader.next(block)) {
    EXPECT_TRUE(!block.records.empty() || block.trouble);
    for (const Record& record : block.records)
      out.records.push_back(std::to_string(record.line) + ":" + std::string(block.text(record)));
    if (block.trouble) out.trouble = block.trouble->what();
  }
  return out;
}

/// The same for every way in which the bytes may arrive.
Read read_anyhow(std::string_view text, RecordKind kind) {
  const Read whole = read_all(text, kind, SIZE_MAX, RecordReader::kBlockBytes);
  for (const std::size_t chunk : {1, 2, 3, 7})
    for (const std::size_t block : {1, 10, 1 << 20}) {
      const Read piecewise = read_all(text, kind, chunk, block);
      EXPECT_EQ(piecewise.records, whole.records) << "chunk " << chunk << " block " << block;
      EXPECT_EQ(piecewise.trouble, whole.trouble);
    }
  return whole;
}

TEST(RecordReader, LinesWithAllTheirOddities) {
  const Read got = read_anyhow(
      "\xef\xbb\xbf"
      "one\r\n\n  \t\ntwo\n\xc3\xa4\n\nlast",
      RecordKind::line);
  EXPECT_THAT(got.records, ElementsAre("1:one", "4:two", "5:\xc3\xa4", "7:last"));
  EXPECT_EQ(got.trouble, "");
}

TEST(RecordReader, NothingAndOnlyNewlines) {
  EXPECT_TRUE(read_anyhow("", RecordKind::line).records.empty());
  EXPECT_TRUE(read_anyhow("\n\r\n\n", RecordKind::csv).records.empty());
  EXPECT_TRUE(read_anyhow("\xef\xbb\xbf", RecordKind::line).records.empty());
}

TEST(RecordReader, ManyBlankLinesAreNotTheEnd) {
  EXPECT_THAT(read_all(std::string(3000, '\n') + "x\n", RecordKind::line, SIZE_MAX, 100).records,
              ElementsAre("3001:x"));
}

TEST(RecordReader, CsvRecordsSpanLines) {
  const Read got = read_anyhow("a,b\r\n\"x\ny\",\"say \"\"\n\"\"\"\n1,2\n5\" disk,3\n\"\",", RecordKind::csv);
  EXPECT_THAT(got.records, ElementsAre("1:a,b", "2:\"x\ny\",\"say \"\"\n\"\"\"", "5:1,2", "6:5\" disk,3", "7:\"\","));
}

TEST(RecordReader, AnOpenQuoteIsTroubleBehindTheRecordsBefore) {
  const Read got = read_anyhow("a\n1\n\"2\n3\n", RecordKind::csv);
  EXPECT_THAT(got.records, ElementsAre("1:a", "2:1"));
  EXPECT_THAT(got.trouble, testing::AllOf(HasSubstr("stdin:3"), HasSubstr("not closed"), HasSubstr("cut off")));
}

TEST(RecordReader, ALineBeyondTheLimitIsTrouble) {
  const std::size_t limit = 1 << 20;
  const std::string fits(limit, 'x');
  EXPECT_EQ(read_all("a\n" + fits + "\n", RecordKind::line, SIZE_MAX, 1 << 20, limit).records.size(), 2u);
  for (const std::size_t chunk : {std::size_t{100'000}, SIZE_MAX}) {
    const Read got = read_all("a\n" + fits + "x\nb\n", RecordKind::line, chunk, 1 << 20, limit);
    EXPECT_THAT(got.records, ElementsAre("1:a"));
    EXPECT_THAT(got.trouble, testing::AllOf(HasSubstr("stdin:2"), HasSubstr("more than 1 MiB")));
  }
}

TEST(RecordReader, HeadDropsTheByteOrderMarkAndIsReadAgain) {
  const std::string text = "\xef\xbb\xbf{}\n{\"a\":1}\n";
  RecordReader reader(std::make_unique<MemorySource>("stdin", as_bytes(text), 1));
  EXPECT_EQ(sniff(reader.head()), ContentKind::json);
  RecordBlock block;
  ASSERT_TRUE(reader.next(block));
  EXPECT_EQ(block.text(block.records[0]), "{}");
}

TEST(RecordReader, HeadIsTheSameHoweverTheBytesArrive) {
  const std::string blanks(100, '\n');
  const std::vector<std::pair<std::string, ContentKind>> cases = {
      {"a,b,c\n\x01,2,3\n", ContentKind::text},          // what is behind the first line does not count
      {"a,b,c,d,e,f,g,h,i,j,k,\x01\n", ContentKind::binary},
      {"\x0a\x0d\x0d\x0a\x1c\x00\n", ContentKind::pcapng},
      {blanks + "{\"a\":1}\n", ContentKind::json},
      {std::string(5000, 'x') + "\x01", ContentKind::text},
      {"{}", ContentKind::json}};
  for (const auto& [text, kind] : cases)
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, SIZE_MAX}) {
      RecordReader reader(std::make_unique<MemorySource>("stdin", as_bytes(text), chunk));
      EXPECT_EQ(sniff(reader.head()), kind) << text << " in pieces of " << chunk;
    }
}

/// Gives its pieces one at a time and says that it would wait after each.
class SlowSource : public ByteSource {
 public:
  explicit SlowSource(std::deque<std::string> pieces) : ByteSource("stdin"), pieces_(std::move(pieces)) {}
  std::size_t read(std::span<std::uint8_t> buffer) override {
    if (pieces_.empty()) return 0;
    const std::string piece = pieces_.front();
    if (piece == "FAIL") throw Error(ExitCode::io, "stdin: read error: test");
    pieces_.pop_front();
    std::copy(piece.begin(), piece.end(), buffer.begin());
    return piece.size();
  }
  bool ready() override { return false; }

 private:
  std::deque<std::string> pieces_;
};

TEST(RecordReader, WhatIsWholeLeavesBeforeTheSourceIsWaitedFor) {
  RecordReader reader(std::make_unique<SlowSource>(std::deque<std::string>{"a\nb\nc", "c\n", "d"}));
  RecordBlock block;
  std::vector<std::size_t> sizes;
  while (reader.next(block))
    sizes.push_back(block.records.size());
  EXPECT_THAT(sizes, ElementsAre(2, 1, 1));
}

TEST(RecordReader, AReadErrorComesBehindTheRecordsBefore) {
  RecordReader reader(std::make_unique<SlowSource>(std::deque<std::string>{"a\nhalf", "FAIL"}));
  RecordBlock block;
  ASSERT_TRUE(reader.next(block));
  EXPECT_EQ(block.records.size(), 1u);
  EXPECT_FALSE(block.trouble);
  ASSERT_TRUE(reader.next(block));
  EXPECT_TRUE(block.records.empty());
  ASSERT_TRUE(block.trouble);
  EXPECT_EQ(block.trouble->code(), ExitCode::io);
  EXPECT_FALSE(reader.next(block));
}

}  // namespace
}  // namespace mltat
