// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "rows/known_keys.h"
#include "rows/row_reader.h"
#include "rows/row_writer.h"

namespace mltat {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<ByteSource> source(std::string_view text, std::size_t chunk = SIZE_MAX) {
  return std::make_unique<MemorySource>("stdin", as_bytes(text), chunk);
}

/// What went wrong when the stream was opened.
Error open_error(std::string_view text) {
  try {
    RowReader reader(source(text));
  } catch (const Error& error) {
    return error;
  }
  return {ExitCode::ok, "opened"};
}

/// Everything that a run sees: values as `a=1;b=-`, then the trouble.
std::vector<std::string> values(std::string_view text, const RowPlan& plan, std::size_t chunk = SIZE_MAX,
                                std::size_t block = RecordReader::kBlockBytes) {
  RowReader reader(source(text, chunk), block);
  RowBatch batch;
  std::vector<std::string> out;
  while (reader.next(batch)) {
    parse_rows(batch, plan);
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      std::string line = batch.place(row) + " ";
      for (std::size_t c = 0; c < plan.numbers.size(); ++c) {
        const double value = batch.numbers(c)[row];
        line += std::isnan(value) ? "-;" : std::to_string(value) + ";";
      }
      for (std::size_t c = 0; c < plan.texts.size(); ++c)
        line += std::string(batch.text(row, c).value_or("-")) + ";";
      out.push_back(line);
    }
    if (batch.trouble()) {
      EXPECT_EQ(batch.trouble()->code(), ExitCode::bad_data);
      out.emplace_back(batch.trouble()->what());
      break;
    }
  }
  return out;
}

/// The rows rewritten, each with `"added":1` at its end.
std::string rewrite(std::string_view text, RowFormat format, const RowWriter::Keep& keep, std::size_t chunk = SIZE_MAX,
                    std::size_t block = RecordReader::kBlockBytes) {
  RowReader reader(source(text, chunk), block);
  const RowWriter writer(reader.stream(), format, keep, {"added"});
  std::string out = writer.header();
  RowBatch batch;
  while (reader.next(batch)) {
    parse_rows(batch, {});
    EXPECT_FALSE(batch.trouble()) << batch.trouble()->what();
    RowText row_text(writer, batch, out);
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      row_text.begin(row);
      row_text.add_count("added", 1);
      row_text.end();
    }
  }
  return out;
}

bool keep_all(std::string_view) {
  return true;
}

constexpr std::string_view kOdd =
    "{\"n\": 0.10 ,\"big\":18446744073709551616,\"e\":1E+2,\"s\":\"a\\u00e9\\/ \\ud83d\\ude00 }\",\"x\": [ 1,2 ]  }\n"
    "\n"
    "  {\"s\":\"\xc3\xa9\",\"o\":{\"p\":[{}]},\"tiny\":1e-400,\"\":null}\r\n"
    "{ }\n"
    "{\"n\":-0.0,\"flow_id\":\"00ff\",\"t\":true}";

TEST(RowText, OutputMinusTheAddedKeyIsTheInput) {
  const std::string expected =
      "{\"n\": 0.10 ,\"big\":18446744073709551616,\"e\":1E+2,\"s\":\"a\\u00e9\\/ \\ud83d\\ude00 }\",\"x\": [ 1,2 ]  "
      ",\"added\":1}\n"
      "  {\"s\":\"\xc3\xa9\",\"o\":{\"p\":[{}]},\"tiny\":1e-400,\"\":null,\"added\":1}\n"
      "{ \"added\":1}\n"
      "{\"n\":-0.0,\"flow_id\":\"00ff\",\"t\":true,\"added\":1}\n";
  EXPECT_EQ(rewrite(kOdd, RowFormat::ndjson, keep_all), expected);
  for (const std::size_t chunk : {1, 5})
    for (const std::size_t block : {1, 100, 1 << 20})
      EXPECT_EQ(rewrite(kOdd, RowFormat::ndjson, keep_all, chunk, block), expected);
}

TEST(RowText, KeptMembersAreTheBytesTheyCameIn) {
  const auto keep = [](std::string_view name) { return name != "big" && name != "x" && name != "t"; };
  EXPECT_EQ(rewrite(kOdd, RowFormat::ndjson, keep),
            "{\"n\": 0.10,\"e\":1E+2,\"s\":\"a\\u00e9\\/ \\ud83d\\ude00 }\",\"added\":1}\n"
            "  {\"s\":\"\xc3\xa9\",\"o\":{\"p\":[{}]},\"tiny\":1e-400,\"\":null,\"added\":1}\n"
            "{ \"added\":1}\n"
            "{\"n\":-0.0,\"flow_id\":\"00ff\",\"added\":1}\n");
  EXPECT_EQ(rewrite("{\"a\":1}\n", RowFormat::ndjson, [](std::string_view) { return false; }), "{\"added\":1}\n");
}

TEST(RowText, AnAddedKeyReplacesACarriedOne) {
  EXPECT_EQ(rewrite("{\"a\":1,\"added\":7}\n", RowFormat::ndjson, keep_all), "{\"a\":1,\"added\":1}\n");
  EXPECT_EQ(rewrite("added,a\n7,1\n", RowFormat::csv, keep_all), "a,added\n1,1\n");
}

TEST(RowText, CsvKeepsItsBytes) {
  const std::string in = "a,\"b c\",d\r\n0.10,\"x\ny \"\"q\"\"\",\r\n,\"1\",1e5\n";
  EXPECT_EQ(rewrite(in, RowFormat::csv, keep_all), "a,\"b c\",d,added\n0.10,\"x\ny \"\"q\"\"\",,1\n,\"1\",1e5,1\n");
  EXPECT_EQ(rewrite(
                in, RowFormat::csv, [](std::string_view name) { return name != "a"; }, 1, 1),
            "\"b c\",d,added\n\"x\ny \"\"q\"\"\",,1\n\"1\",1e5,1\n");
}

TEST(RowText, CsvToJsonByRule) {
  EXPECT_EQ(
      rewrite("flow_id,n,e,s,q\n0123,0.10,,\"a\"\"b\",\"7\"\n7,-1e5,NaN,\xc3\xa9,01\n", RowFormat::ndjson, keep_all),
      "{\"flow_id\":\"0123\",\"n\":0.10,\"e\":null,\"s\":\"a\\\"b\",\"q\":\"7\",\"added\":1}\n"
      "{\"flow_id\":\"7\",\"n\":-1e5,\"e\":\"NaN\",\"s\":\"\xc3\xa9\",\"q\":\"01\",\"added\":1}\n");
}

TEST(RowText, JsonToCsvByRule) {
  EXPECT_EQ(
      rewrite("{\"n\":0.10,\"s\":\"a,\\\"b\\n\",\"z\":null,\"l\":[1,2.50,null,\"x\"],\"o\":{\"p\":1},\"t\":true}\n"
              "{\"t\":false,\"n\":1}\n",
              RowFormat::csv, keep_all),
      "n,s,z,l,o,t,added\n0.10,\"a,\"\"b\n\",,1 2.50  x,\"{\"\"p\"\":1}\",true,1\n1,,,,,false,1\n");
}

TEST(RowText, JsonToCsvRefusesAColumnThatTheHeaderLacks) {
  try {
    rewrite("{\"a\":1}\n{\"a\":1,\"b\":2}\n", RowFormat::csv, keep_all);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("stdin:2"), HasSubstr("'b'"), HasSubstr("--format ndjson")));
  }
}

TEST(RowWriter, CsvRefusesANameThatNoReaderTakesUnlessItIsLeftOut) {
  constexpr std::string_view kNameless = "{\"a\":1,\"\":2}\n";
  for (const std::string_view rows : {kNameless, std::string_view("{\"a\":1,\"b\\u0001\":2}\n")}) {
    try {
      rewrite(rows, RowFormat::csv, keep_all);
      FAIL() << "not refused: " << rows;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::bad_data);
      EXPECT_THAT(error.what(), HasSubstr("--format ndjson"));
    }
  }
  EXPECT_EQ(rewrite(kNameless, RowFormat::csv, [](std::string_view name) { return !name.empty(); }), "a,added\n1,1\n");
  EXPECT_EQ(rewrite(kNameless, RowFormat::ndjson, keep_all), "{\"a\":1,\"\":2,\"added\":1}\n");
}

TEST(RowWriter, CsvDoesNotBeginLikeAnotherKindOfInput) {
  EXPECT_EQ(rewrite("{\"{x\":1}\n", RowFormat::csv, keep_all), "\"{x\",added\n1,1\n");
  EXPECT_EQ(rewrite("{\"[x\":1}\n", RowFormat::csv, keep_all), "\"[x\",added\n1,1\n");
  EXPECT_EQ(rewrite("{\"\\ufeffx\":1}\n", RowFormat::csv, keep_all), "\"\xef\xbb\xbfx\",added\n1,1\n");
  EXPECT_EQ(rewrite("a,{b\n1,2\n", RowFormat::csv, [](std::string_view name) { return name != "a"; }),
            "\"{b\",added\n2,1\n");
  EXPECT_EQ(rewrite(" a,{b\n1,2\n", RowFormat::csv, keep_all), " a,{b,added\n1,2,1\n");
}

TEST(ParseRows, NumbersTextsAndWhatIsMissing) {
  const RowPlan plan{{"n", "m"}, {"label", "capture"}, false, false};
  const std::vector<std::string> expected = {"stdin:1 1.500000;-;web;-;", "stdin:2 -;2.000000;v\xc3\xb6ip;7;",
                                             "stdin:3 -;-;-;-;"};
  EXPECT_EQ(values("{\"n\":1.5,\"label\":\"web\"}\n{\"capture\":7,\"m\":2e0,\"n\":null,\"label\":\"v\\u00f6ip\"}\n{"
                   "\"label\":\"\"}",
                   plan),
            expected);
  EXPECT_THAT(values("label,n,m,capture\nweb,1.5,,\n\"v\xc3\xb6ip\", ,\" 2\",7\n,,,\n", plan),
              ElementsAre("stdin:2 1.500000;-;web;-;", "stdin:3 -;2.000000;v\xc3\xb6ip;7;", "stdin:4 -;-;-;-;"));
}

TEST(ParseRows, ColumnsAreMatchedByNameInAnyOrderAndSpelling) {
  EXPECT_THAT(
      values("{\"a\":1,\"b\":2}\n{\"b\":4,\"a\":3}\n{\"x\":0,\"\\u0061\":5,\"b\":6}\n{\"\\u0061\":7}\n{\"a\":8}\n",
             {{"a", "b"}, {}, false, false}),
      ElementsAre("stdin:1 1.000000;2.000000;", "stdin:2 3.000000;4.000000;", "stdin:3 5.000000;6.000000;",
                  "stdin:4 7.000000;-;", "stdin:5 8.000000;-;"));
  // The raw text a\b is a and a backspace, the name a\b is written a\\b.
  EXPECT_THAT(values(R"({"a\\b":1})"
                     "\n"
                     R"({"a\b":2})"
                     "\n",
                     {{"a\\b"}, {}, false, false}),
              ElementsAre("stdin:1 1.000000;", "stdin:2 -;"));
}

TEST(ParseRows, ABadRowEndsTheStreamBehindTheRowsBefore) {
  const RowPlan plan{{"n"}, {}, true, true};
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {R"({"n":"abc"})", {"column 'n'", "\"abc\" is no number", "--exclude 'n'"}},
      {R"({"n":true})", {"column 'n'", "\"true\" is no number"}},
      {R"({"n":[1]})", {"column 'n'", "\"[1]\" is no number"}},
      {R"({"n":1e400})", {"column 'n'", "beyond the range"}},
      {R"({"n":NaN})", {"no JSON value: NaN"}},
      {R"({"n":null})", {"column 'n'", "no value"}},
      {R"({"m":1})", {"column 'n'", "no value"}},
      {R"({"n":1,"n":2})", {"'n'", "twice"}},
      {R"({"n":1)", {"JSON"}},
      {R"(n,m)", {"JSON"}}};
  for (const auto& [bad, words] : cases) {
    for (const std::size_t block : {1, 1 << 20}) {
      const auto got = values("{\"n\":1}\n{\"n\":2}\n" + bad + "\n{\"n\":4}\n", plan, SIZE_MAX, block);
      ASSERT_EQ(got.size(), 3u) << bad;
      EXPECT_EQ(got[1], "stdin:2 2.000000;");
      EXPECT_THAT(got[2], testing::StartsWith("stdin:3: "));
      for (const std::string& word : words)
        EXPECT_THAT(got[2], HasSubstr(word));
    }
  }
}

TEST(ParseRows, BadCsvRows) {
  const RowPlan plan{{"n"}, {}, true, false};
  const auto trouble = [&](const std::string& row) { return values("n,m\n1,2\n" + row + "\n", plan).back(); };
  EXPECT_THAT(trouble("1"), AllOf(HasSubstr("stdin:3: "), HasSubstr("1 fields where the header has 2")));
  EXPECT_THAT(trouble("1,2,3"), HasSubstr("3 fields where the header has 2"));
  EXPECT_THAT(trouble("1,\"x\"y"), HasSubstr("closing quote"));
  EXPECT_THAT(trouble("1,x\"y"), HasSubstr("quote inside"));
  EXPECT_THAT(trouble("NaN,1"),
              AllOf(HasSubstr("column 'n'"), HasSubstr("\"NaN\" is no finite number"), Not(HasSubstr("--exclude"))));
  EXPECT_THAT(trouble("1e400,1"), HasSubstr("beyond the range"));
  EXPECT_THAT(trouble(",1"), HasSubstr("no value"));
  EXPECT_THAT(trouble("1,\"x"), AllOf(HasSubstr("stdin:3"), HasSubstr("not closed")));
}

TEST(ParseRows, MessagesStayOnOneShortLine) {
  const auto got = values("{\"n\":\"" + std::string(5000, 'x') + "\\n\"}\n", {{"n"}, {}, true, false});
  EXPECT_LT(got.back().size(), 120u);
  EXPECT_THAT(got.back(), Not(HasSubstr("\n")));
}

TEST(RowBatch, FailCutsTheBatchOff) {
  RowReader reader(source("{\"a\":1}\n{\"a\":2}\n"));
  RowBatch batch;
  ASSERT_TRUE(reader.next(batch));
  parse_rows(batch, {});
  ASSERT_EQ(batch.rows(), 2u);
  EXPECT_EQ(batch.value_text(*batch.find(1, "a")), "2");
  EXPECT_EQ(batch.find(1, "b"), nullptr);
  batch.fail(1, Error(ExitCode::mismatch, "no"));
  EXPECT_EQ(batch.rows(), 1u);
  EXPECT_EQ(batch.trouble()->code(), ExitCode::mismatch);
}

TEST(RowReader, ColumnsOfTheFirstRecord) {
  EXPECT_THAT(RowReader(source("{\"a\":1,\"\\u0062\":{}}\n{\"c\":1}")).stream().columns, ElementsAre("a", "b"));
  EXPECT_THAT(RowReader(source("\xef\xbb\xbf"
                               "a,\"b\"\"\",c\n"))
                  .stream()
                  .columns,
              ElementsAre("a", "b\"", "c"));
  EXPECT_THAT(RowReader(source("\xef\xbb\xbf{\"a\":1}")).stream().columns, ElementsAre("a"));
  EXPECT_TRUE(RowReader(source("")).empty());
  EXPECT_TRUE(RowReader(source("\n \n")).empty());
  RowReader header_only(source("a,b\n"));
  EXPECT_FALSE(header_only.empty());
  RowBatch batch;
  EXPECT_FALSE(header_only.next(batch));
}

TEST(RowReader, WhatIsNoStreamOfRowsIsRefusedWithARemedy) {
  const auto expect = [](std::string_view text, const std::vector<std::string>& words) {
    const Error error = open_error(text);
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    EXPECT_THAT(error.what(), testing::StartsWith("stdin:"));
    for (const std::string& word : words)
      EXPECT_THAT(error.what(), HasSubstr(word));
  };
  expect("\xd4\xc3\xb2\xa1 and so on, and on", {"PCAP", "run `featurize` first"});
  expect("\x0a\x0d\x0d\x0a and so on, and on", {"PCAP", "run `featurize` first"});
  expect("\x1f\x8b and so on, and so on", {"gzip", "zcat"});
  expect("\x28\xb5\x2f\xfd and so on, and on", {"zstd", "zstdcat"});
  expect(std::string_view("\x01\x02\0\x03 and so on, and on", 20), {"neither NDJSON nor CSV"});
  expect("[{\"a\":1}]\n", {"JSON array", "jq -c"});
  expect("\n [{\"a\":1}]\n", {"JSON array", "jq -c"});
  expect("{\"flow_id\":\"0\",\"pkt_len\":[1],\"pkt_iat_us\":[0],\"pkt_payload\":[0]}\n",
         {"flow records", "run `featurize` first"});
  expect("flow_id,pkt_len,pkt_iat_us\n0,1 2,0 1\n", {"flow records", "featurize"});
  expect("{\"a\":1\n", {"stdin:1", "JSON"});
  expect("\n\n{\"a\":tru}\n", {"stdin:3", "tru"});
  expect("a,b,c,b\n1,2,3,4\n", {"stdin:1", "'b'", "2 and 4"});
  expect("a,,c\n", {"stdin:1", "column 2", "no name"});
}

TEST(RequireColumn, NamesOptionColumnAndInput) {
  RowReader reader(source("a,b\n"));
  EXPECT_NO_THROW(require_column(reader.stream(), "a", "--truth"));
  try {
    require_column(reader.stream(), "c", "--truth");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("--truth"), HasSubstr("stdin"), HasSubstr("'c'")));
  }
}

TEST(KnownKeys, ProtocolIsIdentityAndFeature) {
  EXPECT_TRUE(is_identity_key("protocol"));
  EXPECT_FALSE(is_no_feature("protocol"));
  for (const char* key :
       {"flow_id", "dst_port", "first_ts", "dpi_confidence", "label", "application", "votes", "verdict"})
    EXPECT_TRUE(is_no_feature(key)) << key;
  EXPECT_FALSE(is_no_feature("fwd_pkts"));
}

}  // namespace
}  // namespace mltat
