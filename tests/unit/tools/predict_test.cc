// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ml/learner.h"
#include "ml/model.h"
#include "tests/unit/tools/in_process.h"
#include "tools/predict/run.h"

namespace mltat {
namespace {

using nlohmann::json;
using predict::ToolOptions;
using testing::AllOf;
using testing::HasSubstr;

/// A tree that knows one thing: `low` where the feature is below 10, else `high`.
std::string model_text(const std::string& feature, const std::string& low, const std::string& high,
                       const std::string& feature_set = "", std::optional<std::string> positive = std::nullopt) {
  Columns x(40, 1);
  std::vector<std::string> classes = {std::min(low, high), std::max(low, high)};
  std::vector<std::uint32_t> labels;
  for (std::size_t row = 0; row < x.rows(); ++row) {
    x.column(0)[row] = static_cast<double>(row % 20);
    labels.push_back((row % 20 < 10 ? low : high) == classes[0] ? 0 : 1);
  }
  const Learner& learner = *find_learner("c45");
  const auto classifier = learner.fit({x, labels, {}, 2}, default_parameters(learner), 1, Threads{1});
  return to_text({"c45", classes, std::move(positive), {feature}, feature_set, 0.5, "{}", "{}", classifier});
}

/// A tree that can tell nothing: its feature is constant, three rows in four are `web`.
std::string doubtful_model_text() {
  Columns x(40, 1);
  std::vector<std::uint32_t> labels;
  for (std::size_t row = 0; row < x.rows(); ++row)
    labels.push_back(row % 4 == 0 ? 0 : 1);
  const Learner& learner = *find_learner("c45");
  const auto classifier = learner.fit({x, labels, {}, 2}, default_parameters(learner), 1, Threads{1});
  return to_text({"c45", {"voip", "web"}, std::nullopt, {"x"}, "", std::nullopt, "{}", "{}", classifier});
}

ToolOptions options(std::vector<std::string> models, std::string format = "ndjson") {
  ToolOptions out;
  out.inputs = {"-"};
  out.models = std::move(models);
  out.format = std::move(format);
  return out;
}

InProcess tool_with(const std::string& rows) {
  InProcess tool;
  tool.files = {{"-", rows},
                {"m.json", model_text("x", "web", "voip")},
                {"dir/n.json", model_text("y", "background", "web", "mltat30/1", "web")}};
  return tool;
}

std::vector<json> lines(const std::string& text) {
  std::vector<json> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    out.push_back(json::parse(line));
  return out;
}

TEST(Predict, VotesBehindTheCarriedBytes) {
  auto tool =
      tool_with("{\"flow_id\":\"00\",\"first_ts\":1.50,\"x\":3.0,\"my\": [1, 2],\"label\":\"w\\u0065b\",\"y\":0}\n");
  tool(predict::run, options({"m.json"}));
  EXPECT_EQ(tool.error, "");
  EXPECT_THAT(tool.out,
              testing::StartsWith(
                  "{\"flow_id\":\"00\",\"first_ts\":1.50,\"my\": [1, 2],\"label\":\"w\\u0065b\",\"y\":0,\"votes\":[{"
                  "\"model\":\"m\",\"label\":\"web\",\"confidence\":"));
  const json row = lines(tool.out).at(0);
  EXPECT_EQ(row["pred_label"], "web");
  EXPECT_EQ(row["pred_confidence"], row["votes"][0]["confidence"]);
  EXPECT_EQ(row["votes"][0]["weight"], 0.5);
  EXPECT_TRUE(row["votes"][0]["positive"].is_null());
  EXPECT_FALSE(row["votes"][0].contains("proba"));
}

TEST(Predict, SeveralModelsProbabilitiesAndUnknown) {
  auto tool = tool_with("{\"x\":12,\"y\":1,\"z\":7}\n{\"y\":11,\"x\":0}\n");
  ToolOptions wanted = options({"m.json", "dir/n.json"});
  wanted.proba = true;
  const std::vector<json> rows = lines(tool(predict::run, wanted).out);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].size(), 2u);  // z and votes
  EXPECT_EQ(rows[0]["votes"][0]["label"], "voip");
  EXPECT_EQ(rows[0]["votes"][1]["label"], "background");
  EXPECT_EQ(rows[0]["votes"][1]["positive"], "web");
  EXPECT_EQ(rows[1]["votes"][0]["label"], "web");
  EXPECT_EQ(rows[1]["votes"][1]["label"], "web");
  EXPECT_EQ(rows[1]["votes"][0]["proba"]["web"], rows[1]["votes"][0]["confidence"]);
  const double confidence = rows[0]["votes"][0]["confidence"];
  wanted.unknown_below = confidence;
  EXPECT_EQ(lines(tool(predict::run, wanted).out).at(0)["votes"][0]["label"], "voip");
  wanted.unknown_below = 1.1;
  EXPECT_EQ(tool(predict::run, wanted).code, ExitCode::usage);
  EXPECT_THAT(tool.error, HasSubstr("--unknown-below"));
}

TEST(Predict, AVoteBelowTheThresholdIsUnknown) {
  auto tool = tool_with("{\"x\":9.5}\n");
  tool.files["m.json"] = doubtful_model_text();
  ToolOptions wanted = options({"m.json"});
  wanted.unknown_below = 0.95;
  const json row = lines(tool(predict::run, wanted).out).at(0);
  EXPECT_EQ(row["pred_label"], "unknown");
  EXPECT_LT(row["pred_confidence"], 0.95);
}

/// The doubtful model, sure of 3/4 of `web`, with thresholds.
std::string careful_model_text(std::optional<double> voip, std::optional<double> web) {
  Model model = parse_model(doubtful_model_text(), "m");
  model.thresholds = {0.9, {voip, web}};
  return to_text(model);
}

TEST(Predict, AModelWithThresholdsSaysWhatItIsNotSureOf) {
  auto tool = tool_with("{\"x\":9.5,\"t\":\"web\"}\n");
  const auto label = [&](const std::string& model, std::optional<double> unknown_below) {
    tool.files["m.json"] = model;
    ToolOptions wanted = options({"m.json"});
    wanted.unknown_below = unknown_below;
    return lines(tool(predict::run, wanted).out).at(0)["pred_label"];
  };
  EXPECT_EQ(label(careful_model_text(0.1, 0.5), std::nullopt), "web");
  EXPECT_EQ(label(careful_model_text(0.1, 0.9), std::nullopt), "unknown");
  EXPECT_EQ(label(careful_model_text(0.1, std::nullopt), std::nullopt), "unknown");
  EXPECT_EQ(label(careful_model_text(0.1, std::nullopt), 0.0), "web");  // the option stands in for all of them
  EXPECT_EQ(label(careful_model_text(0.1, 0.5), 0.95), "unknown");
}

TEST(Predict, TheReportCountsWhatTheThresholdsLeaveOpen) {
  auto tool = tool_with("{\"x\":9.5,\"t\":\"web\"}\n{\"x\":1,\"t\":\"voip\"}\n");
  tool.files["m.json"] = careful_model_text(0.1, 0.9);
  ToolOptions wanted = options({"m.json"});
  wanted.truth = "t";
  wanted.report = testing::TempDir() + "/predict_careful.json";
  ASSERT_EQ(tool(predict::run, wanted).error, "");
  const json report = json::parse(std::ifstream(wanted.report));
  EXPECT_EQ(report["coverage"], 0);
  EXPECT_EQ(report["accuracy"], 0);
}

TEST(Predict, ConfidencesAreCalibratedWhereTheModelIs) {
  auto tool = tool_with("{\"x\":9.5}\n");
  Model model = parse_model(doubtful_model_text(), "m");
  // A level curve each: whatever the tree says, 3 to 1 for voip.
  model.calibration = Calibration::parse(nlohmann::ordered_json::parse(R"({"kind":"one_vs_rest","classes":{
    "voip":{"floor":0.001,"knots":[0],"values":[0.6]},"web":{"floor":0.001,"knots":[0],"values":[0.2]}}})"),
                                         model.classes);
  tool.files["m.json"] = to_text(model);
  ToolOptions wanted = options({"m.json"});
  wanted.proba = true;
  const json row = lines(tool(predict::run, wanted).out).at(0);
  EXPECT_EQ(row["pred_label"], "voip");
  EXPECT_NEAR(row["pred_confidence"].get<double>(), 0.75, 1e-12);
  EXPECT_NEAR(row["votes"][0]["proba"]["web"].get<double>(), 0.25, 1e-12);
}

TEST(Predict, CsvInAndOut) {
  auto tool = tool_with("flow_id,x,\"my col\",label\r\n0012,3,\"a,b\",web\r\n0013,1e1,,\r\n");
  tool(predict::run, options({"m.json"}, "csv"));
  EXPECT_THAT(tool.out, testing::StartsWith("flow_id,\"my col\",label,m_label,m_confidence\n0012,\"a,b\",web,web,"));
  EXPECT_THAT(tool.out, HasSubstr("\n0013,,,voip,"));
  tool(predict::run, options({"m.json"}));
  EXPECT_THAT(tool.out, testing::StartsWith("{\"flow_id\":\"0012\",\"my col\":\"a,b\",\"label\":\"web\",\"votes\":[{"));
}

TEST(Predict, VotesOfAnEarlierRunAreReplaced) {
  auto tool = tool_with("{\"x\":1,\"votes\":[{\"model\":\"old\"}],\"pred_label\":\"z\",\"verdict\":\"q\"}\n");
  const json row = lines(tool(predict::run, options({"m.json"})).out).at(0);
  EXPECT_EQ(row.size(), 3u);
  EXPECT_EQ(row["votes"].size(), 1u);
  EXPECT_EQ(row["pred_label"], "web");
}

TEST(Predict, TheSameBytesHoweverTheyArriveAndForAnyThreads) {
  std::string rows;
  for (int i = 0; i < 5000; ++i)
    rows += "{\"flow_id\":\"" + std::to_string(i) + "\",\"x\":" + std::to_string(i % 21) + ",\"pad\":\"" +
            std::string(300, 'p') + "\"}\n";
  auto tool = tool_with(rows);
  const std::string expected = tool(predict::run, options({"m.json"})).out;
  EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), 5000);
  for (const unsigned threads : {1u, 4u}) {
    tool.threads = threads;
    for (const std::size_t chunk : {std::size_t{100}, std::size_t{1} << 20}) {
      tool.chunk = chunk;
      for (const bool line_buffered : {false, true}) {
        tool.line_buffered = line_buffered;
        EXPECT_TRUE(tool(predict::run, options({"m.json"})).out == expected) << threads << " " << chunk;
      }
    }
  }
}

TEST(Predict, ABadRowEndsTheRunBehindTheRowsBefore) {
  for (const auto& [bad, words] :
       std::vector<std::pair<std::string, std::vector<std::string>>>{{"{\"x\":null}", {"'x'", "no value"}},
                                                                     {"{\"z\":1}", {"'x'", "no value"}},
                                                                     {"{\"x\":\"3\"}", {"'x'", "\"3\" is no number"}},
                                                                     {"{\"x\":3", {"JSON"}}}) {
    for (const unsigned threads : {1u, 4u}) {
      auto tool = tool_with("{\"x\":1}\n{\"x\":2}\n" + bad + "\n{\"x\":3}\n");
      tool.threads = threads;
      tool(predict::run, options({"m.json"}));
      EXPECT_EQ(tool.code, ExitCode::bad_data);
      EXPECT_EQ(lines(tool.out).size(), 2u);
      EXPECT_THAT(tool.error, testing::StartsWith("stdin:3: "));
      for (const std::string& word : words)
        EXPECT_THAT(tool.error, HasSubstr(word));
    }
  }
}

TEST(Predict, ModelAndRowsThatDoNotFitAre78) {
  auto tool = tool_with("{\"y\":1}\n");
  tool(predict::run, options({"m.json"}));
  EXPECT_EQ(tool.code, ExitCode::mismatch);
  EXPECT_THAT(tool.error, AllOf(HasSubstr("stdin"), HasSubstr("'x'"), HasSubstr("'m'")));
  EXPECT_EQ(tool.out, "");

  tool = tool_with("{\"y\":1,\"feature_set\":\"mltat30+flags/1\"}\n{\"y\":2,\"feature_set\":\"mltat30/2\"}\n");
  tool(predict::run, options({"dir/n.json"}));
  EXPECT_EQ(tool.code, ExitCode::mismatch);
  EXPECT_THAT(tool.error,
              AllOf(HasSubstr("stdin:2"), HasSubstr("mltat30/2"), HasSubstr("mltat30/1"), HasSubstr("'n'")));
  EXPECT_EQ(lines(tool.out).size(), 1u);
}

TEST(Predict, ModelsThatCannotBeUsed) {
  auto tool = tool_with("{\"x\":1}\n");
  tool.files["b/m.json"] = tool.files["m.json"];
  tool.files["bad.json"] = "{\"x\":1}\n";
  for (const char* other : {"b/m.json", "m.json"}) {
    EXPECT_EQ(tool(predict::run, options({"m.json", other})).code, ExitCode::usage);
    EXPECT_THAT(tool.error, AllOf(HasSubstr("--model"), HasSubstr("'m'")));
  }
  EXPECT_EQ(tool(predict::run, options({"none.json"})).code, ExitCode::no_input);
  EXPECT_EQ(tool(predict::run, options({"-"})).code, ExitCode::usage);
  EXPECT_EQ(tool(predict::run, options({"bad.json"})).code, ExitCode::bad_data);
  EXPECT_THAT(tool.error, HasSubstr("bad.json"));
}

TEST(Predict, AFolderIsItsModelsByName) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "predict_models";
  std::filesystem::create_directories(folder);
  auto tool = tool_with("{\"x\":1,\"y\":1}\n");
  for (const char* name : {"b.json", "a.json"}) {
    std::ofstream(folder / name) << tool.files["m.json"];
    tool.files[(folder / name).string()] = tool.files["m.json"];
  }
  std::ofstream(folder / "notes.txt") << "no model";
  const json row = lines(tool(predict::run, options({folder.string()})).out).at(0);
  std::filesystem::remove_all(folder);
  ASSERT_EQ(row["votes"].size(), 2u);
  EXPECT_EQ(row["votes"][0]["model"], "a");
  EXPECT_EQ(row["votes"][1]["model"], "b");
}

TEST(Predict, EmptyInputAndSeveralInputs) {
  auto tool = tool_with("");
  tool(predict::run, options({"m.json"}, "csv"));
  EXPECT_EQ(tool.code, ExitCode::ok);
  EXPECT_EQ(tool.out, "");
  EXPECT_THAT(tool.log, HasSubstr("stdin: empty"));

  tool.files["a.csv"] = "x,k\n1,a\n";
  tool.files["b.csv"] = "k,x\nb,2\n";
  tool.files["c.csv"] = "x,other\n1,a\n";
  ToolOptions two = options({"m.json"}, "csv");
  two.inputs = {"a.csv", "b.csv"};
  tool(predict::run, two);
  EXPECT_EQ(std::count(tool.out.begin(), tool.out.end(), '\n'), 3);
  two.inputs = {"a.csv", "c.csv"};
  EXPECT_EQ(tool(predict::run, two).code, ExitCode::mismatch);
  EXPECT_THAT(tool.error, AllOf(HasSubstr("c.csv"), HasSubstr("--format ndjson")));
}

TEST(Predict, ReportAgainstTheTruth) {
  auto tool = tool_with(
      "{\"x\":1,\"t\":\"web\"}\n{\"x\":2,\"t\":\"voip\"}\n{\"x\":12,\"t\":\"voip\"}\n{\"x\":3,\"t\":null}\n{\"x\":13,"
      "\"t\":\"tor\"}\n");
  ToolOptions wanted = options({"m.json"});
  wanted.truth = "t";
  wanted.report = testing::TempDir() + "/predict_report.json";
  ASSERT_EQ(tool(predict::run, wanted).error, "");
  const json report = json::parse(std::ifstream(wanted.report));
  EXPECT_EQ(report["rows"], 4);
  EXPECT_EQ(report["accuracy"], 0.5);
  EXPECT_EQ(report["coverage"], 1);
  EXPECT_EQ(report["members"]["m"]["accuracy"], 0.5);
  wanted.truth = "absent";
  EXPECT_EQ(tool(predict::run, wanted).code, ExitCode::bad_data);
  EXPECT_THAT(tool.error, AllOf(HasSubstr("'absent'"), HasSubstr("--truth")));
  wanted.truth = "";
  EXPECT_EQ(tool(predict::run, wanted).code, ExitCode::usage);
}

/// As model_text, and it knows what its rows looked like: x is 0 to 19, evenly; `limit` for windows of any size.
std::string profiled_model_text(const std::string& low, const std::string& high, double limit) {
  Model model = parse_model(model_text("x", low, high), "m");
  LabelledTable table;
  table.classes = model.classes;
  table.x = Columns(20, 1);
  for (std::size_t row = 0; row < 20; ++row) {
    table.x.column(0)[row] = static_cast<double>(row);
    table.labels.push_back(row < 10 ? 0 : 1);
  }
  model.profile = Profile::fit(table, {});
  model.profile->drift_limits = {{100, limit}};
  return to_text(model);
}

InProcess profiled_tool(const std::string& rows) {
  auto tool = tool_with(rows);
  tool.files["m.json"] = profiled_model_text("voip", "web", 0.25);
  return tool;
}

TEST(Predict, ExplainTellsWhatMovedTheVote) {
  auto tool = profiled_tool("{\"x\":15}\n{\"x\":9}\n");
  ToolOptions wanted = options({"m.json"});
  wanted.explain = 3;
  const std::vector<json> rows = lines(tool(predict::run, wanted).out);
  ASSERT_EQ(tool.error, "");
  const json explain = rows.at(0)["votes"][0]["explain"];
  ASSERT_EQ(explain.size(), 1u);
  EXPECT_EQ(explain[0]["feature"], "x");
  EXPECT_EQ(explain[0]["value"], 15);
  // At the median, 9, the tree says the other class: the confidence goes to what is left of it there.
  wanted.proba = true;
  const json row = lines(tool(predict::run, wanted).out).at(1);
  EXPECT_EQ(row["votes"][0]["explain"], json::array());
  const double confidence = rows[0]["pred_confidence"];
  EXPECT_NEAR(explain[0]["effect"].get<double>(), confidence - row["votes"][0]["proba"]["web"].get<double>(), 1e-12);
}

TEST(Predict, ExplainInCsv) {
  auto tool = profiled_tool("k,x\na,15\nb,9\n");
  ToolOptions wanted = options({"m.json"}, "csv");
  wanted.explain = 1;
  tool(predict::run, wanted);
  EXPECT_THAT(tool.out,
              testing::MatchesRegex("k,m_label,m_confidence,m_explain\na,web,[0-9.]+,x:[0-9.]+\nb,voip,[0-9.]+,\n"));
}

TEST(Predict, WhatAnExplanationOrDriftNeeds) {
  auto tool = tool_with("{\"x\":1}\n");
  ToolOptions wanted = options({"m.json"});
  wanted.explain = 1;
  EXPECT_EQ(tool(predict::run, wanted).code, ExitCode::mismatch);
  EXPECT_THAT(tool.error, AllOf(HasSubstr("--explain"), HasSubstr("'m'"), HasSubstr("train it again")));
  wanted.explain = 21;
  EXPECT_EQ(tool(predict::run, wanted).code, ExitCode::usage);
  wanted.explain = 0;
  wanted.fail_on_drift = true;
  EXPECT_EQ(tool(predict::run, wanted).code, ExitCode::usage);
  EXPECT_THAT(tool.error, HasSubstr("--drift FILE"));
  wanted.drift = testing::TempDir() + "/predict_no_drift.ndjson";
  EXPECT_EQ(tool(predict::run, wanted).code, ExitCode::mismatch);
  EXPECT_THAT(tool.error, AllOf(HasSubstr("--drift"), HasSubstr("'m'")));
  wanted.drift_window = 99;
  EXPECT_EQ(tool(predict::run, wanted).code, ExitCode::usage);
}

/// 200 rows as those learned from, 200 with x at 19, 30 as the first ones.
std::string drifting_rows() {
  std::string rows;
  for (int i = 0; i < 430; ++i)
    rows += "{\"x\":" + std::to_string(i / 200 == 1 ? 19 : i % 20) + ",\"first_ts\":" + std::to_string(1000 - i) +
            ".5,\"last_ts\":" + std::to_string(2000 + i) + ".000000001}\n";
  return rows;
}

ToolOptions drift_options(std::uint64_t window) {
  ToolOptions out = options({"m.json"});
  out.drift = testing::TempDir() + "/predict_drift_" + testing::UnitTest::GetInstance()->current_test_info()->name() +
              ".ndjson";
  out.drift_window = window;
  return out;
}

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Predict, DriftWindowByWindow) {
  auto tool = profiled_tool(drifting_rows());
  const ToolOptions wanted = drift_options(200);
  ASSERT_EQ(tool(predict::run, wanted).error, "");
  const std::string text = content(wanted.drift);
  const std::vector<json> windows = lines(text);
  ASSERT_EQ(windows.size(), 3u);
  EXPECT_EQ(windows[0]["model"], "m");
  EXPECT_EQ(windows[0]["rows"], 200);
  // Ten bins of even shares, two of 20 rows each: both sides are even, smoothed or not.
  EXPECT_NEAR(windows[0]["psi"].get<double>(), 0, 1e-12);
  EXPECT_EQ(windows[0]["limit"], 0.25);
  EXPECT_EQ(windows[0]["drift"], false);
  EXPECT_EQ(windows[0]["classes"]["web"]["share"], 0.5);
  EXPECT_EQ(windows[0]["classes"]["web"]["trained"], 0.5);
  EXPECT_EQ(windows[0]["unknown"], 0);
  EXPECT_THAT(text, HasSubstr("\"first_ts\":801.5,\"last_ts\":2199.000000001"));
  const double full = 200.5 / 205, empty = 0.5 / 205;
  EXPECT_NEAR(windows[1]["psi"].get<double>(),
              (full - 0.1) * std::log(full / 0.1) + 9 * (empty - 0.1) * std::log(empty / 0.1), 1e-9);
  EXPECT_EQ(windows[1]["drift"], true);
  EXPECT_EQ(windows[1]["window"], 1);
  EXPECT_EQ(windows[1]["features"][0]["name"], "x");
  EXPECT_EQ(windows[1]["features"][0]["weight"], 1);
  EXPECT_EQ(windows[1]["classes"]["web"]["share"], 1);
  EXPECT_EQ(windows[2]["rows"], 30);
  EXPECT_TRUE(windows[2]["limit"].is_null());
  EXPECT_TRUE(windows[2]["drift"].is_null());
}

TEST(Predict, AShortLastWindowOfAHundredRowsIsJudged) {
  auto tool = profiled_tool(drifting_rows());
  const ToolOptions wanted = drift_options(300);
  tool(predict::run, wanted);
  const std::vector<json> windows = lines(content(wanted.drift));
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(windows[1]["rows"], 130);
  EXPECT_EQ(windows[1]["drift"], true);
}

TEST(Predict, FailOnDriftIsStatusOneBehindAllRows) {
  auto tool = profiled_tool(drifting_rows());
  ToolOptions wanted = drift_options(200);
  wanted.fail_on_drift = true;
  EXPECT_EQ(tool(predict::run, wanted).code, ExitCode::no);
  EXPECT_EQ(tool.error, "");
  EXPECT_THAT(tool.log, AllOf(HasSubstr("error: "), HasSubstr("m in 1 of 3")));
  EXPECT_EQ(lines(tool.out).size(), 430u);
  EXPECT_EQ(lines(content(wanted.drift)).size(), 3u);
  tool.files["m.json"] = profiled_model_text("voip", "web", 100);
  EXPECT_EQ(tool(predict::run, wanted).code, ExitCode::ok);
  EXPECT_EQ(tool.log, "");
}

TEST(Predict, DriftAndExplanationsAreTheSameForAnyThreads) {
  std::string rows;
  for (int i = 0; i < 5000; ++i)
    rows += "{\"x\":" + std::to_string(i * i % 23) + ",\"pad\":\"" + std::string(300, 'p') + "\"}\n";
  auto tool = profiled_tool(rows);
  ToolOptions wanted = drift_options(700);
  wanted.explain = 1;
  const std::string expected = tool(predict::run, wanted).out;
  const std::string drift = content(wanted.drift);
  EXPECT_EQ(lines(drift).size(), 8u);
  tool.threads = 4;
  tool.chunk = 1000;
  EXPECT_TRUE(tool(predict::run, wanted).out == expected);
  EXPECT_EQ(content(wanted.drift), drift);
}

TEST(Predict, RowsOutOfTheRangeLearnedFromAreCounted) {
  auto tool = profiled_tool("{\"x\":-1,\"t\":\"web\"}\n{\"x\":0}\n{\"x\":19}\n{\"x\":19.5}\n");
  ToolOptions wanted = options({"m.json"});
  wanted.truth = "t";
  wanted.report = testing::TempDir() + "/predict_range.json";
  tool.stats = testing::TempDir() + "/predict_stats.json";
  ASSERT_EQ(tool(predict::run, wanted).error, "");
  EXPECT_EQ(json::parse(content(tool.stats))["rows_out_of_range"], json({{"m", 2}}));
  EXPECT_EQ(json::parse(content(wanted.report))["members"]["m"]["rows_out_of_range"], 2);
}

/// One row a batch; before the vote on the second row `change` is made and SIGHUP comes.
InProcess& with_hangup(InProcess& tool, const ToolOptions& wanted, const std::function<void()>& change) {
  tool.line_buffered = true;
  int asked = 0;
  tool.hung_up = [&] {
    if (++asked != 2) return false;
    change();
    return true;
  };
  tool(predict::run, wanted);
  tool.hung_up = {};
  return tool;
}

TEST(Predict, ModelsAreReadAgainBetweenTwoRows) {
  for (const unsigned threads : {1u, 4u}) {
    auto tool = profiled_tool("{\"x\":1}\n{\"x\":1}\n{\"x\":1}\n");
    tool.threads = threads;
    with_hangup(tool, options({"m.json"}), [&] { tool.files["m.json"] = profiled_model_text("mail", "p2p", 1); });
    const std::vector<json> rows = lines(tool.out);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0]["pred_label"], "voip");
    EXPECT_EQ(rows[1]["pred_label"], "mail");
    EXPECT_EQ(rows[2]["pred_label"], "mail");
    EXPECT_EQ(tool.log, "");
  }
}

TEST(Predict, AFolderIsListedAgain) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "predict_again";
  std::filesystem::create_directories(folder);
  auto tool = profiled_tool("{\"x\":1}\n{\"x\":1}\n");
  const auto put = [&](const char* name) {
    std::ofstream(folder / name) << " ";
    tool.files[folder / name] = tool.files["m.json"];
  };
  put("b.json");
  with_hangup(tool, options({folder}), [&] { put("a.json"); });
  std::filesystem::remove_all(folder);
  const std::vector<json> rows = lines(tool.out);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["votes"].size(), 1u);
  ASSERT_EQ(rows[1]["votes"].size(), 2u);
  EXPECT_EQ(rows[1]["votes"][0]["model"], "a");
}

TEST(Predict, ModelsThatCannotTakeOverLeaveThoseAtWork) {
  const auto warning = [&](const std::string& format, const std::string& model, bool proba = false) {
    auto tool = profiled_tool("{\"x\":1}\n{\"x\":1}\n");
    ToolOptions wanted = options({"m.json"}, format);
    wanted.proba = proba;
    const std::string expected = tool(predict::run, wanted).out;
    with_hangup(tool, wanted, [&] { tool.files["m.json"] = model; });
    EXPECT_EQ(tool.code, ExitCode::ok);
    EXPECT_EQ(tool.out, expected);
    EXPECT_EQ(std::count(tool.log.begin(), tool.log.end(), '\n'), 1) << tool.log;
    EXPECT_THAT(tool.log, AllOf(HasSubstr("warning: "), HasSubstr("those at work stay")));
    return tool.log;
  };
  EXPECT_THAT(warning("ndjson", "{"), HasSubstr("m.json: not a model"));
  EXPECT_THAT(warning("ndjson", model_text("other", "web", "voip")), HasSubstr("no column 'other'"));
  EXPECT_THAT(warning("csv", profiled_model_text("mail", "p2p", 1), true), HasSubstr("--format ndjson"));
}

TEST(Predict, FiguresAndWindowsOutliveTheModelThatIsReplaced) {
  auto tool = profiled_tool(drifting_rows());
  const ToolOptions wanted = drift_options(200);
  with_hangup(tool, wanted, [&] { tool.files["m.json"] = profiled_model_text("mail", "p2p", 1); });
  const std::vector<json> windows = lines(content(wanted.drift));
  ASSERT_EQ(windows.size(), 4u);
  EXPECT_EQ(windows[0]["rows"], 1);
  EXPECT_TRUE(windows[0]["classes"].contains("voip"));
  EXPECT_EQ(windows[1]["window"], 1);
  EXPECT_EQ(windows[1]["rows"], 200);
  EXPECT_TRUE(windows[1]["classes"].contains("mail"));
  EXPECT_EQ(windows[3]["rows"], 29);
}

}  // namespace
}  // namespace mltat
