// SPDX-License-Identifier: Apache-2.0
/// Many classes told apart by fits that see two each: one fit a class against all others (ovr), or one for every pair
/// of classes (ovo).
///
/// Only classes with rows have members; the others have probability 0. One class alone is certain and needs none.
/// ovr: member k sees the rows of all others as class 0 and those of its own as class 1; probability = its share of
/// class 1, divided by the sum over the members (where that is 0: all the same).
/// ovo: the member of a pair i < j sees the rows of i as class 0 and those of j as class 1, and no others; the
/// probabilities are those that agree best with what the members say.
/// (mltat-formats(5), "Model", payload of a committee.)
/// Reference: T.-F. Wu, C.-J. Lin, R. C. Weng, "Probability Estimates for Multi-class Classification by Pairwise
/// Coupling", Journal of Machine Learning Research 5, 2004, second approach.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "ml/recipe.h"

namespace mltat {

/// Members are fitted side by side, each with chance of its own. Weights are those of the rows in every member.
/// Requires: rows with weights above 0, a multiclass other than native. Errors: those of Learner::fit.
std::shared_ptr<const Classifier> fit_committee(const Recipe& recipe, const FitRows& rows, std::uint64_t seed,
                                                Threads threads);

/// Errors: Error(bad_data) with the fact, for anything that is no such committee.
std::shared_ptr<const Classifier> parse_committee(const Learner& learner, Multiclass multiclass,
                                                  const nlohmann::ordered_json& payload, std::size_t n_features,
                                                  std::size_t n_classes);

}  // namespace mltat
