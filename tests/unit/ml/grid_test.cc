// SPDX-License-Identifier: Apache-2.0
#include "ml/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace mltat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Learner& svm() {
  return *find_learner("svm");
}

std::string refusal(const std::string& grid) {
  try {
    parse_grid(svm(), grid);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    return error.what();
  }
  ADD_FAILURE() << "taken: " << grid;
  return "";
}

TEST(Grid, NamesAndValuesInTheOrderGiven) {
  const std::vector<GridAxis> axes = parse_grid(svm(), "C=10,1;gamma=0.1;--max-iterations=50");
  ASSERT_EQ(axes.size(), 3U);
  EXPECT_EQ(axes[0].parameter->name, "c");
  EXPECT_THAT(axes[0].values, ElementsAre(10, 1));
  EXPECT_EQ(axes[2].parameter->name, "max_iterations");
}

TEST(Grid, WordsAreValues) {
  EXPECT_THAT(parse_grid(svm(), "kernel=rbf,linear")[0].values, ElementsAre(1, 0));
}

TEST(Grid, ANameAloneAndDefaultTakeWhatIsListed) {
  EXPECT_THAT(parse_grid(svm(), "c")[0].values, ElementsAre(1, 10, 100, 1000));
  std::vector<std::string> names;
  for (const GridAxis& axis : parse_grid(*find_learner("rf"), "default"))
    names.push_back(axis.parameter->name);
  EXPECT_THAT(names, ElementsAre("trees", "max_depth", "min_leaf", "max_features"));  // bins has one value
}

TEST(Grid, EveryCombinationTheLastMovesFastest) {
  Parameters base = default_parameters(svm());
  base["tolerance"] = 0.5;
  const std::vector<Parameters> points = grid_points(parse_grid(svm(), "c=1,2;gamma=3,4"), base);
  std::vector<std::pair<double, double>> values;
  for (const Parameters& point : points) {
    values.emplace_back(point.at("c"), point.at("gamma"));
    EXPECT_EQ(point.at("tolerance"), 0.5);
    EXPECT_EQ(point.size(), svm().parameters.size());
  }
  EXPECT_THAT(values, ElementsAre(std::pair(1, 3), std::pair(1, 4), std::pair(2, 3), std::pair(2, 4)));
}

TEST(Grid, WhatIsWrongIsNamed) {
  EXPECT_THAT(refusal("trees=5"), HasSubstr("svm has no parameter 'trees'; it has --kernel --c"));
  EXPECT_THAT(refusal("c=1;c=2"), HasSubstr("c stands twice"));
  EXPECT_THAT(refusal("c=1,1"), HasSubstr("1 stands twice"));
  EXPECT_THAT(refusal("c=1,x"), HasSubstr("c: "));
  EXPECT_THAT(refusal("c="), HasSubstr("c: "));
  EXPECT_THAT(refusal("c=-1"), HasSubstr("--c: expected a number from 0"));
  EXPECT_THAT(refusal("kernel=cubic"), HasSubstr("linear rbf"));
  EXPECT_THAT(refusal(";"), HasSubstr("no parameter is named"));
}

TEST(Grid, TooManyCombinationsAreRefused) {
  std::string values;
  for (int i = 1; i <= 101; ++i)
    values += (i > 1 ? "," : "") + std::to_string(i);
  const std::vector<GridAxis> axes = parse_grid(svm(), "c=" + values + ";gamma=" + values);
  EXPECT_THROW(grid_points(axes, default_parameters(svm())), Error);
}

}  // namespace
}  // namespace mltat
