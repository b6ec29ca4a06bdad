// SPDX-License-Identifier: Apache-2.0
#include "ml/forest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <type_traits>

#include "base/error.h"

namespace mltat {
namespace {

[[noreturn]] void refuse(const std::string& fact) {
  throw Error(ExitCode::bad_data, fact);
}

/// Nodes as scoring walks them: next = first child + (code > bin). A leaf is its own first child and no code is
/// above its bin, so rows that have arrived stay where they are while their neighbours walk on.
struct NarrowNode {
  using Code = std::uint8_t;
  std::uint16_t child;
  std::uint8_t feature;
  std::uint8_t bin;
};
struct WideNode {
  using Code = std::uint16_t;
  std::uint32_t child;
  std::uint16_t feature;
  std::uint16_t bin;
};

template <class Field>
constexpr std::size_t most() {
  return std::numeric_limits<Field>::max();
}

bool fits_narrow(const ForestParts& parts) {
  const auto small = [](const auto& tree) { return tree.feature.size() <= most<std::uint16_t>() + 1; };
  const auto few = [](const auto& thresholds) { return thresholds.size() <= most<std::uint8_t>(); };
  return parts.n_features <= most<std::uint8_t>() + 1 && std::all_of(parts.trees.begin(), parts.trees.end(), small) &&
         std::all_of(parts.thresholds.begin(), parts.thresholds.end(), few);
}

/// The probabilities that leaves give, as a list of (class, probability) for each.
class LeafTable {
 public:
  explicit LeafTable(const ForestParts& parts) {
    for (const Leaf& leaf : parts.leaves) {
      begin_.push_back(entries_.size());
      double sum = static_cast<double>(parts.smoothing) * static_cast<double>(parts.n_classes);
      for (const auto& [label, count] : leaf)
        sum += count;
      std::vector<std::uint32_t> counts(parts.n_classes, parts.smoothing);
      for (const auto& [label, count] : leaf)
        counts[label] += count;
      for (std::uint32_t label = 0; label < parts.n_classes; ++label)
        if (counts[label] > 0) entries_.push_back({label, counts[label] / sum});
    }
    begin_.push_back(entries_.size());
  }

  void add_to(std::span<double> row, std::uint32_t leaf) const {
    for (std::size_t i = begin_[leaf]; i < begin_[leaf + 1]; ++i)
      row[entries_[i].label] += entries_[i].probability;
  }

 private:
  struct Entry {
    std::uint32_t label;
    double probability;
  };
  std::vector<std::size_t> begin_;
  std::vector<Entry> entries_;
};

template <class Node>
class Forest : public Classifier {
  using Code = typename Node::Code;

 public:
  explicit Forest(const ForestParts& parts) : parts_(parts), leaves_(parts) {
    for (const FlatTree& tree : parts.trees)
      append(tree);
    // A full payload stands in nodes_ and value_: the lists need no second home.
    for (FlatTree& tree : parts_.trees)
      tree = {};
  }

  void predict_proba(const Columns& x, Matrix& out) const override {
    out = Matrix(x.rows(), parts_.n_classes);
    std::vector<Code> codes(kBlock * parts_.n_features);
    std::vector<std::uint32_t> reached(kBlock * trees_.size());
    for (std::size_t begin = 0; begin < x.rows(); begin += kBlock) {
      const std::size_t rows = std::min(kBlock, x.rows() - begin);
      encode(x, begin, rows, codes);
      for (std::size_t t = 0; t < trees_.size(); ++t)
        walk(trees_[t], codes, rows, reached.data() + t * kBlock);
      for (std::size_t first = 0; first < rows; first += kSlice)
        add_up(reached, first, std::min(rows, first + kSlice), begin, out);
    }
  }

  std::string payload() const override {
    ForestParts parts = parts_;
    for (std::size_t t = 0; t < trees_.size(); ++t) {
      const Node* nodes = nodes_.data() + trees_[t].begin;
      for (std::size_t i = 0; i < trees_[t].size; ++i) {
        const bool leaf = nodes[i].child == i;
        parts.trees[t].feature.push_back(leaf ? GrownNode::kLeaf : static_cast<std::int32_t>(nodes[i].feature));
        parts.trees[t].value.push_back(leaf ? leaf_[trees_[t].begin + i] : nodes[i].bin);
      }
    }
    return forest_text(parts);
  }

 private:
  static constexpr std::size_t kBlock = 512;  ///< rows that pass a tree while it is in the cache
  static constexpr std::size_t kSlice = 64;   ///< rows whose probabilities are summed at a time
  static constexpr std::size_t kLanes = 8;    ///< rows that walk side by side, to hide the latency of loads

  struct Span {
    std::size_t begin, size;
  };

  void append(const FlatTree& tree) {
    trees_.push_back({nodes_.size(), tree.feature.size()});
    std::size_t splits = 0;
    for (std::size_t i = 0; i < tree.feature.size(); ++i) {
      Node node{};
      if (tree.feature[i] == GrownNode::kLeaf) {
        node.child = static_cast<decltype(node.child)>(i);
        node.bin = most<Code>();
        leaf_.push_back(tree.value[i]);
      } else {
        node.child = static_cast<decltype(node.child)>(2 * splits++ + 1);
        node.feature = static_cast<decltype(node.feature)>(tree.feature[i]);
        node.bin = static_cast<Code>(tree.value[i]);
        leaf_.push_back(0);
      }
      nodes_.push_back(node);
    }
  }

  /// Codes of a block, row after row.
  void encode(const Columns& x, std::size_t begin, std::size_t rows, std::vector<Code>& codes) const {
    for (std::size_t f = 0; f < parts_.n_features; ++f) {
      const std::span<const double> values = x.column(f).subspan(begin, rows);
      for (std::size_t r = 0; r < rows; ++r)
        codes[r * parts_.n_features + f] = static_cast<Code>(code_of(parts_.thresholds[f], values[r]));
    }
  }

  /// The leaf of each row of a block.
  void walk(const Span& tree, const std::vector<Code>& codes, std::size_t rows, std::uint32_t* reached) const {
    const Node* nodes = nodes_.data() + tree.begin;
    const std::uint32_t* leaf = leaf_.data() + tree.begin;
    for (std::size_t first = 0; first < rows; first += kLanes) {
      // The last rows of a block walk with idle companions that repeat its last row.
      std::array<const Code*, kLanes> row;
      for (std::size_t i = 0; i < kLanes; ++i)
        row[i] = codes.data() + std::min(first + i, rows - 1) * parts_.n_features;
      std::array<std::uint32_t, kLanes> at{};
      const auto step = [&](std::size_t i) {
        const Node node = nodes[at[i]];
        return node.child + (row[i][node.feature] > node.bin ? 1U : 0U);
      };
      for (std::uint32_t moved = 1; moved != 0;) {
        for (std::size_t i = 0; i < kLanes; ++i)
          at[i] = step(i);
        moved = 0;
        for (std::size_t i = 0; i < kLanes; ++i) {
          const std::uint32_t next = step(i);
          moved |= next ^ at[i];
          at[i] = next;
        }
      }
      for (std::size_t i = 0; i < kLanes && first + i < rows; ++i)
        reached[first + i] = leaf[at[i]];
    }
  }

  /// Mean over the trees, in their order, for a few rows at a time: their sums stay in the nearest cache.
  void add_up(const std::vector<std::uint32_t>& reached, std::size_t first, std::size_t last, std::size_t begin,
              Matrix& out) const {
    for (std::size_t t = 0; t < trees_.size(); ++t)
      for (std::size_t r = first; r < last; ++r)
        leaves_.add_to(out.row(begin + r), reached[t * kBlock + r]);
    for (std::size_t r = first; r < last; ++r)
      for (double& p : out.row(begin + r))
        p /= static_cast<double>(trees_.size());
  }

  ForestParts parts_;
  LeafTable leaves_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> leaf_;  ///< [node] index of the leaf
  std::vector<Span> trees_;
};

void check_thresholds(const ForestParts& parts) {
  if (parts.thresholds.size() != parts.n_features) refuse("thresholds: not one list a feature");
  for (const std::vector<double>& list : parts.thresholds) {
    if (list.size() > most<WideNode::Code>()) refuse("thresholds: more than 65535 for a feature");
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!std::isfinite(list[i]) || (i > 0 && list[i] <= list[i - 1])) refuse("thresholds: not finite and ascending");
  }
}

void check_leaves(const ForestParts& parts) {
  for (const Leaf& leaf : parts.leaves) {
    if (leaf.empty()) refuse("leaves: one is empty");
    for (std::size_t i = 0; i < leaf.size(); ++i) {
      if (leaf[i].first >= parts.n_classes || leaf[i].second == 0) refuse("leaves: a class or count out of range");
      if (i > 0 && leaf[i].first <= leaf[i - 1].first) refuse("leaves: classes are not ascending");
    }
  }
}

void check_tree(const ForestParts& parts, std::size_t t) {
  const FlatTree& tree = parts.trees[t];
  const auto bad = [&](const char* fact) { refuse("tree " + std::to_string(t) + ": " + fact); };
  if (tree.feature.size() != tree.value.size()) bad("feature and value differ in length");
  std::size_t splits = 0;
  for (std::size_t i = 0; i < tree.feature.size(); ++i) {
    if (i > 2 * splits) bad("a node without a parent");
    const std::int32_t feature = tree.feature[i];
    if (feature == GrownNode::kLeaf) {
      if (tree.value[i] >= parts.leaves.size()) bad("a leaf out of range");
      continue;
    }
    if (feature < 0 || static_cast<std::size_t>(feature) >= parts.n_features) bad("a feature out of range");
    if (tree.value[i] >= parts.thresholds[static_cast<std::size_t>(feature)].size()) bad("a threshold out of range");
    ++splits;
  }
  if (tree.feature.size() != 2 * splits + 1) bad("a split without children");
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

/// Keeps the thresholds that a split uses and renumbers the splits.
void drop_unused_thresholds(ForestParts& parts) {
  std::vector<std::vector<std::uint32_t>> place(parts.n_features);
  for (std::size_t f = 0; f < parts.n_features; ++f)
    place[f].assign(parts.thresholds[f].size(), 0);
  const auto each_split = [&](const auto& visit) {
    for (FlatTree& tree : parts.trees)
      for (std::size_t i = 0; i < tree.feature.size(); ++i)
        if (tree.feature[i] != GrownNode::kLeaf) visit(place[static_cast<std::size_t>(tree.feature[i])], tree.value[i]);
  };
  each_split([](std::vector<std::uint32_t>& used, std::uint32_t bin) { used[bin] = 1; });
  for (std::size_t f = 0; f < parts.n_features; ++f) {
    std::uint32_t kept = 0;
    for (std::size_t i = 0; i < place[f].size(); ++i) {
      if (place[f][i] == 0) continue;
      parts.thresholds[f][kept] = parts.thresholds[f][i];
      place[f][i] = kept++;
    }
    parts.thresholds[f].resize(kept);
  }
  each_split([](const std::vector<std::uint32_t>& renamed, std::uint32_t& bin) { bin = renamed[bin]; });
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
  ForestParts parts{bins.columns(), n_classes, smoothing, bins.thresholds, {}, {}};
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
  drop_unused_thresholds(parts);
  return parts;
}

std::shared_ptr<const Classifier> make_forest(const ForestParts& parts) {
  if (parts.n_classes == 0 || parts.trees.empty()) refuse("a forest without classes or trees");
  if (parts.n_features > most<std::uint16_t>() + 1) refuse("more than 65536 features");
  if (parts.smoothing > 1) refuse("smoothing is neither 0 nor 1");
  check_thresholds(parts);
  check_leaves(parts);
  for (std::size_t t = 0; t < parts.trees.size(); ++t)
    check_tree(parts, t);
  if (fits_narrow(parts)) return std::make_shared<const Forest<NarrowNode>>(parts);
  return std::make_shared<const Forest<WideNode>>(parts);
}

}  // namespace mltat
