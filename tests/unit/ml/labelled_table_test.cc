// SPDX-License-Identifier: Apache-2.0
#include "ml/labelled_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace mltat {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<ByteSource> source(const std::string& text, const std::string& name = "stdin") {
  return std::make_unique<MemorySource>(name, as_bytes(text), 7);
}

LabelledTable read(const std::vector<std::string>& texts, const TableChoice& choice = {}) {
  LabelledTableReader reader(choice, {2});
  for (const std::string& text : texts)
    reader.add(source(text));
  return reader.finish();
}

std::string failure(const std::vector<std::string>& texts, const TableChoice& choice = {},
                    ExitCode code = ExitCode::bad_data) {
  try {
    read(texts, choice);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "taken";
  return "";
}

std::vector<double> column(const LabelledTable& table, std::size_t c) {
  return {table.x.column(c).begin(), table.x.column(c).end()};
}

const std::string kRows = R"({"capture":"b","flow_id":"02","x":3,"label":"web","feature_set":"mltat30/1"})"
                          "\n"
                          R"({"capture":"a","flow_id":"09","x":2,"label":"dns","feature_set":"mltat30/1"})"
                          "\n"
                          R"({"capture":"a","flow_id":"01","x":1,"label":"web","feature_set":"mltat30/1"})"
                          "\n"
                          R"({"capture":"a","flow_id":"05","x":9,"label":null,"feature_set":"mltat30/1"})"
                          "\n"
                          R"({"capture":"a","flow_id":"06","x":9,"feature_set":"mltat30/1"})"
                          "\n";

TEST(LabelledTable, RowsStandByIdentityWithoutTheUnlabelled) {
  TableChoice choice;
  choice.texts = {"capture", "application"};
  const LabelledTable table = read({kRows}, choice);
  EXPECT_THAT(table.features, ElementsAre("x"));
  EXPECT_THAT(column(table, 0), ElementsAre(1, 2, 3));
  EXPECT_THAT(table.classes, ElementsAre("dns", "web"));
  EXPECT_THAT(table.labels, ElementsAre(1, 0, 1));
  EXPECT_EQ(table.unlabelled, 2U);
  EXPECT_EQ(table.feature_set, "mltat30/1");
  ASSERT_NE(table.text("capture"), nullptr);
  EXPECT_THAT(table.text("capture")->names, ElementsAre("a", "b"));
  EXPECT_THAT(table.text("capture")->values, ElementsAre(0, 0, 1));
  EXPECT_EQ(table.text("application"), nullptr);
}

TEST(LabelledTable, WithoutIdentityTheOrderOfRowsIsNotSeen) {
  const std::string header = "x,y,label\n";
  const std::vector<std::string> rows = {"1,2,a\n", "3,4,b\n", "5,6,a\n", "1,2,a\n", "7,8,b\n"};
  std::vector<std::string> shuffled = {rows[3], rows[4], rows[2], rows[1], rows[0]};
  const auto text = [&](const std::vector<std::string>& parts) {
    std::string out = header;
    for (const std::string& part : parts)
      out += part;
    return out;
  };
  const LabelledTable one = read({text(rows)}), other = read({text(shuffled)});
  const LabelledTable two_files = read({text({rows[4], rows[1]}), text({rows[0], rows[2], rows[3]})});
  for (const LabelledTable* table : {&other, &two_files}) {
    EXPECT_EQ(column(one, 0), column(*table, 0));
    EXPECT_EQ(column(one, 1), column(*table, 1));
    EXPECT_EQ(one.labels, table->labels);
  }
}

TEST(LabelledTable, RenamesThenDrops) {
  TableChoice choice;
  choice.relabel = {{"a", "background"}, {"b", "background"}};
  choice.drop = {"c"};
  const LabelledTable table = read({"x,label\n1,a\n2,b\n3,c\n4,d\n"}, choice);
  EXPECT_THAT(table.classes, ElementsAre("background", "d"));
  EXPECT_EQ(table.dropped, 1U);
  EXPECT_EQ(table.rows(), 3U);
}

TEST(LabelledTable, ALabelToRenameOrDropMustOccur) {
  TableChoice choice;
  choice.relabel = {{"ddns", "dns"}};
  EXPECT_THAT(failure({"x,label\n1,web\n"}, choice, ExitCode::usage), HasSubstr("'ddns'; there are: web"));
  choice = {};
  choice.drop = {"voip"};
  EXPECT_THAT(failure({"x,label\n1,web\n"}, choice, ExitCode::usage), HasSubstr("'voip'; there are: web"));
  choice.names_must_occur = false;
  EXPECT_EQ(read({"x,label\n1,web\n"}, choice).rows(), 1U);
}

TEST(LabelledTable, AMissingLabelColumnNamesThoseThere) {
  EXPECT_THAT(failure({"x,kind\n1,web\n"}),
              AllOf(HasSubstr("no column 'label' to learn from: name another (--label NAME), or label"),
                    HasSubstr("there are: x, kind")));
}

TEST(LabelledTable, TextAndHolesAreToldWithLineColumnAndRemedy) {
  EXPECT_THAT(failure({"x,app,label\n1,2,a\n1,skype,a\n"}),
              testing::AllOf(HasSubstr("stdin:3: column 'app'"), HasSubstr("--exclude 'app'")));
  EXPECT_THAT(failure({"x,y,label\n1,2,a\n1,,a\n"}),
              testing::AllOf(HasSubstr("stdin:3: column 'y' has no value"), HasSubstr("--exclude 'y'")));
  EXPECT_THAT(failure({"x,y,label\n1,NaN,a\n"}), HasSubstr("stdin:2: column 'y'"));
  EXPECT_EQ(read({"x,y,label\n1,2,a\n1,,\n"}).rows(), 1U);  // a hole in a row that is left out is no trouble
}

TEST(LabelledTable, ColumnsAreMatchedByName) {
  const LabelledTable table = read({"x,y,label\n1,10,a\n", "y,label,x\n20,a,2\n"});
  EXPECT_DOUBLE_EQ(column(table, 0)[0] * 10, column(table, 1)[0]);
  EXPECT_DOUBLE_EQ(column(table, 0)[1] * 10, column(table, 1)[1]);
  EXPECT_THAT(failure({"x,y,label\n1,2,a\n", "x,label\n1,a\n"}, {}, ExitCode::mismatch), HasSubstr("no column 'y'"));
}

TEST(LabelledTable, NoRowsAtAll) {
  EXPECT_THAT(failure({""}), HasSubstr("stdin: no rows, the input is empty"));
  EXPECT_THAT(failure({"x,label\n"}), HasSubstr("empty"));
}

TEST(LabelledTable, TwoSetsOfFeaturesAreNotMixed) {
  EXPECT_THAT(failure({R"({"x":1,"label":"a","feature_set":"s/1"})"
                       "\n"
                       R"({"x":1,"label":"a","feature_set":"s/2"})"
                       "\n"}),
              HasSubstr("stdin:2: feature_set 's/2'"));
}

TEST(LabelledTable, UnknownIsNoClass) {
  EXPECT_THAT(failure({"x,label\n1,unknown\n"}), HasSubstr("--relabel unknown=NAME"));
}

TEST(LabelledTable, TakesRowsInTheOrderGiven) {
  const LabelledTable table = read({"x,label\n1,a\n2,b\n3,a\n"});
  const std::vector<std::uint32_t> rows = {2, 0};
  const LabelledTable taken = take_rows(table, rows);
  EXPECT_EQ(taken.rows(), 2U);
  EXPECT_EQ(column(taken, 0)[0], column(table, 0)[2]);
  EXPECT_EQ(taken.labels[1], table.labels[0]);
  EXPECT_EQ(taken.classes, table.classes);
}

TEST(LabelledTable, OnePositiveClassAgainstTheRest) {
  TableChoice choice;
  choice.positive = "WEB";
  choice.relabel = {{"web", "WEB"}};
  const LabelledTable table = read({kRows}, choice);
  EXPECT_THAT(table.classes, ElementsAre("WEB", "background"));
  EXPECT_THAT(table.labels, ElementsAre(0, 1, 0));
  choice.positive = "tor";
  EXPECT_THAT(failure({kRows}, choice, ExitCode::usage), HasSubstr("--positive: no row has the label 'tor'"));
}

TEST(LabelledTable, WeightsAndTimesStandBesideTheFeatures) {
  const std::string text = "flow_id,x,w,t,label\n2,7,0.5,1700000000.123456789,a\n1,8,3,12,b\n";
  TableChoice choice;
  choice.rule.never = {"label", "w", "t"};
  choice.weight = "w";
  choice.time = "t";
  LabelledTable table = read({text}, choice);
  EXPECT_THAT(table.features, ElementsAre("x"));
  EXPECT_THAT(table.weights, ElementsAre(3, 0.5));
  EXPECT_THAT(table.times, ElementsAre(12, 1700000000.123456789));
  const std::uint32_t second[] = {1};
  table = take_rows(table, second);
  EXPECT_THAT(table.weights, ElementsAre(0.5));
  EXPECT_THAT(table.times, ElementsAre(1700000000.123456789));
  EXPECT_THAT(failure({"x,w,t,label\n7,-1,1,a\n"}, choice), HasSubstr("stdin:2: column 'w': a weight below 0"));
  EXPECT_THAT(failure({"x,w,t,label\n7,1,,a\n"}, choice), HasSubstr("stdin:2: column 't' has no value"));
  EXPECT_THAT(failure({"x,t,label\n7,1,a\n"}, choice, ExitCode::usage), HasSubstr("no column 'w'"));
}

TEST(LabelledTable, WhatIsNoFeatureIsCarriedAsItCame) {
  TableChoice choice;
  choice.carry = true;
  choice.not_carried = {"fold"};
  choice.rule.exclude = {"note"};
  const std::string text = R"({"flow_id":"2","x":1.50,"fold":3,"note":{"a": [1,2]},"label":"web","votes":[]})"
                           "\n"
                           R"({"x":2,"fold":3,"note":null,"flow_id":"1","label":"dns"})"
                           "\n";
  const LabelledTable table = read({text}, choice);
  EXPECT_THAT(table.carried, ElementsAre(R"({"note":null,"flow_id":"1","label":"dns"})",
                                         R"({"flow_id":"2","note":{"a": [1,2]},"label":"web"})"));
}

TEST(LabelledTable, KeepsRowsWithoutALabelWhereWanted) {
  TableChoice choice;
  choice.keep_unlabelled = true;
  const LabelledTable table = read(
      {R"({"flow_id":"3","x":3})" "\n" R"({"flow_id":"1","x":1,"label":"web"})" "\n",
       R"({"flow_id":"4","x":4,"label":"unknown"})" "\n" R"({"flow_id":"2","x":2,"label":null})" "\n"},
      choice);
  EXPECT_THAT(column(table, 0), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(table.labels, ElementsAre(0, kUnlabelled, kUnlabelled, kUnlabelled));
  EXPECT_THAT(table.classes, ElementsAre("web"));
  EXPECT_THAT(table.places, ElementsAre(1, 3, 0, 2));
  EXPECT_EQ(table.unlabelled, 0U);
}

TEST(RowHashes, TellRowsApartByEveryValue) {
  Columns x(4, 2);
  for (std::size_t r = 0; r < 4; ++r) {
    x.column(0)[r] = r < 2 ? 1 : 2;
    x.column(1)[r] = r == 3 ? 9 : 5;
  }
  const std::vector<std::uint64_t> hashes = row_hashes(x);
  EXPECT_EQ(hashes[0], hashes[1]);
  EXPECT_NE(hashes[1], hashes[2]);
  EXPECT_NE(hashes[2], hashes[3]);
}

}  // namespace
}  // namespace mltat
