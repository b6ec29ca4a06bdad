// SPDX-License-Identifier: Apache-2.0
#include "ml/committee.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/rng.h"
#include "ml/metrics.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;
using Numbers = std::vector<double>;

struct Data {
  Columns x;
  std::vector<std::uint32_t> labels;
  Numbers weights;
};

/// Class k of four has high values in column k.
Data separable(std::size_t rows, std::uint64_t seed = 1) {
  Rng rng{seed};
  Data data{Columns(rows, 4), {}, {}};
  for (std::size_t r = 0; r < rows; ++r) {
    data.labels.push_back(static_cast<std::uint32_t>(r % 4));
    for (std::size_t c = 0; c < 4; ++c)
      data.x.column(c)[r] = rng.uniform() + (c == r % 4 ? 1.5 : 0.0);
  }
  return data;
}

/// A column that tells nothing; `rows` of each class.
Data constant(const std::vector<std::size_t>& rows) {
  Data data;
  for (std::uint32_t k = 0; k < rows.size(); ++k)
    data.labels.insert(data.labels.end(), rows[k], k);
  data.x = Columns(data.labels.size(), 1);
  return data;
}

Recipe recipe(const std::string& learner, Multiclass multiclass) {
  Recipe out{find_learner(learner), default_parameters(*find_learner(learner))};
  out.multiclass = multiclass;
  for (const auto& [name, value] : Parameters{{"trees", 5}, {"rounds", 5}, {"epochs", 10}, {"hidden", 16}})
    if (out.parameters.count(name) > 0) out.parameters[name] = value;
  return out;
}

std::shared_ptr<const Classifier> fit(const Data& data, const Recipe& how, std::size_t classes, unsigned threads = 1) {
  return fit_recipe(how, {data.x, data.labels, data.weights, classes}, 1, {threads});
}

Numbers first_row(const Classifier& classifier, const Columns& x) {
  Matrix out;
  classifier.predict_proba(x, out);
  return {out.row(0).begin(), out.row(0).end()};
}

void expect_near(const Numbers& got, const Numbers& expected, double tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], expected[i], tolerance) << i;
}

constexpr Multiclass kKinds[] = {Multiclass::ovr, Multiclass::ovo};

TEST(Committee, EveryLearnerTellsClassesApartAndComesBackUnchanged) {
  const Data data = separable(160), others = separable(80, 2);
  for (const Learner& learner : learners())
    for (const Multiclass kind : kKinds) {
      const Recipe how = recipe(learner.name, kind);
      const auto classifier = fit(data, how, 4);
      Matrix p, q;
      classifier->predict_proba(others.x, p);
      std::size_t right = 0;
      for (std::size_t r = 0; r < p.rows(); ++r) {
        right += argmax(p.row(r)) == others.labels[r];
        double sum = 0;
        for (const double share : p.row(r))
          sum += share;
        ASSERT_NEAR(sum, 1, 1e-9);
      }
      EXPECT_GT(right, 72U) << learner.name << " " << name_of(kind);
      const auto back = parse_classifier(learner, kind, Json::parse(classifier->payload()), 4, 4);
      EXPECT_EQ(back->payload(), classifier->payload());
      back->predict_proba(others.x, q);
      for (std::size_t r = 0; r < p.rows(); ++r)
        ASSERT_TRUE(std::equal(p.row(r).begin(), p.row(r).end(), q.row(r).begin()));
    }
}

TEST(Committee, IsTheSameForAnyNumberOfThreads) {
  const Data data = separable(160);
  for (const Multiclass kind : kKinds)
    EXPECT_EQ(fit(data, recipe("rf", kind), 4, 1)->payload(), fit(data, recipe("rf", kind), 4, 4)->payload());
}

TEST(Committee, MembersHaveChanceOfTheirOwn) {
  const Json payload = Json::parse(fit(constant({4, 4, 4}), recipe("mlp", Multiclass::ovo), 3)->payload());
  ASSERT_EQ(payload["members"].size(), 3U);
  EXPECT_NE(payload["members"][0], payload["members"][1]);
}

TEST(Committee, TwoClassesAreOneNativeFit) {
  const Data data = constant({3, 5});
  const auto native = fit(data, recipe("c45", Multiclass::native), 2);
  for (const Multiclass kind : kKinds) {
    EXPECT_EQ(fit(data, recipe("c45", kind), 2)->payload(), native->payload());
    EXPECT_EQ(parse_classifier(*find_learner("c45"), kind, Json::parse(native->payload()), 1, 2)->payload(),
              native->payload());
  }
}

/// Naive Bayes without a column that tells anything says the shares of its two classes.
TEST(Committee, SharesThatAgreeGiveThatProbability) {
  for (const Multiclass kind : kKinds) {
    const Data data = constant({5, 3, 2});
    expect_near(first_row(*fit(data, recipe("nb", kind), 3), data.x), {0.5, 0.3, 0.2}, 1e-5);
  }
}

TEST(Committee, AClassWithoutRowsHasNoMemberAndNoProbability) {
  const Data data = constant({5, 0, 3, 0, 2});
  for (const Multiclass kind : kKinds) {
    const auto classifier = fit(data, recipe("nb", kind), 5);
    expect_near(first_row(*classifier, data.x), {0.5, 0, 0.3, 0, 0.2}, 1e-5);
    const Json payload = Json::parse(classifier->payload());
    EXPECT_EQ(payload["classes"], Json::parse("[0,2,4]"));
    EXPECT_EQ(payload["members"].size(), 3U);
  }
}

TEST(Committee, OneClassAloneIsCertain) {
  const Data data = constant({0, 4, 0});
  for (const Multiclass kind : kKinds) {
    const auto classifier = fit(data, recipe("nb", kind), 3);
    EXPECT_EQ(classifier->payload(), "{\"classes\":[1],\"members\":[]}");
    EXPECT_EQ(first_row(*classifier, data.x), (Numbers{0, 1, 0}));
  }
}

TEST(Committee, WeightsAndBalanceReachTheMembers) {
  Data data = constant({5, 3, 2, 4});
  data.weights = {1, 1, 1, 1, 1, 2, 2, 2, 7, 7, 0, 0, 0, 0};  // 5, 6, 14, 0
  for (const Multiclass kind : kKinds) {
    Recipe how = recipe("nb", kind);
    expect_near(first_row(*fit(data, how, 4), data.x), {0.2, 0.24, 0.56, 0}, 1e-5);
    how.balance = Balance::weights;
    expect_near(first_row(*fit(data, how, 4), data.x), {1.0 / 3, 1.0 / 3, 1.0 / 3, 0}, 0.01);
  }
}

/// A member that says the given share of class 1 whatever the row, as lr has it: a column of one bin, an intercept.
Json member(double share) {
  return {{"transform", {{"kind", "one_hot"}, {"thresholds", Json::array({Json::array()})}}},
          {"weights", {0, 0, 0, std::log(share / (1 - share))}}};
}

std::shared_ptr<const Classifier> committee(Multiclass kind, std::size_t classes, const Numbers& shares) {
  Json payload = {{"classes", Json::array()}, {"members", Json::array()}};
  for (std::size_t k = 0; k < classes; ++k)
    payload["classes"].push_back(k);
  for (const double share : shares)
    payload["members"].push_back(member(share));
  return parse_committee(*find_learner("lr"), kind, payload, 1, classes);
}

TEST(Committee, OvrIsTheSharesOverTheirSum) {
  expect_near(first_row(*committee(Multiclass::ovr, 3, {0.6, 0.2, 0.4}), Columns(1, 1)), {0.5, 1.0 / 6, 1.0 / 3},
              1e-12);
}

TEST(Committee, OvrWithoutAnyShareKnowsNothing) {
  Json payload = {{"classes", Json::parse("[0,1,3]")}, {"members", {member(0.5), member(0.5), member(0.5)}}};
  for (Json& one : payload["members"])
    one["weights"][3] = -1000;
  const auto classifier = parse_committee(*find_learner("lr"), Multiclass::ovr, payload, 1, 4);
  EXPECT_EQ(first_row(*classifier, Columns(1, 1)), (Numbers{1.0 / 3, 1.0 / 3, 0, 1.0 / 3}));
}

/// Of shares that contradict each other: no other probabilities bring sum of (r_ji p_i - r_ij p_j)^2 further down.
TEST(Committee, OvoIsTheLeastOfItsObjective) {
  constexpr std::size_t kClasses = 5;
  Rng rng{3};
  Numbers shares;  // of the second of each pair
  for (std::size_t pair = 0; pair < kClasses * (kClasses - 1) / 2; ++pair)
    shares.push_back(0.05 + 0.9 * rng.uniform());
  const auto objective = [&](const Numbers& p) {
    double sum = 0;
    std::size_t pair = 0;
    for (std::size_t i = 0; i < kClasses; ++i)
      for (std::size_t j = i + 1; j < kClasses; ++j, ++pair)
        sum += std::pow(shares[pair] * p[i] - (1 - shares[pair]) * p[j], 2);
    return sum;
  };
  const Numbers p = first_row(*committee(Multiclass::ovo, kClasses, shares), Columns(1, 1));
  for (int trial = 0; trial < 200; ++trial) {
    Numbers other = p;
    const std::size_t from = rng.below(kClasses), to = rng.below(kClasses);
    const double by = std::min(p[from], 0.01);
    other[from] -= by;
    other[to] += by;
    EXPECT_GE(objective(other), objective(p) - 1e-9);
  }
  EXPECT_LT(objective(p), objective(Numbers(kClasses, 1.0 / kClasses)) - 1e-3);
}

TEST(Committee, CertainAndContradictingMembersGiveFiniteProbabilities) {
  // 0 over 1, 1 over 2, 2 over 0: a circle.
  const Numbers p = first_row(*committee(Multiclass::ovo, 3, {1e-300, 1 - 1e-16, 1e-300}), Columns(1, 1));
  expect_near(p, {1.0 / 3, 1.0 / 3, 1.0 / 3}, 1e-6);
}

TEST(Committee, HostilePayloadsAreRefused) {
  const Json good = Json::parse(fit(constant({5, 3, 2}), recipe("nb", Multiclass::ovo), 3)->payload());
  const auto refused = [&](const Json& payload) {
    EXPECT_THROW(parse_committee(*find_learner("nb"), Multiclass::ovo, payload, 1, 3), Error) << payload;
  };
  for (const char* classes : {"[]", "[0,1]", "[0,2,1]", "[0,1,1]", "[0,1,3]", "[0,1,-1]", "[0,1,\"2\"]", "{}", "3"}) {
    Json bad = good;
    bad["classes"] = Json::parse(classes);
    refused(bad);
  }
  for (const char* key : {"classes", "members"}) {
    Json bad = good;
    bad.erase(key);
    refused(bad);
  }
  Json more = good, fewer = good, other = good;
  more["members"].push_back(good["members"][0]);
  fewer["members"].erase(0);
  other["members"][1] = good;
  for (const Json& bad : {more, fewer, other, Json(), Json::array(), Json("x")})
    refused(bad);
}

}  // namespace
}  // namespace mltat
