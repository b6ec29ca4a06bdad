// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/unit/tools/in_process.h"
#include "tools/fuse/run.h"
#include "tools/train/run.h"

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

TEST(Fuse, DpiHasItsSay) {
  InProcess tool;
  const std::string web = vote("a", "web", "0.4");
  tool.files["-"] = row(1, web, R"(,"dpi_label":"tor","dpi_confidence":"DPI","label":"tor")") +
                    row(2, web, R"(,"dpi_label":"tor","dpi_confidence":"Match by port","label":"web")") +
                    row(3, web, R"(,"dpi_label":null,"dpi_confidence":"DPI","label":"dns")");
  const auto verdicts = [&](const std::string& mode, double unknown_below) {
    ToolOptions with = options();
    with.dpi = mode;
    with.unknown_below = unknown_below;
    tool(fuse::run, with);
    EXPECT_EQ(tool.error, "");
    std::vector<std::string> out;
    std::istringstream in(tool.out);
    for (std::string line; std::getline(in, line);) {
      const json verdict = json::parse(line);
      out.push_back(verdict["verdict"].get<std::string>() + " " + verdict["verdict_source"].get<std::string>());
    }
    return out;
  };
  using testing::ElementsAre;
  EXPECT_THAT(verdicts("ignore", 0), ElementsAre("web ml", "web ml", "web ml"));
  EXPECT_THAT(verdicts("trust", 0), ElementsAre("tor dpi", "web ml", "web ml"));
  EXPECT_THAT(verdicts("vote", 0), ElementsAre("tor dpi", "web ml", "web ml"));
  EXPECT_THAT(verdicts("fallback", 0), ElementsAre("web ml", "web ml", "web ml"));
  EXPECT_THAT(verdicts("fallback", 0.5), ElementsAre("tor dpi", "unknown none", "unknown none"));

  ToolOptions with = options();
  with.dpi = "trust";
  with.truth = "label";
  with.without = {"dns"};
  with.report = testing::TempDir() + "fuse_dpi.json";
  tool(fuse::run, with);
  std::ifstream in(with.report);
  const json report = json::parse(in);
  EXPECT_NEAR(report["accuracy"].get<double>(), 2.0 / 3, 1e-12);
  EXPECT_EQ(report["without"]["dns"]["accuracy"], 1);
  EXPECT_EQ(report["without"]["dns"]["rows"], 2);
  EXPECT_NEAR(report["dpi"]["coverage"].get<double>(), 1.0 / 3, 1e-12);
  EXPECT_EQ(report["dpi"]["accuracy_covered"], 1);
  std::remove(with.report.c_str());

  tool.files["-"] = row(1, web);
  tool(fuse::run, [&] {
    ToolOptions plain = options();
    plain.dpi = "vote";
    return plain;
  }());
  EXPECT_EQ(tool.code, ExitCode::bad_data);
  EXPECT_THAT(tool.error, HasSubstr("dpi_label"));
}

/// `says x` is right whatever `liar` says.
std::string stack_model() {
  std::string text;
  const auto proba = [](double web) {
    return R"("proba":{"tor":)" + std::to_string(1 - web) + R"(,"web":)" + std::to_string(web) + "}}";
  };
  for (int i = 0; i < 200; ++i)
    text += R"({"label":")" + std::string(i % 2 == 0 ? "web" : "tor") +
            R"(","votes":[{"model":"honest","label":"web",)" + R"("confidence":0.6,)" + proba(i % 2 == 0 ? 0.6 : 0.4) +
            R"(,{"model":"liar","label":"web","confidence":1,)" + proba(i % 3 == 0 ? 1 : 0) + "]}\n";
  InProcess trainer;
  trainer.files["votes"] = text;
  train::ToolOptions with;
  with.inputs = {"votes"};
  with.stack = true;
  with.group = "none";
  with.cv = 0;
  trainer(train::run, with);
  EXPECT_EQ(trainer.error, "");
  return trainer.out;
}

TEST(Fuse, AStackedModelWeighsTheVotes) {
  InProcess tool;
  tool.files["s.json"] = stack_model();
  const std::string liar = R"({"model":"liar","label":"tor","confidence":1,"proba":{"tor":1,"web":0}})";
  tool.files["-"] =
      row(1, R"({"model":"honest","label":"web","confidence":0.6,"proba":{"tor":0.4,"web":0.6}},)" + liar) +
      row(2, liar + R"(,{"model":"honest","label":"tor","confidence":0.6,"proba":{"tor":0.6,"web":0.4}})");
  ToolOptions with = options("stacked");
  with.stack = "s.json";
  tool(fuse::run, with);
  ASSERT_EQ(tool.error, "");
  const std::size_t second = tool.out.find('\n') + 1;
  EXPECT_EQ(json::parse(tool.out.substr(0, second))["verdict"], "web");
  EXPECT_EQ(json::parse(tool.out.substr(second))["verdict"], "tor");

  // The same votes as CSV columns.
  tool.files["-"] =
      "flow_id,honest_label,honest_confidence,honest_proba_tor,honest_proba_web,liar_label,liar_confidence,"
      "liar_proba_tor,liar_proba_web\n1,web,0.6,0.4,0.6,tor,1,1,0\n";
  tool(fuse::run, with);
  ASSERT_EQ(tool.error, "");
  EXPECT_EQ(json::parse(tool.out)["verdict"], "web");

  tool.files["-"] = row(1, liar);
  tool(fuse::run, with);
  EXPECT_EQ(tool.code, ExitCode::mismatch);
  EXPECT_THAT(tool.error, AllOf(HasSubstr("stdin:1"), HasSubstr("'honest.tor'"), HasSubstr("--proba")));
  EXPECT_EQ(tool.out, "");
}

TEST(Fuse, SlotsOfTimeAreFilesOfTheirOwn) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "fuse_slots";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  InProcess tool;
  tool.rotation = {300 * kSecond, (folder / "%H%M.csv").string()};
  const std::string web = vote("a", "web", "0.5");
  tool.files["-"] = row(1, web, ",\"last_ts\":59.000000000") + row(2, web, ",\"last_ts\":301.5") +
                    row(3, web, ",\"last_ts\":7") + row(4, web, ",\"last_ts\":600");
  ToolOptions with = options();
  with.format = "csv";
  tool(fuse::run, with);
  EXPECT_EQ(tool.error, "");
  EXPECT_EQ(tool.out, "");
  const auto flows = [&](const char* name) {
    std::ifstream in(folder / name);
    std::string first_fields;
    for (std::string line; std::getline(in, line);)
      first_fields += line.substr(0, line.find(',')) + " ";
    return first_fields;
  };
  EXPECT_EQ(flows("0000.csv"), "flow_id 1 ");
  EXPECT_EQ(flows("0005.csv"), "flow_id 2 3 ");
  EXPECT_EQ(flows("0010.csv"), "flow_id 4 ");
  tool.files["-"] = row(5, web);
  tool(fuse::run, with);
  EXPECT_EQ(tool.code, ExitCode::bad_data);
  EXPECT_THAT(tool.error, AllOf(HasSubstr("stdin:1"), HasSubstr("last_ts")));
  std::filesystem::remove_all(folder);
}

TEST(Fuse, OptionsThatContradictEachOther) {
  InProcess tool;
  tool.files["-"] = row(1, vote("a", "web", "0.5"));
  const auto expect = [&](const std::function<void(ToolOptions&)>& set, const std::string& words) {
    ToolOptions with = options();
    set(with);
    tool(fuse::run, with);
    EXPECT_EQ(tool.code, ExitCode::usage) << words;
    EXPECT_THAT(tool.error, HasSubstr(words));
  };
  expect([](ToolOptions& o) { o.method = "stacked"; }, "--stack FILE");
  expect([](ToolOptions& o) { o.stack = "x"; }, "--stack is for --method stacked");
  expect([](ToolOptions& o) { o.method = "stacked", o.stack = "x", o.dpi = "vote"; }, "--dpi vote");
  expect([](ToolOptions& o) { o.dpi_weight = 0; }, "--dpi-weight");
  expect([](ToolOptions& o) { o.without = {"dns"}; }, "--truth");
}

}  // namespace
}  // namespace mltat
