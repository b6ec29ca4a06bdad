// SPDX-License-Identifier: Apache-2.0
#include "ml/report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace mltat {
namespace {

TEST(Report, ObjectKeepsTheOrderOfCalls) {
  JsonObject object;
  object.text("b", "x\"y").number("a", 0.25).count("n", 18446744073709551615U).boolean("t", true).null("z");
  EXPECT_EQ(object.str(), R"({"b":"x\"y","a":0.25,"n":18446744073709551615,"t":true,"z":null})");
}

TEST(Report, WhatIsNoNumberIsNull) {
  EXPECT_EQ(JsonObject().number("a", std::nullopt).number("b", NAN).number("c", INFINITY).str(),
            R"({"a":null,"b":null,"c":null})");
}

TEST(Report, SplicesMembers) {
  JsonObject first, second;
  first.count("a", 1);
  second.count("b", 2);
  EXPECT_EQ(first.splice(second).splice(JsonObject()).str(), R"({"a":1,"b":2})");
  EXPECT_EQ(JsonObject().splice(second).str(), R"({"b":2})");
  EXPECT_EQ(JsonObject().str(), "{}");
}

TEST(Report, FiguresAsJson) {
  Score score;
  score.add("web", "web", 1.0, 1.0);
  score.add("dns", "web", 0.5, 0.5);
  const auto json = nlohmann::json::parse(figures_json(score.figures()).str());
  EXPECT_EQ(json["rows"], 2);
  EXPECT_EQ(json["accuracy"], 0.5);
  EXPECT_EQ(json["classes"], (std::vector<std::string>{"dns", "web"}));
  EXPECT_EQ(json["confusion_matrix"], (std::vector<std::vector<int>>{{0, 1}, {0, 1}}));
  EXPECT_EQ(json["unknown"], (std::vector<int>{0, 0}));
  EXPECT_EQ(json["per_class"]["web"]["precision"], 0.5);
  EXPECT_EQ(json["per_class"]["web"]["predicted"], 2);
  EXPECT_EQ(json["per_class"]["dns"]["support"], 1);
}

TEST(Report, TableIsAligned) {
  TextTable table({"name", "n"});
  table.add({"a", "100"});
  table.add({"longer", "1"});
  EXPECT_EQ(table.str(),
            "name      n\n"
            "a       100\n"
            "longer    1\n");
}

TEST(Report, TextShowsAbstentionsOnlyWhereThereAre) {
  Score score;
  score.add("a", "a");
  EXPECT_EQ(figures_text(score.figures()).find("unknown"), std::string::npos);
  score.add("a", "unknown");
  EXPECT_NE(figures_text(score.figures()).find("unknown"), std::string::npos);
  EXPECT_NE(figures_text(score.figures()).find("coverage 0.500"), std::string::npos);
}

}  // namespace
}  // namespace mltat
