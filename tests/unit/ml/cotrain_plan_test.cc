// SPDX-License-Identifier: Apache-2.0
#include "ml/cotrain_plan.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mltat {
namespace {

using Names = std::vector<std::string>;
using Places = std::vector<std::size_t>;

std::string refusal(const std::string& json) {
  try {
    parse_plan(json, "p.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data) << error.what();
    return error.what();
  }
  return "accepted";
}

/// With these members beside format and version.
std::string phases(const std::string& members) {
  return R"({"format":"mltat-phases","version":1)" + (members.empty() ? "" : "," + members) + "}";
}

TEST(CotrainPlan, PaperIsWhatWasPublished) {
  const CotrainPlan plan = named_plan("paper");
  ASSERT_EQ(plan.rules.size(), 4u);
  // I: the same, both sure; II: the same, either sure; III, IV: either sure.
  EXPECT_TRUE(plan.rules[0].agree && plan.rules[0].both == .8 && plan.rules[0].either == 0);
  EXPECT_TRUE(plan.rules[1].agree && plan.rules[1].both == 0 && plan.rules[1].either == .8);
  EXPECT_TRUE(!plan.rules[2].agree && plan.rules[2].either == .8);
  EXPECT_TRUE(!plan.rules[3].agree && plan.rules[3].either == .7);
  EXPECT_TRUE(plan.retrain);
  EXPECT_FALSE(plan.gate);
  EXPECT_FALSE(plan.mass);
  EXPECT_FALSE(plan.overrules);
  Names voters;
  for (const Recipe& recipe : plan.final_vote)
    voters.push_back(recipe.learner->name);
  EXPECT_EQ(voters, (Names{"rf", "mlp", "adaboost"}));
  EXPECT_THROW(named_plan("papers"), Error);
}

TEST(CotrainPlan, IsReadAsItIsWritten) {
  for (const char* name : {"paper", "gated"}) {
    CotrainPlan plan = named_plan(name);
    plan.iterate = true;
    plan.views[1].globs = {"splt_*", "burst_*"};
    plan.views[1].recipe.parameters["trees"] = 7;
    plan.rules.push_back({false, .25, .5});
    const std::string text = plan_json(plan);
    EXPECT_EQ(plan_json(parse_plan(text, "p.json")), text);
  }
}

TEST(CotrainPlan, WhatIsLeftOutStandsAsInGated) {
  CotrainPlan expected = named_plan("gated");
  expected.name = "file";
  EXPECT_EQ(plan_json(parse_plan(phases(""), "p.json")), plan_json(expected));
  expected.gate->max_growth = 3;
  EXPECT_EQ(plan_json(parse_plan(phases(R"("gate":{"max_growth":3})"), "p.json")), plan_json(expected));
  expected.gate.reset();
  EXPECT_EQ(plan_json(parse_plan(phases(R"("gate":null)"), "p.json")), plan_json(expected));
}

TEST(CotrainPlan, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(refusal("{"), "p.json: not JSON; --print-phases writes an example");
  EXPECT_EQ(refusal("[]"), "p.json: phases: expected a JSON object");
  EXPECT_EQ(refusal("{}"), "p.json: \"format\" is not \"mltat-phases\"");
  EXPECT_EQ(refusal(phases(R"("gates":1)")),
            "p.json: phases: \"gates\" is no key of it; there are format, version, recipe, views, phases, retrain, "
            "iterate, gate, mass, final");
  EXPECT_EQ(refusal(phases(R"("phases":[{"agree":true},{"both":1.5}])")),
            "p.json: phase 2.both: expected a number from 0.0 to 1.0");
  EXPECT_EQ(refusal(phases(R"("phases":[{"agree":1}])")), "p.json: phase 1.agree: expected true or false");
  EXPECT_EQ(refusal(phases(R"("final":{"vote":[]})")), "p.json: final.vote: expected a list of 1 to 20");
  EXPECT_EQ(refusal(phases(R"("mass":0)")), "p.json: mass: expected a number from 1e-06 to 1000000.0");
  EXPECT_EQ(refusal(phases(R"("views":[{"name":"a","features":["x"]}])")), "p.json: views: expected a list of 2 to 2");
  EXPECT_EQ(refusal(phases(R"("views":[{"name":"a"},{"name":"b"}])")),
            "p.json: views: one of them must name its features, only the other can take what is left");
  EXPECT_EQ(refusal(phases(R"("views":[{"name":"a","features":["x"]},{"name":"a"}])")),
            "p.json: views: both are called 'a'");
  EXPECT_NE(refusal(phases(R"("final":{"vote":[{"algorithm":"forest"}]})")).find("'forest' is no algorithm"),
            std::string::npos);
  EXPECT_NE(refusal(phases(R"("final":{"vote":[{"algorithm":"rf","parameters":{"trees":0}}]})")).find("trees"),
            std::string::npos);
  EXPECT_EQ(refusal(phases(R"("final":{"vote":[{"algorithm":"rf","parameters":{"leaves":3}}]})")),
            "p.json: final.vote.parameters: rf has no parameter leaves");
}

TEST(CotrainPlan, TellsOfAnotherVersion) {
  try {
    parse_plan(R"({"format":"mltat-phases","version":2})", "p.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::mismatch);
  }
}

TEST(ViewColumns, OneTakesWhatTheOtherLeaves) {
  const auto columns = view_columns(named_plan("gated").views,
                                    Names{"fwd_pkts", "duration_us", "fwd_iat_mean_us", "len_entropy", "active_mean"});
  EXPECT_EQ(columns[0], (Places{0, 3}));
  EXPECT_EQ(columns[1], (Places{1, 2, 4}));
}

TEST(ViewColumns, MayShareSome) {
  std::array<View, 2> views = named_plan("gated").views;
  views[0].globs = {"a*", "b"};
  views[1].globs = {"*b"};
  const auto columns = view_columns(views, Names{"ab", "b", "c"});
  EXPECT_EQ(columns[0], (Places{0, 1}));
  EXPECT_EQ(columns[1], (Places{0, 1}));
}

TEST(ViewColumns, RefusesAViewWithoutOne) {
  try {
    view_columns(named_plan("gated").views, Names{"a", "b"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    EXPECT_STREQ(error.what(),
                 "view 'time' has no feature, none matches its globs: --view time=GLOBS names some");
  }
}

}  // namespace
}  // namespace mltat
