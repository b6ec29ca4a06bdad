// SPDX-License-Identifier: Apache-2.0
/// Support vector machines. `linear`: one against all others with the squared hinge and an L2 penalty, over one-hot
/// quantile bins; the probability is the softmax of the margins. `rbf`: one for every pair (ml/rbf.h).
#pragma once

#include "ml/learner.h"

namespace mltat {

Learner svm_learner();

/// Sum over the classes k of max(0, 1 - y_k s_k)^2, y_k = 1 for the label, else -1; scores become its derivatives.
double squared_hinge_loss(std::span<double> scores, std::uint32_t label);

}  // namespace mltat
