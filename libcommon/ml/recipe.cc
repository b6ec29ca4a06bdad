// SPDX-License-Identifier: Apache-2.0
#include "ml/recipe.h"

#include "ml/committee.h"

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
  if (is_native(recipe.multiclass, rows.n_classes))
    return recipe.learner->fit({rows.x, rows.labels, {}, rows.n_classes}, recipe.parameters, seed, threads);
  return fit_committee(recipe, rows, seed, threads);
}

std::shared_ptr<const Classifier> parse_classifier(const Learner& learner, Multiclass multiclass,
                                                   const nlohmann::ordered_json& payload, std::size_t n_features,
                                                   std::size_t n_classes) {
  if (is_native(multiclass, n_classes)) return learner.parse(payload, n_features, n_classes);
  return parse_committee(learner, multiclass, payload, n_features, n_classes);
}

}  // namespace mltat
