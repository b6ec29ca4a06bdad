// SPDX-License-Identifier: Apache-2.0
#include "ml/adaboost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;

struct Fitted {
  std::shared_ptr<const Classifier> classifier;
  Json payload;
};

Fitted fit(const std::vector<double>& values, const std::vector<std::uint32_t>& labels, std::size_t classes,
           const Parameters& changes, const std::vector<std::uint32_t>& weights = {}) {
  Columns x(values.size(), 1);
  std::copy(values.begin(), values.end(), x.column(0).begin());
  Parameters parameters = default_parameters(adaboost_learner());
  for (const auto& [name, value] : changes)
    parameters.find(name)->second = value;
  Fitted out;
  out.classifier = adaboost_learner().fit({x, labels, weights, classes}, parameters, 1, {1});
  out.payload = Json::parse(out.classifier->payload());
  return out;
}

std::vector<double> probabilities(const Classifier& classifier, double value) {
  Columns x(1, 1);
  x.column(0)[0] = value;
  Matrix out;
  classifier.predict_proba(x, out);
  return {out.row(0).begin(), out.row(0).end()};
}

TEST(AdaBoost, TwoRoundsByHand) {
  // Round 1: cut at 2.5, wrong about x = 4, error 1/5, vote ln 4. Weights become 1 1 1 4 1 eighths.
  // Round 2: cut at 4.5, wrong about x = 3, error 1/8, vote ln 7.
  const Fitted two = fit({1, 2, 3, 4, 5}, {0, 0, 1, 0, 1}, 2, {{"trees", 2}, {"max_depth", 1}, {"learning_rate", 1}});
  const auto votes = two.payload["weights"].get<std::vector<double>>();
  ASSERT_EQ(votes.size(), 2U);
  EXPECT_NEAR(votes[0], std::log(4), 1e-12);
  EXPECT_NEAR(votes[1], std::log(7), 1e-12);
  EXPECT_EQ(two.payload["thresholds"], Json::parse("[[2.5,4.5]]"));
  EXPECT_EQ(probabilities(*two.classifier, 1), (std::vector<double>{1, 0}));
  EXPECT_NEAR(probabilities(*two.classifier, 3)[1], std::log(4) / std::log(28), 1e-12);
  EXPECT_EQ(probabilities(*two.classifier, 5), (std::vector<double>{0, 1}));
}

TEST(AdaBoost, MoreClassesMakeAVoteCountMore) {
  // A stump gets one of three rows wrong: ln 2 for the error, ln 2 for the three classes.
  const Fitted one = fit({1, 2, 3}, {0, 1, 2}, 3, {{"trees", 1}, {"max_depth", 1}, {"learning_rate", 0.5}});
  EXPECT_NEAR(one.payload["weights"][0].get<double>(), 0.5 * std::log(4), 1e-12);
}

TEST(AdaBoost, ATreeThatIsNeverWrongEndsIt) {
  const Fitted perfect = fit({1, 2, 3, 4}, {0, 1, 0, 2}, 3, {});
  EXPECT_EQ(perfect.payload["trees"].size(), 1U);
  EXPECT_EQ(probabilities(*perfect.classifier, 4), (std::vector<double>{0, 0, 1}));
}

TEST(AdaBoost, WhereNoTreeBeatsChanceTheSharesAnswer) {
  const Fitted nothing = fit({7, 7, 7, 7}, {0, 0, 1, 1}, 2, {});
  EXPECT_EQ(nothing.payload["trees"].size(), 1U);
  EXPECT_EQ(probabilities(*nothing.classifier, 7), (std::vector<double>{0.5, 0.5}));
}

TEST(AdaBoost, AWeightIsARowRepeated) {
  const Fitted weighted = fit({1, 2, 3, 4, 5}, {0, 0, 1, 0, 1}, 2, {{"max_depth", 1}}, {1, 3, 1, 2, 1});
  const Fitted repeated = fit({1, 2, 2, 2, 3, 4, 4, 5}, {0, 0, 0, 0, 1, 0, 0, 1}, 2, {{"max_depth", 1}, {"bins", 5}});
  for (double value = 1; value <= 5; ++value)
    EXPECT_NEAR(probabilities(*weighted.classifier, value)[1], probabilities(*repeated.classifier, value)[1], 1e-5);
}

TEST(AdaBoost, WeightsKeepTheirSharesAsIntegers) {
  const std::vector<std::uint32_t> labels = {0, 1, 1, 0};
  const std::vector<double> weights = {0.25, 0.75, 0, 1e-30};
  std::map<std::uint32_t, double> sums;
  double all = 0;
  for (const TreeRow& row : rows_of_weight(labels, weights)) {
    EXPECT_EQ(row.label, labels[row.row]);
    sums[row.row] += row.weight;
    all += row.weight;
  }
  EXPECT_LE(all, static_cast<double>(kMaxGiniWeight));
  EXPECT_NEAR(sums[0] / all, 0.25, 1e-7);
  EXPECT_NEAR(sums[1] / all, 0.75, 1e-7);
  EXPECT_EQ(sums.count(2), 0U);
  EXPECT_EQ(sums[3], 1);
}

TEST(AdaBoost, WeightsOfTreesInAFileAreChecked) {
  const Fitted good = fit({1, 2, 3, 4, 5}, {0, 0, 1, 0, 1}, 2, {{"trees", 2}, {"max_depth", 1}});
  for (const char* bad : {"[]", "[1]", "[1,0]", "[1,-1]", "[1,1e300]", "[1,null]", "{}"}) {
    Json payload = good.payload;
    payload["weights"] = Json::parse(bad);
    EXPECT_THROW(adaboost_learner().parse(payload, 1, 2), Error) << bad;
  }
}

}  // namespace
}  // namespace mltat
