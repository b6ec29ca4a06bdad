// SPDX-License-Identifier: Apache-2.0
#include "ml/committee.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/number_text.h"
#include "base/rng.h"
#include "ml/labelled_table.h"
#include "ml/payload.h"

namespace mltat {
namespace {

constexpr std::uint64_t kMemberSeeds = 501;   ///< stream of chance of this use
constexpr std::size_t kMaxShares = 1 << 20;   ///< of pairs for classes, under way at a time
constexpr double kLeastShare = 1e-7;          ///< what a member says at least, so that no pair is certain
constexpr double kTolerance = 1e-6;           ///< of the conditions of coupling, for all classes together
constexpr std::size_t kMaxCouplings = 10000;  ///< steps for a row; a hundred are usual

/// The members of one committee, in order.
struct Seats {
  Multiclass multiclass;
  std::size_t classes;  ///< that have rows

  std::size_t count() const {
    if (classes < 2) return 0;
    return multiclass == Multiclass::ovr ? classes : classes * (classes - 1) / 2;
  }
};

struct CommitteeParts {
  Seats seats;
  std::size_t n_classes;
  std::vector<std::uint32_t> present;  ///< classes with rows, ascending
  std::vector<std::shared_ptr<const Classifier>> members;
};

/// shares[i * n + j]: of i against j. Returns n probabilities.
/// They make sum over i, j of (share of j p_i - share of i p_j)^2 least. That is a quadratic form p'Qp, and at its
/// least all (Qp)_i equal p'Qp; each step meets the condition of one class and scales the sum back to 1.
class Coupling {
 public:
  explicit Coupling(std::size_t n) : n_(n), q_(n * n), qp_(n), p_(n) {}

  const std::vector<double>& solve(const double* shares) {
    fill(shares);
    std::fill(p_.begin(), p_.end(), 1 / static_cast<double>(n_));
    for (std::size_t step = 0; step < kMaxCouplings; ++step) {
      for (std::size_t i = 0; i < n_; ++i)
        qp_[i] = std::inner_product(p_.begin(), p_.end(), row(i), 0.0);
      double form = std::inner_product(p_.begin(), p_.end(), qp_.begin(), 0.0);
      const auto misses = [&](double value) { return std::abs(value - form) > kTolerance / static_cast<double>(n_); };
      if (std::none_of(qp_.begin(), qp_.end(), misses)) break;
      for (std::size_t i = 0; i < n_; ++i)
        form = move(i, form);
    }
    return p_;
  }

 private:
  const double* row(std::size_t i) const { return q_.data() + i * n_; }

  void fill(const double* shares) {
    std::fill(q_.begin(), q_.end(), 0);
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = 0; j < n_; ++j) {
        if (i == j) continue;
        const double mine = shares[i * n_ + j], other = shares[j * n_ + i];
        q_[i * n_ + i] += other * other;
        q_[i * n_ + j] = -mine * other;
      }
  }

  /// Returns the new value of the form.
  double move(std::size_t i, double form) {
    const double* q = row(i);
    const double by = (form - qp_[i]) / q[i];
    p_[i] += by;
    const double sum = 1 + by;
    form = (form + by * (by * q[i] + 2 * qp_[i])) / (sum * sum);
    for (std::size_t j = 0; j < n_; ++j) {
      qp_[j] = (qp_[j] + by * q[j]) / sum;
      p_[j] /= sum;
    }
    return form;
  }

  std::size_t n_;
  std::vector<double> q_;   ///< [n, n]
  std::vector<double> qp_;  ///< Q p
  std::vector<double> p_;
};

class Committee final : public Classifier {
 public:
  explicit Committee(CommitteeParts parts) : parts_(std::move(parts)) {}

  void predict_proba(const Columns& x, Matrix& out) const override {
    out = Matrix(x.rows(), parts_.n_classes);
    const std::size_t n = parts_.present.size();
    if (n == 1) {
      for (std::size_t r = 0; r < x.rows(); ++r)
        out.row(r)[parts_.present[0]] = 1;
    } else if (parts_.seats.multiclass == Multiclass::ovr) {
      share_out(x, out);
    } else {
      const std::size_t step = std::max<std::size_t>(kMaxShares / (n * n), 1);
      for (std::size_t begin = 0; begin < x.rows(); begin += step)
        couple(x, begin, std::min(x.rows(), begin + step), out);
    }
  }

  std::string payload() const override {
    std::string out = "{\"classes\":";
    payload::append_list(out, parts_.present, [&](std::uint32_t label) { append_uint(out, label); });
    out += ",\"members\":";
    payload::append_list(out, parts_.members, [&](const auto& member) { out += member->payload(); });
    return out + "}";
  }

 private:
  void share_out(const Columns& x, Matrix& out) const {
    Matrix two;
    for (std::size_t k = 0; k < parts_.members.size(); ++k) {
      parts_.members[k]->predict_proba(x, two);
      for (std::size_t r = 0; r < x.rows(); ++r)
        out.row(r)[parts_.present[k]] = two.row(r)[1];
    }
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const std::span<double> row = out.row(r);
      const double sum = std::accumulate(row.begin(), row.end(), 0.0);
      for (const std::uint32_t label : parts_.present)
        row[label] = sum > 0 ? row[label] / sum : 1 / static_cast<double>(parts_.present.size());
    }
  }

  /// Rows begin to end.
  void couple(const Columns& x, std::size_t begin, std::size_t end, Matrix& out) const {
    const std::size_t n = parts_.present.size();
    const Columns rows = slice_rows(x, begin, end);
    std::vector<double> shares(rows.rows() * n * n, 0);
    Matrix two;
    std::size_t pair = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j < n; ++j, ++pair) {
        parts_.members[pair]->predict_proba(rows, two);
        for (std::size_t r = 0; r < rows.rows(); ++r) {
          const double share = std::clamp(two.row(r)[0], kLeastShare, 1 - kLeastShare);
          shares[(r * n + i) * n + j] = share;
          shares[(r * n + j) * n + i] = 1 - share;
        }
      }
    Coupling coupling(n);
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      const std::vector<double>& p = coupling.solve(shares.data() + r * n * n);
      const double sum = std::accumulate(p.begin(), p.end(), 0.0);
      for (std::size_t k = 0; k < n; ++k)
        out.row(begin + r)[parts_.present[k]] = p[k] / sum;
    }
  }

  CommitteeParts parts_;
};

using RowLists = std::vector<std::vector<std::uint32_t>>;

/// The rows of each class, ascending.
RowLists rows_by_class(const FitRows& rows) {
  RowLists out(rows.n_classes);
  for (std::uint32_t r = 0; r < rows.labels.size(); ++r)
    out[rows.labels[r]].push_back(r);
  return out;
}

class Fitter {
 public:
  Fitter(const Recipe& recipe, const FitRows& rows, std::uint64_t seed, Threads threads)
      : recipe_(recipe), rows_(rows), seed_(seed), threads_(threads) {
    recipe_.multiclass = Multiclass::native;
    recipe_.balance = Balance::none;  // it stands in the weights by now
  }

  std::shared_ptr<const Classifier> against_all(std::size_t member, std::uint32_t label) const {
    std::vector<std::uint32_t> labels;
    for (const std::uint32_t other : rows_.labels)
      labels.push_back(other == label ? 1 : 0);
    return fit(member, {rows_.x, labels, rows_.weights, 2});
  }

  std::shared_ptr<const Classifier> against_one(std::size_t member, std::span<const std::uint32_t> first,
                                                std::span<const std::uint32_t> second) const {
    std::vector<std::uint32_t> both(first.size() + second.size());
    std::merge(first.begin(), first.end(), second.begin(), second.end(), both.begin());
    std::vector<std::uint32_t> labels;
    std::vector<double> weights;
    for (const std::uint32_t r : both) {
      labels.push_back(rows_.labels[r] == rows_.labels[second.front()] ? 1 : 0);
      if (!rows_.weights.empty()) weights.push_back(rows_.weights[r]);
    }
    return fit(member, {take_rows(rows_.x, both), labels, weights, 2});
  }

 private:
  std::shared_ptr<const Classifier> fit(std::size_t member, const FitRows& two) const {
    return fit_recipe(recipe_, two, Rng{seed_, kMemberSeeds, member}.next(), threads_);
  }

  Recipe recipe_;
  const FitRows& rows_;
  std::uint64_t seed_;
  Threads threads_;
};

}  // namespace

std::shared_ptr<const Classifier> fit_committee(const Recipe& recipe, const FitRows& rows, std::uint64_t seed,
                                                Threads threads) {
  const RowLists by_class = rows_by_class(rows);
  CommitteeParts parts{{recipe.multiclass, 0}, rows.n_classes, {}, {}};
  for (std::uint32_t k = 0; k < rows.n_classes; ++k)
    if (!by_class[k].empty()) parts.present.push_back(k);
  parts.seats.classes = parts.present.size();
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;  // of classes
  for (std::size_t i = 0; i < parts.present.size(); ++i)
    for (std::size_t j = i + 1; j < parts.present.size(); ++j)
      pairs.emplace_back(parts.present[i], parts.present[j]);
  parts.members.resize(parts.seats.count());
  const Fitter fitter(recipe, rows, seed, threads);
  for_range(threads, parts.members.size(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t m = begin; m < end; ++m)
      parts.members[m] = recipe.multiclass == Multiclass::ovr
                             ? fitter.against_all(m, parts.present[m])
                             : fitter.against_one(m, by_class[pairs[m].first], by_class[pairs[m].second]);
  });
  return std::make_shared<Committee>(std::move(parts));
}

std::shared_ptr<const Classifier> parse_committee(const Learner& learner, Multiclass multiclass,
                                                  const nlohmann::ordered_json& json, std::size_t n_features,
                                                  std::size_t n_classes) {
  CommitteeParts parts{{multiclass, 0}, n_classes, {}, {}};
  for (const payload::Json& label : payload::array_at(json, "classes")) {
    parts.present.push_back(static_cast<std::uint32_t>(payload::count(label, "classes", 0, n_classes - 1)));
    if (parts.present.size() > 1 && parts.present.back() <= parts.present[parts.present.size() - 2])
      payload::refuse("classes: not ascending");
  }
  if (parts.present.empty()) payload::refuse("classes: none");
  parts.seats.classes = parts.present.size();
  const payload::Json& members = payload::array_at(json, "members");
  if (members.size() != parts.seats.count())
    payload::refuse("members: " + std::to_string(members.size()) + ", expected " + std::to_string(parts.seats.count()));
  for (const payload::Json& member : members)
    parts.members.push_back(learner.parse(member, n_features, 2));
  return std::make_shared<Committee>(std::move(parts));
}

}  // namespace mltat
