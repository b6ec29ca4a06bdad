// SPDX-License-Identifier: Apache-2.0
#include "ml/rbf.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/number_text.h"
#include "ml/fast_exp.h"
#include "ml/payload.h"
#include "ml/smo.h"
#include "ml/softmax.h"
#include "ml/transform.h"

namespace mltat {
namespace {

constexpr std::size_t kLanes = 16;             ///< support vectors that are compared with a row at a time
constexpr std::size_t kTileRows = 64;          ///< rows that pass a block of support vectors while it is in the cache
constexpr std::size_t kMaxTileSums = 1 << 22;  ///< sums of one class for another, over the rows of a tile
/// What a pair gives to a class at most. Below the margin of 1, so that one sure pair does not outweigh many: of 53
/// applications .576 of the rows are right, with 1 .557.
constexpr double kMostVote = 0.7;
constexpr double kMaxCoefficient = 1e15;       ///< of a model that is read: sums of them are finite floats

std::size_t rounded_up(std::size_t n) {
  return (n + kLanes - 1) / kLanes * kLanes;
}

/// The payload as it stands in the file.
struct RbfParts {
  Transform transform;
  double gamma = 1;
  std::vector<std::size_t> counts;  ///< support vectors of each class; they stand in the order of classes
  std::vector<float> vectors;       ///< [support vectors, width]
  std::vector<float> coefficients;  ///< [support vectors, classes]: in the decision against that class
  std::vector<double> offsets;      ///< of the pairs (0,1), (0,2), ..., (1,2), ...

  std::size_t n_classes() const { return counts.size(); }
};

class RbfClassifier final : public Classifier {
 public:
  explicit RbfClassifier(RbfParts parts)
      : parts_(std::move(parts)),
        width_(parts_.transform.width()),
        padded_classes_(rounded_up(parts_.n_classes())),
        fitted_(parts_.n_classes()) {
    std::size_t first = 0;
    for (std::size_t k = 0; k < parts_.n_classes(); ++k) {
      fitted_[k] = parts_.counts[k] > 0;
      for (std::size_t i = 0; i < parts_.counts[k]; i += kLanes)
        add_block(k, first + i, std::min(kLanes, parts_.counts[k] - i));
      first += parts_.counts[k];
    }
  }

  void predict_proba(const Columns& x, Matrix& out) const override {
    const std::size_t classes = parts_.n_classes();
    out = Matrix(x.rows(), classes);
    const std::size_t step = std::clamp<std::size_t>(kMaxTileSums / (classes * padded_classes_), 1, kTileRows);
    std::vector<float> rows(step * width_);
    std::vector<double> sums;
    for (std::size_t begin = 0; begin < x.rows(); begin += step) {
      const std::size_t end = std::min(x.rows(), begin + step);
      parts_.transform.apply(x, begin, end, rows.data(), width_);
      sums.assign(step * classes * padded_classes_, 0);
      for (const Block& block : blocks_)
        for (std::size_t r = 0; r < end - begin; ++r)
          add_kernels(block, rows.data() + r * width_, sums.data() + (r * classes + block.of_class) * padded_classes_);
      for (std::size_t r = begin; r < end; ++r) {
        decide(sums.data() + (r - begin) * classes * padded_classes_, out.row(r));
        softmax(out.row(r));
      }
    }
  }

  std::string payload() const override {
    std::string out = "{\"kernel\":\"rbf\",\"transform\":" + parts_.transform.json() + ",\"gamma\":";
    append_number(out, parts_.gamma);
    out += ",\"counts\":";
    payload::append_list(out, parts_.counts, [&](std::size_t n) { append_uint(out, n); });
    out += ",\"vectors\":" + payload::text(parts_.vectors) + ",\"coefficients\":" + payload::text(parts_.coefficients);
    return out + ",\"offsets\":" + payload::text(parts_.offsets) + "}";
  }

 private:
  /// kLanes support vectors of one class, column by column; those that lack have coefficients 0.
  struct Block {
    std::size_t of_class;
    std::vector<float> columns;       ///< [width, kLanes]
    std::vector<float> coefficients;  ///< [kLanes, padded classes]
  };

  void add_block(std::size_t of_class, std::size_t first, std::size_t n) {
    const std::size_t classes = parts_.n_classes();
    Block block{of_class, std::vector<float>(width_ * kLanes), std::vector<float>(kLanes * padded_classes_)};
    for (std::size_t lane = 0; lane < n; ++lane) {
      const float* vector = parts_.vectors.data() + (first + lane) * width_;
      for (std::size_t c = 0; c < width_; ++c)
        block.columns[c * kLanes + lane] = vector[c];
      std::copy_n(parts_.coefficients.data() + (first + lane) * classes, classes,
                  block.coefficients.data() + lane * padded_classes_);
    }
    blocks_.push_back(std::move(block));
  }

  void add_kernels(const Block& block, const float* row, double* sums) const {
    float kernel[kLanes] = {};
    for (std::size_t c = 0; c < width_; ++c)
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const float difference = row[c] - block.columns[c * kLanes + lane];
        kernel[lane] += difference * difference;
      }
    const auto gamma = static_cast<float>(parts_.gamma);
    for (float& value : kernel)
      value = exp_not_positive(-gamma * value);
    // Floats within the block, doubles across blocks: the sum of thousands keeps its digits.
    for (std::size_t k = 0; k < padded_classes_; k += kLanes) {
      float sum[kLanes] = {};
      for (std::size_t i = 0; i < kLanes; ++i)
        for (std::size_t lane = 0; lane < kLanes; ++lane)
          sum[lane] += kernel[i] * block.coefficients[i * padded_classes_ + k + lane];
      for (std::size_t lane = 0; lane < kLanes; ++lane)
        sums[k + lane] += static_cast<double>(sum[lane]);
    }
  }

  /// sums [class of the support vector, class against]: votes of every pair.
  void decide(const double* sums, std::span<double> votes) const {
    std::size_t pair = 0;
    for (std::size_t i = 0; i < votes.size(); ++i)
      for (std::size_t j = i + 1; j < votes.size(); ++j, ++pair) {
        double decision = sums[i * padded_classes_ + j] + sums[j * padded_classes_ + i] - parts_.offsets[pair];
        if (!fitted_[i] || !fitted_[j]) decision = static_cast<double>(fitted_[i]) - static_cast<double>(fitted_[j]);
        const double vote = std::clamp(decision, -kMostVote, kMostVote);
        votes[i] += vote;
        votes[j] -= vote;
      }
  }

  RbfParts parts_;
  std::size_t width_;
  std::size_t padded_classes_;
  std::vector<bool> fitted_;
  std::vector<Block> blocks_;
};

struct Pair {
  std::size_t first, second;
  SmoResult result;
};

std::vector<SmoSide> sides_of(const TrainingSet& set) {
  std::vector<SmoSide> sides(set.n_classes);
  for (std::size_t r = 0; r < set.labels.size(); ++r) {
    SmoSide& side = sides[set.labels[r]];
    side.rows.push_back(static_cast<std::uint32_t>(r));
    if (!set.weights.empty()) side.weights.push_back(set.times(r));
  }
  return sides;
}

void refuse_too_many(const TrainingSet& set) {
  if (set.labels.size() > kMaxRbfRows || set.n_classes > kMaxRbfClasses)
    throw Error(ExitCode::bad_data, "svm with the kernel rbf takes at most " + std::to_string(kMaxRbfRows) +
                                        " rows and " + std::to_string(kMaxRbfClasses) +
                                        " classes: sample the rows, or take --kernel linear");
}

/// The parts of all pairs put together: each supporting row stands once.
RbfParts join(const TrainingSet& set, const FloatRows& rows, Transform transform, double gamma,
              const std::vector<Pair>& pairs) {
  const std::size_t classes = set.n_classes;
  RbfParts parts;
  parts.gamma = gamma;
  parts.counts.assign(classes, 0);
  parts.offsets.assign(classes * (classes - 1) / 2, 0);
  std::vector<bool> supports(set.labels.size(), false);
  for (const Pair& pair : pairs)
    for (const auto& [row, coefficient] : pair.result.support)
      supports[row] = true;
  std::vector<std::vector<std::uint32_t>> by_class(classes);
  for (std::uint32_t r = 0; r < supports.size(); ++r)
    if (supports[r]) by_class[set.labels[r]].push_back(r);
  std::vector<std::size_t> place(set.labels.size(), 0);
  std::size_t n = 0;
  const std::size_t width = transform.width();
  for (std::size_t k = 0; k < classes; ++k) {
    parts.counts[k] = by_class[k].size();
    for (const std::uint32_t r : by_class[k]) {
      place[r] = n++;
      parts.vectors.insert(parts.vectors.end(), rows.row(r), rows.row(r) + width);
    }
  }
  parts.coefficients.assign(n * classes, 0);
  for (const Pair& pair : pairs) {
    parts.offsets[pair.first * classes - pair.first * (pair.first + 1) / 2 + pair.second - pair.first - 1] =
        pair.result.offset;
    for (const auto& [row, coefficient] : pair.result.support) {
      const std::size_t against = set.labels[row] == pair.first ? pair.second : pair.first;
      parts.coefficients[place[row] * classes + against] = static_cast<float>(coefficient);
    }
  }
  parts.transform = std::move(transform);
  return parts;
}

}  // namespace

std::shared_ptr<const Classifier> fit_rbf(const TrainingSet& set, double c, double gamma, Threads threads) {
  refuse_too_many(set);
  const std::vector<SmoSide> sides = sides_of(set);
  Transform transform = Transform::fit(set.x, TransformKind::slog, threads);
  FloatRows rows;
  rows.stride = FloatRows::stride_of(transform.width());
  rows.values.assign(set.x.rows() * rows.stride, 0);
  transform.apply(set.x, 0, set.x.rows(), rows.values.data(), rows.stride);

  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < sides.size(); ++i)
    for (std::size_t j = i + 1; j < sides.size(); ++j)
      if (!sides[i].rows.empty() && !sides[j].rows.empty()) pairs.push_back({i, j, {}});
  for_range(threads, pairs.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t p = begin; p < end; ++p)
      pairs[p].result = fit_smo(rows, sides[pairs[p].first], sides[pairs[p].second], c, gamma);
  });
  return std::make_shared<RbfClassifier>(join(set, rows, std::move(transform), gamma, pairs));
}

std::shared_ptr<const Classifier> parse_rbf(const nlohmann::ordered_json& json, std::size_t n_features,
                                            std::size_t n_classes) {
  if (n_classes > kMaxRbfClasses) payload::refuse("classes: too many for the kernel rbf");
  RbfParts parts;
  parts.transform = Transform::parse(payload::member(json, "transform"), TransformKind::slog, n_features);
  parts.gamma = payload::real(payload::member(json, "gamma"), "gamma");
  if (!(parts.gamma > 0 && parts.gamma <= 1e6)) payload::refuse("gamma: not above 0, or too large");
  std::size_t n = 0;
  for (const payload::Json& count : payload::array_at(json, "counts")) {
    parts.counts.push_back(payload::count(count, "counts", 0, UINT32_MAX));
    n += parts.counts.back();
  }
  if (parts.counts.size() != n_classes) payload::refuse("counts: not one a class");
  parts.vectors = payload::floats(payload::array_at(json, "vectors"), n * n_features, "vectors");
  parts.coefficients = payload::floats(payload::array_at(json, "coefficients"), n * n_classes, "coefficients");
  parts.offsets = payload::reals(payload::array_at(json, "offsets"), n_classes * (n_classes - 1) / 2, "offsets");
  const auto too_large = [](double value) { return std::abs(value) > kMaxCoefficient; };
  if (std::any_of(parts.vectors.begin(), parts.vectors.end(), too_large) ||
      std::any_of(parts.coefficients.begin(), parts.coefficients.end(), too_large))
    payload::refuse("vectors or coefficients: too large");
  return std::make_shared<RbfClassifier>(std::move(parts));
}

}  // namespace mltat
