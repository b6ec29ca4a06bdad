// SPDX-License-Identifier: Apache-2.0
#include "ml/explain.h"

#include <algorithm>
#include <cmath>

#include "ml/metrics.h"

namespace mltat {

std::vector<std::vector<Effect>> explain(const Model& model, const Columns& x, const Matrix& proba, std::size_t most) {
  std::vector<std::vector<Effect>> out(x.rows());
  Columns changed = x;
  Matrix without;
  for (std::size_t f = 0; f < x.columns(); ++f) {
    const std::span<double> column = changed.column(f);
    std::fill(column.begin(), column.end(), model.profile->features[f].median);
    model.predict_proba(changed, without);
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const std::size_t answer = argmax(proba.row(r));
      const double effect = proba.row(r)[answer] - without.row(r)[answer];
      if (effect != 0) out[r].push_back({f, x.column(f)[r], effect});
    }
    std::copy(x.column(f).begin(), x.column(f).end(), column.begin());
  }
  for (std::vector<Effect>& effects : out) {
    std::stable_sort(effects.begin(), effects.end(),
                     [](const Effect& a, const Effect& b) { return std::abs(a.effect) > std::abs(b.effect); });
    if (effects.size() > most) effects.resize(most);
  }
  return out;
}

}  // namespace mltat
