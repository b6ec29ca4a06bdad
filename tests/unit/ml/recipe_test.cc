// SPDX-License-Identifier: Apache-2.0
/// What a weight means, and that every learner takes it for that.
#include "ml/recipe.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/rng.h"
#include "ml/labelled_table.h"
#include "ml/metrics.h"

namespace mltat {
namespace {

struct Case {
  std::string name;
  std::string learner;
  Parameters changes;
  double near;  ///< the effect of weights on probabilities that may differ from that of repeated rows, as a share

  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }
};

struct Data {
  Columns x;
  std::vector<std::uint32_t> labels;
  std::vector<double> weights;
};

/// Classes that overlap, in columns of few values: every value has a bin of its own.
Data noisy(std::size_t rows, std::uint64_t seed = 1) {
  Rng rng{seed};
  Data data{Columns(rows, 4), {}, {}};
  for (std::size_t r = 0; r < rows; ++r) {
    const auto label = static_cast<std::uint32_t>(rng.below(3));
    data.labels.push_back(label);
    for (std::size_t c = 0; c < 4; ++c)
      data.x.column(c)[r] = std::floor(20 * (rng.uniform() + (c == label ? 0.4 : 0.0)));
  }
  return data;
}

/// Row r stands times[r] times, without a weight.
Data repeated(const Data& data, const std::vector<std::uint32_t>& times) {
  std::vector<std::uint32_t> rows;
  Data out;
  for (std::uint32_t r = 0; r < times.size(); ++r)
    for (std::uint32_t i = 0; i < times[r]; ++i) {
      rows.push_back(r);
      out.labels.push_back(data.labels[r]);
    }
  out.x = take_rows(data.x, rows);
  return out;
}

/// Mean of the differences of all probabilities.
double distance(const Classifier& a, const Classifier& b, const Columns& x) {
  Matrix p, q;
  a.predict_proba(x, p);
  b.predict_proba(x, q);
  double sum = 0;
  for (std::size_t r = 0; r < p.rows(); ++r)
    for (std::size_t k = 0; k < p.columns(); ++k)
      sum += std::abs(p.row(r)[k] - q.row(r)[k]);
  return sum / static_cast<double>(p.rows() * p.columns());
}

class WeightedFit : public testing::TestWithParam<Case> {
 protected:
  Recipe recipe() const {
    Recipe out{find_learner(GetParam().learner), {}};
    out.parameters = default_parameters(*out.learner);
    for (const auto& [name, value] : GetParam().changes)
      out.parameters.find(name)->second = value;
    return out;
  }
  std::shared_ptr<const Classifier> fit(const Data& data, Balance balance = Balance::none) const {
    Recipe how = recipe();
    how.balance = balance;
    return fit_recipe(how, {data.x, data.labels, data.weights, 3}, 1, {1});
  }
  std::shared_ptr<const Classifier> fit_integers(const Data& data, std::uint32_t weight, std::uint32_t unit) const {
    const std::vector<std::uint32_t> weights(data.labels.size(), weight);
    const Recipe how = recipe();
    return how.learner->fit({data.x, data.labels, weights, 3, unit}, how.parameters, 1, {1});
  }
  /// As `same` is, in the mean over the rows, measured by how far `other` is from it.
  void expect_near(const Classifier& one, const Classifier& same, const Classifier& other, const Columns& x) const {
    EXPECT_LE(distance(one, same, x), GetParam().near * distance(other, same, x) + 1e-9);
  }
};

TEST_P(WeightedFit, OnesAreNoWeights) {
  Data data = noisy(400);
  const auto without = fit(data);
  data.weights.assign(400, 1);
  EXPECT_EQ(fit(data)->payload(), without->payload());
}

/// Only the ratio to the unit counts; counts in the payload of c45 are in units.
TEST_P(WeightedFit, AWeightOfOneUnitIsARow) {
  const Data data = noisy(400);
  const auto without = fit(data), thrice = fit_integers(data, 3, 3), four = fit_integers(data, 4, 4);
  EXPECT_LT(distance(*thrice, *without, data.x), 1e-6);
  EXPECT_LT(distance(*four, *without, data.x), 1e-6);
}

TEST_P(WeightedFit, ARowOfWeightThreeIsTheRowThrice) {
  Data data = noisy(600);
  const auto without = fit(data);
  std::vector<std::uint32_t> times;
  for (std::uint32_t r = 0; r < 600; ++r) {
    times.push_back(data.labels[r] == 0 ? 3 : 1 + r % 2);
    data.weights.push_back(times[r]);
  }
  expect_near(*fit(data), *fit(repeated(data, times)), *without, data.x);
}

/// A learner that counts a half as a row sees twice the rows: less is pruned, smoothed, penalised.
TEST_P(WeightedFit, TwoHalvesAreARow) {
  if (GetParam().learner == "mlp") GTEST_SKIP() << "a row is a step, whatever its weight";
  const Data whole = noisy(600);
  Data halves = repeated(whole, std::vector<std::uint32_t>(600, 2));
  const auto twice = fit(halves);
  halves.weights.assign(1200, 0.5);
  expect_near(*fit(halves), *fit(whole), *twice, whole.x);
}

TEST_P(WeightedFit, ARowOfWeightZeroIsLeftOut) {
  Data data = noisy(400);
  std::vector<std::uint32_t> times(400);
  for (std::size_t r = 0; r < 400; ++r) {
    times[r] = r % 3 == 0 ? 0 : 1;
    data.weights.push_back(times[r]);
    if (r % 3 == 0) data.x.column(r % 4)[r] = 1e9;
  }
  EXPECT_EQ(fit(data)->payload(), fit(repeated(data, times))->payload());
}

/// Class 2 is one row in twenty.
TEST_P(WeightedFit, BalanceFindsMoreOfARareClass) {
  const auto rare = [](std::uint64_t seed) {
    const Data all = noisy(4000, seed);
    std::vector<std::uint32_t> times;
    std::size_t seen = 0;
    for (const std::uint32_t label : all.labels)
      times.push_back(label < 2 || ++seen % 12 == 0 ? 1 : 0);
    return repeated(all, times);
  };
  const Data train = rare(1), test = rare(2);
  const auto recall = [&](const Classifier& classifier) {
    Matrix p;
    classifier.predict_proba(test.x, p);
    double found = 0, of = 0;
    for (std::size_t r = 0; r < p.rows(); ++r) {
      if (test.labels[r] != 2) continue;
      found += argmax(p.row(r)) == 2;
      ++of;
    }
    return found / of;
  };
  EXPECT_GT(recall(*fit(train, Balance::weights)), recall(*fit(train)) + 0.04);
}

INSTANTIATE_TEST_SUITE_P(
    All, WeightedFit,
    testing::Values(Case{"c45", "c45", {}, 1e-9}, Case{"rf", "rf", {{"trees", 30}, {"min_leaf", 5}}, 0.3},
                    Case{"adaboost", "adaboost", {{"trees", 10}, {"max_depth", 4}}, 0.3},
                    Case{"gbt", "gbt", {{"rounds", 20}, {"l2", 5}}, 0.3}, Case{"lr", "lr", {{"tolerance", 1e-9}}, 0.01},
                    Case{"svm_linear", "svm", {{"tolerance", 1e-9}}, 0.01},
                    Case{"svm_rbf", "svm", {{"kernel", 1}, {"c", 1}}, 0.3},
                    Case{"mlp", "mlp", {{"hidden", 16}, {"hidden2", 0}, {"epochs", 20}}, 0.5},
                    Case{"nb", "nb", {}, 0.001}, Case{"nb_gaussian", "nb", {{"distribution", 1}}, 0.3}),
    [](const auto& one) { return one.param.name; });

TEST(Recipe, NoWeightAtAllIsAnError) {
  const Data data = noisy(3);
  const std::vector<double> none(3, 0);
  const Recipe recipe{find_learner("nb"), default_parameters(*find_learner("nb"))};
  try {
    fit_recipe(recipe, {data.x, data.labels, none, 3}, 1, {1});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    EXPECT_EQ(std::string(error.what()), "no row to learn from has a weight above 0");
  }
}

TEST(Recipe, MulticlassHasNames) {
  for (const Multiclass one : {Multiclass::native, Multiclass::ovr, Multiclass::ovo})
    EXPECT_EQ(multiclass_of(name_of(one)), one);
  EXPECT_EQ(name_of(Multiclass::ovr), "ovr");
  EXPECT_EQ(multiclass_of("ova"), std::nullopt);
}

}  // namespace
}  // namespace mltat
