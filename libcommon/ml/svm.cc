// SPDX-License-Identifier: Apache-2.0
#include "ml/svm.h"

#include <nlohmann/json.hpp>

#include "ml/one_hot_linear.h"
#include "ml/payload.h"
#include "ml/rbf.h"

namespace mltat {
namespace {

constexpr double kLinear = 0;  ///< index of the word of `kernel`
constexpr double kDefaultC[] = {1, 100};
constexpr const char* kLinearMember = "\"kernel\":\"linear\"";

std::shared_ptr<const Classifier> fit(const TrainingSet& set, const Parameters& parameters, std::uint64_t,
                                      Threads threads) {
  const auto value = [&](std::string_view name) { return parameters.find(name)->second; };
  const double kernel = value("kernel");
  const double c = value("c") > 0 ? value("c") : kDefaultC[static_cast<std::size_t>(kernel)];
  if (kernel != kLinear) {
    const double gamma = value("gamma") > 0 ? value("gamma") : 1 / static_cast<double>(set.x.columns());
    return fit_rbf(set, c, gamma, threads);
  }
  OneHotRules rules = one_hot_rules(parameters);
  rules.c = c;
  return make_one_hot(fit_one_hot(set, squared_hinge_loss, rules, threads), kLinearMember);
}

std::shared_ptr<const Classifier> parse(const nlohmann::ordered_json& json, std::size_t n_features,
                                        std::size_t n_classes) {
  const std::string kernel = payload::word_at(json, "kernel");
  if (kernel == "linear") return parse_one_hot(json, n_features, n_classes, kLinearMember);
  if (kernel != "rbf") payload::refuse("kernel: neither linear nor rbf");
  return parse_rbf(json, n_features, n_classes);
}

}  // namespace

double squared_hinge_loss(std::span<double> scores, std::uint32_t label) {
  double loss = 0;
  for (std::size_t k = 0; k < scores.size(); ++k) {
    const double y = k == label ? 1 : -1;
    const double lack = 1 - y * scores[k];
    loss += lack > 0 ? lack * lack : 0;
    scores[k] = lack > 0 ? -2 * y * lack : 0;
  }
  return loss;
}

Learner svm_learner() {
  std::vector<Parameter> parameters = {
      {"kernel", kLinear, 0, 1, true, "linear over bins, or rbf over slog columns", {0}, {"linear", "rbf"}},
      {"c",
       0,
       0,
       1e6,
       false,
       "weight of the rows against that of the penalty |w|^2 / 2, 0: linear 1, rbf 100",
       {1, 10, 100, 1000}},
      {"gamma", 0, 0, 1000, false, "rbf: exp(-gamma distance^2), 0: 1 / columns", {0, 0.1, 0.3}},
  };
  for (const Parameter& parameter : one_hot_parameters())
    if (parameter.name != "c") parameters.push_back(parameter);
  return {"svm", "support vector machine", parameters, fit, parse};
}

}  // namespace mltat
