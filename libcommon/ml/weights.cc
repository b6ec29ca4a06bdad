// SPDX-License-Identifier: Apache-2.0
#include "ml/weights.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/error.h"

namespace mltat {
namespace {

/// The weight in units; never 0.
double in_units(double weight, std::uint32_t unit) {
  return std::max(std::round(weight * unit), 1.0);
}

double sum_in_units(std::span<const double> weights, std::uint32_t unit) {
  double sum = 0;
  for (const double weight : weights)
    sum += in_units(weight, unit);
  return sum;
}

bool are_whole(std::span<const double> weights, std::uint32_t unit) {
  return std::all_of(weights.begin(), weights.end(),
                     [unit](double weight) { return in_units(weight, unit) == weight * unit; });
}

}  // namespace

IntegerWeights integer_weights(std::span<const double> weights) {
  IntegerWeights out;
  if (std::all_of(weights.begin(), weights.end(), [](double weight) { return weight == 1; })) return out;
  constexpr auto kLimit = static_cast<double>(kMaxWeightSum);
  if (sum_in_units(weights, 1) > kLimit)
    throw Error(ExitCode::bad_data,
                "the weights sum to more than " + std::to_string(kMaxWeightSum) + " rows: give smaller weights");
  while (out.unit < kMaxWeightUnit && !are_whole(weights, out.unit) && sum_in_units(weights, 2 * out.unit) <= kLimit)
    out.unit *= 2;
  out.weights.reserve(weights.size());
  for (const double weight : weights)
    out.weights.push_back(static_cast<std::uint32_t>(in_units(weight, out.unit)));
  return out;
}

IntegerWeights coarse_weights(std::span<const std::uint32_t> labels, std::span<const std::uint32_t> weights,
                              std::uint32_t unit, std::size_t n_classes, std::uint64_t limit) {
  IntegerWeights out{{weights.begin(), weights.end()}, unit};
  const std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  const std::uint32_t least = weights.empty() ? 0 : *std::min_element(weights.begin(), weights.end());
  int shift = 0;
  while (out.unit % 2 == 0 && (sum >> shift > limit || least >> shift >= 4)) {
    out.unit /= 2;
    ++shift;
  }
  std::vector<std::uint64_t> running(n_classes, 0);
  for (std::size_t r = 0; r < weights.size(); ++r) {
    const std::uint64_t before = running[labels[r]];
    running[labels[r]] += weights[r];
    out.weights[r] = static_cast<std::uint32_t>((running[labels[r]] >> shift) - (before >> shift));
  }
  return out;
}

std::vector<double> balanced_weights(std::span<const std::uint32_t> labels, std::span<const double> weights,
                                     std::size_t n_classes) {
  std::vector<double> out(labels.size(), 1);
  std::copy(weights.begin(), weights.end(), out.begin());
  std::vector<double> sums(n_classes, 0);
  for (std::size_t r = 0; r < labels.size(); ++r)
    sums[labels[r]] += out[r];
  const auto absent = static_cast<std::size_t>(std::count(sums.begin(), sums.end(), 0.0));
  const double of_each = std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(n_classes - absent);
  for (std::size_t r = 0; r < labels.size(); ++r)
    out[r] *= of_each / sums[labels[r]];
  return out;
}

}  // namespace mltat
