// SPDX-License-Identifier: Apache-2.0
#include "ml/cotrain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>

#include "base/error.h"
#include "base/rng.h"
#include "ml/recipe.h"

namespace mltat {
namespace {

/// Two classes, or more. `len` tells them apart; `iat` too, unless it is a mere name of the capture: then a view that
/// learned it is sure of rows of known captures and knows nothing of others.
struct World {
  LabelledTable table;
  std::vector<std::uint32_t> labels;  ///< the given ones
  std::vector<std::uint32_t> truth;

  const TextColumn& groups() const { return table.texts.at("capture"); }
  CotrainInput input() const { return {table, labels, &groups(), 1}; }
};

struct Making {
  std::size_t captures = 40;
  std::size_t rows_each = 10;
  std::size_t classes = 2;
  std::size_t given_captures = 20;
  double len_noise = .2;     ///< share of rows whose length is of another class
  bool iat_is_name = false;  ///< of the capture
};

World make(const Making& making) {
  World world;
  Rng rng{7};
  world.table.features = {"len", "iat_mean"};
  for (std::size_t c = 0; c < making.classes; ++c)
    world.table.classes.push_back(std::string(1, static_cast<char>('a' + c)));
  const std::size_t n = making.captures * making.rows_each;
  world.table.x = Columns(n, 2);
  TextColumn& captures = world.table.texts["capture"];
  for (std::uint32_t g = 0; g < making.captures; ++g) {
    captures.names.push_back(std::to_string(1000 + g));
    const auto label = static_cast<std::uint32_t>(g % making.classes);
    for (std::size_t i = 0; i < making.rows_each; ++i) {
      const std::size_t r = captures.values.size();
      const auto seen = rng.uniform() < making.len_noise
                            ? static_cast<std::uint32_t>(rng.below(making.classes))
                            : label;
      world.table.x.column(0)[r] = 100.0 * seen + 50 * rng.uniform();
      world.table.x.column(1)[r] = making.iat_is_name ? 10.0 * g + rng.uniform() : 100.0 * label + 120 * rng.uniform();
      captures.values.push_back(g);
      world.truth.push_back(label);
      world.labels.push_back(g < making.given_captures ? label : kUnlabelled);
    }
  }
  return world;
}

std::uint64_t count_free(const World& world) {
  return static_cast<std::uint64_t>(std::count(world.labels.begin(), world.labels.end(), kUnlabelled));
}

double precision_of(const World& world, const CotrainResult& result, Phase phase) {
  double right = 0;
  double rows = 0;
  for (std::size_t r = 0; r < world.labels.size(); ++r) {
    if (result.proposed_by[r] != phase) continue;
    ++rows;
    right += result.proposed[r] == world.truth[r];
  }
  return rows == 0 ? -1 : right / rows;
}

TEST(Rule, AsksForAgreementAndConfidence) {
  const Rule both{true, .8, 0};
  EXPECT_TRUE(both.holds(true, .8, .8));
  EXPECT_FALSE(both.holds(false, .9, .9));
  EXPECT_FALSE(both.holds(true, .9, .79));
  const Rule agreed{true, 0, .8};
  EXPECT_TRUE(agreed.holds(true, .1, .8));
  EXPECT_FALSE(agreed.holds(true, .7, .7));
  EXPECT_FALSE(agreed.holds(false, .9, .9));
  const Rule either{false, 0, .7};
  EXPECT_TRUE(either.holds(false, .7, .1));
  EXPECT_TRUE(either.holds(false, .1, .7));
  EXPECT_FALSE(either.holds(true, .69, .69));
}

class EveryPlan : public testing::TestWithParam<std::string> {
 protected:
  static CotrainPlan plan() {
    if (GetParam() != "iterated") return named_plan(GetParam());
    CotrainPlan out = named_plan("paper");
    out.iterate = true;
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(Cotrain, EveryPlan, testing::Values("paper", "iterated", "gated"),
                         [](const auto& one) { return one.param; });

TEST_P(EveryPlan, KeepsGivenLabelsAndLabelsAllOthersOnce) {
  const World world = make({.classes = 3});
  const CotrainResult result = co_train(plan(), world.input(), {1});
  std::vector<std::vector<std::uint64_t>> counted(result.records.size(), std::vector<std::uint64_t>(3, 0));
  for (std::size_t r = 0; r < world.labels.size(); ++r) {
    ASSERT_LT(result.labels[r], 3u);
    EXPECT_GT(result.confidences[r], 0);
    EXPECT_LE(result.confidences[r], 1);
    if (world.labels[r] != kUnlabelled) {
      EXPECT_EQ(result.labels[r], world.labels[r]);
      EXPECT_EQ(result.source(r), 0);
      EXPECT_EQ(result.confidences[r], 1);
      continue;
    }
    EXPECT_GE(result.source(r), result.proposed_by[r]);
    ++counted[result.proposed_by[r] - 1u][result.proposed[r]];
  }
  std::uint64_t open = count_free(world);
  for (std::size_t p = 0; p < result.records.size(); ++p) {
    const PhaseRecord& record = result.records[p];
    EXPECT_EQ(record.open, open);
    EXPECT_EQ(record.labelled, std::accumulate(counted[p].begin(), counted[p].end(), std::uint64_t{0}));
    EXPECT_LE(record.agreed, record.asked);
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_EQ(record.classes[c].labelled, counted[p][c]);
    open -= record.labelled;
  }
  EXPECT_EQ(open, 0u);
}

TEST_P(EveryPlan, IsTheSameForAnyNumberOfThreads) {
  const World world = make({.classes = 3});
  const CotrainResult one = co_train(plan(), world.input(), {1});
  for (const unsigned threads : {2, 5}) {
    const CotrainResult many = co_train(plan(), world.input(), {threads});
    EXPECT_EQ(one.labels, many.labels);
    EXPECT_EQ(one.confidences, many.confidences);
    EXPECT_EQ(one.proposed, many.proposed);
    EXPECT_EQ(one.proposed_by, many.proposed_by);
  }
}

TEST(Cotrain, WithoutPhasesIsTheForestOfTheGivenLabels) {
  const World world = make({});
  const CotrainResult result = co_train(forest_plan(named_plan("gated")), world.input(), {1});
  std::vector<std::uint32_t> given;
  std::vector<std::uint32_t> labels;
  for (std::uint32_t r = 0; r < world.labels.size(); ++r)
    if (world.labels[r] != kUnlabelled) {
      given.push_back(r);
      labels.push_back(world.labels[r]);
    }
  const auto forest = fit_recipe(forest_recipe(), {take_rows(world.table.x, given), labels, {}, 2}, 1, {1});
  Matrix proba;
  forest->predict_proba(world.table.x, proba);
  for (std::size_t r = 0; r < world.labels.size(); ++r) {
    if (world.labels[r] != kUnlabelled) continue;
    EXPECT_EQ(result.labels[r], argmax(proba.row(r)));
    EXPECT_EQ(result.confidences[r], proba.row(r)[result.labels[r]]);
    EXPECT_EQ(result.supervised[r].label, result.labels[r]);
    EXPECT_EQ(result.source(r), 1);
  }
}

TEST(Cotrain, GateClosesOnAViewThatKnowsCapturesByHeart) {
  const World world = make({.len_noise = .6, .iat_is_name = true});
  CotrainPlan paper = named_plan("paper");
  const CotrainResult trusted = co_train(paper, world.input(), {1});
  // The time view is sure of every row, and right about half of them.
  EXPECT_LT(precision_of(world, trusted, 3), .8);

  const CotrainResult gated = co_train(named_plan("gated"), world.input(), {1});
  for (const PhaseClass& one : gated.records[2].classes) {
    ASSERT_TRUE(one.gate);
    EXPECT_GE(one.gate->rows, 10u);
    EXPECT_LT(one.gate->precision, .9);
    EXPECT_FALSE(one.gate->open);
    EXPECT_EQ(one.labelled, 0u);
  }

  // By single rows the gate sees rows of the captures that the view learned by heart.
  CotrainInput rows = world.input();
  rows.groups = nullptr;
  const CotrainResult fooled = co_train(named_plan("gated"), rows, {1});
  for (const std::size_t c : {0, 1})
    EXPECT_GT(fooled.records[2].classes[c].gate->precision, gated.records[2].classes[c].gate->precision + .1);
}

TEST(Cotrain, GateOpensForViewsThatAreRight) {
  const World world = make({.len_noise = .02});
  const CotrainResult result = co_train(named_plan("gated"), world.input(), {1});
  for (const PhaseClass& one : result.records[0].classes)
    EXPECT_TRUE(one.gate->open);
  EXPECT_GT(result.records[0].labelled, count_free(world) / 4);
  EXPECT_GT(precision_of(world, result, 1), .95);
}

TEST(Cotrain, AFewGroupsProveLittleHoweverManyRowsTheyHave) {
  // Seven captures of each class, all answered rightly: (7 + 1) / (7 + 2) is below .9, and (8 + 1) / (8 + 2) is not.
  for (const std::size_t captures : {7, 8}) {
    const World world = make({.captures = 40, .rows_each = 30, .given_captures = 2 * captures, .len_noise = 0});
    const CotrainResult result = co_train(named_plan("gated"), world.input(), {1});
    for (const PhaseClass& one : result.records[0].classes) {
      EXPECT_EQ(one.gate->groups, captures);
      EXPECT_EQ(one.gate->right, one.gate->rows);
      EXPECT_DOUBLE_EQ(one.gate->precision, static_cast<double>(captures + 1) / static_cast<double>(captures + 2));
      EXPECT_EQ(one.gate->open, captures == 8);
      EXPECT_EQ(one.labelled > 0, captures == 8);
    }
  }
}

TEST(Cotrain, GatesStayClosedWhereNothingCanBeJudged) {
  World world = make({.given_captures = 10});
  TextColumn& captures = world.table.texts["capture"];
  std::fill(captures.values.begin(), captures.values.end(), 0);
  const CotrainResult result = co_train(named_plan("gated"), world.input(), {1});
  for (std::size_t p = 0; p < 4; ++p)
    for (const PhaseClass& one : result.records[p].classes) {
      EXPECT_EQ(one.gate->rows, 0u);
      EXPECT_FALSE(one.gate->open);
      EXPECT_EQ(one.labelled, 0u);
    }
}

TEST(Cotrain, AClassGrowsToItsBoundByTheSurestRows) {
  const World world = make({.given_captures = 20, .len_noise = .02});
  CotrainPlan plan = named_plan("gated");
  plan.overrules = false;  // so that confidences are those of the phase
  plan.rules.resize(1);
  plan.gate->max_growth = .5;
  const CotrainResult result = co_train(plan, world.input(), {1});
  // Each class has half of the given rows: .5 x .5 of 200 rows.
  for (const PhaseClass& one : result.records[0].classes) {
    EXPECT_EQ(one.labelled, 50u);
    EXPECT_GT(one.over_cap, 0u);
  }
  plan.gate->max_growth = 1e9;
  const CotrainResult all = co_train(plan, world.input(), {1});
  for (std::uint32_t c : {0u, 1u}) {
    EXPECT_EQ(all.records[0].classes[c].labelled, 50 + result.records[0].classes[c].over_cap);
    double least_kept = 1;
    double most_dropped = 0;
    for (std::size_t r = 0; r < world.labels.size(); ++r) {
      if (all.proposed_by[r] != 1 || all.proposed[r] != c) continue;
      if (result.proposed_by[r] == 1)
        least_kept = std::min(least_kept, all.confidences[r]);
      else
        most_dropped = std::max(most_dropped, all.confidences[r]);
    }
    EXPECT_GE(least_kept, most_dropped);
  }
}

TEST(Cotrain, IteratingRepeatsAPhaseUntilItLabelsNothing) {
  const World world = make({.classes = 3, .given_captures = 12, .len_noise = .4});
  CotrainPlan plan = named_plan("paper");
  const CotrainResult once = co_train(plan, world.input(), {1});
  plan.iterate = true;
  const CotrainResult often = co_train(plan, world.input(), {1});
  std::size_t most = 0;
  for (std::size_t p = 0; p < 4; ++p) {
    EXPECT_LE(once.records[p].passes, 1u);
    EXPECT_LE(often.records[p].passes, kMaxPasses);
    most = std::max(most, often.records[p].passes);
  }
  EXPECT_GT(most, 1u);
  EXPECT_GE(often.records[0].labelled, once.records[0].labelled);
}

/// A learner that notes how much each class weighed, and the lightest row, and answers with class 0.
struct Noted {
  struct Fit {
    std::map<std::uint32_t, double> weight;
    double least = 1e9;
  };
  std::mutex mutex;
  std::vector<Fit> fits;
} noted;

class Always final : public Classifier {
 public:
  explicit Always(std::size_t classes) : classes_(classes) {}
  void predict_proba(const Columns& x, Matrix& out) const override {
    out = Matrix(x.rows(), classes_);
    for (std::size_t r = 0; r < x.rows(); ++r)
      out.row(r)[0] = 1;
  }
  std::string payload() const override { return "{}"; }

 private:
  std::size_t classes_;
};

std::shared_ptr<const Classifier> fit_noting(const TrainingSet& set, const Parameters&, std::uint64_t, Threads) {
  Noted::Fit fit;
  for (std::size_t r = 0; r < set.labels.size(); ++r) {
    fit.weight[set.labels[r]] += set.times(r);
    fit.least = std::min(fit.least, set.times(r));
  }
  const std::lock_guard lock(noted.mutex);
  noted.fits.push_back(fit);
  return std::make_shared<Always>(set.n_classes);
}

TEST(Cotrain, ClassesKeepTheirShareOfTheWeightAndNoProposedRowWeighsMuch) {
  const World world = make({.classes = 3, .given_captures = 30, .len_noise = .1});
  const Learner learner{"noting", "", {}, fit_noting, nullptr};
  CotrainPlan plan = named_plan("gated");
  plan.final_vote = {{&learner, {}}};
  noted.fits.clear();
  const CotrainResult result = co_train(plan, world.input(), {1});
  ASSERT_GT(result.records[0].labelled, 0u);
  ASSERT_EQ(noted.fits.size(), 1u);
  for (std::uint32_t c = 0; c < 3; ++c) {
    const auto given = static_cast<double>(std::count(world.labels.begin(), world.labels.end(), c));
    EXPECT_NEAR(noted.fits[0].weight[c], 1.5 * given, .02 * given) << "class " << c;
  }
  EXPECT_NEAR(noted.fits[0].least, .5, .01);  // fewer rows were proposed than given
  // The last word is this learner's, whatever phases said.
  for (std::size_t r = 0; r < world.labels.size(); ++r)
    if (world.labels[r] == kUnlabelled) {
      EXPECT_EQ(result.labels[r], 0u);
      EXPECT_EQ(result.source(r), result.proposed[r] == 0 ? result.proposed_by[r] : 5);
    }
}

TEST(Cotrain, WithoutMassEveryRowCountsOnce) {
  const World world = make({.classes = 3, .len_noise = .5});
  const Learner learner{"noting", "", {}, fit_noting, nullptr};
  CotrainPlan plan = named_plan("paper");
  plan.final_vote = {{&learner, {}}};
  noted.fits.clear();
  const CotrainResult result = co_train(plan, world.input(), {1});
  const std::uint64_t left = result.records.back().open;
  ASSERT_EQ(noted.fits.size(), 1u);
  EXPECT_EQ(noted.fits[0].weight[0] + noted.fits[0].weight[1] + noted.fits[0].weight[2],
            static_cast<double>(world.labels.size() - left));
}

TEST(Cotrain, LeavesNothingToDoWhereAllIsGiven) {
  World world = make({});
  world.labels = world.truth;
  for (const char* name : {"paper", "gated"}) {
    const CotrainResult result = co_train(named_plan(name), world.input(), {1});
    EXPECT_EQ(result.labels, world.truth);
  }
}

TEST(TooFewLabels, CountsRowsAndGroupsOfAClass) {
  World world = make({.captures = 20, .rows_each = 10, .given_captures = 10});
  EXPECT_FALSE(too_few_labels(world.input()));
  world.labels[0] = kUnlabelled;
  EXPECT_EQ(too_few_labels(world.input()), "99 rows have a label, fewer than 100");

  world = make({.captures = 40, .rows_each = 20, .classes = 3, .given_captures = 5});
  EXPECT_EQ(too_few_labels(world.input()), "all rows labelled 'c' are of one capture");
  CotrainInput rows = world.input();
  rows.groups = nullptr;
  EXPECT_FALSE(too_few_labels(rows));
}

}  // namespace
}  // namespace mltat
