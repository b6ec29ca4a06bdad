// SPDX-License-Identifier: Apache-2.0
/// Gradient boosting over histograms: in each round, for each class, a regression tree (ml/gradient_tree.h) takes a
/// step down the multinomial log loss.
///
/// The score of a class begins with the logarithm of its share of the rows and is then the sum of the steps of its
/// trees; probability = softmax of the scores. With two classes only the second has trees. A round in which no tree
/// finds a split ends the fit.
/// With `patience`, a share of the rows is kept aside, by chance from the seed: when their log loss has not reached a
/// new low for so many rounds, the fit ends, and the rounds after the lowest are dropped
/// (mltat-formats(5), "Model", payload of gbt).
/// Reference: J. H. Friedman, "Greedy Function Approximation: A Gradient Boosting Machine", Annals of Statistics 29,
/// 2001.
#pragma once

#include "ml/learner.h"

namespace mltat {

Learner gbt_learner();

}  // namespace mltat
