// SPDX-License-Identifier: Apache-2.0
#include "ml/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/rng.h"

namespace mltat {
namespace {

Recipe recipe(const std::string& algorithm) {
  const Learner* learner = find_learner(algorithm);
  Recipe out{learner, default_parameters(*learner), 1};
  if (algorithm == "rf") out.parameters["trees"] = 20;
  return out;
}

/// Each group has a place of its own in the plane, its label is a coin's: a learner can remember, not understand.
LabelledTable table_of_groups(std::size_t groups, std::size_t rows_each) {
  Rng rng{42};
  LabelledTable table;
  table.features = {"x", "y"};
  table.classes = {"heads", "tails"};
  table.x = Columns(groups * rows_each, 2);
  TextColumn& column = table.texts["capture"];
  for (std::uint32_t g = 0; g < groups; ++g) {
    column.names.push_back(std::to_string(1000 + g));
    const double x = rng.uniform(), y = rng.uniform();
    const auto label = static_cast<std::uint32_t>(rng.below(2));
    for (std::size_t i = 0; i < rows_each; ++i) {
      const std::size_t r = g * rows_each + i;
      table.x.column(0)[r] = x + 1e-6 * rng.uniform();
      table.x.column(1)[r] = y + 1e-6 * rng.uniform();
      table.labels.push_back(label);
      column.values.push_back(g);
    }
  }
  return table;
}

class EveryLearner : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Evaluate, EveryLearner, testing::Values("c45", "rf"),
                         [](const auto& one) { return one.param; });

TEST_P(EveryLearner, RandomFoldsFlatterWhereGroupsAreRemembered) {
  const LabelledTable table = table_of_groups(80, 10);
  const Evaluation random = cross_validate(table, stratified_folds(table.labels, 2, 5, 1), recipe(GetParam()), {}, {2});
  const Evaluation grouped =
      cross_validate(table, grouped_folds(table.labels, 2, *table.text("capture"), 5, 1), recipe(GetParam()), {}, {2});
  EXPECT_GT(random.all.accuracy, 0.95);
  EXPECT_LT(grouped.all.accuracy, 0.65);
  EXPECT_GT(grouped.all.accuracy, 0.35);
}

TEST_P(EveryLearner, LabelsOfChanceAreJudgedAsChance) {
  Rng rng{7};
  LabelledTable table;
  table.features = {"x", "y", "z"};
  table.classes = {"a", "b", "c"};
  table.x = Columns(900, 3);
  for (std::size_t c = 0; c < 3; ++c)
    for (double& value : table.x.column(c))
      value = rng.uniform();
  for (std::size_t r = 0; r < 900; ++r)
    table.labels.push_back(static_cast<std::uint32_t>(rng.below(3)));
  const Evaluation evaluation =
      cross_validate(table, stratified_folds(table.labels, 3, 5, 1), recipe(GetParam()), {}, {2});
  EXPECT_NEAR(evaluation.all.accuracy, 1.0 / 3, 0.06);  // 4 standard deviations
}

TEST_P(EveryLearner, ThreadsChangeNothing) {
  const LabelledTable table = table_of_groups(20, 10);
  const std::vector<Fold> folds = stratified_folds(table.labels, 2, 4, 1);
  EXPECT_EQ(evaluation_json(cross_validate(table, folds, recipe(GetParam()), {}, {1})).str(),
            evaluation_json(cross_validate(table, folds, recipe(GetParam()), {}, {4})).str());
}

TEST(Evaluate, MeanAndDeviationOverFolds) {
  Evaluation evaluation;
  for (const double accuracy : {0.5, 0.7, 0.9}) {
    evaluation.names.emplace_back();
    evaluation.folds.emplace_back().accuracy = accuracy;
  }
  EXPECT_DOUBLE_EQ(evaluation.mean(&Figures::accuracy), 0.7);
  EXPECT_NEAR(*evaluation.sd(&Figures::accuracy), 0.2, 1e-12);  // sqrt((.04 + 0 + .04) / 2)
  evaluation.folds.resize(1);
  EXPECT_FALSE(evaluation.sd(&Figures::accuracy));
}

TEST(Evaluate, AClassThatTheModelDoesNotKnowIsNeverFound) {
  LabelledTable train = table_of_groups(10, 5);
  Model model;
  model.classes = train.classes;
  model.classifier = fit(train, recipe("c45"), {1});
  LabelledTable test = train;
  test.classes = {"heads", "new"};
  const Figures figures = score_table(model, test);
  ASSERT_EQ(figures.classes.size(), 3U);
  EXPECT_EQ(figures.classes[1].name, "new");
  EXPECT_GT(figures.classes[1].support, 0U);
  EXPECT_EQ(figures.classes[1].recall, 0);
  EXPECT_GT(*figures.log_loss, 1);  // P(truth) = 0 counts as 1e-15
}

/// Column x is the label with some rows turned over, column y is noise.
LabelledTable table_of_one_good_column() {
  Rng rng{11};
  LabelledTable table;
  table.features = {"x", "y"};
  table.classes = {"a", "b"};
  table.x = Columns(400, 2);
  for (std::size_t r = 0; r < 400; ++r) {
    table.labels.push_back(r % 2);
    table.x.column(0)[r] = static_cast<double>(rng.below(10) == 0 ? 1 - r % 2 : r % 2);
    table.x.column(1)[r] = rng.uniform();
  }
  return table;
}

TEST(Evaluate, ShufflingTellsWhatAColumnIsWorth) {
  const LabelledTable table = table_of_one_good_column();
  EvaluationWish wish;
  wish.shuffles = 3;
  const std::vector<Fold> folds = stratified_folds(table.labels, 2, 4, 1);
  const Recipe stump = [] {
    Recipe out = recipe("c45");
    out.parameters["max_depth"] = 1;
    return out;
  }();
  const Evaluation evaluation = cross_validate(table, folds, stump, wish, {2});
  ASSERT_EQ(evaluation.importance.size(), 2U);
  // Nine rows of ten are right by x; shuffled, half of them are.
  EXPECT_NEAR(evaluation.importance[0].drop, evaluation.all.accuracy - 0.5, 0.05);
  EXPECT_EQ(evaluation.importance[1].drop, 0);
  EXPECT_EQ(evaluation.importance[1].sd, 0);
  const Evaluation again = cross_validate(table, folds, stump, wish, {1});
  EXPECT_EQ(evaluation.importance[0].drop, again.importance[0].drop);
  EXPECT_TRUE(cross_validate(table, folds, stump, {}, {1}).importance.empty());
}

TEST(Evaluate, KeptProbabilitiesGiveTheFiguresAgain) {
  const LabelledTable table = table_of_groups(20, 10);
  EvaluationWish wish;
  wish.keep_proba = true;
  Evaluation evaluation = cross_validate(table, stratified_folds(table.labels, 2, 3, 1), recipe("rf"), wish, {2});
  ASSERT_EQ(evaluation.rows.size(), table.rows());
  ASSERT_EQ(evaluation.proba.rows(), table.rows());
  std::vector<bool> tested(table.rows(), false);
  std::size_t right = 0;
  for (std::size_t i = 0; i < evaluation.rows.size(); ++i) {
    tested[evaluation.rows[i]] = true;
    right += argmax(evaluation.proba.row(i)) == table.labels[evaluation.rows[i]];
  }
  EXPECT_EQ(std::count(tested.begin(), tested.end(), true), 200);
  EXPECT_DOUBLE_EQ(evaluation.all.accuracy, static_cast<double>(right) / 200);
  const std::string before = evaluation_json(evaluation).str();
  judge_again(evaluation, table, Matrix(evaluation.proba));
  EXPECT_EQ(evaluation_json(evaluation).str(), before);
  Matrix turned(200, 2);
  for (std::size_t i = 0; i < 200; ++i) {
    turned.row(i)[0] = evaluation.proba.row(i)[1];
    turned.row(i)[1] = evaluation.proba.row(i)[0];
  }
  judge_again(evaluation, table, turned);
  EXPECT_LT(evaluation.all.accuracy, 0.2);
}

TEST(Evaluate, RecipesAreJudgedAsIfAlone) {
  const LabelledTable table = table_of_groups(20, 10);
  const std::vector<Fold> folds = stratified_folds(table.labels, 2, 3, 1);
  std::vector<Recipe> recipes = {recipe("rf"), recipe("c45")};
  const std::vector<Evaluation> together = cross_validate(table, folds, recipes, {}, {4});
  for (std::size_t i = 0; i < recipes.size(); ++i)
    EXPECT_EQ(evaluation_json(together[i]).str(),
              evaluation_json(cross_validate(table, folds, recipes[i], {}, {1})).str());
}

}  // namespace
}  // namespace mltat
