// SPDX-License-Identifier: Apache-2.0
#include "ml/gbt.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "base/rng.h"
#include "ml/metrics.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;

struct Data {
  Columns x;
  std::vector<std::uint32_t> labels;
  std::vector<std::uint32_t> weights = {};
};

Data one_to_four(std::vector<std::uint32_t> labels) {
  Data data{Columns(4, 1), std::move(labels)};
  std::iota(data.x.column(0).begin(), data.x.column(0).end(), 1.0);
  return data;
}

std::shared_ptr<const Classifier> fit(const Data& data, std::size_t classes, const Parameters& changes,
                                      std::uint64_t seed = 1, unsigned threads = 1) {
  Parameters parameters = default_parameters(gbt_learner());
  for (const auto& [name, value] : changes)
    parameters.find(name)->second = value;
  return gbt_learner().fit({data.x, data.labels, data.weights, classes}, parameters, seed, {threads});
}

Matrix probabilities(const Classifier& classifier, const Columns& x) {
  Matrix out;
  classifier.predict_proba(x, out);
  return out;
}

double accuracy(const Classifier& classifier, const Data& data) {
  const Matrix out = probabilities(classifier, data.x);
  std::size_t right = 0;
  for (std::size_t r = 0; r < out.rows(); ++r)
    right += argmax(out.row(r)) == data.labels[r];
  return static_cast<double>(right) / static_cast<double>(out.rows());
}

TEST(Gbt, OneRoundOfTwoClassesByHand) {
  // Gradients 1/2 1/2 -1/2 -1/2, second derivatives 1/4: steps -2 and 2, of which half is taken.
  const auto classifier = fit(one_to_four({0, 0, 1, 1}), 2, {{"rounds", 1}, {"learning_rate", 0.5}, {"min_leaf", 1}});
  const Json payload = Json::parse(classifier->payload());
  EXPECT_EQ(payload["trees"].dump(), R"([{"feature":[0,-1,-1],"threshold":[0],"step":[-1,1]}])");
  EXPECT_EQ(payload["thresholds"], Json::parse("[[2.5]]"));
  const Matrix out = probabilities(*classifier, one_to_four({}).x);
  EXPECT_NEAR(out.row(0)[1], 1 / (1 + std::exp(1)), 1e-6);
  EXPECT_NEAR(out.row(3)[1], 1 / (1 + std::exp(-1)), 1e-6);
}

TEST(Gbt, OneRoundOfThreeClassesByHand) {
  // Shares 1/4 1/4 1/2. Class 0 steps 4 below 1.5, else -4/3; class 1 steps 4/3 below 2.5, else -4/3; class 2 steps -2
  // below 2.5, else 2. A tenth of each is taken; trees have two leaves.
  const auto classifier = fit(one_to_four({0, 1, 2, 2}), 3, {{"rounds", 1}, {"min_leaf", 1}, {"max_leaves", 2}});
  const Matrix out = probabilities(*classifier, one_to_four({}).x);
  const double a = 0.25 * std::exp(0.4), b = 0.25 * std::exp(0.4 / 3), c = 0.5 * std::exp(-0.2);
  EXPECT_NEAR(out.row(0)[0], a / (a + b + c), 1e-6);
  EXPECT_NEAR(out.row(0)[1], b / (a + b + c), 1e-6);
  EXPECT_NEAR(out.row(0)[2], c / (a + b + c), 1e-6);
}

/// Two columns in a square; the class is whether exactly one is above the middle.
Data exclusive_or(std::size_t rows, std::uint64_t seed) {
  Rng rng{seed};
  Data data{Columns(rows, 2), {}};
  for (std::size_t r = 0; r < rows; ++r) {
    const double a = rng.uniform(), b = rng.uniform();
    data.x.column(0)[r] = a;
    data.x.column(1)[r] = b;
    data.labels.push_back((a > 0.5) != (b > 0.5) ? 1 : 0);
  }
  return data;
}

TEST(Gbt, LearnsExclusiveOr) {
  EXPECT_GT(accuracy(*fit(exclusive_or(2000, 1), 2, {}), exclusive_or(2000, 2)), 0.97);
}

/// The class is a coin that column 0 only weights.
Data coins(std::size_t rows, std::uint64_t seed) {
  Rng rng{seed};
  Data data{Columns(rows, 3), {}};
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < 3; ++c)
      data.x.column(c)[r] = rng.uniform();
    data.labels.push_back(rng.uniform() < (data.x.column(0)[r] > 0.5 ? 0.7 : 0.3) ? 1 : 0);
  }
  return data;
}

TEST(Gbt, PatienceEndsInTime) {
  const Data data = coins(2000, 1);
  const auto trees = [](const Classifier& classifier) { return Json::parse(classifier.payload())["trees"].size(); };
  EXPECT_EQ(trees(*fit(data, 2, {})), 100U);
  const auto patient = fit(data, 2, {{"patience", 5}});
  EXPECT_GT(trees(*patient), 2U);
  EXPECT_LT(trees(*patient), 60U);
  EXPECT_EQ(patient->payload(), fit(data, 2, {{"patience", 5}}, 1, 4)->payload());
  EXPECT_NE(patient->payload(), fit(data, 2, {{"patience", 5}}, 2)->payload());
  EXPECT_EQ(fit(data, 2, {})->payload(), fit(data, 2, {}, 2)->payload());
}

TEST(Gbt, IsTheSameForAnyNumberOfThreads) {
  const Data data = coins(10000, 1);  // one tree a round: threads share its columns
  EXPECT_EQ(fit(data, 2, {{"rounds", 10}})->payload(), fit(data, 2, {{"rounds", 10}}, 1, 4)->payload());
}

TEST(Gbt, AWeightIsARowRepeated) {
  Data weighted = coins(500, 1), repeated{Columns(1000, 3), {}};
  weighted.weights.assign(500, 2);
  for (std::size_t r = 0; r < 1000; ++r) {
    for (std::size_t c = 0; c < 3; ++c)
      repeated.x.column(c)[r] = weighted.x.column(c)[r / 2];
    repeated.labels.push_back(weighted.labels[r / 2]);
  }
  const auto a = fit(weighted, 2, {{"rounds", 5}}), b = fit(repeated, 2, {{"rounds", 5}});
  const Matrix p = probabilities(*a, weighted.x), q = probabilities(*b, weighted.x);
  for (std::size_t r = 0; r < 500; ++r)
    ASSERT_NEAR(p.row(r)[0], q.row(r)[0], 1e-5);
}

TEST(Gbt, ARoundWithoutASplitEndsTheFit) {
  const Data data{Columns(100, 2), std::vector<std::uint32_t>(100, 0)};
  const auto classifier = fit(data, 3, {});
  EXPECT_EQ(Json::parse(classifier->payload())["trees"].size(), 0U);
  EXPECT_GT(probabilities(*classifier, data.x).row(0)[0], 0.98);
}

TEST(Gbt, TreesOfAFileAreChecked) {
  const auto classifier = fit(one_to_four({0, 1, 2, 2}), 3, {{"rounds", 2}, {"min_leaf", 1}});
  const Json good = Json::parse(classifier->payload());
  const auto refused = [&](const char* change) {
    Json payload = good;
    payload.merge_patch(Json::parse(change));
    EXPECT_THROW(gbt_learner().parse(payload, 1, 3), Error) << change;
  };
  refused(R"({"baseline":[0,0]})");
  refused(R"({"baseline":[0,0,1e300]})");
  refused(R"({"thresholds":[[1.5,1.5,2.5]]})");
  refused(R"({"thresholds":[]})");
  const std::string leaf = R"({"feature":[-1],"threshold":[],"step":[0]})";
  const auto trees = [&](const std::string& last) { return R"({"trees":[)" + leaf + "," + leaf + "," + last + "]}"; };
  Json payload = good;
  payload.merge_patch(Json::parse(trees(leaf)));
  EXPECT_NO_THROW(gbt_learner().parse(payload, 1, 3));
  for (const char* bad : {
           R"({"feature":[0,-1,-1],"threshold":[],"step":[0,0]})",    // a split without its threshold
           R"({"feature":[-1],"threshold":[0],"step":[0]})",          // a threshold without a split
           R"({"feature":[-1],"threshold":[],"step":[]})",            // a leaf without a step
           R"({"feature":[-1],"threshold":[],"step":[0,0]})",         // a step without a leaf
           R"({"feature":[0,-1],"threshold":[0],"step":[0]})",        // a child short
           R"({"feature":[-1,-1],"threshold":[],"step":[0,0]})",      // no parent
           R"({"feature":[1,-1,-1],"threshold":[0],"step":[0,0]})",   // no such column
           R"({"feature":[-2,-1,-1],"threshold":[0],"step":[0,0]})",  // no column at all
           R"({"feature":[0,-1,-1],"threshold":[9],"step":[0,0]})",   // no such threshold
           R"({"feature":[-1],"threshold":[],"step":[1e30]})",        // sums that overflow
           R"({"feature":[],"threshold":[],"step":[]})",              // no root
       })
    refused(trees(bad).c_str());
  refused((R"({"trees":[)" + leaf + "]}").c_str());  // not one for each class
}

}  // namespace
}  // namespace mltat
