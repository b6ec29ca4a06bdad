// SPDX-License-Identifier: Apache-2.0
/// A model over the votes of other models (train --stack).
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "ml/model.h"
#include "ml/vote.h"

namespace mltat::fuse {

/// Thread-safe: const calls only.
class StackedModel {
 public:
  /// Errors: Error(mismatch) for a model whose features are no votes.
  StackedModel(Model model, const std::string& name);

  /// Puts what the votes on one row say into the row of `x`, which has a column for each feature. Returns: empty, or
  /// the fact that makes the row unusable: a probability that the model wants and no vote tells.
  std::string fill(const std::vector<Vote>& votes, std::size_t row, Columns& x) const;

  const Model& model() const { return model_; }

 private:
  Model model_;
  std::unordered_map<std::string, std::size_t> place_;  ///< of a column among the features
};

}  // namespace mltat::fuse
