// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  EXPECT_EQ(tool(predict::run, options({"m.json", "b/m.json"})).code, ExitCode::usage);
  EXPECT_THAT(tool.error, AllOf(HasSubstr("--model"), HasSubstr("'m'")));
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

}  // namespace
}  // namespace mltat
