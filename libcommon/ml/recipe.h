// SPDX-License-Identifier: Apache-2.0
/// What is learned and how: a learner with its parameters, and what stands around it - how many classes a fit sees at
/// a time, and how much each row counts.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "ml/learner.h"

namespace mltat {

/// How many classes a fit sees. With fewer than three there is one pair, so all three are native then.
enum class Multiclass {
  native,  ///< the learner sees all classes at once
  ovr,     ///< one fit a class, against all others
  ovo,     ///< one fit for every pair of classes
};

/// `native`, `ovr`, `ovo`.
std::string_view name_of(Multiclass multiclass);
std::optional<Multiclass> multiclass_of(std::string_view name);

enum class Balance {
  none,
  weights,  ///< classes with rows count the same: a row counts rows / (such classes x rows of its class)
};

struct Recipe {
  const Learner* learner;
  Parameters parameters;
  std::uint64_t seed = 1;
  Multiclass multiclass = Multiclass::native;
  Balance balance = Balance::none;
};

/// Labelled rows as a fit takes them. A row of weight 2 counts as two rows, one of weight 0 is left out. Labels are
/// below n_classes; a class may have no row.
struct FitRows {
  const Columns& x;
  std::span<const std::uint32_t> labels;
  std::span<const double> weights;  ///< how much each row counts, finite, at least 0; empty: 1 each
  std::size_t n_classes;
};

/// The same classifier for any number of threads. `seed` stands in for that of the recipe, so that folds differ.
/// A row counts as its weight x its balance; the balance is that of all rows, also where a fit sees two classes.
/// Errors: those of Learner::fit; Error(bad_data) where no row has a weight, or their sum is too large.
std::shared_ptr<const Classifier> fit_recipe(const Recipe& recipe, const FitRows& rows, std::uint64_t seed,
                                             Threads threads);

/// The payload that fit_recipe's classifier writes, back into one. Errors: Error(bad_data) with the fact, without the
/// file's name.
std::shared_ptr<const Classifier> parse_classifier(const Learner& learner, Multiclass multiclass,
                                                   const nlohmann::ordered_json& payload, std::size_t n_features,
                                                   std::size_t n_classes);

}  // namespace mltat
