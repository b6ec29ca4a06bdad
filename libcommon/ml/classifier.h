// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ml/table.h"

namespace mltat {

/// What a learner's fit() yields and a model file carries. Thread-safe: const calls only.
class Classifier {
 public:
  virtual ~Classifier() = default;
  /// Fills out [x.rows() x n_classes]; each row sums to 1. Columns stand in the order of the model's features.
  virtual void predict_proba(const Columns& x, Matrix& out) const = 0;
  /// The payload of the model file, as JSON text.
  virtual std::string payload() const = 0;
};

}  // namespace mltat
