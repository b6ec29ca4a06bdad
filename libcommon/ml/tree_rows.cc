// SPDX-License-Identifier: Apache-2.0
#include "ml/tree_rows.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace mltat {

void check_tree_weight(std::uint64_t weight) {
  if (weight > kMaxTreeWeight)
    throw Error(ExitCode::bad_data, "a tree takes at most " + std::to_string(kMaxTreeWeight) +
                                        " rows, weights counted in: sample the rows");
}

std::vector<TreeRow> tree_rows(std::span<const std::uint32_t> labels, std::span<const std::uint32_t> weights) {
  std::vector<TreeRow> rows;
  rows.reserve(labels.size());
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    std::uint32_t left = weights.empty() ? 1 : weights[i];
    total += left;
    check_tree_weight(total);
    for (; left > 0; left -= rows.back().weight)
      rows.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(labels[i]),
                      static_cast<std::uint16_t>(std::min<std::uint32_t>(left, UINT16_MAX))});
  }
  return rows;
}

}  // namespace mltat
