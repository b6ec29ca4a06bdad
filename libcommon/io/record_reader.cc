// SPDX-License-Identifier: Apache-2.0
#include "io/record_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mltat {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kNone = SIZE_MAX;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

void RecordBlock::assign(std::string_view text) {
  if (text.size() > capacity_ || !text_) {
    capacity_ = text.size();
    text_ = std::make_unique<char[]>(capacity_ + kTextPadding);
  }
  std::memcpy(text_.get(), text.data(), text.size());
  std::memset(text_.get() + text.size(), ' ', kTextPadding);
  size_ = text.size();
}

RecordReader::RecordReader(std::unique_ptr<ByteSource> source, std::size_t block_bytes, std::size_t record_bytes)
    : source_(std::move(source)), block_bytes_(block_bytes), record_bytes_(record_bytes) {}

/// Reads once, behind what is there. Returns: false at the end of input, or when reading failed.
bool RecordReader::fill() {
  if (at_end_) return false;
  if (taken_ > 0 && buffer_.size() - size_ < kReadBytes) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(taken_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(size_), buffer_.begin());
    record_start_ -= taken_;
    scanned_ -= taken_;
    size_ -= taken_;
    taken_ = 0;
  }
  if (buffer_.size() - size_ < kReadBytes) buffer_.resize(std::max(2 * buffer_.size(), 2 * kReadBytes));
  try {
    const std::size_t got =
        source_->read({reinterpret_cast<std::uint8_t*>(buffer_.data()) + size_, buffer_.size() - size_});
    size_ += got;
    at_end_ = got == 0;
  } catch (const Error& error) {
    trouble_ = error;
    at_end_ = true;
  }
  return !at_end_;
}

Bytes RecordReader::head() {
  std::size_t end = 0;
  while ((end = head_end()) == kNone && fill()) {
  }
  if (trouble_) throw *trouble_;
  if (end == kNone) end = size_;
  skip_byte_order_mark();
  return as_bytes(std::string_view(buffer_.data(), end).substr(taken_));
}

/// Where the head ends, which depends on the bytes alone and not on how many came at once: behind the first line that
/// is not blank, or where it is long enough. Returns: kNone if that has not come yet.
std::size_t RecordReader::head_end() const {
  constexpr std::size_t kMagicBytes = 5;  // no magic number has a newline behind its fourth byte
  constexpr std::size_t kHeadBytes = 4096;
  const std::string_view text(buffer_.data(), std::min(size_, kHeadBytes));
  const std::size_t newline = text.find('\n', std::max(kMagicBytes, text.find_first_not_of(" \t\r\n")));
  if (newline != std::string_view::npos) return newline + 1;
  return text.size() == kHeadBytes ? kHeadBytes : kNone;
}

void RecordReader::skip_byte_order_mark() {
  if (started_) return;
  started_ = true;
  if (std::string_view(buffer_.data(), size_).starts_with(kByteOrderMark))
    taken_ = record_start_ = scanned_ = kByteOrderMark.size();
}

/// Offset of the newline that ends the record under way, or kNone if it is not there yet; counts lines on the way.
std::size_t RecordReader::find_record_end() {
  const char* const data = buffer_.data();
  if (kind_ == RecordKind::line) {
    const void* newline = scanned_ < size_ ? std::memchr(data + scanned_, '\n', size_ - scanned_) : nullptr;
    scanned_ = newline == nullptr ? size_ : static_cast<std::size_t>(static_cast<const char*>(newline) - data);
    if (newline == nullptr) return kNone;
    ++line_;
    return scanned_++;
  }
  for (; scanned_ < size_; ++scanned_) {
    const char c = data[scanned_];
    line_ += c == '\n' ? 1 : 0;
    switch (state_) {
      case CsvState::quoted:
        if (c == '"') state_ = CsvState::quote_in_quoted;
        continue;
      case CsvState::quote_in_quoted:
        if (c == '"') {
          state_ = CsvState::quoted;
          continue;
        }
        break;
      case CsvState::field_start:
        if (c == '"') {
          state_ = CsvState::quoted;
          continue;
        }
        break;
      case CsvState::plain: break;
    }
    if (c == '\n') {
      state_ = CsvState::field_start;
      return scanned_++;
    }
    state_ = c == ',' ? CsvState::field_start : CsvState::plain;
  }
  return kNone;
}

void RecordReader::take_record(std::size_t end, std::size_t next, RecordBlock& block) {
  std::size_t stop = end;
  if (stop > record_start_ && buffer_[stop - 1] == '\r') --stop;
  if (!is_blank({buffer_.data() + record_start_, stop - record_start_}))
    block.records.push_back(
        {static_cast<std::uint32_t>(record_start_ - taken_), static_cast<std::uint32_t>(stop - taken_), record_line_});
  record_start_ = next;
  record_line_ = line_;
}

/// Takes whole records off the buffer, as far as the block may grow.
void RecordReader::scan(RecordBlock& block) {
  while (record_start_ - taken_ < block_bytes_) {
    const std::size_t end = find_record_end();
    if ((end == kNone ? size_ : end) - record_start_ > record_bytes_) {
      trouble_ = Error(ExitCode::bad_data, name() + ":" + std::to_string(record_line_) + ": a line of more than " +
                                               std::to_string(record_bytes_ >> 20) +
                                               " MiB: is this text with one record a line?");
      at_end_ = true;
      return;
    }
    if (end == kNone) return;
    take_record(end, end + 1, block);
  }
}

bool RecordReader::next(RecordBlock& block) {
  block.records.clear();
  block.trouble.reset();
  if (!started_) {
    while (size_ < kByteOrderMark.size() && fill()) {
    }
    skip_byte_order_mark();
  }
  while (!trouble_) {
    scan(block);
    if (trouble_) break;
    if (block.records.empty()) taken_ = record_start_;  // blank lines alone make no block
    if (record_start_ - taken_ >= block_bytes_) break;
    if (!block.records.empty() && !at_end_ && !source_->ready()) break;
    if (scanned_ < size_ || fill()) continue;
    if (trouble_ || record_start_ == size_) break;
    if (kind_ == RecordKind::csv && state_ == CsvState::quoted) {
      trouble_ = Error(ExitCode::bad_data, name() + ":" + std::to_string(record_line_) +
                                               ": a quoted field is not closed before the end: is the input cut off?");
      break;
    }
    take_record(size_, size_, block);
    scanned_ = size_;
    break;
  }
  block.assign({buffer_.data() + taken_, record_start_ - taken_});
  taken_ = record_start_;
  if (trouble_) {
    block.trouble = trouble_;
    if (!trouble_told_) {
      trouble_told_ = true;
      return true;
    }
    return false;
  }
  return !block.records.empty();
}

}  // namespace mltat
