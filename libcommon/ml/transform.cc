// SPDX-License-Identifier: Apache-2.0
#include "ml/transform.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ml/broken_line.h"
#include "ml/payload.h"

namespace mltat {
namespace {

constexpr double kCutOff = 10;
constexpr std::size_t kKnots = 256;

/// ln(1 + x / s) for x >= 0, also where x / s is too large for a double.
double log_share(double x, double scale) {
  const double ratio = x / scale;
  return std::isfinite(ratio) ? std::log1p(ratio) : std::log(x) - std::log(scale);
}

double slog(double x, double scale) {
  return x < 0 ? -log_share(-x, scale) : log_share(x, scale);
}

const char* name_of(TransformKind kind) {
  return kind == TransformKind::slog ? "slog" : "slog_rank";
}

std::vector<RankColumn> parse_ranks(const payload::Json& json, std::size_t n_columns) {
  const auto knots = payload::columns_of_reals(payload::array_at(json, "knots"), n_columns, "knots");
  const auto shares = payload::columns_of_reals(payload::array_at(json, "shares"), n_columns, "shares");
  std::vector<RankColumn> out;
  for (std::size_t c = 0; c < n_columns; ++c) {
    const auto falls = [](const std::vector<double>& list) {
      return std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) != list.end();
    };
    if (knots[c].empty() || knots[c].size() != shares[c].size()) payload::refuse("knots: not as many as shares");
    if (falls(knots[c]) || falls(shares[c])) payload::refuse("knots or shares: not ascending");
    if (shares[c].front() < 0 || shares[c].back() > 1) payload::refuse("shares: not in 0 to 1");
    out.push_back({knots[c], shares[c]});
  }
  return out;
}

}  // namespace

double SlogColumn::operator()(double x) const {
  if (deviation == 0) return 0;
  return std::clamp((slog(x, scale) - mean) / deviation, -kCutOff, kCutOff);
}

double RankColumn::operator()(double x) const {
  return (on_broken_line(knots, shares, x) - 0.5) * std::sqrt(12.0);
}

SlogColumn fit_slog(std::span<const double> values) {
  std::vector<double> sizes;
  for (const double x : values)
    if (x != 0) sizes.push_back(std::abs(x));
  SlogColumn column;
  if (!sizes.empty()) {
    const auto first_percentile = sizes.begin() + static_cast<std::ptrdiff_t>((sizes.size() - 1) / 100);
    std::nth_element(sizes.begin(), first_percentile, sizes.end());
    column.scale = *first_percentile;
  }
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double x : values)
    sum += slog(x, column.scale);
  column.mean = sum / n;
  for (const double x : values)
    squares += (slog(x, column.scale) - column.mean) * (slog(x, column.scale) - column.mean);
  const bool constant = std::all_of(values.begin(), values.end(), [&](double x) { return x == values.front(); });
  if (!constant) column.deviation = std::sqrt(squares / n);
  return column;
}

RankColumn fit_rank(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  RankColumn column;
  const std::size_t n = sorted.size();
  const std::size_t knots = std::min(n, kKnots);
  for (std::size_t k = 0; k < knots; ++k) {
    const double x = sorted[knots == 1 ? 0 : k * (n - 1) / (knots - 1)];
    if (!column.knots.empty() && column.knots.back() == x) continue;
    const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), x);
    column.knots.push_back(x);
    column.shares.push_back(static_cast<double>((low - sorted.begin()) + (high - sorted.begin())) /
                            (2 * static_cast<double>(n)));
  }
  return column;
}

Transform Transform::fit(const Columns& x, TransformKind kind, Threads threads) {
  Transform out;
  out.slog_.resize(x.columns());
  if (kind == TransformKind::slog_rank) out.rank_.resize(x.columns());
  for_range(threads, x.columns(), 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t c = begin; c < end; ++c) {
      out.slog_[c] = fit_slog(x.column(c));
      if (!out.rank_.empty()) out.rank_[c] = fit_rank(x.column(c));
    }
  });
  return out;
}

void Transform::apply(const Columns& x, std::size_t begin, std::size_t end, float* out, std::size_t stride) const {
  const auto fill = [&](const auto& columns, std::size_t first) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::span<const double> values = x.column(c);
      for (std::size_t r = begin; r < end; ++r)
        out[(r - begin) * stride + first + c] = static_cast<float>(columns[c](values[r]));
    }
  };
  fill(slog_, 0);
  fill(rank_, slog_.size());
}

std::string Transform::json() const {
  std::vector<double> scale, mean, deviation;
  for (const SlogColumn& column : slog_) {
    scale.push_back(column.scale);
    mean.push_back(column.mean);
    deviation.push_back(column.deviation);
  }
  std::string out =
      std::string("{\"kind\":\"") + name_of(rank_.empty() ? TransformKind::slog : TransformKind::slog_rank);
  out += "\",\"scale\":" + payload::text(scale) + ",\"mean\":" + payload::text(mean);
  out += ",\"deviation\":" + payload::text(deviation);
  if (rank_.empty()) return out + "}";
  std::vector<std::vector<double>> knots, shares;
  for (const RankColumn& column : rank_) {
    knots.push_back(column.knots);
    shares.push_back(column.shares);
  }
  return out + ",\"knots\":" + payload::text(knots) + ",\"shares\":" + payload::text(shares) + "}";
}

Transform Transform::parse(const nlohmann::ordered_json& json, TransformKind kind, std::size_t n_columns) {
  if (payload::word_at(json, "kind") != name_of(kind))
    payload::refuse(std::string("transform: kind is not ") + name_of(kind));
  const std::vector<double> scale = payload::reals(payload::array_at(json, "scale"), n_columns, "scale");
  const std::vector<double> mean = payload::reals(payload::array_at(json, "mean"), n_columns, "mean");
  const std::vector<double> deviation = payload::reals(payload::array_at(json, "deviation"), n_columns, "deviation");
  Transform out;
  for (std::size_t c = 0; c < n_columns; ++c) {
    if (!(scale[c] > 0)) payload::refuse("scale: not above 0");
    if (!(deviation[c] >= 0)) payload::refuse("deviation: below 0");
    out.slog_.push_back({scale[c], mean[c], deviation[c]});
  }
  if (kind == TransformKind::slog_rank) out.rank_ = parse_ranks(json, n_columns);
  return out;
}

}  // namespace mltat
