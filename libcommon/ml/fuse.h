// SPDX-License-Identifier: Apache-2.0
/// Many votes on one row, one verdict (mltat-formats(5), "Verdict row").
///
/// Votes `unknown` abstain. Of the others, by class:
///   majority    the most votes win; confidence = mean confidence of the winning votes
///   weighted    the highest sum of confidences wins; confidence = that sum / number of votes
///   calibrated  the highest sum of confidence x weight^4 wins; confidence = that sum / the sum over all classes;
///               a vote without weight counts as weight 1
/// Ties go to the higher sum of confidences, then to the class that comes first by name.
/// One-vs-rest models: the votes with the same `positive` are fused first, by the method. The positive with the
/// highest confidence wins; if every group says `background`, that is the verdict, with the lowest confidence of the
/// groups. Where other models vote too, each group that says its positive is one more vote among theirs (weight 1),
/// and a group that says `background` abstains: it names no class.
/// Agreement: the share of votes (abstentions left out) that fit the verdict: they name it, or are `background` of
/// a model for another class.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ml/vote.h"

namespace mltat {

enum class FuseMethod { majority, weighted, calibrated };

struct FuseRules {
  FuseMethod method = FuseMethod::majority;
  double unknown_below = 0;  ///< a verdict less confident than this is `unknown`
};

struct Verdict {
  std::string label;                 ///< `unknown`: nobody voted, or not confidently enough
  std::optional<double> confidence;  ///< in [0, 1]; none: nobody voted
  bool decided = false;              ///< false: the label is `unknown`
  std::optional<double> agreement;   ///< in [0, 1]; none: nobody voted
};

/// Pure: depends on the votes alone. Confidences are summed in the order of the votes.
Verdict fuse_votes(std::span<const Vote> votes, const FuseRules& rules);

}  // namespace mltat
