// SPDX-License-Identifier: Apache-2.0
#include "ml/forest.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <utility>

#include "base/error.h"
#include "ml/weights.h"

namespace mltat {
namespace {

[[noreturn]] void refuse(const std::string& fact) {
  throw Error(ExitCode::bad_data, fact);
}

/// The probabilities that leaves give.
LeafTable leaf_table(const ForestParts& parts) {
  LeafTable table;
  for (const Leaf& leaf : parts.leaves) {
    double sum = static_cast<double>(parts.smoothing) * static_cast<double>(parts.n_classes);
    std::vector<std::uint32_t> counts(parts.n_classes, parts.smoothing);
    for (const auto& [label, count] : leaf) {
      sum += count;
      counts[label] += count;
    }
    for (std::uint32_t label = 0; label < parts.n_classes; ++label)
      if (counts[label] > 0) table.add(label, counts[label] / sum);
    table.end_leaf();
  }
  return table;
}

class Forest final : public Classifier {
 public:
  explicit Forest(const ForestParts& parts)
      : parts_(parts),
        scorer_(make_tree_scorer(parts.thresholds, parts.trees, leaf_table(parts), parts.weights)),
        sum_(parts.weights.empty() ? static_cast<double>(parts.trees.size())
                                   : std::accumulate(parts.weights.begin(), parts.weights.end(), 0.0)) {
    parts_.trees.clear();  // they stand in the scorer: no need for a second home
  }

  void predict_proba(const Columns& x, Matrix& out) const override {
    out = Matrix(x.rows(), parts_.n_classes);
    scorer_->add_scores(x, out);
    for (std::size_t r = 0; r < x.rows(); ++r)
      for (double& p : out.row(r))
        p /= sum_;
  }

  std::string payload() const override {
    ForestParts parts = parts_;
    parts.trees = scorer_->trees();
    return forest_text(parts);
  }

 private:
  ForestParts parts_;
  std::unique_ptr<const TreeScorer> scorer_;
  double sum_;  ///< of the weights of the trees
};

void check_leaves(const ForestParts& parts) {
  for (const Leaf& leaf : parts.leaves) {
    if (leaf.empty()) refuse("leaves: one is empty");
    for (std::size_t i = 0; i < leaf.size(); ++i) {
      if (leaf[i].first >= parts.n_classes || leaf[i].second == 0) refuse("leaves: a class or count out of range");
      if (i > 0 && leaf[i].first <= leaf[i - 1].first) refuse("leaves: classes are not ascending");
    }
  }
}

void check_weights(const ForestParts& parts) {
  if (parts.weights.empty()) return;
  if (parts.weights.size() != parts.trees.size()) refuse("weights: not one a tree");
  for (const double weight : parts.weights)
    if (!(weight > 0 && weight <= kMaxTreeVote)) refuse("weights: not above 0, or too large");
}

Leaf leaf_of(std::span<const std::uint32_t> counts) {
  Leaf leaf;
  for (std::uint32_t label = 0; label < counts.size(); ++label)
    if (counts[label] > 0) leaf.emplace_back(label, counts[label]);
  return leaf;
}

Leaf reduced(Leaf leaf) {
  std::uint32_t divisor = 0;
  for (const auto& entry : leaf)
    divisor = std::gcd(divisor, entry.second);
  for (auto& entry : leaf)
    entry.second /= divisor;
  return leaf;
}

}  // namespace

TreeWithLeaves flatten(const GrownTree& grown) {
  TreeWithLeaves out;
  std::vector<std::uint32_t> queue = {0};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const GrownNode& node = grown.nodes[queue[i]];
    out.tree.feature.push_back(node.feature);
    if (node.feature == GrownNode::kLeaf) {
      out.tree.value.push_back(static_cast<std::uint32_t>(out.leaves.size()));
      out.leaves.push_back(leaf_of({grown.counts.data() + queue[i] * grown.n_classes, grown.n_classes}));
    } else {
      out.tree.value.push_back(node.bin);
      queue.push_back(node.left);
      queue.push_back(node.left + 1);
    }
  }
  return out;
}

ForestParts join_trees(std::vector<TreeWithLeaves> trees, const BinnedColumns& bins, std::size_t n_classes,
                       std::uint32_t smoothing) {
  ForestParts parts{bins.columns(), n_classes, smoothing, bins.thresholds, {}, {}, {}};
  std::map<Leaf, std::uint32_t> known;
  for (TreeWithLeaves& one : trees) {
    for (std::size_t i = 0; i < one.tree.feature.size(); ++i) {
      if (one.tree.feature[i] != GrownNode::kLeaf) continue;
      Leaf& leaf = one.leaves[one.tree.value[i]];
      const auto [it, fresh] =
          known.try_emplace(smoothing == 0 ? reduced(leaf) : leaf, static_cast<std::uint32_t>(parts.leaves.size()));
      if (fresh) parts.leaves.push_back(it->first);
      one.tree.value[i] = it->second;
    }
    parts.trees.push_back(std::move(one.tree));
  }
  drop_unused_thresholds(parts.thresholds, parts.trees);
  return parts;
}

std::shared_ptr<const Classifier> make_forest(const ForestParts& parts) {
  if (parts.n_classes == 0 || parts.trees.empty()) refuse("a forest without classes or trees");
  if (parts.smoothing > kMaxWeightUnit) refuse("smoothing is too large");
  check_leaves(parts);
  check_weights(parts);
  check_trees(parts.thresholds, parts.trees, parts.n_features, parts.leaves.size());
  return std::make_shared<const Forest>(parts);
}

}  // namespace mltat
