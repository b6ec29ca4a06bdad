// SPDX-License-Identifier: Apache-2.0
/// What c45 and rf share before they part: rows with labels and weights as the grower takes them.
#pragma once

#include <vector>

#include "ml/grow.h"
#include "ml/learner.h"

namespace mltat {

/// Rows times their multiplicity; those with a weight of 0 are left out. `times` empty: each row once.
/// Errors: Error(bad_data) for weights that are too large in sum, or of one row.
std::vector<TreeRow> tree_rows(const TrainingSet& set, std::span<const std::uint32_t> times);

}  // namespace mltat
