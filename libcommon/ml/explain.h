// SPDX-License-Identifier: Apache-2.0
/// Which features moved a vote: each in turn is put at the median of the rows learned from, and the effect is what the
/// probability of the answer loses by it. The same for every algorithm, calibration included.
///
/// Features that tell the same share their effect: putting only one of them at its median may change little.
#pragma once

#include <cstddef>
#include <vector>

#include "ml/model.h"
#include "ml/table.h"

namespace mltat {

struct Effect {
  std::size_t feature = 0;
  double value = 0;   ///< of the row
  double effect = 0;  ///< above 0: it speaks for the answer
};

/// For each row at most `most`, the largest effects first, equal ones by the order of the features; none of effect 0.
/// `proba` is what the model says of x, the answer its highest class. Requires: the model has a profile.
/// Cost: the scoring of all rows, once for each feature.
std::vector<std::vector<Effect>> explain(const Model& model, const Columns& x, const Matrix& proba, std::size_t most);

}  // namespace mltat
