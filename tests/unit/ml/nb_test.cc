// SPDX-License-Identifier: Apache-2.0
#include "ml/nb.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;

Columns column(const std::vector<double>& values) {
  Columns x(values.size(), 1);
  std::copy(values.begin(), values.end(), x.column(0).begin());
  return x;
}

std::shared_ptr<const Classifier> fit(const Columns& x, const std::vector<std::uint32_t>& labels, std::size_t classes,
                                      const Parameters& changes, const std::vector<std::uint32_t>& weights = {}) {
  Parameters parameters = default_parameters(nb_learner());
  for (const auto& [name, value] : changes)
    parameters.find(name)->second = value;
  return nb_learner().fit({x, labels, weights, classes}, parameters, 1, {1});
}

double first_probability(const Classifier& classifier, const Columns& x) {
  Matrix out;
  classifier.predict_proba(x, out);
  return out.row(0)[0];
}

TEST(NaiveBayes, BinsByHand) {
  // Bins {1} and {2}: (2+1)/(3+2) and (1+1)/5 for class 0, (0+1)/(1+2) and 2/3 for class 1; priors 3/4 and 1/4.
  const auto classifier = fit(column({1, 1, 2, 2}), {0, 0, 0, 1}, 2, {{"smoothing", 1}});
  EXPECT_NEAR(first_probability(*classifier, column({1})), 0.45 / (0.45 + 0.25 / 3), 1e-6);
  EXPECT_NEAR(first_probability(*classifier, column({2})), 0.3 / (0.3 + 0.5 / 3), 1e-6);
}

TEST(NaiveBayes, ColumnsMultiply) {
  Columns x(4, 2), one(1, 2);
  for (std::size_t c = 0; c < 2; ++c) {
    const std::vector<double> values = {1, 1, 2, 2};
    std::copy(values.begin(), values.end(), x.column(c).begin());
    one.column(c)[0] = 1;
  }
  const auto classifier = fit(x, {0, 0, 0, 1}, 2, {{"smoothing", 1}});
  EXPECT_NEAR(first_probability(*classifier, one), 0.75 * 0.36 / (0.75 * 0.36 + 0.25 / 9), 1e-6);
}

TEST(NaiveBayes, AWeightIsARowRepeated) {
  const auto weighted = fit(column({1, 2, 2}), {0, 0, 1}, 2, {}, {2, 1, 1});
  const auto repeated = fit(column({1, 1, 2, 2}), {0, 0, 0, 1}, 2, {});
  EXPECT_EQ(weighted->payload(), repeated->payload());
}

TEST(NaiveBayes, GaussianByHand) {
  // Of 0 and e - 1 the logarithms are 0 and ln 2, brought to -1 and 1; the variances are (0 + 2) / (2 + 2).
  const double e1 = std::exp(1) - 1;
  const auto classifier = fit(column({0, 0, e1, e1}), {0, 0, 1, 1}, 2, {{"distribution", 1}, {"smoothing", 2}});
  EXPECT_NEAR(first_probability(*classifier, column({0})), 1 / (1 + std::exp(-4)), 1e-6);
  EXPECT_NEAR(first_probability(*classifier, column({e1})), 1 - 1 / (1 + std::exp(-4)), 1e-6);
}

TEST(NaiveBayes, VariancesDecideWhereMeansDoNot) {
  // Class 0 lies at the middle, class 1 about it.
  const auto classifier = fit(column({-8, -1, 0, 0, 1, 8}), {1, 0, 0, 0, 0, 1}, 2, {{"distribution", 1}});
  EXPECT_GT(first_probability(*classifier, column({0})), 0.85);
  EXPECT_LT(first_probability(*classifier, column({9})), 0.1);
  EXPECT_LT(first_probability(*classifier, column({-9})), 0.1);
}

TEST(NaiveBayes, MoreRowsAllowFinerBins) {
  const auto bins_of = [](std::size_t rows) {
    Columns x(rows, 1);
    std::vector<std::uint32_t> labels;
    for (std::size_t r = 0; r < rows; ++r) {
      x.column(0)[r] = static_cast<double>(r);
      labels.push_back(static_cast<std::uint32_t>(r % 2));
    }
    return Json::parse(fit(x, labels, 2, {})->payload())["transform"]["thresholds"][0].size() + 1;
  };
  EXPECT_EQ(bins_of(10), 10U);
  EXPECT_EQ(bins_of(1000), 32U);
  EXPECT_EQ(bins_of(2560), 64U);
  EXPECT_EQ(bins_of(50000), 256U);
}

TEST(NaiveBayes, NumbersOfAGaussianFileAreChecked) {
  const auto good = Json::parse(fit(column({1, 2, 3, 4}), {0, 0, 1, 1}, 2, {{"distribution", 1}})->payload());
  EXPECT_NO_THROW(nb_learner().parse(good, 1, 2));
  const auto refused = [&](const char* key, double value) {
    Json payload = good;
    payload[key][0] = value;
    EXPECT_THROW(nb_learner().parse(payload, 1, 2), Error) << key << ' ' << value;
  };
  refused("variance", 0);
  refused("variance", -1);
  refused("mean", 1e300);
  refused("prior", 0.5);
  Json other = good;
  other["distribution"] = "poisson";
  EXPECT_THROW(nb_learner().parse(other, 1, 2), Error);
}

}  // namespace
}  // namespace mltat
