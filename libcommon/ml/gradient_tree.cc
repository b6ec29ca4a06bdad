// SPDX-License-Identifier: Apache-2.0
#include "ml/gradient_tree.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ml/grow.h"

namespace mltat {
namespace {

constexpr double kUnits = 1 << 30;        ///< in the sum of the sizes of all gradients
constexpr double kLeastHessian = 1e-3;    ///< on either side of a split
constexpr double kRounding = 1e-9;        ///< share of a node's score by which sides that save nothing may exceed it
constexpr std::size_t kLargeNode = 4096;  ///< rows from which columns are counted side by side
constexpr std::size_t kColumnsPerPiece = 2;

/// Sums over rows, in units. Four lanes: one addition is one vector instruction.
struct alignas(16) Sums {
  std::int32_t gradient = 0, hessian = 0, weight = 0, none = 0;

  void operator+=(const Sums& other) {
    gradient += other.gradient;
    hessian += other.hessian;
    weight += other.weight;
    none += other.none;
  }
  void operator-=(const Sums& other) {
    gradient -= other.gradient;
    hessian -= other.hessian;
    weight -= other.weight;
    none -= other.none;
  }
};

Sums operator-(Sums a, const Sums& b) {
  a -= b;
  return a;
}

struct Cut {
  double score = 0;  ///< of both sides together
  std::int32_t feature = GrownNode::kLeaf;
  std::uint8_t bin = 0;
  Sums left;
};

/// A leaf, so far.
struct Leaf {
  std::uint32_t node;
  std::size_t begin, end;  ///< of its rows
  std::size_t depth;
  Sums sums;
  Cut cut = {};          ///< the best one
  double gain = 0;       ///< 0: it stays a leaf
  std::size_t slot = 0;  ///< its histogram's, where there is a gain

  std::size_t rows() const { return end - begin; }
};

std::int32_t rounded(double units) {
  return static_cast<std::int32_t>(units + (units < 0 ? -0.5 : 0.5));
}

double units_per(double sum) {
  return sum > 0 ? kUnits / sum : 0;
}

}  // namespace

class GradientGrower::Impl {
 public:
  Impl(const BinnedColumns& bins, const GradientRules& rules, Threads threads)
      : bins_(bins), rules_(rules), threads_(threads), sums_(bins.rows), gathered_(bins.rows), spare_(bins.rows) {
    for (const std::vector<double>& thresholds : bins.thresholds)
      first_.push_back(first_.back() + thresholds.size() + 1);
    cuts_.resize(2 * bins.columns());
  }

  GradientTree grow(std::span<const std::uint32_t> rows, const RowGradients& gradients, double rate,
                    std::span<float> scores) {
    order_.assign(rows.begin(), rows.end());
    nodes_.assign(1, {});
    leaves_.assign(1, {0, 0, rows.size(), 0, round_off(gradients)});
    free_.clear();
    for (std::size_t slot = 0; slot < histograms_.size(); ++slot)
      free_.push_back(slot);
    if (may_split(leaves_.front())) scan_root();
    while (leaves_.size() < rules_.max_leaves) {
      const auto best = std::max_element(leaves_.begin(), leaves_.end(),
                                         [](const Leaf& a, const Leaf& b) { return a.gain < b.gain; });
      if (best->gain <= 0) break;
      split(static_cast<std::size_t>(best - leaves_.begin()));
    }
    return finish(gradients, rate, scores);
  }

 private:
  /// Returns the sums of all rows.
  Sums round_off(const RowGradients& gradients) {
    double gradient = 0, hessian = 0;
    for (const std::uint32_t r : order_) {
      gradient += std::abs(static_cast<double>(gradients.gradient[r]));
      hessian += static_cast<double>(gradients.hessian[r]);
    }
    gradient = units_per(gradient);
    hessian = units_per(hessian);
    l2_ = rules_.l2 * hessian;
    least_hessian_ = kLeastHessian * hessian;
    Sums all;
    for (const std::uint32_t r : order_) {
      sums_[r] = {rounded(static_cast<double>(gradients.gradient[r]) * gradient),
                  rounded(static_cast<double>(gradients.hessian[r]) * hessian),
                  static_cast<std::int32_t>(gradients.weight[r]), 0};
      all += sums_[r];
    }
    return all;
  }

  double score(const Sums& sums) const {
    const auto gradient = static_cast<double>(sums.gradient);
    return gradient * gradient / (static_cast<double>(sums.hessian) + l2_);
  }

  bool may_split(const Leaf& leaf) const {
    return (rules_.max_depth == 0 || leaf.depth < rules_.max_depth) && leaf.sums.weight >= 2 * rules_.min_leaf &&
           static_cast<double>(leaf.sums.hessian) >= 2 * least_hessian_ && leaf.sums.hessian > 0;
  }

  std::size_t take_slot() {
    if (free_.empty()) {
      free_.push_back(histograms_.size());
      histograms_.emplace_back(first_.back());
    }
    const std::size_t slot = free_.back();
    free_.pop_back();
    return slot;
  }

  /// body(column) for each, side by side where the rows are worth it.
  template <class Body>
  void for_columns(std::size_t rows, Body body) {
    const Threads threads = rows < kLargeNode ? Threads{1} : threads_;
    for_range(threads, bins_.columns(), kColumnsPerPiece, [&](std::size_t begin, std::size_t end) {
      for (std::size_t c = begin; c < end; ++c)
        body(c);
    });
  }

  void gather(const Leaf& leaf) {
    for (std::size_t i = leaf.begin; i < leaf.end; ++i)
      gathered_[i - leaf.begin] = sums_[order_[i]];
  }

  /// Requires: gather(leaf).
  void count(const Leaf& leaf, std::size_t column, Sums* histogram) const {
    std::fill_n(histogram, first_[column + 1] - first_[column], Sums{});
    const std::uint8_t* codes = bins_.column(column);
    const std::uint32_t* rows = order_.data() + leaf.begin;
    for (std::size_t i = 0; i < leaf.rows(); ++i)
      histogram[codes[rows[i]]] += gathered_[i];
  }

  Cut best_cut(const Leaf& leaf, std::size_t column, const Sums* histogram) const {
    Cut best;
    best.score = score(leaf.sums) * (1 + kRounding);
    const std::size_t n_bins = first_[column + 1] - first_[column];
    Sums left;
    for (std::size_t bin = 0; bin + 1 < n_bins; ++bin) {
      if (histogram[bin].weight == 0) continue;
      left += histogram[bin];
      if (left.weight < rules_.min_leaf || static_cast<double>(left.hessian) < least_hessian_) continue;
      const Sums right = leaf.sums - left;
      if (right.weight < rules_.min_leaf || static_cast<double>(right.hessian) < least_hessian_) break;
      if (left.hessian <= 0 || right.hessian <= 0) continue;
      const double saved = score(left) + score(right);
      if (saved <= best.score) continue;
      best.score = saved;
      best.feature = static_cast<std::int32_t>(column);
      best.bin = static_cast<std::uint8_t>(bin);
      best.left = left;
    }
    if (best.feature == GrownNode::kLeaf) return best;
    std::size_t after = best.bin + std::size_t{1};
    while (after + 1 < n_bins && histogram[after].weight == 0)
      ++after;
    best.bin = static_cast<std::uint8_t>((best.bin + after - 1) / 2);  // midway over the bins that no row is in
    return best;
  }

  /// Of the cuts of all columns the first that saves the most.
  static void choose(Leaf& leaf, std::span<const Cut> cuts, double score) {
    for (const Cut& cut : cuts)
      if (cut.feature != GrownNode::kLeaf && (leaf.cut.feature == GrownNode::kLeaf || cut.score > leaf.cut.score))
        leaf.cut = cut;
    if (leaf.cut.feature != GrownNode::kLeaf) leaf.gain = leaf.cut.score - score;
  }

  void keep_or_free(Leaf& leaf, std::size_t slot) {
    leaf.slot = slot;
    if (leaf.gain <= 0) free_.push_back(slot);
  }

  void scan_root() {
    Leaf& root = leaves_.front();
    const std::size_t slot = take_slot();
    gather(root);
    for_columns(root.rows(), [&](std::size_t c) {
      Sums* histogram = histograms_[slot].data() + first_[c];
      count(root, c, histogram);
      cuts_[c] = best_cut(root, c, histogram);
    });
    choose(root, std::span(cuts_).first(bins_.columns()), score(root.sums));
    keep_or_free(root, slot);
  }

  void split(std::size_t place) {
    const Leaf parent = leaves_[place];
    const auto node = static_cast<std::uint32_t>(nodes_.size());
    nodes_[parent.node] = {parent.cut.feature, node, parent.cut.bin};
    nodes_.resize(nodes_.size() + 2);
    const std::size_t middle = partition(parent);
    Leaf left = {node, parent.begin, middle, parent.depth + 1, parent.cut.left};
    Leaf right = {node + 1, middle, parent.end, parent.depth + 1, parent.sums - parent.cut.left};
    if (leaves_.size() + 1 < rules_.max_leaves) scan_children(left, right, parent.slot);
    leaves_[place] = left;
    leaves_.push_back(right);
  }

  /// Rows of the left side to the front, each side in its old order. Returns where the right one begins.
  std::size_t partition(const Leaf& leaf) {
    const std::uint8_t* codes = bins_.column(static_cast<std::size_t>(leaf.cut.feature));
    std::size_t left = leaf.begin, right = 0;
    for (std::size_t i = leaf.begin; i < leaf.end; ++i) {
      const std::uint32_t row = order_[i];
      const bool goes_left = codes[row] <= leaf.cut.bin;
      order_[left] = row;
      spare_[right] = row;
      left += goes_left;
      right += !goes_left;
    }
    std::copy_n(spare_.begin(), right, order_.begin() + static_cast<std::ptrdiff_t>(left));
    return left;
  }

  /// Counts the child of fewer rows; the other one has what is left in the parent's histogram.
  void scan_children(Leaf& left, Leaf& right, std::size_t parent_slot) {
    const bool left_is_small = left.rows() <= right.rows();
    Leaf& small = left_is_small ? left : right;
    Leaf& large = left_is_small ? right : left;
    const bool scan_small = may_split(small), scan_large = may_split(large);
    if (!scan_small && !scan_large) {
      free_.push_back(parent_slot);
      return;
    }
    const std::size_t columns = bins_.columns(), slot = take_slot();
    gather(small);
    for_columns(small.rows(), [&](std::size_t c) {
      Sums* mine = histograms_[slot].data() + first_[c];
      count(small, c, mine);
      cuts_[c] = scan_small ? best_cut(small, c, mine) : Cut{};
      cuts_[columns + c] = Cut{};
      if (!scan_large) return;
      Sums* rest = histograms_[parent_slot].data() + first_[c];
      for (std::size_t bin = 0; bin < first_[c + 1] - first_[c]; ++bin)
        rest[bin] -= mine[bin];
      cuts_[columns + c] = best_cut(large, c, rest);
    });
    choose(small, std::span(cuts_).first(columns), score(small.sums));
    choose(large, std::span(cuts_).last(columns), score(large.sums));
    keep_or_free(small, slot);
    keep_or_free(large, parent_slot);
  }

  float step(const Leaf& leaf, const RowGradients& gradients, double rate) const {
    double gradient = 0, hessian = rules_.l2;
    for (std::size_t i = leaf.begin; i < leaf.end; ++i) {
      gradient += static_cast<double>(gradients.gradient[order_[i]]);
      hessian += static_cast<double>(gradients.hessian[order_[i]]);
    }
    if (gradient == 0) return 0;
    const double whole = hessian > 0 ? -gradient / hessian : std::copysign(kMaxStep, -gradient);
    return static_cast<float>(rate * std::clamp(whole, -kMaxStep, kMaxStep));
  }

  /// Lists the nodes breadth first.
  GradientTree finish(const RowGradients& gradients, double rate, std::span<float> scores) const {
    std::vector<float> steps(nodes_.size());
    for (const Leaf& leaf : leaves_) {
      steps[leaf.node] = step(leaf, gradients, rate);
      for (std::size_t i = leaf.begin; i < leaf.end; ++i)
        scores[order_[i]] += steps[leaf.node];
    }
    GradientTree out;
    std::vector<std::uint32_t> queue = {0};
    for (std::size_t i = 0; i < queue.size(); ++i) {
      const GrownNode& node = nodes_[queue[i]];
      out.tree.feature.push_back(node.feature);
      if (node.feature == GrownNode::kLeaf) {
        out.tree.value.push_back(static_cast<std::uint32_t>(out.steps.size()));
        out.steps.push_back(steps[queue[i]]);
      } else {
        out.tree.value.push_back(node.bin);
        queue.push_back(node.left);
        queue.push_back(node.left + 1);
      }
    }
    return out;
  }

  const BinnedColumns& bins_;
  GradientRules rules_;
  Threads threads_;
  std::vector<std::size_t> first_ = {0};  ///< bin of each column in a histogram
  double l2_ = 0;                         ///< in units, as the next
  double least_hessian_ = 0;
  std::vector<Sums> sums_;            ///< of each row
  std::vector<Sums> gathered_;        ///< of the rows being counted, in their order
  std::vector<std::uint32_t> order_;  ///< rows, those of a leaf together and ascending
  std::vector<std::uint32_t> spare_;
  std::vector<std::vector<Sums>> histograms_;  ///< [slot] bins of all columns
  std::vector<std::size_t> free_;              ///< slots
  std::vector<Cut> cuts_;                      ///< of each column, for two nodes
  std::vector<GrownNode> nodes_;
  std::vector<Leaf> leaves_;
};

GradientGrower::GradientGrower(const BinnedColumns& bins, const GradientRules& rules, Threads threads)
    : impl_(std::make_unique<Impl>(bins, rules, threads)) {}
GradientGrower::~GradientGrower() = default;

GradientTree GradientGrower::grow(std::span<const std::uint32_t> rows, const RowGradients& gradients, double rate,
                                  std::span<float> scores) {
  return impl_->grow(rows, gradients, rate, scores);
}

}  // namespace mltat
