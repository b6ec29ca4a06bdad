// SPDX-License-Identifier: Apache-2.0
#include "ml/lr.h"

#include "ml/one_hot_linear.h"
#include "ml/softmax.h"

namespace mltat {
namespace {

std::shared_ptr<const Classifier> fit(const TrainingSet& set, const Parameters& parameters, std::uint64_t,
                                      Threads threads) {
  return make_one_hot(fit_one_hot(set, logistic_loss, one_hot_rules(parameters), threads), "");
}

std::shared_ptr<const Classifier> parse(const nlohmann::ordered_json& payload, std::size_t n_features,
                                        std::size_t n_classes) {
  return parse_one_hot(payload, n_features, n_classes, "");
}

}  // namespace

double logistic_loss(std::span<double> scores, std::uint32_t label) {
  const double score = scores[label];
  const double log_sum = softmax(scores);
  scores[label] -= 1;
  return log_sum - score;
}

Learner lr_learner() {
  return {"lr", "logistic regression", one_hot_parameters(), fit, parse};
}

}  // namespace mltat
