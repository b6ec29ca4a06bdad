// SPDX-License-Identifier: Apache-2.0
#include "ml/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "base/rng.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;

double logit(double p) {
  return std::log(p / (1 - p));
}

struct Scored {
  Matrix proba;
  std::vector<std::uint32_t> labels;
  std::vector<std::uint32_t> rows;

  Calibration fit() const { return Calibration::fit(proba, labels, rows); }
  Matrix calibrated() const {
    Matrix out = proba;
    fit().apply(out);
    return out;
  }
};

/// Labels are drawn from probabilities, which are then told raised to a power: above 1 too sure, below 1 too modest.
Scored told_with_power(double power, std::size_t n, std::size_t classes, std::uint64_t seed) {
  Rng rng{seed};
  Scored out{Matrix(n, classes), {}, std::vector<std::uint32_t>(n)};
  std::iota(out.rows.begin(), out.rows.end(), 0);
  for (std::size_t r = 0; r < n; ++r) {
    std::vector<double> p(classes);
    double sum = 0;
    for (double& one : p)
      sum += one = std::pow(rng.uniform(), 4);
    double left = rng.uniform() * sum;
    std::uint32_t label = 0;
    while (label + 1 < classes && left >= p[label])
      left -= p[label++];
    out.labels.push_back(label);
    double told = 0;
    for (double& one : p)
      told += one = std::pow(one, power);
    for (std::size_t c = 0; c < classes; ++c)
      out.proba.row(r)[c] = p[c] / told;
  }
  return out;
}

std::size_t right(const Matrix& proba, const Scored& scored) {
  std::size_t count = 0;
  for (const std::uint32_t r : scored.rows)
    count += argmax(proba.row(r)) == scored.labels[r];
  return count;
}

double ece(const Matrix& proba, const Scored& scored) {
  return *reliability(proba, scored.labels, scored.rows).bins.ece();
}

TEST(Isotonic, PoolsByHand) {
  const std::vector<double> p = {0.6, 0.1, 0.2, 0.3, 0.4, 0.5};
  const std::vector<std::uint8_t> truth = {1, 0, 0, 1, 0, 1};
  // {.1 .2}: none of 2; {.3 .4}: 1 of 2; {.5 .6}: 2 of 2. Ends with one more row of the other kind: 1/3 and 2/3.
  const ClassCurve curve = fit_isotonic(p, truth);
  ASSERT_EQ(curve.knots.size(), 3U);
  EXPECT_NEAR(curve.knots[0], (logit(0.1) + logit(0.2)) / 2, 1e-12);
  EXPECT_NEAR(curve.knots[1], (logit(0.3) + logit(0.4)) / 2, 1e-12);
  EXPECT_NEAR(curve.knots[2], logit(0.5) / 2 + logit(0.6) / 2, 1e-12);
  EXPECT_DOUBLE_EQ(curve.values[0], 1.0 / 3);
  EXPECT_DOUBLE_EQ(curve.values[1], 0.5);
  EXPECT_DOUBLE_EQ(curve.values[2], 2.0 / 3);
  const double halfway = (curve.knots[0] + curve.knots[1]) / 2;
  EXPECT_NEAR(curve(1 / (1 + std::exp(-halfway))), (1.0 / 3 + 0.5) / 2, 1e-12);
  EXPECT_DOUBLE_EQ(curve(0), 1.0 / 3);  // level before the first knot
  EXPECT_DOUBLE_EQ(curve(1), 2.0 / 3);
}

TEST(Isotonic, AnEndIsNotLiftedAboveItsNeighbour) {
  std::vector<double> p = {0.1};
  std::vector<std::uint8_t> truth = {0};
  for (int i = 0; i < 9; ++i) {
    p.push_back(0.5);
    truth.push_back(i == 0);
  }
  const ClassCurve curve = fit_isotonic(p, truth);  // 0 of 1 would become 1/2, the next block is 1 of 9
  ASSERT_EQ(curve.values.size(), 2U);
  EXPECT_DOUBLE_EQ(curve.values[0], 1.0 / 9);
  EXPECT_DOUBLE_EQ(curve.values[1], 1.0 / 9);
}

TEST(Isotonic, KeepsFewKnotsAndBothEnds) {
  std::vector<double> p;
  std::vector<std::uint8_t> truth;
  for (int group = 0; group <= 100; ++group)
    for (int row = 0; row < 100; ++row) {
      p.push_back(0.2 + 0.005 * group);
      truth.push_back(row < group);
    }
  const ClassCurve curve = fit_isotonic(p, truth);
  EXPECT_EQ(curve.knots.size(), 64U);
  EXPECT_NEAR(curve.knots.front(), logit(0.2), 1e-9);
  EXPECT_NEAR(curve.knots.back(), logit(0.7), 1e-9);
  EXPECT_DOUBLE_EQ(curve.values.front(), 1.0 / 101);
  EXPECT_DOUBLE_EQ(curve.values.back(), 100.0 / 101);
}

TEST(Sigmoid, MeetsTwoPointsExactly) {
  std::vector<double> p;
  std::vector<std::uint8_t> truth;
  for (int i = 0; i < 40; ++i) {
    p.insert(p.end(), {0.8, 0.2});
    truth.insert(truth.end(), {i < 30, i < 10});
  }
  // The targets are 41/42 and 1/42, so the mean at .8 is (30 * 41 + 10) / (40 * 42).
  const ClassCurve curve = fit_sigmoid(p, truth);
  EXPECT_NEAR(curve(0.8), 1240.0 / 1680, 1e-6);
  EXPECT_NEAR(curve(0.2), 440.0 / 1680, 1e-6);
}

TEST(Sigmoid, IsTheLowestPointOfTheLoss) {
  Rng rng{5};
  std::vector<double> p;
  std::vector<std::uint8_t> truth;
  for (int i = 0; i < 500; ++i) {
    p.push_back(rng.uniform());
    truth.push_back(rng.uniform() < p.back() * p.back());
  }
  const ClassCurve curve = fit_sigmoid(p, truth);
  const double n = static_cast<double>(std::count(truth.begin(), truth.end(), 1));
  const auto loss = [&](double slope, double offset) {
    double sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double target = truth[i] == 1 ? (n + 1) / (n + 2) : 1 / (500 - n + 2);
      const double q = 1 / (1 + std::exp(-(slope * logit(std::clamp(p[i], curve.floor, 1 - curve.floor)) + offset)));
      sum -= target * std::log(q) + (1 - target) * std::log(1 - q);
    }
    return sum;
  };
  const double best = loss(curve.slope, curve.offset);
  for (const double step : {-0.01, 0.01}) {
    EXPECT_LT(best, loss(curve.slope + step, curve.offset));
    EXPECT_LT(best, loss(curve.slope, curve.offset + step));
  }
}

TEST(Sigmoid, AFitThatFallsBecomesLevel) {
  const std::vector<double> p = {0.9, 0.8, 0.7, 0.2, 0.1};
  const std::vector<std::uint8_t> truth = {0, 0, 0, 1, 1};
  const ClassCurve curve = fit_sigmoid(p, truth);
  EXPECT_EQ(curve.slope, 0);
  EXPECT_NEAR(curve(0.9), 3.0 / 7, 1e-12);  // (2 + 1) of (2 + 1) + (3 + 1)
  EXPECT_EQ(curve(0.9), curve(0.1));
}

TEST(Sigmoid, SeparableAndConstantScoresStayFinite) {
  for (const std::vector<double>& p : {std::vector<double>{0, 0, 1, 1}, {1e-300, 0, 1, 1}, {0.5, 0.5, 0.5, 0.5}}) {
    const ClassCurve curve = fit_sigmoid(p, std::vector<std::uint8_t>{0, 0, 1, 1});
    ASSERT_TRUE(std::isfinite(curve.slope) && std::isfinite(curve.offset));
    for (const double at : {0.0, 1e-200, 0.5, 1.0}) {
      EXPECT_GT(curve(at), 0.01);
      EXPECT_LT(curve(at), 0.99);
    }
  }
}

TEST(Sigmoid, TheFloorLiesWhereScoresBeginToTellRowsApart) {
  std::vector<double> forest, bayes;
  std::vector<std::uint8_t> truth;
  for (int i = 0; i < 100; ++i) {
    forest.push_back(i < 50 ? 0 : 0.002 * (i - 49));
    bayes.push_back(std::pow(10.0, -i));
    truth.push_back(i % 2 == 1);
  }
  EXPECT_NEAR(fit_sigmoid(forest, truth).floor, 0.002, 1e-12);  // 150 of p and 1 - p are above 0: half the second
  EXPECT_EQ(fit_sigmoid(bayes, truth).floor, 1e-15);            // no lower: 1 - floor is told from 1
}

TEST(Calibration, CurvesBringConfidencesToTheTruth) {
  for (const double power : {3.0, 0.4}) {
    for (const std::size_t n : {2000U, 8000U}) {  // sigmoids, isotonic
      const Scored learned = told_with_power(power, n, 4, 1), fresh = told_with_power(power, 8000, 4, 2);
      const Calibration calibration = learned.fit();
      Matrix after = fresh.proba;
      calibration.apply(after);
      EXPECT_GT(ece(fresh.proba, fresh), 0.08);
      EXPECT_LT(ece(after, fresh), ece(fresh.proba, fresh) / 2);
      EXPECT_LT(reliability(after, fresh.labels, fresh.rows).brier,
                reliability(fresh.proba, fresh.labels, fresh.rows).brier);
    }
  }
}

TEST(Calibration, AThousandRowsOfAClassMakeItsCurveIsotonic) {
  Scored scored{Matrix(2999, 2), {}, {}};
  for (std::uint32_t r = 0; r < 2999; ++r) {
    scored.labels.push_back(r % 3 == 0 ? 0 : 1);  // 1000 and 1999
    scored.rows.push_back(r);
    scored.proba.row(r)[0] = r % 3 == 0 ? 0.7 : 0.2;
    scored.proba.row(r)[1] = 1 - scored.proba.row(r)[0];
  }
  const auto curves = [&] { return Json::parse(scored.fit().json({"a", "b"}))["classes"]; };
  EXPECT_TRUE(curves()["a"].contains("knots"));
  scored.rows.erase(scored.rows.begin());
  EXPECT_TRUE(curves()["a"].contains("slope"));
  EXPECT_TRUE(curves()["b"].contains("knots"));
}

TEST(Calibration, RowsSumToOne) {
  for (const Scored& scored : {told_with_power(2, 500, 5, 3), told_with_power(2, 9000, 5, 3)}) {
    const Matrix after = scored.calibrated();
    for (std::size_t r = 0; r < after.rows(); ++r)
      ASSERT_NEAR(std::accumulate(after.row(r).begin(), after.row(r).end(), 0.0), 1, 1e-12);
  }
}

TEST(Calibration, NeverGetsFewerOfItsRowsRight) {
  int cooled = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Scored scored = told_with_power(2, 300, 3, seed);
    Rng rng{seed, 7};
    for (std::uint32_t& label : scored.labels)
      if (rng.uniform() < 0.9) label = static_cast<std::uint32_t>(rng.below(3));  // near chance
    EXPECT_GE(right(scored.calibrated(), scored), right(scored.proba, scored));
    cooled += scored.fit().kind() == "temperature";
  }
  EXPECT_GT(cooled, 0);
  EXPECT_LT(cooled, 20);
}

TEST(Calibration, AClassWithoutRowsLeavesOneTemperatureThatKeepsEveryAnswer) {
  Scored scored = told_with_power(3, 1500, 4, 9);
  std::erase_if(scored.rows, [&](std::uint32_t r) { return scored.labels[r] == 2; });
  const Calibration calibration = scored.fit();
  ASSERT_EQ(calibration.kind(), "temperature");
  Matrix after = scored.proba;
  calibration.apply(after);
  for (std::size_t r = 0; r < after.rows(); ++r)
    ASSERT_EQ(argmax(after.row(r)), argmax(scored.proba.row(r)));
  EXPECT_LT(ece(after, scored), ece(scored.proba, scored) / 2);

  // The temperature is where the loss, each class seen once more, is lowest: by trying.
  const Json json = Json::parse(calibration.json({"a", "b", "c", "d"}));
  const double floor = json["floor"];
  const auto n = static_cast<double>(scored.rows.size());
  const auto loss = [&](double temperature) {
    double sum = 0;
    for (const std::uint32_t r : scored.rows) {
      double all = 0;
      for (const double p : scored.proba.row(r))
        all += std::pow(std::max(p, floor), 1 / temperature);
      for (std::size_t c = 0; c < 4; ++c) {
        const double target = ((scored.labels[r] == c ? n : 0) + 1) / (n + 4);
        sum -= target * std::log(std::pow(std::max(scored.proba.row(r)[c], floor), 1 / temperature) / all);
      }
    }
    return sum;
  };
  const double temperature = json["temperature"];
  EXPECT_LT(loss(temperature), loss(temperature * 1.01));
  EXPECT_LT(loss(temperature), loss(temperature / 1.01));
  EXPECT_GT(temperature, 1.5);
}

TEST(Calibration, OnlyTheRowsNamedTeach) {
  const Scored whole = told_with_power(2, 600, 3, 4);
  Scored half = whole;
  half.rows.resize(300);
  Scored other = half;
  for (std::size_t r = 300; r < 600; ++r) {
    other.labels[r] = 0;
    std::fill(other.proba.row(r).begin(), other.proba.row(r).end(), 1.0 / 3);
  }
  const std::vector<std::string> names = {"a", "b", "c"};
  EXPECT_EQ(other.fit().json(names), half.fit().json(names));
  EXPECT_NE(whole.fit().json(names), half.fit().json(names));
}

TEST(Calibration, WritingAndReadingChangesNothing) {
  const std::vector<std::string> names = {"a", "b \"c\"", "d"};
  Scored few = told_with_power(2, 90, 3, 6);
  std::erase_if(few.rows, [&](std::uint32_t r) { return few.labels[r] == 1; });
  for (const Scored& scored : {told_with_power(2, 600, 3, 4), told_with_power(2, 9000, 3, 5), few}) {
    const std::string text = scored.fit().json(names);
    const Calibration read = Calibration::parse(Json::parse(text), names);
    EXPECT_EQ(read.json(names), text);
    Matrix after = scored.proba;
    read.apply(after);
    const Matrix wanted = scored.calibrated();
    for (std::size_t r = 0; r < after.rows(); ++r)
      ASSERT_TRUE(std::equal(after.row(r).begin(), after.row(r).end(), wanted.row(r).begin()));
  }
}

TEST(Calibration, ARowThatWouldBeAllZeroStays) {
  const Json json = Json::parse(R"({"kind":"one_vs_rest","classes":{
    "a":{"floor":0.001,"knots":[0,1],"values":[0,0.5]},"b":{"floor":0.001,"knots":[0,2],"values":[0,1]}}})");
  Matrix proba(2, 2);
  proba.row(0)[0] = proba.row(0)[1] = 0.5;
  proba.row(1)[0] = 0.9;
  proba.row(1)[1] = 0.1;
  Calibration::parse(json, {"a", "b"}).apply(proba);
  EXPECT_EQ(proba.row(0)[0], 0.5);
  EXPECT_EQ(proba.row(0)[1], 0.5);
  EXPECT_EQ(proba.row(1)[0], 1);
  EXPECT_EQ(proba.row(1)[1], 0);
}

TEST(Calibration, HostileTextIsRefused) {
  const Json curves = Json::parse(R"({"kind":"one_vs_rest","classes":{
    "a":{"floor":0.001,"slope":1.5,"offset":-2},"b":{"floor":0.001,"knots":[-1,2],"values":[0.1,0.9]}}})");
  const Json cooled = Json::parse(R"({"kind":"temperature","floor":0.001,"temperature":2})");
  const std::vector<std::string> names = {"a", "b"};
  EXPECT_NO_THROW(Calibration::parse(curves, names));
  EXPECT_NO_THROW(Calibration::parse(cooled, names));
  const auto refuse = [&](Json bad, const std::string& pointer, const Json& value) {
    bad[Json::json_pointer(pointer)] = value;
    try {
      Calibration::parse(bad, names);
      ADD_FAILURE() << pointer << " = " << value << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::bad_data);
    }
  };
  for (const Json& value : {Json(), Json("1"), Json(0), Json(-1), Json(0.5), Json(1e-16), Json::array()}) {
    refuse(cooled, "/floor", value);
    refuse(curves, "/classes/a/floor", value);
    refuse(curves, "/classes/b/floor", value);
  }
  for (const Json& value : {Json(), Json("1"), Json(0), Json(-1), Json(65)})
    refuse(cooled, "/temperature", value);
  refuse(cooled, "/kind", "cold");
  refuse(cooled, "/kind", 1);
  refuse(cooled, "", Json::array());
  refuse(cooled, "/kind", "one_vs_rest");  // no classes
  refuse(curves, "/classes", Json::array());
  refuse(curves, "/classes/c", curves["classes"]["a"]);
  refuse(curves, "/classes", {{"a", curves["classes"]["a"]}});
  refuse(curves, "/classes", {{"b", curves["classes"]["b"]}, {"a", curves["classes"]["a"]}});
  refuse(curves, "/classes/a", nullptr);
  refuse(curves, "/classes/a/slope", -0.1);
  refuse(curves, "/classes/a/slope", nullptr);
  refuse(curves, "/classes/a/offset", "0");
  refuse(curves, "/classes/a", {{"floor", 0.001}});
  refuse(curves, "/classes/b/knots", Json::array());
  refuse(curves, "/classes/b/knots", {2, -1});
  refuse(curves, "/classes/b/knots", {1, 1});
  refuse(curves, "/classes/b/knots", {1});
  refuse(curves, "/classes/b/knots/0", nullptr);
  refuse(curves, "/classes/b/values", {0.9, 0.1});
  refuse(curves, "/classes/b/values", {-0.1, 0.9});
  refuse(curves, "/classes/b/values", {0.1, 1.1});
  refuse(curves, "/classes/b/values/1", "1");
  refuse(curves, "/classes/b", {{"floor", 0.001}, {"knots", Json::array()}, {"values", Json::array()}});
}

TEST(Reliability, ByHand) {
  Matrix proba(3, 2);
  const double first[] = {0.9, 0.9, 0.4};
  for (std::size_t r = 0; r < 3; ++r) {
    proba.row(r)[0] = first[r];
    proba.row(r)[1] = 1 - first[r];
  }
  const std::vector<std::uint32_t> labels = {0, 1, 1};
  const Reliability all = reliability(proba, labels, std::vector<std::uint32_t>{0, 1, 2});
  EXPECT_NEAR(all.brier, (2 * 0.01 + 2 * 0.81 + 2 * 0.16) / 3, 1e-12);
  EXPECT_NEAR(*all.bins.ece(), (std::abs(1 - 1.8) + std::abs(1 - 0.6)) / 3, 1e-12);
  const Json json = Json::parse(reliability_json(all).str());
  ASSERT_EQ(json["bins"].size(), 15U);
  EXPECT_EQ(json["bins"][13]["rows"], 2);
  EXPECT_EQ(json["bins"][13]["accuracy"], 0.5);
  EXPECT_EQ(json["bins"][13]["confidence"], 0.9);
  EXPECT_EQ(json["bins"][9]["low"], 0.6);
  EXPECT_TRUE(json["bins"][0]["accuracy"].is_null());
  const Reliability one = reliability(proba, labels, std::vector<std::uint32_t>{2});
  EXPECT_NEAR(one.brier, 0.32, 1e-12);
}

}  // namespace
}  // namespace mltat
