// SPDX-License-Identifier: Apache-2.0
#include "ml/grow.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <span>

#include "base/fixed_log2.h"
#include "base/wide_int.h"

namespace mltat {
namespace {

/// n * log2(n) for all n up to a limit, in units of 2^-24, from integers alone.
class EntropyTable {
 public:
  static constexpr int kFractionBits = 24;

  explicit EntropyTable(std::size_t limit) : values_(limit + 1) {
    for (std::size_t odd = 1; odd <= limit; odd += 2) {
      std::uint64_t log2 = fixed_log2(static_cast<std::uint32_t>(odd));
      for (std::size_t n = odd; n <= limit; n *= 2, log2 += std::uint64_t{1} << kLog2FractionBits)
        values_[n] = static_cast<std::int64_t>(u128{log2} * n >> (kLog2FractionBits - kFractionBits));
    }
  }
  std::int64_t operator[](std::size_t n) const { return values_[n]; }

 private:
  std::vector<std::int64_t> values_;
};

double bits_of(std::int64_t fixed) {
  return std::ldexp(static_cast<double>(fixed), -EntropyTable::kFractionBits);
}

/// Sums over the classes of the two sides of a cut, kept up to date while rows move from right to left.
/// The score of a cut is higher for purer sides.
struct Gini {
  std::int64_t left_sum = 0;  ///< of squared counts
  std::int64_t right_sum = 0;

  void begin(std::span<const std::uint32_t> counts) {
    left_sum = right_sum = 0;
    for (const std::int64_t n : counts)
      right_sum += n * n;
  }
  void move(std::int64_t left, std::int64_t right, std::int64_t weight) {
    left_sum += weight * (2 * left + weight);
    right_sum -= weight * (2 * right - weight);
  }
  double score(std::int64_t left, std::int64_t right) const {
    return static_cast<double>(left_sum) / static_cast<double>(left) +
           static_cast<double>(right_sum) / static_cast<double>(right);
  }
};

struct Gain {
  const EntropyTable* table;
  std::int64_t sum = 0;  ///< of n log2 n over the classes of both sides

  void begin(std::span<const std::uint32_t> counts) {
    sum = 0;
    for (const std::uint32_t n : counts)
      sum += (*table)[n];
  }
  void move(std::int64_t left, std::int64_t right, std::int64_t weight) {
    const EntropyTable& g = *table;
    const auto l = static_cast<std::size_t>(left), r = static_cast<std::size_t>(right);
    const auto w = static_cast<std::size_t>(weight);
    sum += g[l + w] - g[l] + g[r - w] - g[r];
  }
  /// Minus the rows' entropy in bits, summed over both sides.
  double score(std::int64_t left, std::int64_t right) const {
    return bits_of(sum - (*table)[static_cast<std::size_t>(left)] - (*table)[static_cast<std::size_t>(right)]);
  }
};

struct Cut {
  bool found = false;
  bool varies = false;  ///< the column has more than one code here
  std::uint8_t bin = 0;
  std::uint32_t cuts = 0;  ///< how many were compared
  std::int64_t left = 0;   ///< weight of the left side
  double score = 0;
};

/// Finds the best cut of a column. Instead of being sorted, rows hang in a chain for each code and a bitmap tells
/// which chains are not empty: linear in the rows of the node, whatever the number of bins.
class Scanner {
 public:
  explicit Scanner(std::size_t n_classes) : left_(n_classes), right_(n_classes) { head_.fill(kEnd); }

  template <class Criterion>
  Cut best_cut(const std::uint8_t* codes, std::span<const TreeRow> rows, std::span<const std::uint32_t> counts,
               std::int64_t total, std::int64_t min_side, Criterion criterion) {
    hang(codes, rows);
    Cut best;
    int code = next_code(0);
    int after = next_code(code + 1);
    if (after == kNoCode) {
      head_[static_cast<std::size_t>(code)] = kEnd;
      return best;
    }
    best.varies = true;
    std::fill(left_.begin(), left_.end(), 0);
    std::copy(counts.begin(), counts.end(), right_.begin());
    criterion.begin(counts);
    std::int64_t left = 0;
    for (; after != kNoCode; code = after, after = next_code(code + 1)) {
      left += move_chain(code, rows, criterion);
      if (left < min_side || total - left < min_side) continue;
      ++best.cuts;
      const double score = criterion.score(left, total - left);
      if (best.found && score <= best.score) continue;
      best.found = true;
      best.score = score;
      best.left = left;
      best.bin = static_cast<std::uint8_t>((code + after - 1) / 2);  // midway over the codes that no row has
    }
    head_[static_cast<std::size_t>(code)] = kEnd;
    return best;
  }

 private:
  static constexpr std::uint32_t kEnd = UINT32_MAX;
  static constexpr int kNoCode = static_cast<int>(kMaxBins);

  void hang(const std::uint8_t* codes, std::span<const TreeRow> rows) {
    if (next_.size() < rows.size()) next_.resize(rows.size());
    used_.fill(0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::uint8_t code = codes[rows[i].row];
      next_[i] = head_[code];
      head_[code] = static_cast<std::uint32_t>(i);
      used_[code >> 6] |= std::uint64_t{1} << (code & 63);
    }
  }

  /// The first code in use that is not below `from`.
  int next_code(int from) const {
    for (std::size_t word = static_cast<std::size_t>(from) >> 6; word < used_.size(); ++word) {
      const int skip = static_cast<std::size_t>(from) >> 6 == word ? from & 63 : 0;
      const std::uint64_t bits = used_[word] >> skip << skip;
      if (bits != 0) return static_cast<int>(word * 64) + std::countr_zero(bits);
    }
    return kNoCode;
  }

  /// Moves the rows of a code to the left and leaves its chain empty. Returns their weight.
  template <class Criterion>
  std::int64_t move_chain(int code, std::span<const TreeRow> rows, Criterion& criterion) {
    std::int64_t moved = 0;
    std::uint32_t& head = head_[static_cast<std::size_t>(code)];
    for (std::uint32_t i = head; i != kEnd; i = next_[i]) {
      const TreeRow& row = rows[i];
      criterion.move(left_[row.label], right_[row.label], row.weight);
      left_[row.label] += row.weight;
      right_[row.label] -= row.weight;
      moved += row.weight;
    }
    head = kEnd;
    return moved;
  }

  std::array<std::uint32_t, kMaxBins> head_;
  std::array<std::uint64_t, kMaxBins / 64> used_{};
  std::vector<std::uint32_t> next_;
  std::vector<std::uint32_t> left_;
  std::vector<std::uint32_t> right_;
};

/// What a way of choosing splits is shown of a node.
struct NodeView {
  std::span<const TreeRow> rows;
  std::span<const std::uint32_t> counts;
  std::int64_t total;
};

struct Split {
  std::int32_t feature = GrownNode::kLeaf;
  std::uint8_t bin = 0;
};

class GiniChooser {
 public:
  GiniChooser(const BinnedColumns& x, std::size_t n_classes, const GrowRules& rules, Rng rng)
      : x_(x),
        min_leaf_(static_cast<std::int64_t>(rules.min_leaf)),
        wanted_(rules.max_features == 0 ? x.columns() : rules.max_features),
        rng_(rng),
        scanner_(n_classes),
        order_(x.columns()) {
    std::iota(order_.begin(), order_.end(), 0);
  }

  Split choose(const NodeView& node) {
    Split split;
    double best = 0;
    bool varied = false;
    for (std::size_t tried = 0; tried < order_.size() && (tried < wanted_ || !varied); ++tried) {
      std::swap(order_[tried], order_[tried + rng_.below(order_.size() - tried)]);
      const std::uint32_t feature = order_[tried];
      const Cut cut = scanner_.best_cut(x_.column(feature), node.rows, node.counts, node.total, min_leaf_, Gini{});
      varied |= cut.varies;
      if (!cut.found || (split.feature != GrownNode::kLeaf && cut.score <= best)) continue;
      split = {static_cast<std::int32_t>(feature), cut.bin};
      best = cut.score;
    }
    return split;
  }

 private:
  const BinnedColumns& x_;
  std::int64_t min_leaf_;
  std::size_t wanted_;
  Rng rng_;
  Scanner scanner_;
  std::vector<std::uint32_t> order_;
};

class GainRatioChooser {
 public:
  GainRatioChooser(const BinnedColumns& x, std::size_t total, std::size_t n_classes, const GrowRules& rules, bool mdl,
                   Threads threads)
      : x_(x),
        n_classes_(n_classes),
        min_leaf_(static_cast<std::int64_t>(rules.min_leaf)),
        choice_bits_(mdl ? static_cast<double>(rules.weight_unit) : 0),
        threads_(threads),
        table_(total),
        scanner_(n_classes),
        cuts_(x.columns()) {}

  Split choose(const NodeView& node) {
    scan(node);
    const auto total = static_cast<double>(node.total);
    const std::int64_t g_total = table_[static_cast<std::size_t>(node.total)];
    std::int64_t g_counts = 0;
    for (const std::uint32_t n : node.counts)
      g_counts += table_[n];
    const double entropy = bits_of(g_total - g_counts);  // of the node, times its rows; scores are minus the same

    double gains = 0;
    std::size_t useful = 0;
    for (Cut& cut : cuts_) {
      if (!cut.found) continue;
      cut.score += entropy - choice_bits_ * std::log2(static_cast<double>(cut.cuts));
      cut.found = cut.score > kTiny * total;
      if (!cut.found) continue;
      gains += cut.score;
      ++useful;
    }
    Split split;
    double best = 0;
    for (std::size_t feature = 0; feature < cuts_.size(); ++feature) {
      const Cut& cut = cuts_[feature];
      if (!cut.found || cut.score < gains / static_cast<double>(useful) - kSlack * total) continue;
      const double ratio = cut.score / bits_of(g_total - table_[static_cast<std::size_t>(cut.left)] -
                                               table_[static_cast<std::size_t>(node.total - cut.left)]);
      if (ratio <= best) continue;
      best = ratio;
      split = {static_cast<std::int32_t>(feature), cut.bin};
    }
    return split;
  }

 private:
  static constexpr double kTiny = 1e-6;        ///< gains below are rounding
  static constexpr double kSlack = 1e-3;       ///< Quinlan's tolerance about the average gain
  static constexpr std::size_t kLarge = 4096;  ///< rows from which the columns are scanned side by side

  void scan(const NodeView& node) {
    const auto scan_columns = [&](Scanner& scanner, std::size_t begin, std::size_t end) {
      for (std::size_t c = begin; c < end; ++c)
        cuts_[c] = scanner.best_cut(x_.column(c), node.rows, node.counts, node.total, min_leaf_, Gain{&table_});
    };
    if (threads_.count == 1 || node.rows.size() < kLarge) {
      scan_columns(scanner_, 0, cuts_.size());
      return;
    }
    for_range(threads_, cuts_.size(), 1, [&](std::size_t begin, std::size_t end) {
      Scanner scanner(n_classes_);
      scan_columns(scanner, begin, end);
    });
  }

  const BinnedColumns& x_;
  std::size_t n_classes_;
  std::int64_t min_leaf_;
  double choice_bits_;  ///< what a bit of choosing the cut costs, in bits times weight
  Threads threads_;
  EntropyTable table_;
  Scanner scanner_;
  std::vector<Cut> cuts_;
};

std::uint64_t weight_of(std::span<const TreeRow> rows) {
  std::uint64_t total = 0;
  for (const TreeRow& row : rows)
    total += row.weight;
  return total;
}

/// Rows with code <= bin to the front, each side in its old order. Returns how many.
std::size_t partition_rows(std::span<TreeRow> rows, const std::uint8_t* codes, std::uint8_t bin,
                           std::vector<TreeRow>& spare) {
  spare.resize(std::max(spare.size(), rows.size()));
  std::size_t left = 0, right = 0;
  for (const TreeRow row : rows) {
    const bool goes_left = codes[row.row] <= bin;
    rows[left] = row;
    spare[right] = row;
    left += goes_left;
    right += !goes_left;
  }
  std::copy_n(spare.begin(), right, rows.begin() + static_cast<std::ptrdiff_t>(left));
  return left;
}

/// Depth first, so that the rows of a small subtree stay in the cache.
template <class Chooser>
GrownTree grow(const BinnedColumns& x, std::vector<TreeRow> rows, std::size_t n_classes, const GrowRules& rules,
               Chooser chooser) {
  struct Open {
    std::uint32_t node;
    std::size_t begin, end, depth;
  };
  GrownTree tree;
  tree.n_classes = n_classes;
  std::vector<TreeRow> spare;
  std::vector<Open> open;
  const auto add_node = [&](std::size_t begin, std::size_t end, std::size_t depth) {
    open.push_back({static_cast<std::uint32_t>(tree.nodes.size()), begin, end, depth});
    tree.nodes.emplace_back();
    tree.counts.resize(tree.counts.size() + n_classes, 0);
    std::uint32_t* counts = tree.counts.data() + tree.counts.size() - n_classes;
    for (std::size_t i = begin; i < end; ++i)
      counts[rows[i].label] += rows[i].weight;
  };
  add_node(0, rows.size(), 0);
  while (!open.empty()) {
    const Open at = open.back();
    open.pop_back();
    if (rules.max_depth != 0 && at.depth >= rules.max_depth) continue;
    const std::span<TreeRow> mine(rows.data() + at.begin, at.end - at.begin);
    const std::span<const std::uint32_t> counts(tree.counts.data() + at.node * n_classes, n_classes);
    const std::int64_t total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
    const bool pure = *std::max_element(counts.begin(), counts.end()) == total;
    if (pure || total < static_cast<std::int64_t>(2 * rules.min_leaf)) continue;
    const Split split = chooser.choose({mine, counts, total});
    if (split.feature == GrownNode::kLeaf) continue;
    const std::size_t left = partition_rows(mine, x.column(static_cast<std::size_t>(split.feature)), split.bin, spare);
    tree.nodes[at.node] = {split.feature, static_cast<std::uint32_t>(tree.nodes.size()), split.bin};
    add_node(at.begin, at.begin + left, at.depth + 1);
    add_node(at.begin + left, at.end, at.depth + 1);
  }
  return tree;
}

/// The z that a standard normal variable exceeds with probability p <= .5.
double normal_upper_quantile(double p) {
  double low = 0, high = 40;
  for (int i = 0; i < 64; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) / 2 > p ? low : high) = middle;
  }
  return low;
}

class ErrorLimit {
 public:
  explicit ErrorLimit(double cf) : cf_(cf), z_(normal_upper_quantile(cf)) {}

  double extra(double rows, double errors) const {
    if (errors < 1) {
      // Exact for no error; between none and one, linear.
      const double none = rows * (1 - std::pow(cf_, 1 / rows));
      return errors > 0 ? none + errors * (extra(rows, 1) - none) : none;
    }
    if (errors + 0.5 >= rows) return std::max(rows - errors, 0.0);
    // The score interval of the binomial with continuity correction.
    const double f = (errors + 0.5) / rows;
    const double z2 = z_ * z_ / rows;
    const double limit = (f + z2 / 2 + std::sqrt(z2 * (f - f * f + z2 / 4))) / (1 + z2);
    return limit * rows - errors;
  }

 private:
  double cf_;
  double z_;
};

}  // namespace

GrownTree grow_gini(const BinnedColumns& x, std::vector<TreeRow> rows, std::size_t n_classes, const GrowRules& rules,
                    Rng rng) {
  return grow(x, std::move(rows), n_classes, rules, GiniChooser(x, n_classes, rules, rng));
}

GrownTree grow_gain_ratio(const BinnedColumns& x, std::vector<TreeRow> rows, std::size_t n_classes,
                          const GrowRules& rules, bool mdl, Threads threads) {
  const std::size_t total = weight_of(rows);
  return grow(x, std::move(rows), n_classes, rules, GainRatioChooser(x, total, n_classes, rules, mdl, threads));
}

double extra_errors(double rows, double errors, double cf) {
  return cf > 0.5 ? 0 : ErrorLimit(cf).extra(rows, errors);
}

void prune_by_error(GrownTree& tree, double cf, std::uint32_t weight_unit) {
  if (cf > 0.5) return;
  constexpr double kTolerance = 0.1;  // Quinlan's: a leaf that is hardly worse is preferred
  const ErrorLimit limit(cf);
  std::vector<double> expected(tree.nodes.size());
  for (std::size_t i = tree.nodes.size(); i-- > 0;) {
    GrownNode& node = tree.nodes[i];
    const std::span<const std::uint32_t> counts(tree.counts.data() + i * tree.n_classes, tree.n_classes);
    const double weight = std::accumulate(counts.begin(), counts.end(), 0.0);
    const double rows = weight / weight_unit;
    const double errors = (weight - *std::max_element(counts.begin(), counts.end())) / weight_unit;
    const double as_leaf = errors + limit.extra(rows, errors);
    const double as_tree = node.feature == GrownNode::kLeaf ? as_leaf : expected[node.left] + expected[node.left + 1];
    if (as_leaf <= as_tree + kTolerance) node = {};
    expected[i] = node.feature == GrownNode::kLeaf ? as_leaf : as_tree;
  }
}

}  // namespace mltat
