// SPDX-License-Identifier: Apache-2.0
/// Naive Bayes: the columns of a row speak for the classes independently of each other.
///
/// Over bins (the default): each column is cut into quantile bins (ml/bins.h), and
///   P(bin | class) = (rows of the class in the bin + smoothing) / (rows of the class + smoothing x bins).
/// Gaussian: each column is brought to one scale by logarithm (slog, ml/transform.h) and is normal in each class, with
///   variance = (sum of (x - mean)^2 over the rows + smoothing) / (rows of the class + smoothing):
/// of the deviation 1 that all rows have together, as much as `smoothing` rows would bring. Weights count in
/// everywhere. A class without rows has probability 0. Sums of logarithms throughout (mltat-formats(5), "Model",
/// payload of nb).
#pragma once

#include "ml/learner.h"

namespace mltat {

Learner nb_learner();

}  // namespace mltat
