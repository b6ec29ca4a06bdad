// SPDX-License-Identifier: Apache-2.0
#include "ml/profile.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "ml/payload.h"
#include "ml/report.h"

namespace mltat {
namespace {

constexpr std::size_t kBins = 10;

/// The cut at a value must leave something above it.
std::optional<double> cut_at(const std::vector<double>& sorted, std::size_t place) {
  if (sorted[place] < sorted.back()) return sorted[place];
  const auto top = std::lower_bound(sorted.begin(), sorted.end(), sorted.back());
  if (top == sorted.begin()) return std::nullopt;
  return *(top - 1);
}

JsonObject named_numbers(const std::vector<std::string>& names, const std::vector<double>& values) {
  JsonObject out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out.number(names[i], values[i]);
  return out;
}

/// Refuses what is no way to share 1.
void check_shares(const std::vector<double>& shares, const char* what) {
  constexpr double kRounding = 1e-6;
  double sum = 0;
  for (const double share : shares) {
    if (!(share >= 0 && share <= 1)) payload::refuse(std::string(what) + ": not in 0 to 1");
    sum += share;
  }
  if (std::abs(sum - 1) > kRounding) payload::refuse(std::string(what) + ": the sum is not 1");
}

FeatureProfile parse_feature(const payload::Json& json) {
  FeatureProfile out;
  out.cuts = payload::reals(payload::array_at(json, "cuts"), "cuts");
  if (out.cuts.size() >= kBins) payload::refuse("cuts: more than 9");
  if (std::adjacent_find(out.cuts.begin(), out.cuts.end(), std::greater_equal<>()) != out.cuts.end())
    payload::refuse("cuts: not ascending");
  out.shares = payload::reals(payload::array_at(json, "shares"), out.cuts.size() + 1, "shares");
  check_shares(out.shares, "shares");
  const payload::Json& importance = payload::member(json, "importance");
  if (!importance.is_null()) out.importance = payload::real(importance, "importance");
  out.min = payload::real(payload::member(json, "min"), "min");
  out.median = payload::real(payload::member(json, "median"), "median");
  out.max = payload::real(payload::member(json, "max"), "max");
  if (!(out.min <= out.median && out.median <= out.max)) payload::refuse("min, median, max: not ascending");
  if (!out.cuts.empty() && !(out.min <= out.cuts.front() && out.cuts.back() < out.max))
    payload::refuse("cuts: not between min and max");
  return out;
}

std::vector<DriftLimit> parse_limits(const payload::Json& list) {
  std::vector<DriftLimit> out;
  for (const payload::Json& json : list) {
    const DriftLimit limit{payload::count(payload::member(json, "rows"), "rows", 1, UINT64_MAX),
                           payload::real(payload::member(json, "psi"), "psi")};
    if (!(limit.psi >= 0)) payload::refuse("psi: below 0");
    if (!out.empty() && limit.rows <= out.back().rows) payload::refuse("rows: not ascending");
    out.push_back(limit);
  }
  return out;
}

std::string limits_json(const std::vector<DriftLimit>& limits) {
  std::vector<std::string> list;
  for (const DriftLimit& limit : limits)
    list.push_back(JsonObject().count("rows", limit.rows).number("psi", limit.psi).str());
  return json_array(list);
}

}  // namespace

std::size_t FeatureProfile::bin(double value) const {
  return static_cast<std::size_t>(std::lower_bound(cuts.begin(), cuts.end(), value) - cuts.begin());
}

FeatureProfile profile_of(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t n = sorted.size();
  FeatureProfile out;
  out.min = sorted.front();
  out.median = sorted[(n - 1) / 2];
  out.max = sorted.back();
  for (std::size_t k = 1; k < kBins; ++k) {
    const std::optional<double> cut = cut_at(sorted, (k * n + kBins - 1) / kBins - 1);
    if (cut && (out.cuts.empty() || *cut > out.cuts.back())) out.cuts.push_back(*cut);
  }
  std::size_t below = 0;
  for (std::size_t b = 0; b <= out.cuts.size(); ++b) {
    std::size_t up_to = n;
    if (b < out.cuts.size())
      up_to = static_cast<std::size_t>(std::upper_bound(sorted.begin(), sorted.end(), out.cuts[b]) - sorted.begin());
    out.shares.push_back(static_cast<double>(up_to - below) / static_cast<double>(n));
    below = up_to;
  }
  return out;
}

Profile Profile::fit(const LabelledTable& table, std::span<const double> importance) {
  Profile out;
  out.rows = table.rows();
  std::vector<std::uint64_t> counts(table.classes.size());
  for (const std::uint32_t label : table.labels)
    ++counts[label];
  for (const std::uint64_t count : counts)
    out.class_shares.push_back(static_cast<double>(count) / static_cast<double>(table.rows()));
  for (std::size_t c = 0; c < table.x.columns(); ++c) {
    out.features.push_back(profile_of(table.x.column(c)));
    if (!importance.empty()) out.features.back().importance = importance[c];
  }
  return out;
}

std::string Profile::json(const std::vector<std::string>& names, const std::vector<std::string>& classes) const {
  JsonObject list;
  for (std::size_t c = 0; c < names.size(); ++c) {
    JsonObject one;
    one.raw("cuts", payload::text(features[c].cuts)).raw("shares", payload::text(features[c].shares));
    one.number("importance", features[c].importance).number("min", features[c].min);
    list.raw(names[c], one.number("median", features[c].median).number("max", features[c].max).str());
  }
  JsonObject out;
  out.count("rows", rows).raw("classes", named_numbers(classes, class_shares).str());
  return out.raw("features", list.str()).raw("drift_limits", limits_json(drift_limits)).str();
}

Profile Profile::parse(const nlohmann::ordered_json& json, const std::vector<std::string>& names,
                       const std::vector<std::string>& classes) {
  Profile out;
  out.rows = payload::count(payload::member(json, "rows"), "rows", 1, UINT64_MAX);
  for (const payload::Json* share : payload::members_in_order(payload::member(json, "classes"), classes, "classes"))
    out.class_shares.push_back(payload::real(*share, "classes"));
  check_shares(out.class_shares, "classes");
  for (const payload::Json* feature : payload::members_in_order(payload::member(json, "features"), names, "features"))
    out.features.push_back(parse_feature(*feature));
  out.drift_limits = parse_limits(payload::array_at(json, "drift_limits"));
  return out;
}

}  // namespace mltat
