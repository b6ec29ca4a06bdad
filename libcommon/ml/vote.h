// SPDX-License-Identifier: Apache-2.0
/// What one model says of one row, and how it stands in a prediction row (mltat-formats(5), "Prediction row").
/// A vote carries all that fusion needs, so that fuse needs no model.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/ndjson.h"
#include "io/schema.h"

namespace mltat {

/// The answer of a one-vs-rest model for all classes but its own.
inline constexpr std::string_view kBackgroundLabel = "background";

/// A feature that moved a vote, see explain.h.
struct Moved {
  std::string feature;
  double value = 0;
  double effect = 0;
};

struct Vote {
  std::string model;                                  ///< name of the model: its file without `.json`
  std::string label;                                  ///< a class, `background`, or `unknown`: an abstention
  double confidence = 0;                              ///< in [0, 1]: the probability of the answer
  std::optional<std::string> positive;                ///< the class of a one-vs-rest model
  std::optional<double> weight;                       ///< the model's cross-validated macro-F1, in [0, 1]
  std::vector<std::pair<std::string, double>> proba;  ///< all classes, empty: not told
  std::optional<std::vector<Moved>> explain = {};     ///< none: not told
};

bool abstains(const Vote& vote);

/// The probability that the voter gives to a class, 0 for a class that it does not know. Returns: nothing if the
/// vote does not tell.
std::optional<double> probability_of(const Vote& vote, std::string_view label);

/// What append_votes writes.
Key votes_key();

/// One JSON array, keys in the order model, label, confidence, positive, weight, proba, explain (left out if not told).
void append_votes(std::string& out, std::span<const Vote> votes);

/// Reads what append_votes wrote, or others by the same rules. Not thread-safe: holds buffers.
class VoteReader {
 public:
  /// Appends the votes. Returns: nothing, or the fact that makes them unusable. Unknown keys are passed over.
  /// Requires: kTextPadding bytes behind `json` may be read, as in a RowBatch, which may have left it unchecked.
  std::optional<std::string> read(std::string_view json, std::vector<Vote>& out);

 private:
  std::optional<std::string> read_vote(std::span<const JsonMember> members, Vote& vote);
  std::optional<std::string> read_proba(std::string_view json, Vote& vote);

  JsonReader json_;
  std::vector<JsonMember> members_;  // of all votes of a row
  std::vector<std::size_t> ends_;    // of each vote's, in members_
  std::vector<JsonMember> classes_;
};

}  // namespace mltat
