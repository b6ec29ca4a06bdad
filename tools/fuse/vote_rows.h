// SPDX-License-Identifier: Apache-2.0
/// Votes as they stand in rows, and prediction files side by side.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ml/vote.h"
#include "rows/row_reader.h"

namespace mltat::fuse {

/// Where the votes of a stream stand: `votes` in NDJSON, pairs of MODEL_label and MODEL_confidence in CSV (which
/// tells neither `positive` nor `weight`). Thread-safe: const calls only.
class VoteColumns {
 public:
  /// Errors: bad_data: rows without votes.
  explicit VoteColumns(const RowStream& stream);

  /// Is the column part of a vote, and so not carried?
  bool is_vote(std::string_view column) const;

  /// Appends the votes of a row. Errors: bad_data naming the row.
  void read(const RowBatch& batch, std::size_t row, VoteReader& reader, std::vector<Vote>& out) const;

 private:
  void read_csv(const RowBatch& batch, std::size_t row, std::vector<Vote>& out) const;
  void read_proba(const RowBatch& batch, std::size_t row, Vote& vote) const;

  RowFormat format_;
  std::vector<std::string> models_;  ///< CSV: in the order of the header
};

/// A row's identity as one text: capture, flow_id, part, window. Requires: the plan's texts begin with them.
std::string identity_of(const RowBatch& batch, std::size_t row);
/// `flow 00ff of capture x, part 0`: for messages.
std::string identity_text(const RowBatch& batch, std::size_t row);

/// One prediction file beside the leading one: gives the votes on the rows that it is asked for. As long as its rows
/// come in the same order, one batch is held; from the first that does not, all the rest is held.
class Companion {
 public:
  explicit Companion(std::unique_ptr<ByteSource> source);

  /// Appends the votes on the row. Errors: bad_data: no such row here, or a damaged one.
  void add_votes(const RowBatch& lead, std::size_t row, std::vector<Vote>& out);
  /// Errors: bad_data naming a row that was never asked for.
  void expect_end(const std::string& lead_name);

 private:
  struct Held {
    std::string place;
    std::string text;  ///< identity, for messages
    std::vector<Vote> votes;
    bool taken = false;
  };

  bool more();
  void hold_rest();

  RowReader reader_;
  std::optional<VoteColumns> columns_;  ///< none: the file is empty
  VoteReader votes_;
  RowBatch batch_;
  std::size_t row_ = 0;  ///< the next one of the batch
  bool holding_ = false;
  std::vector<Held> held_;  ///< in the order of the file
  std::unordered_map<std::string, std::deque<std::size_t>> by_identity_;
};

}  // namespace mltat::fuse
