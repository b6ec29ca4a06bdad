// SPDX-License-Identifier: Apache-2.0
/// Many votes on one row, one verdict (mltat-formats(5), "Verdict row").
///
/// Votes `unknown` abstain. Of the others, by class:
///   majority    the most votes win; confidence = mean confidence of the winning votes
///   weighted    the highest sum of confidences wins; confidence = that sum / number of votes
///   calibrated  the highest sum of confidence x weight^4 wins; confidence = that sum / the sum over all classes, times
///               the confidence of the surest vote for it; a vote without weight counts as weight 1
/// Ties go to the higher sum of confidences, then to the class that comes first by name.
/// One-vs-rest models: the votes with the same `positive` are fused first, by the method. The positive with the
/// highest confidence wins; if every group says `background`, that is the verdict, with the lowest confidence of the
/// groups. Where other models vote too, each group that says its positive is one more vote among theirs (weight 1),
/// and a group that says `background` abstains: it names no class. In a closed set of classes, where every group says
/// `background` and nobody else votes, the class wins that was denied least: confidence = the mean probability that
/// its group gave it (1 - confidence of a `background`), under `calibrated` weighted by weight^4.
/// DPI (deep packet inspection) counts where it saw its protocol in the payload and that is mapped to a class:
///   vote      one voter of confidence 1 that counts dpi_weight times (weight 1 under `calibrated`)
///   trust     it decides, with confidence 1; the votes decide the rest
///   fallback  it decides, with confidence 1, where the votes yield `unknown`
/// Agreement: the share of votes (abstentions left out) that fit the verdict: they name it, or are `background` of
/// a model for another class. DPI is none of the votes here.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "ml/vote.h"

namespace mltat {

enum class FuseMethod { majority, weighted, calibrated };

enum class DpiMode { ignore, vote, trust, fallback };

struct FuseRules {
  FuseMethod method = FuseMethod::majority;
  double unknown_below = 0;  ///< a verdict less confident than this is `unknown`
  DpiMode dpi = DpiMode::ignore;
  double dpi_weight = 1;  ///< of its vote, above 0
  bool closed_set = false;  ///< every row is of a class that a one-vs-rest model knows
};

/// Who decided.
enum class VerdictSource { none, ml, dpi, both };
std::string_view name_of(VerdictSource source);

struct Verdict {
  std::string label;                           ///< `unknown`: nobody voted, or not confidently enough
  std::optional<double> confidence;            ///< in [0, 1]; none: nobody voted
  VerdictSource source = VerdictSource::none;  ///< none: the label is `unknown`; both: votes and DPI say the same
  std::optional<double> agreement;             ///< in [0, 1]; none: nobody voted
};

/// The word of DPI: the class that what it saw in the payload stands for. None for a guess, and for what is mapped to
/// no class. `confidence` is nDPI's, as text.
std::optional<std::string_view> dpi_word(std::optional<std::string_view> label,
                                         std::optional<std::string_view> confidence);

/// Pure: depends on its arguments alone. Confidences are summed in the order of the votes.
Verdict fuse_votes(std::span<const Vote> votes, std::optional<std::string_view> dpi, const FuseRules& rules);

/// A verdict whose class and confidence come from a model over the votes (stacking); DPI and `unknown` as above, but
/// for a vote of DPI, which has no place there. Requires: rules.dpi is not `vote`.
Verdict stacked_verdict(std::string_view label, double confidence, std::span<const Vote> votes,
                        std::optional<std::string_view> dpi, const FuseRules& rules);

}  // namespace mltat
