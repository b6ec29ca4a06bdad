// SPDX-License-Identifier: Apache-2.0
#include "ml/tree_rows.h"

#include <algorithm>

#include "base/error.h"

namespace mltat {

std::vector<TreeRow> tree_rows(std::span<const std::uint32_t> labels, std::span<const std::uint32_t> weights) {
  std::vector<TreeRow> rows;
  rows.reserve(labels.size());
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    std::uint32_t left = weights.empty() ? 1 : weights[i];
    total += left;
    if (total > kMaxTreeWeight)
      throw Error(ExitCode::bad_data, "a tree takes at most 16777215 rows, weights counted in: sample the rows");
    for (; left > 0; left -= rows.back().weight)
      rows.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(labels[i]),
                      static_cast<std::uint16_t>(std::min<std::uint32_t>(left, UINT16_MAX))});
  }
  return rows;
}

}  // namespace mltat
