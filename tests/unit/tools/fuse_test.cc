// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/tools/in_process.h"
#include "tools/fuse/run.h"

namespace mltat {
namespace {

using fuse::ToolOptions;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

ToolOptions options(std::string method = "weighted", std::vector<std::string> inputs = {"-"}) {
  ToolOptions out;
  out.inputs = std::move(inputs);
  out.method = std::move(method);
  return out;
}

std::string vote(const std::string& model, const std::string& label, const std::string& confidence) {
  return "{\"model\":\"" + model + "\",\"label\":\"" + label + "\",\"confidence\":" + confidence + "}";
}

std::string row(int flow, const std::string& votes, const std::string& more = "") {
  return "{\"flow_id\":\"" + std::to_string(flow) + "\",\"part\":0" + more + ",\"votes\":[" + votes + "]}\n";
}

/// Rows 0..n-1 of one model; row i says `label(i)`.
std::string file_of(const std::string& model, const std::vector<int>& flows, const std::string& label) {
  std::string out;
  for (const int flow : flows)
    out += row(flow, vote(model, label, "0." + std::to_string(1 + flow % 9)));
  return out;
}

TEST(Fuse, VerdictBehindTheCarriedBytes) {
  InProcess tool;
  tool.files["-"] =
      row(1, vote("a", "web", "0.75") + "," + vote("b", "web", "0.25"), ",\"n\": 0.10,\"pred_label\":\"x\"");
  tool(fuse::run, options());
  EXPECT_EQ(tool.out,
            "{\"flow_id\":\"1\",\"part\":0,\"n\": "
            "0.10,\"verdict\":\"web\",\"verdict_confidence\":0.5,\"verdict_source\":\"ml\","
            "\"agreement\":1}\n");
  tool.files["-"] = row(1, "") + row(2, vote("a", "unknown", "0.9"));
  tool(fuse::run, options());
  EXPECT_EQ(
      tool.out.substr(0, tool.out.find('\n')),
      "{\"flow_id\":\"1\",\"part\":0,\"verdict\":\"unknown\",\"verdict_confidence\":null,\"verdict_source\":\"none\","
      "\"agreement\":null}");
}

TEST(Fuse, CsvVotesAreColumns) {
  InProcess tool;
  tool.files["-"] =
      "flow_id,label,a_label,a_confidence,a_proba_web,b_label,b_confidence\n1,x,web,0.5,0.5,\"tor\",0.75\n2,,,,,tor,"
      "1\n";
  ToolOptions wanted = options();
  wanted.format = "csv";
  EXPECT_EQ(tool(fuse::run, wanted).out,
            "flow_id,label,verdict,verdict_confidence,verdict_source,agreement\n1,x,tor,0.375,ml,0.5\n2,,tor,1,ml,1\n");
  tool.files["-"] = "a_label,a_confidence\nweb,2\n";
  EXPECT_EQ(tool(fuse::run, wanted).code, ExitCode::bad_data);
  EXPECT_THAT(tool.error, AllOf(HasSubstr("stdin:2"), HasSubstr("'a_confidence'")));
}

TEST(Fuse, FilesOfTheSameFlowsAreJoinedInAnyOrder) {
  std::vector<int> order(3000);
  for (int i = 0; i < 3000; ++i)
    order[static_cast<std::size_t>(i)] = i;
  InProcess tool;
  tool.files["a"] = file_of("a", order, "web");
  tool.files["b"] = file_of("b", order, "tor");
  const std::string expected = tool(fuse::run, options("majority", {"a", "b"})).out;
  EXPECT_EQ(tool.error, "");
  EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), 3000);
  EXPECT_THAT(expected, HasSubstr("\"verdict\":\"tor\""));
  EXPECT_THAT(expected, Not(HasSubstr("\"verdict\":\"web\"")));
  std::swap(order[1500], order[1501]);
  std::reverse(order.begin() + 2000, order.end());
  tool.files["b"] = file_of("b", order, "tor");
  for (const unsigned threads : {1u, 4u}) {
    tool.threads = threads;
    EXPECT_TRUE(tool(fuse::run, options("majority", {"a", "b"})).out == expected);
  }
}

TEST(Fuse, FlowsThatDoNotMatchAreNamed) {
  InProcess tool;
  tool.files["a"] = file_of("a", {1, 2, 3}, "web");
  tool.files["less"] = file_of("b", {1, 3}, "web");
  tool.files["more"] = file_of("b", {1, 2, 3, 4}, "web");
  tool.files["mixed"] = file_of("b", {3, 4, 2, 1}, "web");
  tool.files["empty"] = "";
  const auto expect = [&](const std::string& other, std::size_t rows, const std::vector<std::string>& words) {
    tool(fuse::run, options("majority", {"a", other}));
    EXPECT_EQ(tool.code, ExitCode::bad_data) << other;
    EXPECT_EQ(static_cast<std::size_t>(std::count(tool.out.begin(), tool.out.end(), '\n')), rows) << other;
    for (const std::string& word : words)
      EXPECT_THAT(tool.error, HasSubstr(word));
  };
  expect("less", 1, {"a:2:", "flow_id 2, part 0", "less"});
  expect("more", 3, {"more:4:", "flow_id 4", "not in a"});
  expect("mixed", 3, {"mixed:2:", "flow_id 4", "not in a"});
  expect("empty", 0, {"a:1:", "flow_id 1", "empty"});
  tool(fuse::run, options("majority", {"empty", "a"}));
  EXPECT_EQ(tool.code, ExitCode::bad_data);
  EXPECT_THAT(tool.error, AllOf(HasSubstr("a:1:"), HasSubstr("not in empty")));
}

TEST(Fuse, ARowWithoutIdentityIsMatchedByOrderAndSaidSo) {
  InProcess tool;
  tool.files["a"] = "{\"votes\":[" + vote("a", "web", "1") + "]}\n";
  tool.files["b"] = "{\"votes\":[" + vote("b", "web", "1") + "]}\n";
  EXPECT_EQ(tool(fuse::run, options("majority", {"a", "b"})).error, "");
  EXPECT_THAT(tool.log, HasSubstr("matched by their order"));
}

TEST(Fuse, RowsThatCannotBeUsed) {
  InProcess tool;
  const auto expect = [&](const std::string& second, const std::vector<std::string>& words) {
    for (const unsigned threads : {1u, 4u}) {
      tool.threads = threads;
      tool.files["-"] = row(1, vote("a", "web", "1")) + second + row(3, "");
      tool(fuse::run, options());
      EXPECT_EQ(tool.code, ExitCode::bad_data);
      EXPECT_EQ(std::count(tool.out.begin(), tool.out.end(), '\n'), 1);
      EXPECT_THAT(tool.error, testing::StartsWith("stdin:2: "));
      for (const std::string& word : words)
        EXPECT_THAT(tool.error, HasSubstr(word));
    }
  };
  expect("{\"flow_id\":\"2\"}\n", {"no votes", "`predict`"});
  expect("{\"votes\":{}}\n", {"'votes' is no array"});
  expect(row(2, vote("a", "web", "7")), {"'confidence'"});
  expect(row(2, vote("a", "web", "1") + "," + vote("a", "tor", "1")), {"'a' votes twice"});
  expect("{\"votes\":[}\n", {"JSON"});
  tool.files["-"] = "{\"x\":1}\n";
  EXPECT_THAT(tool(fuse::run, options()).error, AllOf(HasSubstr("stdin"), HasSubstr("run `predict` first")));
  tool.files["b"] = tool.files["a"] = row(1, vote("m", "web", "1"));
  EXPECT_THAT(tool(fuse::run, options("majority", {"a", "b"})).error,
              AllOf(HasSubstr("a:1"), HasSubstr("'m' votes twice")));
}

TEST(Fuse, EmptyInputIsNothingAndAWarning) {
  InProcess tool;
  tool.files["-"] = "";
  tool(fuse::run, options());
  EXPECT_EQ(tool.code, ExitCode::ok);
  EXPECT_EQ(tool.out, "");
  EXPECT_THAT(tool.log, HasSubstr("stdin: empty"));
}

TEST(Fuse, ReportHasMembersAndCoverageAndWarnsOfABetterMember) {
  InProcess tool;
  const std::string ab = vote("good", "web", "0.4") + "," + vote("bad", "tor", "0.9");
  tool.files["-"] = row(1, ab, ",\"t\":\"web\"") + row(2, ab, ",\"t\":\"web\"") + row(3, "", ",\"t\":\"web\"") +
                    row(4, ab, ",\"t\":null");
  ToolOptions wanted = options();
  wanted.truth = "t";
  wanted.report = testing::TempDir() + "/fuse_report.json";
  ASSERT_EQ(tool(fuse::run, wanted).error, "");
  const json report = json::parse(std::ifstream(wanted.report));
  EXPECT_EQ(report["method"], "weighted");
  EXPECT_EQ(report["rows"], 3);
  EXPECT_EQ(report["accuracy"], 0);
  EXPECT_DOUBLE_EQ(report["coverage"], 2.0 / 3);
  EXPECT_EQ(report["members"]["good"]["accuracy"], 1);
  EXPECT_EQ(report["members"]["bad"]["accuracy"], 0);
  EXPECT_EQ(tool.log, "") << "the members saw fewer rows than the fusion";
  tool.files["-"] = row(1, ab, ",\"t\":\"web\"");
  EXPECT_THAT(tool(fuse::run, wanted).log, AllOf(HasSubstr("'good'"), HasSubstr("1.000")));
}

TEST(Fuse, BinaryMembersAreJudgedOnTheirOwnQuestion) {
  InProcess tool;
  tool.files["-"] =
      "{\"t\":\"web\",\"votes\":[{\"model\":\"v\",\"label\":\"background\",\"confidence\":0.9,\"positive\":\"voip\"}]}"
      "\n";
  ToolOptions wanted = options();
  wanted.truth = "t";
  wanted.report = testing::TempDir() + "/fuse_binary.json";
  ASSERT_EQ(tool(fuse::run, wanted).error, "");
  EXPECT_THAT(tool.out, HasSubstr("\"verdict\":\"background\""));
  EXPECT_EQ(json::parse(std::ifstream(wanted.report))["members"]["v"]["accuracy"], 1);
}

TEST(Fuse, CalibratedWarnsOnceOfAModelWithoutWeight) {
  InProcess tool;
  tool.files["-"] = row(1, vote("m", "web", "1")) + row(2, vote("m", "web", "1"));
  tool(fuse::run, options("calibrated"));
  EXPECT_THAT(tool.log, HasSubstr("'m' has no weight"));
  EXPECT_EQ(std::count(tool.log.begin(), tool.log.end(), '\n'), 1);
}

TEST(Fuse, TheSameBytesForAnyThreadsAndChunks) {
  std::vector<int> flows;
  for (int i = 0; i < 4000; ++i)
    flows.push_back(i);
  InProcess tool;
  tool.files["-"] = file_of("a", flows, "web");
  const std::string expected = tool(fuse::run, options()).out;
  tool.threads = 4;
  for (const std::size_t chunk : {std::size_t{64}, SIZE_MAX}) {
    tool.chunk = chunk;
    EXPECT_TRUE(tool(fuse::run, options()).out == expected);
  }
  tool.line_buffered = true;
  EXPECT_TRUE(tool(fuse::run, options()).out == expected);
}

}  // namespace
}  // namespace mltat
