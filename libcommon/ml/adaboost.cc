// SPDX-License-Identifier: Apache-2.0
#include "ml/adaboost.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/rng.h"
#include "ml/forest.h"

namespace mltat {
namespace {

constexpr double kLeastError = 0x1p-24;      ///< the vote of a tree that is never wrong counts as with this error
constexpr std::size_t kRowsPerPiece = 4096;  ///< that a thread takes down a tree at a time

std::size_t whole(const Parameters& parameters, std::string_view name) {
  return static_cast<std::size_t>(parameters.find(name)->second);
}

std::uint32_t vote_of(const GrownTree& tree, std::size_t node) {
  const auto counts = tree.counts.begin() + static_cast<std::ptrdiff_t>(node * tree.n_classes);
  return static_cast<std::uint32_t>(std::max_element(counts, counts + static_cast<std::ptrdiff_t>(tree.n_classes)) -
                                    counts);
}

/// Every leaf votes for its first most frequent class alone; a split between two leaves of one vote becomes a leaf.
void leave_votes(GrownTree& tree) {
  std::vector<std::uint32_t> votes(tree.nodes.size());
  for (std::size_t i = tree.nodes.size(); i-- > 0;) {
    votes[i] = vote_of(tree, i);
    GrownNode& node = tree.nodes[i];
    const auto is_leaf = [&](std::size_t child) { return tree.nodes[child].feature == GrownNode::kLeaf; };
    if (node.feature != GrownNode::kLeaf && is_leaf(node.left) && is_leaf(node.left + 1) &&
        votes[node.left] == votes[node.left + 1]) {
      votes[i] = votes[node.left];
      node = {};
    }
  }
  std::fill(tree.counts.begin(), tree.counts.end(), 0);
  for (std::size_t i = 0; i < votes.size(); ++i)
    tree.counts[i * tree.n_classes + votes[i]] = 1;
}

/// Which rows the tree gets wrong.
std::vector<std::uint8_t> wrong_rows(const GrownTree& tree, const BinnedColumns& bins,
                                     std::span<const std::uint32_t> labels, Threads threads) {
  std::vector<std::uint8_t> wrong(labels.size());
  for_range(threads, labels.size(), kRowsPerPiece, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      std::size_t at = 0;
      while (tree.nodes[at].feature != GrownNode::kLeaf) {
        const GrownNode& node = tree.nodes[at];
        at = node.left + (bins.column(static_cast<std::size_t>(node.feature))[r] > node.bin ? 1 : 0);
      }
      wrong[r] = vote_of(tree, at) != labels[r];
    }
  });
  return wrong;
}

/// Trees and their votes, one after the other.
class Booster {
 public:
  Booster(const TrainingSet& set, const Parameters& parameters, std::uint64_t seed, Threads threads)
      : set_(set),
        bins_(bin_columns(set.x, whole(parameters, "bins"), threads)),
        rules_{whole(parameters, "max_depth"), 1, 0},
        rate_(parameters.find("learning_rate")->second),
        seed_(seed),
        threads_(threads),
        weights_(set.labels.size(), 1) {
    std::copy(set.weights.begin(), set.weights.end(), weights_.begin());
    const std::set<std::uint32_t> seen(set.labels.begin(), set.labels.end());
    classes_ = std::max<double>(static_cast<double>(seen.size()), 2);
  }

  ForestParts run(std::size_t rounds) {
    while (trees_.size() < rounds && add_tree()) {
    }
    if (trees_.empty()) add_shares();
    ForestParts parts = join_trees(std::move(trees_), bins_, set_.n_classes, 0);
    parts.weights = votes_;
    return parts;
  }

 private:
  /// Is there reason for another one?
  bool add_tree() {
    const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
    for (double& weight : weights_)
      weight /= sum;
    GrownTree tree =
        grow_gini(bins_, rows_of_weight(set_.labels, weights_), set_.n_classes, rules_, Rng{seed_, trees_.size()});
    leave_votes(tree);
    const std::vector<std::uint8_t> wrong = wrong_rows(tree, bins_, set_.labels, threads_);
    double error = 0;
    for (std::size_t r = 0; r < wrong.size(); ++r)
      if (wrong[r] != 0) error += weights_[r];
    if (error >= 1 - 1 / classes_) return false;
    const double least = std::max(error, kLeastError);
    const double vote = rate_ * (std::log((1 - least) / least) + std::log(classes_ - 1));
    if (vote <= 0) return false;  // rounding, next to chance
    trees_.push_back(flatten(tree));
    votes_.push_back(vote);
    const double factor = std::exp(vote);
    for (std::size_t r = 0; r < wrong.size(); ++r)
      if (wrong[r] != 0) weights_[r] *= factor;
    return error > 0;
  }

  /// One leaf for all rows.
  void add_shares() {
    GrowRules no_split;
    no_split.max_depth = 1;
    no_split.min_leaf = kMaxGiniWeight;
    trees_.push_back(
        flatten(grow_gini(bins_, rows_of_weight(set_.labels, weights_), set_.n_classes, no_split, Rng{seed_})));
    votes_.push_back(1);
  }

  const TrainingSet& set_;
  BinnedColumns bins_;
  GrowRules rules_;
  double rate_;
  std::uint64_t seed_;
  Threads threads_;
  std::vector<double> weights_;
  double classes_;  ///< that have rows, at least 2
  std::vector<TreeWithLeaves> trees_;
  std::vector<double> votes_;
};

std::shared_ptr<const Classifier> fit(const TrainingSet& set, const Parameters& parameters, std::uint64_t seed,
                                      Threads threads) {
  return make_forest(Booster(set, parameters, seed, threads).run(whole(parameters, "trees")));
}

}  // namespace

std::vector<TreeRow> rows_of_weight(std::span<const std::uint32_t> labels, std::span<const double> weights) {
  if (labels.size() > kMaxTreeWeight)
    throw Error(ExitCode::bad_data, "adaboost takes at most 16777215 rows: sample the rows");
  const double scale =
      static_cast<double>(kMaxGiniWeight - labels.size()) / std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<TreeRow> rows;
  rows.reserve(labels.size());
  for (std::size_t r = 0; r < labels.size(); ++r) {
    if (weights[r] == 0) continue;
    auto left = static_cast<std::uint32_t>(std::ceil(weights[r] * scale));
    for (; left > 0; left -= std::min<std::uint32_t>(left, UINT16_MAX))
      rows.push_back({static_cast<std::uint32_t>(r), static_cast<std::uint16_t>(labels[r]),
                      static_cast<std::uint16_t>(std::min<std::uint32_t>(left, UINT16_MAX))});
  }
  return rows;
}

Learner adaboost_learner() {
  return {"adaboost",
          "AdaBoost (SAMME) over shallow trees",
          {
              {"trees", 50, 1, 10000, true, "trees in the forest", {50, 100, 200}},
              {"max_depth", 10, 0, 1000, true, "splits above a leaf, 0: no limit", {5, 10, 15}},
              {"learning_rate", 0.3, 0.001, 10, false, "factor of every tree's vote", {0.1, 0.3, 1}},
              {"bins", 256, 2, 256, true, "bins a column is cut into", {256}},
          },
          fit,
          parse_forest};
}

}  // namespace mltat
