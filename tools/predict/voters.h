// SPDX-License-Identifier: Apache-2.0
/// The models of a run: loaded, named, and asked row by row.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/streams.h"
#include "ml/model.h"
#include "ml/vote.h"
#include "rows/row_batch.h"

namespace mltat::predict {

struct Voter {
  std::string name;  ///< the file's name without `.json`
  Model model;
  std::vector<std::size_t> columns;  ///< where its features stand among Voters::features()
};

/// Thread-safe once made.
class Voters {
 public:
  /// A folder stands for all `*.json` in it, by name. Errors: no_input; usage for two models of one name; those of
  /// parse_model.
  Voters(const std::vector<std::string>& paths, const decltype(Streams::open)& open);

  const std::vector<Voter>& all() const { return voters_; }
  /// Every column that some model wants, once.
  const std::vector<std::string>& features() const { return features_; }

  /// Errors: mismatch naming the first feature that the rows lack and the model that wants it.
  void check_columns(const RowStream& stream) const;

  /// The fact that makes some model unfit for rows of this feature set. Rows may have more families than a model.
  std::optional<std::string> misfit(std::string_view feature_set) const;

  /// Probabilities of all rows, by voter. Requires: the batch was parsed for features().
  void score(const RowBatch& batch, std::vector<Matrix>& proba) const;

 private:
  void add(const std::string& path, const decltype(Streams::open)& open);

  std::vector<Voter> voters_;
  std::vector<std::string> features_;
};

}  // namespace mltat::predict
