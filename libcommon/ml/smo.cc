// SPDX-License-Identifier: Apache-2.0
#include "ml/smo.h"

// First among the headers of dlib, as its comment says.
#include "ml/dlib_config.h"
//
#include <dlib/svm/svm_c_trainer.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "ml/fast_exp.h"

namespace mltat {
namespace {

/// To dlib a sample is the number of a row, so that it hands back which rows support, not copies of them.
struct KernelOfRows {
  using scalar_type = double;
  using sample_type = long;
  using mem_manager_type = dlib::default_memory_manager;

  const FloatRows* rows = nullptr;
  float gamma = 0;

  double operator()(long a, long b) const {
    return rbf_kernel(rows->row(static_cast<std::size_t>(a)), rows->row(static_cast<std::size_t>(b)), rows->stride,
                      gamma);
  }
  bool operator==(const KernelOfRows& other) const { return rows == other.rows && gamma == other.gamma; }
};

struct Samples {
  std::vector<long> rows;
  std::vector<double> signs;
};

/// Returns the share of c of each sample.
double add_side(Samples& samples, const SmoSide& side, double sign) {
  const Repeats repeats = repeats_of(side);
  for (std::size_t i = 0; i < side.rows.size(); ++i) {
    samples.rows.insert(samples.rows.end(), repeats.times[i], side.rows[i]);
    samples.signs.insert(samples.signs.end(), repeats.times[i], sign);
  }
  return repeats.share;
}

}  // namespace

Repeats repeats_of(const SmoSide& side) {
  constexpr double kNear = 0.05;
  Repeats out{std::vector<std::uint32_t>(side.rows.size(), 1), 1};
  if (side.weights.empty()) return out;
  const double sum = std::accumulate(side.weights.begin(), side.weights.end(), 0.0);
  const double least = *std::min_element(side.weights.begin(), side.weights.end());
  const double finest = sum / (kMaxTimes * static_cast<double>(side.rows.size()));
  for (double divisor = 1;; ++divisor) {
    const double share = std::max(least / divisor, finest);
    const auto is_near = [&](double weight) {
      return std::abs(std::max(std::round(weight / share), 1.0) * share - weight) <= kNear * weight;
    };
    if (share > finest && !std::all_of(side.weights.begin(), side.weights.end(), is_near)) continue;
    double stand = 0;
    for (std::size_t i = 0; i < side.rows.size(); ++i)
      stand += out.times[i] = std::max(static_cast<std::uint32_t>(std::round(side.weights[i] / share)), 1U);
    out.share = sum / stand;
    return out;
  }
}

float rbf_kernel(const float* a, const float* b, std::size_t stride, float gamma) {
  float lanes[FloatRows::kLanes] = {};
  for (std::size_t i = 0; i < stride; i += FloatRows::kLanes)
    for (std::size_t lane = 0; lane < FloatRows::kLanes; ++lane) {
      const float difference = a[i + lane] - b[i + lane];
      lanes[lane] += difference * difference;
    }
  for (std::size_t half = FloatRows::kLanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane)
      lanes[lane] += lanes[lane + half];
  return exp_not_positive(-gamma * lanes[0]);
}

SmoResult fit_smo(const FloatRows& rows, const SmoSide& positive, const SmoSide& negative, double c, double gamma) {
  Samples samples;
  dlib::svm_c_trainer<KernelOfRows> trainer;
  trainer.set_kernel({&rows, static_cast<float>(gamma)});
  trainer.set_c_class1(c * add_side(samples, positive, 1));
  trainer.set_c_class2(c * add_side(samples, negative, -1));
  const auto decision = trainer.train(samples.rows, samples.signs);

  std::map<std::uint32_t, double> support;  // a repeated row once
  for (long i = 0; i < decision.basis_vectors.size(); ++i)
    support[static_cast<std::uint32_t>(decision.basis_vectors(i))] += decision.alpha(i);
  return {{support.begin(), support.end()}, std::isfinite(decision.b) ? decision.b : 0};
}

}  // namespace mltat
