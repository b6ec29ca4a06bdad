// SPDX-License-Identifier: Apache-2.0
/// Scores of classes as shares of 1: exp(score) / sum of exp(score).
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace mltat {

/// In place. Returns log(sum of exp(score)). Requires: at least one score, all finite.
inline double softmax(std::span<double> scores) {
  const double top = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) {
    score = std::exp(score - top);
    sum += score;
  }
  for (double& score : scores)
    score /= sum;
  return top + std::log(sum);
}

}  // namespace mltat
