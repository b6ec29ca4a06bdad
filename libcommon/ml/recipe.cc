// SPDX-License-Identifier: Apache-2.0
#include "ml/recipe.h"

#include <algorithm>

#include "base/error.h"
#include "ml/committee.h"
#include "ml/labelled_table.h"
#include "ml/weights.h"

namespace mltat {
namespace {

struct NamedMulticlass {
  Multiclass value;
  std::string_view name;
};
constexpr NamedMulticlass kNames[] = {
    {Multiclass::native, "native"}, {Multiclass::ovr, "ovr"}, {Multiclass::ovo, "ovo"}};

bool is_native(Multiclass multiclass, std::size_t n_classes) {
  return multiclass == Multiclass::native || n_classes < 3;
}

/// Requires: weights above 0. They stand for the balance too.
std::shared_ptr<const Classifier> fit_rows(const Recipe& recipe, const FitRows& rows, std::uint64_t seed,
                                           Threads threads) {
  if (!is_native(recipe.multiclass, rows.n_classes)) return fit_committee(recipe, rows, seed, threads);
  const IntegerWeights weights = integer_weights(rows.weights);
  return recipe.learner->fit({rows.x, rows.labels, weights.weights, rows.n_classes, weights.unit}, recipe.parameters,
                             seed, threads);
}

std::shared_ptr<const Classifier> fit_balanced(const Recipe& recipe, const FitRows& rows, std::uint64_t seed,
                                               Threads threads) {
  if (recipe.balance == Balance::none) return fit_rows(recipe, rows, seed, threads);
  const std::vector<double> weights = balanced_weights(rows.labels, rows.weights, rows.n_classes);
  return fit_rows(recipe, {rows.x, rows.labels, weights, rows.n_classes}, seed, threads);
}

}  // namespace

std::string_view name_of(Multiclass multiclass) {
  return kNames[static_cast<std::size_t>(multiclass)].name;
}

std::optional<Multiclass> multiclass_of(std::string_view name) {
  for (const NamedMulticlass& known : kNames)
    if (known.name == name) return known.value;
  return std::nullopt;
}

std::shared_ptr<const Classifier> fit_recipe(const Recipe& recipe, const FitRows& rows, std::uint64_t seed,
                                             Threads threads) {
  if (std::find(rows.weights.begin(), rows.weights.end(), 0.0) == rows.weights.end())
    return fit_balanced(recipe, rows, seed, threads);
  std::vector<std::uint32_t> kept, labels;
  std::vector<double> weights;
  for (std::uint32_t r = 0; r < rows.weights.size(); ++r) {
    if (rows.weights[r] == 0) continue;
    kept.push_back(r);
    labels.push_back(rows.labels[r]);
    weights.push_back(rows.weights[r]);
  }
  if (kept.empty()) throw Error(ExitCode::bad_data, "no row to learn from has a weight above 0");
  return fit_balanced(recipe, {take_rows(rows.x, kept), labels, weights, rows.n_classes}, seed, threads);
}

std::shared_ptr<const Classifier> parse_classifier(const Learner& learner, Multiclass multiclass,
                                                   const nlohmann::ordered_json& payload, std::size_t n_features,
                                                   std::size_t n_classes) {
  if (is_native(multiclass, n_classes)) return learner.parse(payload, n_features, n_classes);
  return parse_committee(learner, multiclass, payload, n_features, n_classes);
}

}  // namespace mltat
