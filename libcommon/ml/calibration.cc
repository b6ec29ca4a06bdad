// SPDX-License-Identifier: Apache-2.0
#include "ml/calibration.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "ml/broken_line.h"
#include "ml/payload.h"

namespace mltat {
namespace {

constexpr std::uint64_t kIsotonicRows = 1000;
constexpr std::size_t kMaxKnots = 64;
constexpr double kLeastFloor = 1e-15;  ///< 1 - floor is still below 1
constexpr double kMostFloor = 0.01;    ///< where nothing but 0 and 1 was seen
constexpr double kMostTemperature = 64;

double logit(double p, double floor) {
  const double cut = std::clamp(p, floor, 1 - floor);
  return std::log(cut) - std::log1p(-cut);
}

/// Half of the first percentile. `values` are above 0 and lose their order.
double floor_of(std::vector<double>& values) {
  if (values.empty()) return kMostFloor;
  const auto percentile = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 100);
  std::nth_element(values.begin(), percentile, values.end());
  return std::clamp(*percentile / 2, kLeastFloor, kMostFloor);
}

double floor_of_class(std::span<const double> p) {
  std::vector<double> seen;
  for (const double one : p) {
    if (one > 0) seen.push_back(one);
    if (one < 1) seen.push_back(1 - one);
  }
  return floor_of(seen);
}

std::vector<double> logits(std::span<const double> p, double floor) {
  std::vector<double> out;
  out.reserve(p.size());
  for (const double one : p)
    out.push_back(logit(one, floor));
  return out;
}

double sigmoid(double z) {
  return 1 / (1 + std::exp(-z));
}

/// -ln of the likelihood of slope and offset.
class SigmoidLoss {
 public:
  SigmoidLoss(const std::vector<double>& x, std::span<const std::uint8_t> truth) : x_(x), truth_(truth) {
    const auto of_class = static_cast<double>(std::count(truth.begin(), truth.end(), 1));
    const double others = static_cast<double>(truth.size()) - of_class;
    target_[0] = 1 / (others + 2);
    target_[1] = (of_class + 1) / (of_class + 2);
    log_odds_ = std::log((of_class + 1) / (others + 1));
  }

  /// The best offset of a level line, but for the smoothing.
  double log_odds() const { return log_odds_; }

  double operator()(double slope, double offset) const {
    double loss = 0;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const double z = slope * x_[i] + offset;
      loss += std::log1p(std::exp(-std::abs(z))) + std::max(z, 0.0) - target_[truth_[i]] * z;
    }
    return loss;
  }

  struct Step {
    double slope = 0, offset = 0;
    double gain = 0;  ///< how fast the loss rises on the way, per length of the step: below 0
  };
  /// Newton's.
  Step step(double slope, double offset) const {
    double g_slope = 0, g_offset = 0, h_slope = kRidge, h_both = 0, h_offset = kRidge;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const double p = sigmoid(slope * x_[i] + offset);
      const double off = p - target_[truth_[i]];
      const double weight = p * (1 - p);
      g_slope += off * x_[i];
      g_offset += off;
      h_slope += weight * x_[i] * x_[i];
      h_both += weight * x_[i];
      h_offset += weight;
    }
    if (std::abs(g_slope) < kFlat && std::abs(g_offset) < kFlat) return {};
    const double determinant = h_slope * h_offset - h_both * h_both;
    if (!(determinant > 0)) return {};
    Step out;
    out.slope = (h_both * g_offset - h_offset * g_slope) / determinant;
    out.offset = (h_both * g_slope - h_slope * g_offset) / determinant;
    out.gain = g_slope * out.slope + g_offset * out.offset;
    return out;
  }

 private:
  static constexpr double kRidge = 1e-12;
  static constexpr double kFlat = 1e-5;

  const std::vector<double>& x_;
  std::span<const std::uint8_t> truth_;
  double target_[2];
  double log_odds_;
};

/// Rows next to each other by their logit that share a value.
struct Block {
  std::uint64_t rows = 0;
  std::uint64_t right = 0;
  double low = 0, high = 0;
  double sum = 0;  ///< of the logits

  double knot() const { return std::clamp(sum / static_cast<double>(rows), low, high); }
  double value() const { return static_cast<double>(right) / static_cast<double>(rows); }
  double with_one_more(double truth) const {
    return (static_cast<double>(right) + truth) / (static_cast<double>(rows) + 1);
  }
  /// Is its value at least that of a block to the right?
  bool violates(const Block& next) const { return right * next.rows >= next.right * rows; }
  void join(const Block& next) {
    rows += next.rows;
    right += next.right;
    high = next.high;
    sum += next.sum;
  }
};

std::vector<Block> pool(const std::vector<double>& x, std::span<const std::uint8_t> truth) {
  std::vector<std::uint32_t> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return x[a] < x[b]; });
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < order.size();) {
    Block block{0, 0, x[order[i]], x[order[i]], 0};
    for (; i < order.size() && x[order[i]] == block.low; ++i)
      block.join({1, truth[order[i]], block.low, block.low, block.low});
    blocks.push_back(block);
    while (blocks.size() > 1 && blocks[blocks.size() - 2].violates(blocks.back())) {
      blocks[blocks.size() - 2].join(blocks.back());
      blocks.pop_back();
    }
  }
  return blocks;
}

std::vector<Block> thin(const std::vector<Block>& blocks) {
  if (blocks.size() <= kMaxKnots) return blocks;
  std::vector<Block> kept;
  for (std::size_t k = 0; k < kMaxKnots; ++k)
    kept.push_back(blocks[k * (blocks.size() - 1) / (kMaxKnots - 1)]);
  return kept;
}

ClassCurve fit_curve(const Matrix& proba, std::size_t c, std::span<const std::uint32_t> labels,
                     std::span<const std::uint32_t> rows) {
  std::vector<double> p;
  std::vector<std::uint8_t> truth;
  std::uint64_t of_class = 0;
  for (const std::uint32_t r : rows) {
    p.push_back(proba.row(r)[c]);
    truth.push_back(labels[r] == c);
    of_class += labels[r] == c;
  }
  return of_class >= kIsotonicRows ? fit_isotonic(p, truth) : fit_sigmoid(p, truth);
}

bool every_class_has_a_row(std::size_t n_classes, std::span<const std::uint32_t> labels,
                           std::span<const std::uint32_t> rows) {
  std::vector<bool> seen(n_classes);
  for (const std::uint32_t r : rows)
    seen[labels[r]] = true;
  return std::find(seen.begin(), seen.end(), false) == seen.end();
}

/// In place, p^(1 / temperature) brought to sum 1. The highest term is 1, so that the sum is never 0.
void cool(std::span<double> row, double floor, double temperature) {
  const double top = std::max(*std::max_element(row.begin(), row.end()), floor);
  double sum = 0;
  for (double& p : row) {
    p = std::exp(std::log(std::max(p, floor) / top) / temperature);
    sum += p;
  }
  for (double& p : row)
    p /= sum;
}

/// In place, by the curves of the classes, brought to sum 1. `before` is scratch.
void bend(std::span<double> row, const std::vector<ClassCurve>& curves, std::vector<double>& before) {
  std::copy(row.begin(), row.end(), before.begin());
  double sum = 0;
  for (std::size_t c = 0; c < row.size(); ++c) {
    row[c] = curves[c](row[c]);
    sum += row[c];
  }
  if (!(sum > 0)) return void(std::copy(before.begin(), before.end(), row.begin()));
  for (double& p : row)
    p /= sum;
}

/// How the loss changes with 1 / T: below 0 as long as a lower T would do better. It rises with 1 / T, the loss being
/// convex. A truth is taken as if each class had been seen once more.
double temperature_slope(const Matrix& proba, std::span<const std::uint32_t> labels,
                         std::span<const std::uint32_t> rows, double floor, double temperature) {
  const auto n = static_cast<double>(rows.size());
  const auto classes = static_cast<double>(proba.columns());
  const double of_truth = n / (n + classes), of_each = 1 / (n + classes);
  std::vector<double> cooled(proba.columns());
  double slope = 0;
  for (const std::uint32_t r : rows) {
    const std::span<const double> row = proba.row(r);
    std::copy(row.begin(), row.end(), cooled.begin());
    cool(cooled, floor, temperature);
    for (std::size_t c = 0; c < row.size(); ++c)
      slope += (cooled[c] - of_each - (labels[r] == c ? of_truth : 0)) * std::log(std::max(row[c], floor));
  }
  return slope;
}

double fit_temperature(const Matrix& proba, std::span<const std::uint32_t> labels, std::span<const std::uint32_t> rows,
                       double floor) {
  constexpr int kHalvings = 40;
  double low = -std::log(kMostTemperature), high = std::log(kMostTemperature);
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    if (temperature_slope(proba, labels, rows, floor, std::exp(middle)) < 0)
      high = middle;
    else
      low = middle;
  }
  return std::exp((low + high) / 2);
}

double floor_of_rows(const Matrix& proba, std::span<const std::uint32_t> rows) {
  std::vector<double> seen;
  for (const std::uint32_t r : rows)
    for (const double p : proba.row(r))
      if (p > 0) seen.push_back(p);
  return floor_of(seen);
}

std::uint64_t rows_right(const Matrix& proba, std::span<const std::uint32_t> labels,
                         std::span<const std::uint32_t> rows) {
  std::uint64_t right = 0;
  for (const std::uint32_t r : rows)
    right += argmax(proba.row(r)) == labels[r];
  return right;
}

double number_at(const payload::Json& json, const char* key, double low, double high) {
  const double value = payload::real(payload::member(json, key), key);
  if (!(value >= low && value <= high)) payload::refuse(std::string(key) + ": out of range");
  return value;
}

double floor_at(const payload::Json& json) {
  return number_at(json, "floor", kLeastFloor, kMostFloor);
}

bool rises_everywhere(const std::vector<double>& list) {
  return std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) == list.end();
}

ClassCurve parse_curve(const payload::Json& json) {
  constexpr double kAny = std::numeric_limits<double>::max();
  ClassCurve curve;
  curve.floor = floor_at(json);
  if (!json.contains("knots")) {
    curve.slope = number_at(json, "slope", 0, kAny);
    curve.offset = number_at(json, "offset", -kAny, kAny);
    return curve;
  }
  curve.knots = payload::reals(payload::array_at(json, "knots"), "knots");
  curve.values = payload::reals(payload::array_at(json, "values"), curve.knots.size(), "values");
  if (curve.knots.empty() || !rises_everywhere(curve.knots)) payload::refuse("knots: none, or not ascending");
  if (!std::is_sorted(curve.values.begin(), curve.values.end())) payload::refuse("values: falling");
  if (curve.values.front() < 0 || curve.values.back() > 1) payload::refuse("values: not in 0 to 1");
  return curve;
}

std::string curve_json(const ClassCurve& curve) {
  JsonObject out;
  out.number("floor", curve.floor);
  if (curve.knots.empty()) return out.number("slope", curve.slope).number("offset", curve.offset).str();
  return out.raw("knots", payload::text(curve.knots)).raw("values", payload::text(curve.values)).str();
}

}  // namespace

double ClassCurve::operator()(double p) const {
  const double x = logit(p, floor);
  return knots.empty() ? sigmoid(slope * x + offset) : on_broken_line(knots, values, x);
}

ClassCurve fit_sigmoid(std::span<const double> p, std::span<const std::uint8_t> truth) {
  constexpr int kMostSteps = 100;
  constexpr double kShortestStep = 1e-10;
  constexpr double kEnoughGain = 1e-4;  ///< of what the slope promises (Armijo)
  ClassCurve curve;
  curve.floor = floor_of_class(p);
  const std::vector<double> x = logits(p, curve.floor);
  const SigmoidLoss loss(x, truth);
  curve.offset = loss.log_odds();
  double now = loss(curve.slope, curve.offset);
  for (int i = 0; i < kMostSteps; ++i) {
    const SigmoidLoss::Step step = loss.step(curve.slope, curve.offset);
    double length = step.gain < 0 ? 1 : 0;
    double then = now;
    for (; length >= kShortestStep; length /= 2) {
      then = loss(curve.slope + length * step.slope, curve.offset + length * step.offset);
      if (then < now + kEnoughGain * length * step.gain) break;
    }
    if (length < kShortestStep) break;
    curve.slope += length * step.slope;
    curve.offset += length * step.offset;
    now = then;
  }
  if (curve.slope < 0) {
    curve.slope = 0;
    curve.offset = loss.log_odds();
  }
  return curve;
}

ClassCurve fit_isotonic(std::span<const double> p, std::span<const std::uint8_t> truth) {
  ClassCurve curve;
  curve.floor = floor_of_class(p);
  const std::vector<Block> blocks = thin(pool(logits(p, curve.floor), truth));
  for (const Block& block : blocks) {
    curve.knots.push_back(block.knot());
    curve.values.push_back(block.value());
  }
  // Values of blocks ascend, so only the first can be 0 and only the last can be 1.
  double& first = curve.values.front();
  double& last = curve.values.back();
  const std::size_t n = blocks.size();
  if (first == 0) first = std::min(blocks.front().with_one_more(1), n > 1 ? curve.values[1] : 1);
  if (last == 1) last = std::max(blocks.back().with_one_more(0), n > 1 ? curve.values[n - 2] : 0);
  return curve;
}

Calibration Calibration::fit(const Matrix& proba, std::span<const std::uint32_t> labels,
                             std::span<const std::uint32_t> rows) {
  Calibration out;
  if (every_class_has_a_row(proba.columns(), labels, rows)) {
    for (std::size_t c = 0; c < proba.columns(); ++c)
      out.curves_.push_back(fit_curve(proba, c, labels, rows));
    Matrix calibrated = proba;
    out.apply(calibrated);
    if (rows_right(calibrated, labels, rows) >= rows_right(proba, labels, rows)) return out;
    out.curves_.clear();
  }
  out.floor_ = floor_of_rows(proba, rows);
  out.temperature_ = fit_temperature(proba, labels, rows, out.floor_);
  return out;
}

void Calibration::apply(Matrix& proba) const {
  std::vector<double> before(proba.columns());
  for (std::size_t r = 0; r < proba.rows(); ++r) {
    const std::span<double> row = proba.row(r);
    if (curves_.empty())
      cool(row, floor_, temperature_);
    else
      bend(row, curves_, before);
  }
}

std::string Calibration::json(const std::vector<std::string>& classes) const {
  JsonObject out;
  out.text("kind", kind());
  if (curves_.empty()) return out.number("floor", floor_).number("temperature", temperature_).str();
  JsonObject curves;
  for (std::size_t c = 0; c < classes.size(); ++c)
    curves.raw(classes[c], curve_json(curves_[c]));
  return out.raw("classes", curves.str()).str();
}

Calibration Calibration::parse(const nlohmann::ordered_json& json, const std::vector<std::string>& classes) {
  const std::string kind = payload::word_at(json, "kind");
  Calibration out;
  if (kind == "temperature") {
    out.floor_ = floor_at(json);
    out.temperature_ = number_at(json, "temperature", 1 / kMostTemperature, kMostTemperature);
    return out;
  }
  if (kind != "one_vs_rest") payload::refuse("kind: neither one_vs_rest nor temperature");
  for (const payload::Json* curve : payload::members_in_order(payload::member(json, "classes"), classes, "classes"))
    out.curves_.push_back(parse_curve(*curve));
  return out;
}

Reliability reliability(const Matrix& proba, std::span<const std::uint32_t> labels,
                        std::span<const std::uint32_t> rows) {
  Reliability out;
  for (const std::uint32_t r : rows) {
    const std::span<const double> row = proba.row(r);
    const std::size_t answer = argmax(row);
    out.bins.add(row[answer], answer == labels[r]);
    for (std::size_t c = 0; c < row.size(); ++c) {
      const double off = row[c] - (c == labels[r] ? 1 : 0);
      out.brier += off * off;
    }
  }
  out.brier /= static_cast<double>(rows.size());
  return out;
}

JsonObject reliability_json(const Reliability& reliability) {
  std::vector<std::string> bins;
  constexpr auto kBins = static_cast<double>(ReliabilityBins::kBins);
  for (std::size_t b = 0; b < ReliabilityBins::kBins; ++b) {
    const ReliabilityBins::Bin& bin = reliability.bins.bins()[b];
    const auto rows = static_cast<double>(bin.rows);
    JsonObject out;
    out.number("low", static_cast<double>(b) / kBins).number("high", static_cast<double>(b + 1) / kBins);
    out.count("rows", bin.rows);
    const auto mean = [&](double sum) { return bin.rows > 0 ? std::optional(sum / rows) : std::nullopt; };
    out.number("confidence", mean(bin.confidence)).number("accuracy", mean(static_cast<double>(bin.right)));
    bins.push_back(out.str());
  }
  JsonObject out;
  out.number("ece", reliability.bins.ece()).number("brier", reliability.brier).raw("bins", json_array(bins));
  return out;
}

}  // namespace mltat
