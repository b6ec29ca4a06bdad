// SPDX-License-Identifier: Apache-2.0
#include "ml/fuse.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "ml/metrics.h"

namespace mltat {
namespace {

/// What speaks for a class: one voter's word, or a group's.
struct Ballot {
  std::string_view label;
  double confidence;
  double weight;
  double times = 1;  ///< how many voters it counts as
};

struct Winner {
  std::string_view label;
  double confidence;
};

struct Tally {
  double votes = 0;
  double confidence = 0;  ///< sum
  double score = 0;       ///< sum of confidence x weight^4
  double surest = 0;      ///< the highest confidence
};

double fourth_power(double x) {
  return x * x * x * x;
}

/// Requires: at least one ballot.
Winner count(std::span<const Ballot> ballots, FuseMethod method) {
  std::map<std::string_view, Tally> tallies;  // by name: the first of equals comes first by name
  double total_score = 0, total_votes = 0;
  for (const Ballot& ballot : ballots) {
    Tally& tally = tallies[ballot.label];
    const double score = ballot.times * ballot.confidence * fourth_power(ballot.weight);
    total_votes += ballot.times;
    tally.votes += ballot.times;
    tally.confidence += ballot.times * ballot.confidence;
    tally.score += score;
    tally.surest = std::max(tally.surest, ballot.confidence);
    total_score += score;
  }
  const auto strength = [&](const Tally& tally) {
    double first = tally.confidence;
    if (method == FuseMethod::majority) first = tally.votes;
    if (method == FuseMethod::calibrated) first = tally.score;
    return std::tuple(first, tally.confidence);
  };
  const auto best = std::max_element(tallies.begin(), tallies.end(), [&](const auto& a, const auto& b) {
    return strength(a.second) < strength(b.second);
  });
  const Tally& tally = best->second;
  double confidence = 0;
  switch (method) {
    case FuseMethod::majority: confidence = tally.confidence / tally.votes; break;
    case FuseMethod::weighted: confidence = tally.confidence / total_votes; break;
    case FuseMethod::calibrated: confidence = total_score > 0 ? tally.surest * tally.score / total_score : 0; break;
  }
  // A sum of shares divided by their number may pass 1 by a rounding.
  return {best->first, std::min(confidence, 1.0)};
}

/// The ballots of one-vs-rest models by their class, and those of all other models.
struct Sorted {
  std::map<std::string_view, std::vector<Ballot>> groups;
  std::vector<Ballot> open;
};

Sorted sort_ballots(std::span<const Vote> votes) {
  Sorted out;
  for (const Vote& vote : votes) {
    if (abstains(vote)) continue;
    std::vector<Ballot>& box = vote.positive ? out.groups[*vote.positive] : out.open;
    box.push_back({vote.label, vote.confidence, vote.weight.value_or(1)});
  }
  return out;
}

/// The probability that a group gives its class. Requires: at least one ballot.
double probability(std::string_view name, std::span<const Ballot> ballots, FuseMethod method) {
  double sum = 0, weights = 0;
  for (const Ballot& ballot : ballots) {
    const double weight = method == FuseMethod::calibrated ? fourth_power(ballot.weight) : 1;
    sum += weight * (ballot.label == name ? ballot.confidence : 1 - ballot.confidence);
    weights += weight;
  }
  return weights > 0 ? sum / weights : 0;
}

/// Requires: somebody voted.
Winner decide(Sorted& sorted, const FuseRules& rules) {
  const FuseMethod method = rules.method;
  std::optional<Winner> positive;
  std::optional<Winner> background;
  std::optional<Winner> least_denied;
  const bool alone = sorted.open.empty();
  for (const auto& [name, ballots] : sorted.groups) {
    const Winner group = count(ballots, method);
    if (group.label == name) {
      if (!positive || group.confidence > positive->confidence) positive = group;
      if (!alone) sorted.open.push_back({group.label, group.confidence, 1});
    } else if (!background || group.confidence < background->confidence) {
      background = Winner{kBackgroundLabel, group.confidence};
    }
    if (!rules.closed_set) continue;
    const double share = probability(name, ballots, method);
    if (!least_denied || share > least_denied->confidence) least_denied = Winner{name, share};
  }
  if (!alone) return count(sorted.open, method);
  if (positive) return *positive;
  return rules.closed_set ? *least_denied : *background;
}

bool fits(const Vote& vote, std::string_view verdict) {
  if (vote.label == verdict) return true;
  return vote.positive && *vote.positive != verdict && vote.label == kBackgroundLabel;
}

std::optional<double> agreement(std::span<const Vote> votes, std::string_view label) {
  std::size_t voters = 0, agreeing = 0;
  for (const Vote& vote : votes) {
    if (abstains(vote)) continue;
    ++voters;
    agreeing += fits(vote, label);
  }
  if (voters == 0) return std::nullopt;
  return static_cast<double>(agreeing) / static_cast<double>(voters);
}

VerdictSource source_of(std::string_view label, std::span<const Vote> votes, std::optional<std::string_view> dpi) {
  const bool by_dpi = dpi == label;
  const bool by_votes = std::any_of(votes.begin(), votes.end(), [&](const Vote& vote) { return vote.label == label; });
  if (by_dpi && by_votes) return VerdictSource::both;
  return by_dpi ? VerdictSource::dpi : VerdictSource::ml;
}

/// What the votes yield, before DPI has its say. None: nobody voted.
Verdict settle(std::optional<Winner> winner, std::span<const Vote> votes, std::optional<std::string_view> dpi,
               const FuseRules& rules) {
  if (dpi && (rules.dpi == DpiMode::trust ||
              (rules.dpi == DpiMode::fallback && !(winner && winner->confidence >= rules.unknown_below))))
    winner = Winner{*dpi, 1};
  Verdict verdict;
  verdict.label = kUnknownLabel;
  if (!winner) return verdict;
  verdict.confidence = winner->confidence;
  verdict.agreement = agreement(votes, winner->label);
  if (winner->confidence < rules.unknown_below) return verdict;
  verdict.label = winner->label;
  verdict.source = source_of(winner->label, votes, rules.dpi == DpiMode::ignore ? std::nullopt : dpi);
  return verdict;
}

}  // namespace

std::string_view name_of(VerdictSource source) {
  constexpr std::string_view kNames[] = {"none", "ml", "dpi", "both"};
  return kNames[static_cast<std::size_t>(source)];
}

std::optional<std::string_view> dpi_word(std::optional<std::string_view> label,
                                         std::optional<std::string_view> confidence) {
  const bool seen = confidence && confidence->starts_with("DPI");
  return seen ? label : std::nullopt;
}

Verdict fuse_votes(std::span<const Vote> votes, std::optional<std::string_view> dpi, const FuseRules& rules) {
  Sorted sorted = sort_ballots(votes);
  if (dpi && rules.dpi == DpiMode::vote) sorted.open.push_back({*dpi, 1, 1, rules.dpi_weight});
  std::optional<Winner> winner;
  if (!sorted.open.empty() || !sorted.groups.empty()) winner = decide(sorted, rules);
  return settle(winner, votes, dpi, rules);
}

Verdict stacked_verdict(std::string_view label, double confidence, std::span<const Vote> votes,
                        std::optional<std::string_view> dpi, const FuseRules& rules) {
  return settle(Winner{label, confidence}, votes, dpi, rules);
}

}  // namespace mltat
