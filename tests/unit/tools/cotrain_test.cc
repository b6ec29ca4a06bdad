// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/rng.h"
#include "tests/unit/tools/in_process.h"
#include "tools/cotrain/run.h"

namespace mltat {
namespace {

using cotrain::ToolOptions;
using nlohmann::ordered_json;
using testing::HasSubstr;
using Lines = std::vector<std::string>;

ToolOptions options() {
  ToolOptions out;
  out.inputs = {"-"};
  out.exclude = {"right", "note"};
  return out;
}

struct Making {
  std::size_t captures = 30;
  std::size_t given = 15;  ///< captures whose rows have a label
  bool with_capture = true;
  bool null_label = true;  ///< a row without label says so
};

/// Rows of three classes, 10 a capture; `right` is their true class.
Lines rows(const Making& making = {}) {
  Rng rng{5};
  Lines out;
  for (std::size_t capture = 0; capture < making.captures; ++capture)
    for (std::size_t i = 0; i < 10; ++i) {
      const std::size_t c = capture % 3;
      ordered_json row;
      if (making.with_capture) row["capture"] = "c" + std::to_string(capture);
      row["flow_id"] = std::to_string(1000 * capture + i);
      row["len"] = static_cast<double>(c) + rng.uniform() * 1.3;
      row["iat"] = static_cast<double>(c) + rng.uniform() * 1.6;
      row["right"] = std::string(1, static_cast<char>('a' + c));
      if (capture < making.given)
        row["label"] = row["right"];
      else if (making.null_label)
        row["label"] = nullptr;
      row["note"] = "\u00e9 \"q\"";
      out.push_back(row.dump());
    }
  return out;
}

std::string joined(const Lines& lines) {
  std::string out;
  for (const std::string& line : lines)
    out += line + "\n";
  return out;
}

Lines split(const std::string& text) {
  Lines out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    out.push_back(line);
  return out;
}

InProcess tool_with(const Lines& lines) {
  InProcess tool;
  tool.files = {{"-", joined(lines)}};
  return tool;
}

ToolOptions with_truth() {
  ToolOptions out = options();
  out.truth = "right";
  return out;
}

class Cotrain : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "cotrain_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".json";
  }
  void TearDown() override { std::filesystem::remove(path_); }

  ordered_json report(InProcess& tool, ToolOptions with) {
    with.report = path_;
    tool(cotrain::run, with);
    EXPECT_EQ(tool.code, ExitCode::ok) << tool.error;
    std::ifstream in(path_);
    return ordered_json::parse(in);
  }

  std::string path_;
};

TEST_F(Cotrain, WritesAllRowsInOrderWithThreeKeysMore) {
  const Lines in = rows();
  InProcess tool = tool_with(in);
  ASSERT_EQ(tool(cotrain::run, with_truth()).code, ExitCode::ok) << tool.error;
  const Lines out = split(tool.out);
  ASSERT_EQ(out.size(), in.size());
  for (std::size_t r = 0; r < in.size(); ++r) {
    const auto before = ordered_json::parse(in[r]);
    const auto after = ordered_json::parse(out[r]);
    EXPECT_EQ(after.size(), before.size() + 2);
    // What is carried stays byte for byte: up to the label, and behind it.
    const std::size_t label = in[r].find(",\"label\"");
    EXPECT_EQ(out[r].substr(0, label), in[r].substr(0, label));
    EXPECT_THAT(out[r], HasSubstr(in[r].substr(in[r].find(",\"note\""), in[r].size() - in[r].find(",\"note\"") - 1)));
    if (!before["label"].is_null()) {
      EXPECT_EQ(after["label"], before["label"]);
      EXPECT_EQ(after["label_source"], "given");
      EXPECT_EQ(after["label_confidence"], 1);
    } else {
      EXPECT_THAT(after["label_source"].get<std::string>(), testing::MatchesRegex("phase[1-5]"));
      EXPECT_GT(after["label_confidence"], 0);
    }
  }
}

TEST_F(Cotrain, SameBytesForAnyThreadsChunksAndFiles) {
  const Lines in = rows();
  InProcess tool = tool_with(in);
  const std::string expected = tool(cotrain::run, options()).out;
  ASSERT_FALSE(expected.empty());
  tool.threads = 3;
  EXPECT_EQ(tool(cotrain::run, options()).out, expected);
  tool.chunk = 7;
  EXPECT_EQ(tool(cotrain::run, options()).out, expected);
  const auto half = static_cast<std::ptrdiff_t>(in.size() / 2);
  tool.files = {{"one", joined({in.begin(), in.begin() + half})}, {"two", joined({in.begin() + half, in.end()})}};
  ToolOptions two = options();
  two.inputs = {"one", "two"};
  EXPECT_EQ(tool(cotrain::run, two).out, expected);
}

TEST_F(Cotrain, TheOrderOfRowsChangesNoLabel) {
  Lines in = rows();
  InProcess tool = tool_with(in);
  Lines first = split(tool(cotrain::run, options()).out);
  Rng{3}.shuffle(std::span(in));
  tool = tool_with(in);
  Lines second = split(tool(cotrain::run, options()).out);
  EXPECT_NE(first, second);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  EXPECT_EQ(first, second);
}

TEST_F(Cotrain, SeedChangesTheResult) {
  InProcess tool = tool_with(rows());
  const std::string one = tool(cotrain::run, options()).out;
  ToolOptions other = options();
  other.seed = 2;
  EXPECT_NE(tool(cotrain::run, other).out, one);
}

TEST_F(Cotrain, ReportCanBeRecomputedFromTheRows) {
  InProcess tool = tool_with(rows());
  ToolOptions paper = with_truth();
  paper.recipe = "paper";
  const ordered_json report = this->report(tool, paper);
  std::map<std::string, std::uint64_t> sources, right_of, classes;
  std::uint64_t free = 0;
  std::uint64_t right = 0;
  for (const std::string& line : split(tool.out)) {
    const auto row = ordered_json::parse(line);
    const std::string source = row["label_source"];
    ++sources[source];
    if (source == "given") continue;
    ++free;
    ++classes[row["label"].get<std::string>()];
    right += row["label"] == row["right"];
    right_of[source] += row["label"] == row["right"];
  }
  EXPECT_EQ(report["rows"]["all"], 300);
  EXPECT_EQ(report["rows"]["given"], sources["given"]);
  EXPECT_EQ(report["rows"]["unlabelled"], free);
  EXPECT_EQ(report["rows"]["labelled"], free);
  EXPECT_EQ(report["rows"]["left"], 0);
  EXPECT_DOUBLE_EQ(report["result"]["truth"]["accuracy"], static_cast<double>(right) / static_cast<double>(free));
  double published = 0;
  for (const auto& phase : report["phases"]) {
    const std::string name = phase["name"];
    EXPECT_EQ(phase["absorbed"], sources[name]);
    EXPECT_DOUBLE_EQ(phase["share"], static_cast<double>(sources[name]) / static_cast<double>(free));
    EXPECT_EQ(phase["truth"]["rows"], sources[name]);
    if (sources[name] > 0) {
      EXPECT_DOUBLE_EQ(phase["truth"]["accuracy"],
                       static_cast<double>(right_of[name]) / static_cast<double>(sources[name]));
    }
    published += phase["published_share"].get<double>();
  }
  EXPECT_NEAR(published, 1, 1e-9);
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_EQ(report["classes"][name]["given"], 50);
    EXPECT_EQ(report["classes"][name]["result"], classes[name]);
  }
  EXPECT_EQ(report["group"], "capture");
  EXPECT_EQ(report["supervised"]["given"]["column"], "capture");
  EXPECT_EQ(report["views"][1]["features"], ordered_json({"iat"}));
}

TEST_F(Cotrain, LeavesNullWhatIsNotSureEnough) {
  InProcess tool = tool_with(rows());
  ToolOptions sure = with_truth();
  sure.min_confidence = .9;
  const ordered_json report = this->report(tool, sure);
  std::uint64_t nulls = 0;
  for (const std::string& line : split(tool.out)) {
    const auto row = ordered_json::parse(line);
    EXPECT_EQ(row["label"].is_null(), row["label_confidence"] < .9);
    EXPECT_EQ(row["label"].is_null(), row["label_source"].is_null());
    nulls += row["label"].is_null();
  }
  EXPECT_GT(nulls, 0u);
  EXPECT_EQ(report["rows"]["left"], nulls);
  EXPECT_DOUBLE_EQ(report["result"]["truth"]["coverage"], 1 - static_cast<double>(nulls) / 150);
}

TEST_F(Cotrain, FallsBackToAForestOfFewLabelsAndSaysSo) {
  InProcess tool = tool_with(rows({.given = 9}));
  const ordered_json report = this->report(tool, options());
  EXPECT_EQ(report["fallback"], "90 rows have a label, fewer than 100");
  EXPECT_THAT(tool.log, HasSubstr("90 rows have a label, fewer than 100 (--force runs them)"));
  EXPECT_EQ(report["phases"].size(), 1u);
  EXPECT_EQ(report["supervised"]["agreement"], 1);
  EXPECT_EQ(report["phases"][0]["name"], "forest");
  EXPECT_EQ(ordered_json::parse(split(tool.out).back())["label_source"], "forest");
  EXPECT_EQ(report["views"][1]["name"], "time");
  ToolOptions forced = options();
  forced.force = true;
  const ordered_json all = this->report(tool, forced);
  EXPECT_TRUE(all["fallback"].is_null());
  EXPECT_EQ(all["phases"].size(), 5u);
}

TEST_F(Cotrain, CountsContradictions) {
  Lines in = rows();
  const std::string twin = R"({"capture":"c0","flow_id":"t%","len":1,"iat":1,"right":"a","label":"%"})";
  for (const char* label : {"a", "b", "a"}) {
    std::string line = twin;
    line.replace(line.rfind('%'), 1, label).replace(line.find('%'), 1, std::to_string(in.size()));
    in.push_back(line);
  }
  InProcess tool = tool_with(in);
  const ordered_json report = this->report(tool, options());
  EXPECT_EQ(report["conflicts"]["sets"], 1);
  EXPECT_EQ(report["conflicts"]["rows"], 3);
}

TEST_F(Cotrain, CurveKeepsASharePerDrawAndJudgesByTheRest) {
  InProcess tool = tool_with(rows({.captures = 60, .given = 60}));
  ToolOptions with = options();
  with.curve = {.2, .5};
  with.curve_draws = 2;
  with.force = true;
  const ordered_json curve = report(tool, with)["curve"];
  ASSERT_EQ(curve.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(curve[i]["share"], with.curve[i]);
    ASSERT_EQ(curve[i]["draws"].size(), 2u);
    double mean = 0;
    for (const auto& draw : curve[i]["draws"]) {
      EXPECT_EQ(draw["given"], with.curve[i] * 600);
      EXPECT_EQ(draw["result"]["rows"], 600 - draw["given"].get<int>());
      mean += draw["result"]["accuracy"].get<double>() / 2;
    }
    EXPECT_DOUBLE_EQ(curve[i]["result"]["accuracy"]["mean"], mean);
  }
  const auto refusal = [&](const ToolOptions& refused) {
    tool(cotrain::run, refused);
    EXPECT_EQ(tool.code, ExitCode::usage);
    return tool.error;
  };
  with.curve = {.999};
  EXPECT_EQ(refusal(with), "--curve: with 99.9 % no label is left to judge by: leave the share out");
  with.curve_draws = 0;
  EXPECT_EQ(refusal(with), "--curve-draws: at least one");
}

TEST_F(Cotrain, ReadsAndWritesCsv) {
  std::string csv = "len,iat,cls,odd\n";
  Rng rng{9};
  for (int i = 0; i < 300; ++i) {
    const int c = i % 2;
    csv += std::to_string(c + rng.uniform()) + "," + std::to_string(c + rng.uniform()) + "," +
           (i < 150 ? c == 0 ? "web" : "\"voip, sip\"" : "") + ",\"a,b\"\n";
  }
  InProcess tool;
  tool.files = {{"-", csv}};
  ToolOptions with = options();
  with.label = "cls";
  with.exclude = {"odd"};
  ASSERT_EQ(tool(cotrain::run, with).code, ExitCode::ok) << tool.error;
  const Lines out = split(tool.out);
  ASSERT_EQ(out.size(), 301u);
  EXPECT_EQ(out[0], "len,iat,odd,cls,label_source,label_confidence");
  EXPECT_THAT(out[2], testing::EndsWith(",\"a,b\",\"voip, sip\",given,1"));
  EXPECT_THAT(out[300], testing::ContainsRegex("\"a,b\",(web|\"voip, sip\"),phase[1-5],0?\\.?[0-9]+"));
  EXPECT_THAT(tool.log, HasSubstr("there is no column 'capture'"));
  with.format = "ndjson";
  tool(cotrain::run, with);
  EXPECT_EQ(ordered_json::parse(split(tool.out)[1])["cls"], "voip, sip");
}

TEST_F(Cotrain, RowsWithoutTheKeyAreUnlabelledAndUnknownIsNone) {
  Lines in = rows({.null_label = false});
  in.push_back(R"({"capture":"c0","flow_id":"u","len":1,"iat":1,"right":"a","label":"unknown"})");
  std::rotate(in.begin(), in.begin() + 150, in.end());  // the first row lacks the key
  InProcess tool = tool_with(in);
  const ordered_json report = this->report(tool, options());
  EXPECT_EQ(report["rows"]["unlabelled"], 151);
  EXPECT_FALSE(report["classes"].contains("unknown"));
}

TEST_F(Cotrain, RefusesWhatCannotBeLearnedFrom) {
  const auto refusal = [](const Lines& lines, const ToolOptions& with = options()) {
    InProcess tool = tool_with(lines);
    tool(cotrain::run, with);
    EXPECT_EQ(tool.out, "");
    return tool.error;
  };
  EXPECT_EQ(refusal(rows({.given = 0})),
            "none of 300 rows has a label in column 'label': a few are needed to start from (--label NAME)");
  EXPECT_EQ(refusal(rows({.given = 1})),
            "all 10 labels are 'a': rows of another class are needed to tell it from");
  EXPECT_EQ(refusal({}), "stdin: no rows, the input is empty");
  ToolOptions with = options();
  with.views = {{"size", {"length"}}};
  EXPECT_THAT(refusal(rows(), with), HasSubstr("view 'size' has no feature"));
  with = options();
  with.recipe = "paper";
  with.min_precision = .8;
  EXPECT_EQ(refusal(rows(), with), "--min-precision: the recipe has no gate");
  with = options();
  with.truth = "wrong";
  EXPECT_EQ(refusal(rows(), with), "--truth: no row has a column 'wrong'");
  with.truth = "label";
  EXPECT_EQ(refusal(rows(), with), "--truth: 'label' is the column of the given labels");
  Lines broken = rows();
  broken[200] = R"({"capture":"x","len":1,"label":null})";
  EXPECT_EQ(refusal(broken), "stdin:201: column 'iat' has no value: leave the column out with --exclude 'iat'");
}

TEST_F(Cotrain, OneGroupAloneJudgesNothing) {
  Lines in = rows();
  for (std::string& line : in)
    line.insert(1, R"("site":"here",)");
  InProcess tool = tool_with(in);
  ToolOptions with = options();
  with.group = "site";
  with.force = true;
  const ordered_json report = this->report(tool, with);
  EXPECT_TRUE(report["supervised"]["given"].is_null());
  EXPECT_EQ(report["phases"][0]["absorbed"], 0);
}

TEST_F(Cotrain, AllGivenIsSaidAndWritten) {
  const Lines in = rows({.given = 30});
  InProcess tool = tool_with(in);
  ASSERT_EQ(tool(cotrain::run, options()).code, ExitCode::ok) << tool.error;
  EXPECT_THAT(tool.log, HasSubstr("all rows have a label: there is nothing to find"));
  EXPECT_EQ(split(tool.out).size(), in.size());
}

TEST_F(Cotrain, PrintsTheRecipeThatItWouldRun) {
  InProcess tool;
  ToolOptions with = options();
  with.print_phases = true;
  with.views = {{"seq", {"splt_*", "burst_*"}}};
  with.final_vote = {"nb", "c45"};
  with.min_precision = .8;
  tool(cotrain::run, with);
  const auto plan = ordered_json::parse(tool.out);
  EXPECT_EQ(plan["views"][0]["name"], "packet");
  EXPECT_EQ(plan["views"][1]["name"], "seq");
  EXPECT_EQ(plan["views"][1]["features"], ordered_json({"splt_*", "burst_*"}));
  EXPECT_EQ(plan["final"]["vote"][1]["algorithm"], "c45");
  EXPECT_EQ(plan["gate"]["min_precision"], .8);
  tool.files["p.json"] = tool.out;
  with = options();
  with.print_phases = true;
  with.phases = "p.json";
  const std::string printed = tool.out;
  EXPECT_EQ(tool(cotrain::run, with).out, printed);
}

}  // namespace
}  // namespace mltat
