// SPDX-License-Identifier: Apache-2.0
#include "ml/recipe.h"

namespace mltat {

std::shared_ptr<const Classifier> fit_recipe(const Recipe& recipe, const FitRows& rows, std::uint64_t seed,
                                             Threads threads) {
  return recipe.learner->fit({rows.x, rows.labels, {}, rows.n_classes}, recipe.parameters, seed, threads);
}

}  // namespace mltat
