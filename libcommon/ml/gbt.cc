// SPDX-License-Identifier: Apache-2.0
#include "ml/gbt.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "base/number_text.h"
#include "base/rng.h"
#include "ml/fast_exp.h"
#include "ml/gradient_tree.h"
#include "ml/grow.h"
#include "ml/payload.h"
#include "ml/softmax.h"

namespace mltat {
namespace {

constexpr std::uint64_t kKeptAside = 401;    ///< stream of chance of this use
constexpr std::size_t kRowsPerPiece = 1024;  ///< whose scores are summed at a time
constexpr double kMaxNumber = 1e9;           ///< of a model that is read: sums of such scores are finite

/// Two classes need one score; the other one never moves.
std::size_t first_with_trees(std::size_t n_classes) {
  return n_classes == 2 ? 1 : 0;
}

struct GbtParts {
  std::vector<double> baseline;  ///< [classes]
  SplitValues thresholds;
  std::vector<FlatTree> trees;  ///< round by round, in each the classes in their order; leaves count up through all
  std::vector<float> steps;     ///< of the leaves
};

LeafTable leaf_table(const GbtParts& parts) {
  LeafTable table;
  const std::size_t first = first_with_trees(parts.baseline.size()), each = parts.baseline.size() - first;
  for (std::size_t t = 0, leaf = 0; t < parts.trees.size(); ++t)
    for (const std::int32_t feature : parts.trees[t].feature) {
      if (feature != GrownNode::kLeaf) continue;
      table.add(static_cast<std::uint32_t>(first + t % each), static_cast<double>(parts.steps[leaf++]));
      table.end_leaf();
    }
  return table;
}

class GbtClassifier final : public Classifier {
 public:
  explicit GbtClassifier(const GbtParts& parts)
      : parts_(parts), scorer_(make_tree_scorer(parts.thresholds, parts.trees, leaf_table(parts), {})) {
    parts_.trees.clear();  // they stand in the scorer: no need for a second home
  }

  void predict_proba(const Columns& x, Matrix& out) const override {
    out = Matrix(x.rows(), parts_.baseline.size());
    for (std::size_t r = 0; r < x.rows(); ++r)
      std::copy(parts_.baseline.begin(), parts_.baseline.end(), out.row(r).begin());
    scorer_->add_scores(x, out);
    for (std::size_t r = 0; r < x.rows(); ++r)
      softmax(out.row(r));
  }

  /// The steps of a tree stand with it, in the order of its leaves.
  std::string payload() const override {
    std::string out = "{\"baseline\":" + payload::text(parts_.baseline);
    out += ",\"thresholds\":" + payload::text(parts_.thresholds) + ",\"trees\":";
    auto step = parts_.steps.begin();
    payload::append_list(out, scorer_->trees(), [&](const FlatTree& tree) {
      std::vector<std::uint32_t> bins;
      std::vector<float> steps;
      for (std::size_t i = 0; i < tree.feature.size(); ++i)
        if (tree.feature[i] == GrownNode::kLeaf)
          steps.push_back(*step++);
        else
          bins.push_back(tree.value[i]);
      out += "{\"feature\":";
      payload::append_list(out, tree.feature, [&](std::int32_t feature) { append_int(out, feature); });
      out += ",\"threshold\":";
      payload::append_list(out, bins, [&](std::uint32_t bin) { append_uint(out, bin); });
      out += ",\"step\":" + payload::text(steps) + "}";
    });
    return out + "}";
  }

 private:
  GbtParts parts_;
  std::unique_ptr<const TreeScorer> scorer_;
};

/// Rows learned from and rows kept aside, and how well the trees so far do on both.
class Booster {
 public:
  Booster(const TrainingSet& set, const Parameters& parameters, std::uint64_t seed, Threads threads)
      : set_(set),
        parameters_(parameters),
        threads_(threads),
        first_(first_with_trees(set.n_classes)),
        bins_(bin_columns(set.x, static_cast<std::size_t>(value("bins")), threads)),
        scores_(set.n_classes, std::vector<float>(set.labels.size())),
        log_sums_(set.labels.size()) {
    weight_.assign(set_.labels.size(), 1);
    std::copy(set_.weights.begin(), set_.weights.end(), weight_.begin());
    rows_.resize(weight_.size());
    std::iota(rows_.begin(), rows_.end(), 0);
    if (value("patience") > 0) keep_aside(seed);
    baseline_ = baseline();
    for (std::size_t k = 0; k < set.n_classes; ++k)
      std::fill(scores_[k].begin(), scores_[k].end(), static_cast<float>(baseline_[k]));
  }

  GbtParts run() {
    const auto rounds = static_cast<std::size_t>(value("rounds"));
    const auto patience = static_cast<std::size_t>(value("patience"));
    double least = std::numeric_limits<double>::infinity();
    std::size_t best = 0;
    for (std::size_t round = 0;; ++round) {
      sum_scores();
      if (!aside_.empty()) {
        const double loss = loss_aside();
        if (loss < least) best = round;
        least = std::min(loss, least);
        if (round - best >= patience) break;
      }
      if (round == rounds || !add_round()) break;
    }
    if (!aside_.empty()) trees_.resize(best * (set_.n_classes - first_));
    return parts();
  }

 private:
  double value(std::string_view name) const { return parameters_.find(name)->second; }

  /// Moves a share of the weights from those learned from to those aside; at least one row stays on either side.
  void keep_aside(std::uint64_t seed) {
    std::vector<std::uint32_t> drawn = rows_;
    Rng rng{seed, kKeptAside};
    rng.shuffle(std::span(drawn));
    const auto share = static_cast<std::size_t>(value("aside") * static_cast<double>(drawn.size()));
    drawn.resize(std::min(std::max<std::size_t>(share, 1), drawn.size() - 1));
    for (const std::uint32_t r : drawn) {
      aside_.emplace_back(r, weight_[r]);
      weight_[r] = 0;
    }
  }

  /// A class without rows begins with half of the least weight.
  std::vector<double> baseline() const {
    std::vector<double> weights(set_.n_classes, 0);
    double least = UINT32_MAX;
    for (const std::uint32_t r : rows_) {
      if (weight_[r] == 0) continue;
      weights[set_.labels[r]] += weight_[r];
      least = std::min<double>(least, weight_[r]);
    }
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& weight : weights)
      weight = std::log(std::max(weight, least / 2) / sum);
    return weights;
  }

  /// log(sum of exp(score)) of every row.
  void sum_scores() {
    for_range(threads_, log_sums_.size(), kRowsPerPiece, [&](std::size_t begin, std::size_t end) {
      std::vector<float> sums(end - begin, 0);
      float* top = log_sums_.data() + begin;
      std::copy_n(scores_[0].data() + begin, sums.size(), top);
      for (const std::vector<float>& scores : scores_)
        for (std::size_t i = 0; i < sums.size(); ++i)
          top[i] = std::max(top[i], scores[begin + i]);
      for (const std::vector<float>& scores : scores_)
        for (std::size_t i = 0; i < sums.size(); ++i)
          sums[i] += exp_not_positive(scores[begin + i] - top[i]);
      for (std::size_t i = 0; i < sums.size(); ++i)
        top[i] += std::log(sums[i]);
    });
  }

  double loss_aside() const {
    double loss = 0;
    for (const auto& [row, weight] : aside_)
      loss += weight * static_cast<double>(log_sums_[row] - scores_[set_.labels[row]][row]);
    return loss;
  }

  /// A tree for each class. Has any of them a split?
  bool add_round() {
    const std::size_t each = set_.n_classes - first_;
    const std::size_t before = trees_.size();
    trees_.resize(before + each);
    for_range(threads_, each, 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i)
        trees_[before + i] = grow(first_ + i);
    });
    const bool useful = std::any_of(trees_.begin() + static_cast<std::ptrdiff_t>(before), trees_.end(),
                                    [](const GradientTree& tree) { return tree.steps.size() > 1; });
    if (!useful) trees_.resize(before);
    return useful;
  }

  /// What one tree needs to grow in; lent to one thread at a time.
  struct Bench {
    RowGradients gradients;
    GradientGrower grower;
  };

  std::unique_ptr<Bench> take_bench() {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Bench> bench = std::move(idle_.back());
      idle_.pop_back();
      return bench;
    }
    const std::size_t rows = set_.labels.size();
    const GradientRules rules{static_cast<std::size_t>(value("max_leaves")),
                              static_cast<std::size_t>(value("max_depth")),
                              static_cast<std::int32_t>(value("min_leaf") * set_.weight_unit), value("l2")};
    // Trees side by side keep the threads busy, if there are enough of them.
    const Threads inner = set_.n_classes - first_ >= threads_.count ? Threads{1} : threads_;
    return std::unique_ptr<Bench>(
        new Bench{{std::vector<float>(rows), std::vector<float>(rows), weight_}, {bins_, rules, inner}});
  }

  void return_bench(std::unique_ptr<Bench> bench) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(bench));
  }

  GradientTree grow(std::size_t label) {
    std::unique_ptr<Bench> bench = take_bench();
    RowGradients& gradients = bench->gradients;
    const std::vector<float>& scores = scores_[label];
    const auto unit = static_cast<float>(set_.weight_unit);
    for (std::size_t r = 0; r < scores.size(); ++r) {
      const float share = exp_not_positive(std::min(scores[r] - log_sums_[r], 0.0F));
      const float weight = static_cast<float>(weight_[r]) / unit;
      gradients.gradient[r] = weight * (share - (set_.labels[r] == label ? 1.0F : 0.0F));
      gradients.hessian[r] = weight * (share * (1 - share));
    }
    GradientTree tree = bench->grower.grow(rows_, gradients, value("learning_rate"), scores_[label]);
    return_bench(std::move(bench));
    return tree;
  }

  GbtParts parts() const {
    GbtParts out{baseline_, bins_.thresholds, {}, {}};
    for (const GradientTree& grown : trees_) {
      FlatTree tree = grown.tree;
      for (std::size_t i = 0; i < tree.feature.size(); ++i)
        if (tree.feature[i] == GrownNode::kLeaf) tree.value[i] += static_cast<std::uint32_t>(out.steps.size());
      out.steps.insert(out.steps.end(), grown.steps.begin(), grown.steps.end());
      out.trees.push_back(std::move(tree));
    }
    drop_unused_thresholds(out.thresholds, out.trees);
    return out;
  }

  const TrainingSet& set_;
  const Parameters& parameters_;
  Threads threads_;
  std::size_t first_;  ///< class with trees
  BinnedColumns bins_;
  std::vector<std::uint32_t> rows_;                             ///< all
  std::vector<std::uint32_t> weight_;                           ///< of each row, 0 for those aside
  std::vector<std::pair<std::uint32_t, std::uint32_t>> aside_;  ///< rows and their weights
  std::vector<double> baseline_;
  std::vector<std::vector<float>> scores_;  ///< [class][row]
  std::vector<float> log_sums_;             ///< of each row
  std::vector<GradientTree> trees_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Bench>> idle_;
};

std::shared_ptr<const Classifier> fit(const TrainingSet& set, const Parameters& parameters, std::uint64_t seed,
                                      Threads threads) {
  return std::make_shared<GbtClassifier>(Booster(set, parameters, seed, threads).run());
}

/// The steps of a tree go to the end of those of all.
FlatTree parse_tree(const payload::Json& json, std::vector<float>& all_steps) {
  FlatTree tree;
  const payload::Json& bins = payload::array_at(json, "threshold");
  const payload::Json& steps = payload::array_at(json, "step");
  std::size_t bin = 0, leaf = 0;
  for (const payload::Json& feature : payload::array_at(json, "feature")) {
    if (feature == GrownNode::kLeaf) {
      tree.feature.push_back(GrownNode::kLeaf);
      tree.value.push_back(static_cast<std::uint32_t>(all_steps.size() + leaf++));
    } else {
      tree.feature.push_back(static_cast<std::int32_t>(payload::count(feature, "feature", 0, 65535)));
      if (bin >= bins.size()) payload::refuse("threshold: fewer than splits");
      tree.value.push_back(static_cast<std::uint32_t>(payload::count(bins[bin++], "threshold", 0, 65535)));
    }
  }
  if (bin != bins.size()) payload::refuse("threshold: more than splits");
  const std::vector<float> values = payload::floats(steps, leaf, "step");
  all_steps.insert(all_steps.end(), values.begin(), values.end());
  return tree;
}

std::shared_ptr<const Classifier> parse(const nlohmann::ordered_json& json, std::size_t n_features,
                                        std::size_t n_classes) {
  GbtParts parts;
  const auto too_large = [](auto number) { return std::abs(number) > kMaxNumber; };
  parts.baseline = payload::reals(payload::array_at(json, "baseline"), n_classes, "baseline");
  if (std::any_of(parts.baseline.begin(), parts.baseline.end(), too_large)) payload::refuse("baseline: too large");
  parts.thresholds = payload::columns_of_reals(payload::array_at(json, "thresholds"), n_features, "thresholds");
  for (const payload::Json& tree : payload::array_at(json, "trees"))
    parts.trees.push_back(parse_tree(tree, parts.steps));
  if (parts.trees.size() % (n_classes - first_with_trees(n_classes)) != 0)
    payload::refuse("trees: not as many for each class");
  if (std::any_of(parts.steps.begin(), parts.steps.end(), too_large)) payload::refuse("step: too large");
  check_trees(parts.thresholds, parts.trees, n_features, parts.steps.size());
  return std::make_shared<GbtClassifier>(parts);
}

}  // namespace

Learner gbt_learner() {
  return {"gbt",
          "gradient boosting over histograms",
          {
              {"rounds", 100, 1, 100000, true, "trees a class", {100, 200, 400}},
              {"learning_rate", 0.1, 0.001, 1, false, "share of every step that is taken", {0.05, 0.1}},
              {"max_leaves", 31, 2, 4096, true, "leaves of a tree", {15, 31, 63}},
              {"max_depth", 0, 0, 1000, true, "splits above a leaf, 0: no limit", {0, 6}},
              {"min_leaf", 20, 1, 1000000, true, "rows on either side of a split, at least", {5, 20}},
              {"l2", 0, 0, 1e6, false, "weight of the penalty step^2 / 2", {0, 1, 10}},
              {"bins", 256, 2, 256, true, "bins a column is cut into", {256}},
              {"patience", 0, 0, 100000, true, "rounds without a gain on rows kept aside, 0: keep none", {0}},
              {"aside", 0.1, 0.01, 0.5, false, "share of the rows that patience keeps aside", {0.1}},
          },
          fit,
          parse};
}

}  // namespace mltat
