// SPDX-License-Identifier: Apache-2.0
#include "ml/tree_scorer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "base/error.h"
#include "ml/bins.h"
#include "ml/grow.h"

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

bool fits_narrow(const SplitValues& thresholds, const std::vector<FlatTree>& trees) {
  const auto small = [](const FlatTree& tree) { return tree.feature.size() <= most<std::uint16_t>() + 1; };
  const auto few = [](const std::vector<double>& list) { return list.size() <= most<std::uint8_t>(); };
  return thresholds.size() <= most<std::uint8_t>() + 1 && std::all_of(trees.begin(), trees.end(), small) &&
         std::all_of(thresholds.begin(), thresholds.end(), few);
}

template <class Node>
class NodeScorer final : public TreeScorer {
  using Code = typename Node::Code;

 public:
  NodeScorer(SplitValues thresholds, const std::vector<FlatTree>& trees, LeafTable leaves, std::vector<double> weights)
      : thresholds_(std::move(thresholds)), leaves_(std::move(leaves)), weights_(std::move(weights)) {
    weights_.resize(trees.size(), 1);
    for (const FlatTree& tree : trees)
      append(tree);
  }

  void add_scores(const Columns& x, Matrix& out) const override {
    std::vector<Code> codes(kBlock * thresholds_.size());
    std::vector<std::uint32_t> reached(kBlock * std::min(kGroup, trees_.size()));
    for (std::size_t begin = 0; begin < x.rows(); begin += kBlock) {
      const std::size_t rows = std::min(kBlock, x.rows() - begin);
      encode(x, begin, rows, codes);
      for (std::size_t t = 0; t < trees_.size(); t += kGroup) {
        const std::size_t end = std::min(t + kGroup, trees_.size());
        for (std::size_t i = t; i < end; ++i)
          walk(trees_[i], codes, rows, reached.data() + (i - t) * kBlock);
        for (std::size_t first = 0; first < rows; first += kSlice)
          add_up(reached, t, end, first, std::min(rows, first + kSlice), begin, out);
      }
    }
  }

  std::vector<FlatTree> trees() const override {
    std::vector<FlatTree> trees(trees_.size());
    for (std::size_t t = 0; t < trees_.size(); ++t) {
      const Node* nodes = nodes_.data() + trees_[t].begin;
      for (std::size_t i = 0; i < trees_[t].size; ++i) {
        const bool leaf = nodes[i].child == i;
        trees[t].feature.push_back(leaf ? GrownNode::kLeaf : static_cast<std::int32_t>(nodes[i].feature));
        trees[t].value.push_back(leaf ? leaf_[trees_[t].begin + i] : nodes[i].bin);
      }
    }
    return trees;
  }

 private:
  static constexpr std::size_t kBlock = 512;  ///< rows that pass a tree while it is in the cache
  static constexpr std::size_t kGroup = 256;  ///< trees that a block passes before their leaves are summed
  static constexpr std::size_t kSlice = 64;   ///< rows whose scores are summed at a time
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
    for (std::size_t f = 0; f < thresholds_.size(); ++f) {
      const std::span<const double> values = x.column(f).subspan(begin, rows);
      for (std::size_t r = 0; r < rows; ++r)
        codes[r * thresholds_.size() + f] = static_cast<Code>(code_of(thresholds_[f], values[r]));
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
        row[i] = codes.data() + std::min(first + i, rows - 1) * thresholds_.size();
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

  /// Trees t to end, in their order, for a few rows at a time: their sums stay in the nearest cache.
  void add_up(const std::vector<std::uint32_t>& reached, std::size_t t, std::size_t end, std::size_t first,
              std::size_t last, std::size_t begin, Matrix& out) const {
    for (std::size_t i = t; i < end; ++i)
      for (std::size_t r = first; r < last; ++r)
        leaves_.add_to(out.row(begin + r), reached[(i - t) * kBlock + r], weights_[i]);
  }

  SplitValues thresholds_;
  LeafTable leaves_;
  std::vector<double> weights_;  ///< of each tree
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> leaf_;  ///< [node] index of the leaf
  std::vector<Span> trees_;
};

void check_thresholds(const SplitValues& thresholds) {
  for (const std::vector<double>& list : thresholds) {
    if (list.size() > most<WideNode::Code>()) refuse("thresholds: more than 65535 for a feature");
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!std::isfinite(list[i]) || (i > 0 && list[i] <= list[i - 1])) refuse("thresholds: not finite and ascending");
  }
}

void check_tree(const SplitValues& thresholds, const FlatTree& tree, std::size_t t, std::size_t n_leaves) {
  const auto bad = [&](const char* fact) { refuse("tree " + std::to_string(t) + ": " + fact); };
  if (tree.feature.size() != tree.value.size()) bad("feature and value differ in length");
  std::size_t splits = 0;
  for (std::size_t i = 0; i < tree.feature.size(); ++i) {
    if (i > 2 * splits) bad("a node without a parent");
    const std::int32_t feature = tree.feature[i];
    if (feature == GrownNode::kLeaf) {
      if (tree.value[i] >= n_leaves) bad("a leaf out of range");
      continue;
    }
    if (feature < 0 || static_cast<std::size_t>(feature) >= thresholds.size()) bad("a feature out of range");
    if (tree.value[i] >= thresholds[static_cast<std::size_t>(feature)].size()) bad("a threshold out of range");
    ++splits;
  }
  if (tree.feature.size() != 2 * splits + 1) bad("a split without children");
}

}  // namespace

void check_trees(const SplitValues& thresholds, const std::vector<FlatTree>& trees, std::size_t n_features,
                 std::size_t n_leaves) {
  if (n_features > most<std::uint16_t>() + 1) refuse("more than 65536 features");
  if (thresholds.size() != n_features) refuse("thresholds: not one list a feature");
  check_thresholds(thresholds);
  for (std::size_t t = 0; t < trees.size(); ++t)
    check_tree(thresholds, trees[t], t, n_leaves);
}

void drop_unused_thresholds(SplitValues& thresholds, std::vector<FlatTree>& trees) {
  std::vector<std::vector<std::uint32_t>> place(thresholds.size());
  for (std::size_t f = 0; f < thresholds.size(); ++f)
    place[f].assign(thresholds[f].size(), 0);
  const auto each_split = [&](const auto& visit) {
    for (FlatTree& tree : trees)
      for (std::size_t i = 0; i < tree.feature.size(); ++i)
        if (tree.feature[i] != GrownNode::kLeaf) visit(place[static_cast<std::size_t>(tree.feature[i])], tree.value[i]);
  };
  each_split([](std::vector<std::uint32_t>& used, std::uint32_t bin) { used[bin] = 1; });
  for (std::size_t f = 0; f < thresholds.size(); ++f) {
    std::uint32_t kept = 0;
    for (std::size_t i = 0; i < place[f].size(); ++i) {
      if (place[f][i] == 0) continue;
      thresholds[f][kept] = thresholds[f][i];
      place[f][i] = kept++;
    }
    thresholds[f].resize(kept);
  }
  each_split([](const std::vector<std::uint32_t>& renamed, std::uint32_t& bin) { bin = renamed[bin]; });
}

std::unique_ptr<const TreeScorer> make_tree_scorer(SplitValues thresholds, const std::vector<FlatTree>& trees,
                                                   LeafTable leaves, std::vector<double> weights) {
  if (fits_narrow(thresholds, trees))
    return std::make_unique<const NodeScorer<NarrowNode>>(std::move(thresholds), trees, std::move(leaves),
                                                          std::move(weights));
  return std::make_unique<const NodeScorer<WideNode>>(std::move(thresholds), trees, std::move(leaves),
                                                      std::move(weights));
}

}  // namespace mltat
