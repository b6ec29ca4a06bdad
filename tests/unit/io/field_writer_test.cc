// SPDX-License-Identifier: Apache-2.0
#include "io/field_writer.h"

#include <gtest/gtest.h>

namespace mltat {
namespace {

/// Every kind of value once, by the same calls for both formats.
std::string row(RowFormat format) {
  std::string out;
  FieldWriter writer(out, format);
  writer.key("a").uint(18446744073709551615u);
  writer.key("b").number(0.25);
  writer.key("c").timestamp(-1);
  writer.key("d").word("fin");
  writer.key("e").hex64(0xab);
  writer.key("f").text("x,\"y\"");
  writer.key("g").text("");
  writer.key("h").null();
  const int values[] = {3, -1, 2};
  writer.key("i").array(3, [&](std::size_t i) { writer.integer(values[i]); });
  writer.key("j").array(0, [](std::size_t) { ADD_FAILURE(); });
  writer.end_row();
  return out;
}

TEST(FieldWriter, Ndjson) {
  EXPECT_EQ(row(RowFormat::ndjson),
            "{\"a\":18446744073709551615,\"b\":0.25,\"c\":-0.000000001,\"d\":\"fin\",\"e\":\"00000000000000ab\","
            "\"f\":\"x,\\\"y\\\"\",\"g\":null,\"h\":null,\"i\":[3,-1,2],\"j\":[]}\n");
}

TEST(FieldWriter, Csv) {
  EXPECT_EQ(row(RowFormat::csv),
            "18446744073709551615,0.25,-0.000000001,fin,00000000000000ab,\"x,\"\"y\"\"\",,,3 -1 2,\n");
}

TEST(FieldWriter, LongTextsAndManyFieldsStayInOrder) {
  const std::string name(3000, 'n');
  std::string out;
  std::string expected = "{\"n\":\"" + name + "\"";
  FieldWriter writer(out, RowFormat::ndjson);
  writer.key("n").word(name);
  for (int i = 0; i < 1000; ++i) {
    writer.key("k").microseconds(1500 * i);
    expected += ",\"k\":" + std::to_string(3 * i / 2) + (i % 2 == 1 ? ".5" : "");
    if (i % 100 != 0) continue;
    writer.key("t").text("\t");
    expected += ",\"t\":\"\\t\"";
  }
  writer.end_row();
  EXPECT_EQ(out, expected + "}\n");
}

TEST(FieldWriter, RowsAreAppended) {
  std::string out = "before\n";
  for (int i = 0; i < 2; ++i) {
    FieldWriter writer(out, RowFormat::ndjson);
    writer.key("a").uint(1);
    writer.end_row();
  }
  EXPECT_EQ(out, "before\n{\"a\":1}\n{\"a\":1}\n");
}

}  // namespace
}  // namespace mltat
