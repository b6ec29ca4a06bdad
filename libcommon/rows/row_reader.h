// SPDX-License-Identifier: Apache-2.0
/// Opens a stream of rows: tells NDJSON from CSV by the first byte, refuses what is neither and says which tool or
/// command is missing in front, and cuts the stream into batches.
#pragma once

#include <memory>

#include "io/byte_source.h"
#include "io/record_reader.h"
#include "rows/row_batch.h"

namespace mltat {

class RowReader {
 public:
  /// Reads up to the first record. Errors: bad_data: PCAP, flow records (they want featurize), compressed input,
  /// binary data, a first line that is no row, a CSV header with one name twice.
  explicit RowReader(std::unique_ptr<ByteSource> source, std::size_t block_bytes = RecordReader::kBlockBytes);

  /// Nothing there, not even a CSV header.
  bool empty() const { return empty_; }
  const RowStream& stream() const { return *stream_; }

  /// Fills the batch with the bytes of some rows, to be parsed by parse_rows. Returns: false at the end.
  /// Trouble of the stream itself ends up in the batch, behind the rows that came before it.
  bool next(RowBatch& batch);
  /// Rows given out by now.
  std::uint64_t rows() const { return given_; }

 private:
  void learn_csv_header();
  void learn_first_keys();

  RecordReader records_;
  RecordBlock first_;
  bool first_pending_ = false;
  std::uint64_t given_ = 0;  ///< rows in batches
  bool empty_ = false;
  std::shared_ptr<RowStream> stream_;
};

/// Refuses an option that names a column which is not there. Errors: bad_data naming option, column and input.
void require_column(const RowStream& stream, std::string_view column, std::string_view option);

}  // namespace mltat
