// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <utility>

#include "ml/classifier.h"
#include "ml/labelled_table.h"
#include "parallel/pipeline.h"

namespace mltat {

/// use(i, probabilities of rows[i]), once for each i, from any thread. `columns` of x are those of the classifier.
/// In blocks: a matrix of all rows and classes may be too large.
template <class Use>
void score_rows(const Classifier& classifier, const Columns& x, std::span<const std::uint32_t> rows,
                std::span<const std::size_t> columns, Threads threads, Use use) {
  constexpr std::size_t kBlock = 4096;
  for_range(threads, rows.size(), kBlock, [&](std::size_t begin, std::size_t end) {
    Matrix proba;
    classifier.predict_proba(take_cells(x, rows.subspan(begin, end - begin), columns), proba);
    for (std::size_t i = begin; i < end; ++i)
      use(i, std::as_const(proba).row(i - begin));
  });
}

}  // namespace mltat
