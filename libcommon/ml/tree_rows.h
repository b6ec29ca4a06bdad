// SPDX-License-Identifier: Apache-2.0
/// What c45 and rf share before they part: rows with labels and integer weights as the grower takes them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ml/grow.h"

namespace mltat {

/// Rows in their order. Those with a weight of 0 are left out, those with a large one stand more than once; `weights`
/// empty: 1 each. Errors: Error(bad_data) for a sum above kMaxTreeWeight.
std::vector<TreeRow> tree_rows(std::span<const std::uint32_t> labels, std::span<const std::uint32_t> weights);

/// Errors: Error(bad_data) for a weight above kMaxTreeWeight.
void check_tree_weight(std::uint64_t weight);

}  // namespace mltat
