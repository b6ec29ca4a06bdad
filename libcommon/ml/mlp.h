// SPDX-License-Identifier: Apache-2.0
/// Multi-layer perceptron: slog and rank of every column side by side, one or two hidden layers with ReLU, softmax;
/// stochastic gradient descent with momentum for a fixed number of epochs, the learning rate falling to 0 along half a
/// cosine. The rows of an epoch are shuffled by (seed, epoch); each row is seen once in it, and its part in the step is
/// its share of the mean weight.
#pragma once

#include "ml/learner.h"

namespace mltat {

Learner mlp_learner();

}  // namespace mltat
