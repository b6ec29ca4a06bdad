// SPDX-License-Identifier: Apache-2.0
#include "ml/thresholds.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ml/metrics.h"
#include "ml/payload.h"

namespace mltat {
namespace {

constexpr std::uint64_t kFewestAnswers = 10;

struct Answer {
  double confidence;
  bool right;
};

std::optional<double> share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// `answers` lose their order.
std::optional<double> lowest_threshold(std::vector<Answer>& answers, double target_precision) {
  std::stable_sort(answers.begin(), answers.end(),
                   [](const Answer& a, const Answer& b) { return a.confidence > b.confidence; });
  std::optional<double> lowest;
  std::uint64_t kept = 0, right = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ++kept;
    right += answers[i].right;
    const bool equals_follow = i + 1 < answers.size() && answers[i + 1].confidence == answers[i].confidence;
    if (!equals_follow && kept >= kFewestAnswers && *share(right, kept) >= target_precision)
      lowest = answers[i].confidence;
  }
  return lowest;
}

double probability(const payload::Json& value, const char* what) {
  const double p = payload::real(value, what);
  if (!(p >= 0 && p <= 1)) payload::refuse(std::string(what) + ": not in 0 to 1");
  return p;
}

bool is_enough(const std::optional<double>& threshold, double confidence) {
  return threshold && confidence >= *threshold;
}

}  // namespace

bool Thresholds::accept(std::size_t answer, double confidence) const {
  return is_enough(by_class[answer], confidence);
}

std::string Thresholds::json(const std::vector<std::string>& classes) const {
  JsonObject list;
  for (std::size_t c = 0; c < classes.size(); ++c)
    list.number(classes[c], by_class[c]);
  return JsonObject().number("target_precision", target_precision).raw("classes", list.str()).str();
}

Thresholds Thresholds::parse(const nlohmann::ordered_json& json, const std::vector<std::string>& classes) {
  Thresholds out;
  out.target_precision = probability(payload::member(json, "target_precision"), "target_precision");
  for (const payload::Json* value : payload::members_in_order(payload::member(json, "classes"), classes, "classes"))
    out.by_class.push_back(value->is_null() ? std::nullopt : std::optional(probability(*value, "classes")));
  return out;
}

ClassThresholds thresholds_for(const Matrix& proba, std::span<const std::uint32_t> labels,
                               std::span<const std::uint32_t> rows, double target_precision) {
  std::vector<std::vector<Answer>> answers(proba.columns());
  for (const std::uint32_t r : rows) {
    const std::size_t answer = argmax(proba.row(r));
    answers[answer].push_back({proba.row(r)[answer], answer == labels[r]});
  }
  ClassThresholds out;
  for (std::vector<Answer>& of_class : answers)
    out.push_back(lowest_threshold(of_class, target_precision));
  return out;
}

std::optional<double> KeptAnswers::precision() const {
  return share(right, kept);
}

std::optional<double> KeptAnswers::recall() const {
  return share(right, support);
}

std::vector<KeptAnswers> kept_answers(const Matrix& proba, std::span<const std::uint32_t> labels,
                                      std::span<const std::uint32_t> rows, const ClassThresholds& thresholds) {
  std::vector<KeptAnswers> out(proba.columns());
  for (const std::uint32_t r : rows) {
    ++out[labels[r]].support;
    const std::size_t answer = argmax(proba.row(r));
    if (!is_enough(thresholds[answer], proba.row(r)[answer])) continue;
    ++out[answer].kept;
    out[answer].right += answer == labels[r];
  }
  return out;
}

JsonObject thresholds_json(const Thresholds& thresholds, const std::vector<std::string>& classes,
                           const std::vector<KeptAnswers>& kept) {
  JsonObject list;
  std::uint64_t answered = 0, rows = 0;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    answered += kept[c].kept;
    rows += kept[c].support;
    JsonObject one;
    one.number("threshold", thresholds.by_class[c]).count("kept", kept[c].kept);
    one.number("precision", kept[c].precision()).number("recall", kept[c].recall());
    list.raw(classes[c], one.str());
  }
  JsonObject out;
  out.number("target_precision", thresholds.target_precision).number("coverage", share(answered, rows));
  return out.raw("classes", list.str());
}

}  // namespace mltat
