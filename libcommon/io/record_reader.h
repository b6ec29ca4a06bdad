// SPDX-License-Identifier: Apache-2.0
/// Cuts a stream of text into records: lines (NDJSON) or CSV records, which may span lines (RFC 4180).
///
/// Records come in blocks that own their bytes, so that the blocks can be parsed side by side. How many records a
/// block holds depends on how the bytes arrive: a block is given out as soon as the source would keep it waiting,
/// so live rows never wait. The records themselves depend on the bytes alone.
/// Tolerated: CR before LF, a last record without newline, a UTF-8 byte order mark, blank lines (passed over, but
/// counted). Record numbers are line numbers: the line on which the record starts, from 1.
/// Trouble (a record beyond the limit, a quoted field that never ends, a read error) is kept in the block, behind
/// the records that came before it, so that those can still be written.
/// Cost: one scan and one copy of each byte.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "io/byte_source.h"

namespace mltat {

enum class RecordKind { line, csv };

/// Bytes that may be read past the end of any record's text; the SIMD parser of JSON does so.
inline constexpr std::size_t kTextPadding = 64;

struct Record {
  std::uint32_t begin = 0;  ///< offset in the block's text
  std::uint32_t end = 0;    ///< without the line end
  std::uint64_t line = 0;   ///< where it starts in the stream
};

class RecordBlock {
 public:
  std::vector<Record> records;
  std::optional<Error> trouble;  ///< what ended the stream after these records

  std::string_view text(const Record& record) const { return {text_.get() + record.begin, record.end - record.begin}; }
  std::string_view text() const { return {text_.get(), size_}; }
  /// Replaces the text; the padding behind it reads as blanks. Records are the caller's.
  void assign(std::string_view text);

 private:
  std::unique_ptr<char[]> text_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

class RecordReader {
 public:
  static constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
  static constexpr std::size_t kRecordBytes = std::size_t{64} << 20;

  /// A block ends with the record that takes it to `block_bytes`. Requires: record_bytes < 2 GiB.
  explicit RecordReader(std::unique_ptr<ByteSource> source, std::size_t block_bytes = kBlockBytes,
                        std::size_t record_bytes = kRecordBytes);

  const std::string& name() const { return source_->name(); }

  /// Enough of the first bytes to sniff(), without a byte order mark; empty for an empty input. The same bytes however
  /// the input comes in pieces. Only before the first next(). Errors: Error(io).
  Bytes head();
  /// Lines until told otherwise; only before the first next().
  void set_kind(RecordKind kind) { kind_ = kind; }

  /// Fills the block with at least one record or a trouble. Returns: false at the end of the stream.
  bool next(RecordBlock& block);

 private:
  enum class CsvState : std::uint8_t { field_start, plain, quoted, quote_in_quoted };

  bool fill();
  void scan(RecordBlock& block);
  std::size_t find_record_end();
  void take_record(std::size_t end, std::size_t next, RecordBlock& block);
  std::size_t head_end() const;
  void skip_byte_order_mark();

  std::unique_ptr<ByteSource> source_;
  RecordKind kind_ = RecordKind::line;
  std::size_t block_bytes_;
  std::size_t record_bytes_;
  std::vector<char> buffer_;      ///< [taken_, size_) is not yet given out
  std::size_t taken_ = 0;         ///< records before it belong to blocks
  std::size_t record_start_ = 0;  ///< first byte of the record being scanned
  std::size_t scanned_ = 0;       ///< bytes before it were looked at
  std::size_t size_ = 0;
  CsvState state_ = CsvState::field_start;
  std::uint64_t line_ = 1;         ///< line at scanned_
  std::uint64_t record_line_ = 1;  ///< line at record_start_
  bool started_ = false;           ///< the byte order mark was dealt with
  bool at_end_ = false;
  std::optional<Error> trouble_;
  bool trouble_told_ = false;
};

}  // namespace mltat
