// SPDX-License-Identifier: Apache-2.0
#include "ml/stack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace mltat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string row(const std::string& flow, const std::string& votes) {
  return R"({"flow_id":")" + flow + R"(","label":"web","fold":"1","votes":[)" + votes + "]}\n";
}

std::string vote(const std::string& model, double web) {
  const std::string p = std::to_string(web), q = std::to_string(1 - web);
  return R"({"model":")" + model + R"(","label":"web","confidence":)" + p + R"(,"positive":null,"weight":null,)" +
         R"("proba":{"dns":)" + q + R"(,"web":)" + p + "}}";
}

StackedRows stack(std::map<std::string, std::string>& files) {
  std::vector<std::string> paths;
  for (const auto& [path, text] : files)
    paths.push_back(path);
  return stack_rows(
      paths, [&](const std::string& path) { return std::make_unique<MemorySource>(path, as_bytes(files[path]), 50); },
      "label");
}

std::string refusal(std::map<std::string, std::string> files) {
  try {
    stack(files);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    return error.what();
  }
  ADD_FAILURE() << "taken";
  return "";
}

TEST(Stack, ModelsOfAllFilesStandSideBySide) {
  std::map<std::string, std::string> files = {
      {"a", row("1", vote("c45", 0.75)) + row("2", vote("c45", 0.5))},
      {"b", row("1", vote("rf", 0.25) + "," + vote("nb", 1)) + row("2", vote("rf", 0.125) + "," + vote("nb", 0))}};
  const StackedRows rows = stack(files);
  EXPECT_THAT(rows.columns, ElementsAre("c45.dns", "c45.web", "rf.dns", "rf.web", "nb.dns", "nb.web"));
  EXPECT_EQ(rows.text,
            R"({"flow_id":"1","label":"web","fold":"1","c45.dns":0.25,"c45.web":0.75,"rf.dns":0.75,"rf.web":0.25,)"
            R"("nb.dns":0,"nb.web":1})"
            "\n"
            R"({"flow_id":"2","label":"web","fold":"1","c45.dns":0.5,"c45.web":0.5,"rf.dns":0.875,"rf.web":0.125,)"
            R"("nb.dns":1,"nb.web":0})"
            "\n");
}

TEST(Stack, FilesMustHoldTheSameRows) {
  const std::string one = row("1", vote("c45", 0.75));
  EXPECT_THAT(refusal({{"a", one}, {"b", row("2", vote("rf", 1))}}), HasSubstr("b:1: not the row of the first file"));
  EXPECT_THAT(refusal({{"a", one}, {"b", row("1", vote("rf", 1)) + row("2", vote("rf", 1))}}),
              HasSubstr("b:2: not the row of the first file"));
  EXPECT_THAT(refusal({{"a", one + row("2", vote("c45", 1))}, {"b", row("1", vote("rf", 1))}}),
              HasSubstr("b: ends after 1 rows, the first file has 2"));
  EXPECT_THAT(refusal({{"a", one}, {"b", one}}), HasSubstr("b:1: model 'c45' votes in an earlier file too"));
}

TEST(Stack, VotesMustTellTheirProbabilities) {
  EXPECT_THAT(refusal({{"a", R"({"flow_id":"1","label":"web"})"
                             "\n"}}),
              HasSubstr("a:1: no 'votes'"));
  EXPECT_THAT(refusal({{"a", row("1", R"({"model":"m","label":"web","confidence":1})")}}),
              HasSubstr("predict --proba"));
  EXPECT_THAT(refusal({{"a", ""}}), HasSubstr("a: no rows"));
}

}  // namespace
}  // namespace mltat
