// SPDX-License-Identifier: Apache-2.0
/// What holds for every learner that adds up numbers: lr, svm, mlp, nb and both kinds of boosting.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>

#include "base/error.h"
#include "base/rng.h"
#include "ml/learner.h"
#include "ml/metrics.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;

struct Case {
  std::string name;
  std::string learner;
  Parameters changes;

  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }
};

struct Data {
  Columns x;
  std::vector<std::uint32_t> labels;
  std::vector<std::uint32_t> weights;
};

class NumericLearner : public testing::TestWithParam<Case> {
 protected:
  const Learner& learner() const { return *find_learner(GetParam().learner); }

  std::shared_ptr<const Classifier> fit(const Data& data, std::size_t classes, unsigned threads = 1,
                                        std::uint64_t seed = 1) const {
    Parameters parameters = default_parameters(learner());
    for (const auto& [name, value] : GetParam().changes)
      parameters.find(name)->second = value;
    return learner().fit({data.x, data.labels, data.weights, classes}, parameters, seed, {threads});
  }
};

/// Class k of three: columns 0 and 1 around a corner of a triangle, over several powers of ten; column 2 is noise.
Data separable(std::size_t rows, std::uint64_t seed = 1) {
  Rng rng{seed};
  Data data{Columns(rows, 3), {}, {}};
  for (std::size_t r = 0; r < rows; ++r) {
    const auto label = static_cast<std::uint32_t>(r % 3);
    data.labels.push_back(label);
    data.x.column(0)[r] = std::pow(10, (label == 1 ? 6 : 2) + rng.uniform());
    data.x.column(1)[r] = std::pow(10, (label == 2 ? 6 : 2) + rng.uniform());
    data.x.column(2)[r] = rng.uniform() - 0.5;
  }
  return data;
}

/// Classes that overlap.
Data noisy(std::size_t rows, std::uint64_t seed = 1) {
  Rng rng{seed};
  Data data{Columns(rows, 4), {}, {}};
  for (std::size_t r = 0; r < rows; ++r) {
    const auto label = static_cast<std::uint32_t>(rng.below(3));
    data.labels.push_back(label);
    for (std::size_t c = 0; c < 4; ++c)
      data.x.column(c)[r] = rng.uniform() + (c == label ? 0.4 : 0.0);
  }
  return data;
}

std::vector<double> probabilities(const Classifier& classifier, const Columns& x) {
  Matrix out;
  classifier.predict_proba(x, out);
  EXPECT_EQ(out.rows(), x.rows());
  std::vector<double> all;
  for (std::size_t r = 0; r < out.rows(); ++r)
    all.insert(all.end(), out.row(r).begin(), out.row(r).end());
  return all;
}

double accuracy(const Classifier& classifier, const Data& data) {
  Matrix out;
  classifier.predict_proba(data.x, out);
  std::size_t right = 0;
  for (std::size_t r = 0; r < out.rows(); ++r)
    right += argmax(out.row(r)) == data.labels[r];
  return static_cast<double>(right) / static_cast<double>(data.labels.size());
}

void expect_probabilities(const Classifier& classifier, const Columns& x, std::size_t classes) {
  const std::vector<double> all = probabilities(classifier, x);
  ASSERT_EQ(all.size(), x.rows() * classes);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    double sum = 0;
    for (std::size_t k = 0; k < classes; ++k) {
      ASSERT_TRUE(all[r * classes + k] >= 0 && all[r * classes + k] <= 1) << "row " << r;
      sum += all[r * classes + k];
    }
    ASSERT_NEAR(sum, 1, 1e-9);
  }
}

TEST_P(NumericLearner, LearnsWhatCanBeToldApart) {
  const auto classifier = fit(separable(300), 3);
  EXPECT_GT(accuracy(*classifier, separable(600, 2)), 0.99);  // bins are cut where rows are, not between the classes
}

TEST_P(NumericLearner, IsTheSameForAnyNumberOfThreads) {
  const Data data = noisy(3000);
  EXPECT_EQ(fit(data, 3, 1)->payload(), fit(data, 3, 4)->payload());
}

TEST_P(NumericLearner, ComesBackFromItsPayloadUnchanged) {
  const Data data = noisy(500), others = noisy(300, 2);
  const auto classifier = fit(data, 3);
  const auto back = learner().parse(Json::parse(classifier->payload()), 4, 3);
  EXPECT_EQ(back->payload(), classifier->payload());
  EXPECT_EQ(probabilities(*back, others.x), probabilities(*classifier, others.x));
}

TEST_P(NumericLearner, ARowAloneIsScoredAsAmongOthers) {
  const Data data = noisy(200);
  const auto classifier = fit(data, 3);
  const std::vector<double> all = probabilities(*classifier, data.x);
  for (const std::size_t r : {std::size_t{0}, std::size_t{31}, std::size_t{77}, std::size_t{199}}) {
    Columns one(1, 4);
    for (std::size_t c = 0; c < 4; ++c)
      one.column(c)[0] = data.x.column(c)[r];
    const std::vector<double> alone = probabilities(*classifier, one);
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), all.begin() + static_cast<std::ptrdiff_t>(r * 3)));
  }
}

TEST_P(NumericLearner, NastyColumnsGiveNoNaN) {
  constexpr std::size_t kRows = 60;
  Rng rng{5};
  Data data{Columns(kRows, 8), {}, {}};
  for (std::size_t r = 0; r < kRows; ++r) {
    const auto label = static_cast<std::uint32_t>(r % 3);
    data.labels.push_back(label);
    const double number = rng.uniform() + label;
    const double row[] = {7,       // constant
                          0,       // constant, zero
                          number,  // useful
                          number,  // the same again
                          (r % 2 == 0 ? 1 : -1) * 1e300 * number,
                          5e-324 * static_cast<double>(r % 2),
                          r == 0 ? 1.7e308 : 1e-300,
                          r % 2 == 0 ? 1e15 : 1e15 + 0.125};
    for (std::size_t c = 0; c < std::size(row); ++c)
      data.x.column(c)[r] = row[c];
  }
  const auto classifier = fit(data, 3);
  expect_probabilities(*classifier, data.x, 3);
  EXPECT_GT(accuracy(*classifier, data), 0.9);
  EXPECT_EQ(classifier->payload().find("nan"), std::string::npos);
  EXPECT_EQ(classifier->payload().find("inf"), std::string::npos);
  Columns far(4, 8);
  for (std::size_t c = 0; c < 8; ++c)
    for (std::size_t r = 0; r < 4; ++r)
      far.column(c)[r] = std::vector<double>{1.7e308, -1.7e308, 0.0, 5e-324}[r];
  expect_probabilities(*learner().parse(Json::parse(classifier->payload()), 8, 3), far, 3);
}

TEST_P(NumericLearner, OneRowAClassIsEnough) {
  Data data{Columns(3, 1), {2, 0, 1}, {}};
  std::iota(data.x.column(0).begin(), data.x.column(0).end(), 1.0);
  const auto classifier = fit(data, 3);
  expect_probabilities(*classifier, data.x, 3);
  EXPECT_EQ(accuracy(*classifier, data), 1.0);
}

TEST_P(NumericLearner, SameRowsOfTwoClassesAreShared) {
  Data data{Columns(4, 2), {0, 1, 0, 1}, {}};
  const auto classifier = fit(data, 2);
  for (const double p : probabilities(*classifier, data.x))
    EXPECT_NEAR(p, 0.5, 0.05);
}

TEST_P(NumericLearner, AClassWithoutRowsIsNeverTheAnswer) {
  Data data = noisy(300);
  for (std::uint32_t& label : data.labels)
    label += label >= 1;  // 0, 2, 3 of 5
  const auto classifier = fit(data, 5);
  expect_probabilities(*classifier, data.x, 5);
  Matrix out;
  classifier->predict_proba(data.x, out);
  for (std::size_t r = 0; r < out.rows(); ++r)
    EXPECT_TRUE(argmax(out.row(r)) != 1 && argmax(out.row(r)) != 4);
}

TEST_P(NumericLearner, OneClassIsCertain) {
  const auto classifier = fit({Columns(5, 2), {0, 0, 0, 0, 0}, {}}, 1);
  EXPECT_EQ(probabilities(*classifier, Columns(2, 2)), (std::vector<double>{1, 1}));
}

TEST_P(NumericLearner, WeightsDecideWhatIsUndecided) {
  Data data{Columns(40, 1), {}, {}};
  for (std::uint32_t r = 0; r < 40; ++r) {
    data.labels.push_back(r % 2);
    data.weights.push_back(r % 2 == 0 ? 1 : 5);
    data.x.column(0)[r] = r / 2 % 2;  // tells nothing
  }
  const auto heavy_ones = fit(data, 2);
  for (std::uint32_t& weight : data.weights)
    weight = 6 - weight;
  const auto heavy_zeros = fit(data, 2);
  EXPECT_GT(probabilities(*heavy_ones, data.x)[1], 0.55);
  EXPECT_GT(probabilities(*heavy_zeros, data.x)[0], 0.55);
}

/// Every number, text or list of the payload, one after the other, replaced by what does not belong there.
void replace_everywhere(const Json& whole, Json::json_pointer at, std::vector<Json>& out) {
  const Json& here = whole.at(at);
  const auto replaced = [&](const Json& by) {
    Json copy = whole;
    copy.at(at) = by;
    out.push_back(copy);
  };
  if (!at.empty()) {
    replaced(nullptr);
    replaced("x");
    replaced(Json::array({Json::object()}));
    replaced(1e308);
  }
  if (here.is_array()) {
    replaced(Json::array());
    Json longer = here;
    longer.push_back(longer.empty() ? Json(1) : longer.back());
    replaced(longer);
    if (!here.empty()) replace_everywhere(whole, at / std::size_t{0}, out);
  } else if (here.is_object()) {
    for (const auto& [key, value] : here.items()) {
      Json copy = whole;
      copy.at(at).erase(key);
      out.push_back(copy);
      replace_everywhere(whole, at / key, out);
    }
  }
}

TEST_P(NumericLearner, HostilePayloadsAreRefusedOrHarmless) {
  const Data data = noisy(60);
  const auto classifier = fit(data, 3);
  const Json payload = Json::parse(classifier->payload());
  std::vector<Json> hostile = {Json(), Json::array(), "x", 1};
  replace_everywhere(payload, Json::json_pointer(), hostile);
  std::size_t refused = 0;
  for (const Json& json : hostile) {
    try {
      expect_probabilities(*learner().parse(json, 4, 3), data.x, 3);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::bad_data) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, hostile.size() * 8 / 10);
  EXPECT_THROW(learner().parse(payload, 5, 3), Error);
  if (GetParam().learner == "adaboost") return;  // a forest of three classes is one of four, too
  EXPECT_THROW(learner().parse(payload, 4, 4), Error);
}

INSTANTIATE_TEST_SUITE_P(All, NumericLearner,
                         testing::Values(Case{"lr", "lr", {}}, Case{"svm_linear", "svm", {{"kernel", 0}}},
                                         Case{"svm_rbf", "svm", {{"kernel", 1}}}, Case{"mlp", "mlp", {}},
                                         Case{"nb", "nb", {}}, Case{"nb_gaussian", "nb", {{"distribution", 1}}},
                                         Case{"adaboost", "adaboost", {}}, Case{"gbt", "gbt", {{"min_leaf", 1}}}),
                         [](const auto& test) { return test.param.name; });

TEST(NumericLearners, ChanceOfTheMlpIsTheSeedsAlone) {
  const Data data = noisy(200);
  const Learner& mlp = *find_learner("mlp");
  Parameters parameters = default_parameters(mlp);
  parameters.find("epochs")->second = 2;
  const auto payload = [&](std::uint64_t seed) {
    return mlp.fit({data.x, data.labels, {}, 3}, parameters, seed, {1})->payload();
  };
  EXPECT_EQ(payload(1), payload(1));
  EXPECT_NE(payload(1), payload(2));
}

TEST(Parameters, AreWordsOrNumbers) {
  const Parameter& kernel = find_learner("svm")->parameters.front();
  EXPECT_EQ(parse_parameter(kernel, "rbf"), 1);
  EXPECT_EQ(parameter_json(kernel, 1), "\"rbf\"");
  EXPECT_THROW(parse_parameter(kernel, "1"), Error);
  const Parameter& c = find_learner("lr")->parameters.front();
  EXPECT_EQ(parse_parameter(c, "0.5"), 0.5);
  EXPECT_EQ(parameter_json(c, 0.5), "0.5");
  EXPECT_THROW(parse_parameter(c, "rbf"), Error);
}

TEST(Parameters, DefaultsAndGridsLieInTheirRange) {
  for (const Learner& learner : learners())
    for (const Parameter& parameter : learner.parameters) {
      EXPECT_NO_THROW(check_parameter(parameter, parameter.fallback)) << learner.name << ' ' << parameter.name;
      EXPECT_FALSE(parameter.grid.empty()) << learner.name << ' ' << parameter.name;
      for (const double value : parameter.grid)
        EXPECT_NO_THROW(check_parameter(parameter, value)) << learner.name << ' ' << parameter.name;
    }
}

}  // namespace
}  // namespace mltat
