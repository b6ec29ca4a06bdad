// SPDX-License-Identifier: Apache-2.0
/// Multinomial logistic regression with an L2 penalty, over one-hot quantile bins; the probability is the softmax of
/// the scores.
#pragma once

#include "ml/learner.h"

namespace mltat {

Learner lr_learner();

/// -log softmax(scores)[label]; scores become softmax(scores) - [class is label].
double logistic_loss(std::span<double> scores, std::uint32_t label);

}  // namespace mltat
