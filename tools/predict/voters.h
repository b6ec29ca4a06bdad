// SPDX-License-Identifier: Apache-2.0
/// The models of a run: loaded, named, and asked row by row.
#pragma once

#include <optional>
#include <span>
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

 private:
  void add(const std::string& path, const decltype(Streams::open)& open);

  std::vector<Voter> voters_;
  std::vector<std::string> features_;
};

/// The columns of a voter's model. Requires: the batch was parsed for Voters::features().
Columns columns_of(const RowBatch& batch, const Voter& voter);

struct Answer {
  std::size_t best = 0;  ///< index of the class
  double confidence = 0;
  bool sure = true;  ///< else it is `unknown`

  std::string_view label(const Model& model) const;
};

/// `unknown_below` stands in for what the model was trained to ask of an answer.
Answer answer_of(const Model& model, std::span<const double> proba, std::optional<double> unknown_below);

}  // namespace mltat::predict
