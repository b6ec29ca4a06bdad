// SPDX-License-Identifier: Apache-2.0
/// Random forest: trees by Gini impurity, each over a bootstrap sample, each node drawing its columns; the
/// probability is the mean of the leaves' class shares. A sample draws as many rows as there are, weights counted in,
/// and a row by its weight: a row of weight 2 is in the forest what the row twice would be. Reference: L. Breiman,
/// "Random Forests", 2001.
#pragma once

#include "ml/learner.h"

namespace mltat {

Learner rf_learner();

}  // namespace mltat
