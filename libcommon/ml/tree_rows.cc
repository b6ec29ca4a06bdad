// SPDX-License-Identifier: Apache-2.0
#include "ml/tree_rows.h"

#include "base/error.h"

namespace mltat {

std::vector<TreeRow> tree_rows(const TrainingSet& set, std::span<const std::uint32_t> times) {
  std::vector<TreeRow> rows;
  rows.reserve(set.labels.size());
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < set.labels.size(); ++i) {
    const std::uint64_t weight =
        std::uint64_t{set.weights.empty() ? 1 : set.weights[i]} * (times.empty() ? 1 : times[i]);
    if (weight == 0) continue;
    total += weight;
    if (weight > UINT16_MAX || total > kMaxTreeWeight)
      throw Error(ExitCode::bad_data, "a tree takes at most 16777215 rows, weights counted in: sample the rows");
    rows.push_back(
        {static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(set.labels[i]), static_cast<std::uint16_t>(weight)});
  }
  return rows;
}

}  // namespace mltat
