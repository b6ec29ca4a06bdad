// SPDX-License-Identifier: Apache-2.0
#include "tools/predict/drift_watch.h"

#include <algorithm>
#include <numeric>

#include "io/ndjson.h"
#include "ml/report.h"

namespace mltat::predict {
namespace {

constexpr std::size_t kMovedMost = 3;

}  // namespace

DriftWatch::DriftWatch(const Voter& voter)
    : voter_(voter),
      weights_(drift_weights(*voter.model.profile)),
      bins_(*voter.model.profile),
      answers_(voter.model.classes.size(), 0) {}

void DriftWatch::add(const Row& row) {
  ++rows_;
  for (std::size_t f = 0; f < row.values.size(); ++f)
    bins_.add(f, row.values[f]);
  ++(row.answer ? answers_[*row.answer] : unknown_);
  const auto update = [](std::optional<Time>& kept, std::optional<std::string_view> text, auto before) {
    if (!text || !is_json_number(*text)) return;
    const std::optional<double> seconds = parse_finite(*text);
    if (seconds && (!kept || before(*seconds, kept->seconds))) kept = Time{std::string(*text), *seconds};
  };
  update(first_, row.first_ts, std::less<>());
  update(last_, row.last_ts, std::greater<>());
}

DriftWatch::Verdict DriftWatch::close(std::uint64_t window) {
  const std::vector<double> psi = bins_.psi();
  const double index = weighted_psi(psi, weights_);
  const std::optional<double> limit = drift_limit(*voter_.model.profile, rows_);
  Verdict verdict;
  if (limit) verdict.drift = index > *limit;
  JsonObject out;
  out.text("model", voter_.name).count("window", window).count("rows", rows_);
  out.raw("first_ts", first_.value_or(Time{}).text).raw("last_ts", last_.value_or(Time{}).text);
  out.number("psi", index).number("limit", limit);
  if (verdict.drift)
    out.boolean("drift", *verdict.drift);
  else
    out.null("drift");
  out.raw("features", moved_most(psi)).raw("classes", answers());
  out.number("unknown", static_cast<double>(unknown_) / static_cast<double>(rows_));
  verdict.line = out.str() + "\n";

  bins_ = BinCounts(*voter_.model.profile);
  rows_ = unknown_ = 0;
  std::fill(answers_.begin(), answers_.end(), std::uint64_t{0});
  first_.reset();
  last_.reset();
  return verdict;
}

std::string DriftWatch::moved_most(std::span<const double> psi) const {
  std::vector<std::size_t> order(psi.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return psi[a] * weights_[a] > psi[b] * weights_[b]; });
  if (order.size() > kMovedMost) order.resize(kMovedMost);
  std::vector<std::string> list;
  for (const std::size_t f : order) {
    JsonObject one;
    one.text("name", voter_.model.features[f]).number("psi", psi[f]).number("weight", weights_[f]);
    list.push_back(one.str());
  }
  return json_array(list);
}

std::string DriftWatch::answers() const {
  JsonObject out;
  for (std::size_t c = 0; c < answers_.size(); ++c) {
    JsonObject one;
    one.number("share", static_cast<double>(answers_[c]) / static_cast<double>(rows_));
    out.raw(voter_.model.classes[c], one.number("trained", voter_.model.profile->class_shares[c]).str());
  }
  return out.str();
}

}  // namespace mltat::predict
