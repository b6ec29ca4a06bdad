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
};

struct Winner {
  std::string_view label;
  double confidence;
};

struct Tally {
  std::size_t votes = 0;
  double confidence = 0;  ///< sum
  double score = 0;       ///< sum of confidence x weight^4
};

double fourth_power(double x) {
  return x * x * x * x;
}

/// Requires: at least one ballot.
Winner count(std::span<const Ballot> ballots, FuseMethod method) {
  std::map<std::string_view, Tally> tallies;  // by name: the first of equals comes first by name
  double total_score = 0;
  for (const Ballot& ballot : ballots) {
    Tally& tally = tallies[ballot.label];
    const double score = ballot.confidence * fourth_power(ballot.weight);
    ++tally.votes;
    tally.confidence += ballot.confidence;
    tally.score += score;
    total_score += score;
  }
  const auto strength = [&](const Tally& tally) {
    double first = tally.confidence;
    if (method == FuseMethod::majority) first = static_cast<double>(tally.votes);
    if (method == FuseMethod::calibrated) first = tally.score;
    return std::tuple(first, tally.confidence);
  };
  const auto best = std::max_element(tallies.begin(), tallies.end(), [&](const auto& a, const auto& b) {
    return strength(a.second) < strength(b.second);
  });
  const Tally& tally = best->second;
  double confidence = 0;
  switch (method) {
    case FuseMethod::majority: confidence = tally.confidence / static_cast<double>(tally.votes); break;
    case FuseMethod::weighted: confidence = tally.confidence / static_cast<double>(ballots.size()); break;
    case FuseMethod::calibrated: confidence = total_score > 0 ? tally.score / total_score : 0; break;
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

/// Requires: somebody voted.
Winner decide(Sorted& sorted, FuseMethod method) {
  std::optional<Winner> positive;
  std::optional<Winner> background;
  const bool alone = sorted.open.empty();
  for (const auto& [name, ballots] : sorted.groups) {
    const Winner group = count(ballots, method);
    if (group.label == name) {
      if (!positive || group.confidence > positive->confidence) positive = group;
      if (!alone) sorted.open.push_back({group.label, group.confidence, 1});
    } else if (!background || group.confidence < background->confidence) {
      background = Winner{kBackgroundLabel, group.confidence};
    }
  }
  if (!alone) return count(sorted.open, method);
  return positive ? *positive : *background;
}

bool fits(const Vote& vote, std::string_view verdict) {
  if (vote.label == verdict) return true;
  return vote.positive && *vote.positive != verdict && vote.label == kBackgroundLabel;
}

}  // namespace

Verdict fuse_votes(std::span<const Vote> votes, const FuseRules& rules) {
  Sorted sorted = sort_ballots(votes);
  if (sorted.open.empty() && sorted.groups.empty()) return {std::string(kUnknownLabel), {}, false, {}};
  const Winner winner = decide(sorted, rules.method);
  std::size_t voters = 0;
  std::size_t agreeing = 0;
  for (const Vote& vote : votes) {
    if (abstains(vote)) continue;
    ++voters;
    agreeing += fits(vote, winner.label) ? 1 : 0;
  }
  Verdict verdict;
  verdict.decided = winner.confidence >= rules.unknown_below;
  verdict.label = verdict.decided ? winner.label : kUnknownLabel;
  verdict.confidence = winner.confidence;
  verdict.agreement = static_cast<double>(agreeing) / static_cast<double>(voters);
  return verdict;
}

}  // namespace mltat
