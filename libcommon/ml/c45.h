// SPDX-License-Identifier: Apache-2.0
/// C4.5 decision tree for numbers: gain ratio, error-based pruning (no subtree raising); the probability is the
/// leaf's class share with one added to every count (Laplace), which leaves the winner as it is.
/// Reference: J. R. Quinlan, "C4.5: Programs for Machine Learning", 1993.
#pragma once

#include "ml/learner.h"

namespace mltat {

Learner c45_learner();

}  // namespace mltat
