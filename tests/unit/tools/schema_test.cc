// SPDX-License-Identifier: Apache-2.0
// What the tools declare of their rows, against what other rooms know of the same keys.
#include <gtest/gtest.h>

#include <algorithm>

#include "features/feature_names.h"
#include "features/feature_row.h"
#include "flow/record.h"
#include "rows/known_keys.h"
#include "tools/cotrain/options.h"
#include "tools/featurize/options.h"
#include "tools/flowgen/options.h"
#include "tools/fuse/options.h"
#include "tools/predict/options.h"

namespace mltat {
namespace {

std::vector<Schema> all_schemas() {
  return {flowgen::schema({}), featurize::schema({}), predict::schema({}), fuse::schema({}), cotrain::schema({})};
}

TEST(Schemas, EachKeyIsOneThatRowsKnowOrAFeature) {
  for (const Schema& schema : all_schemas()) {
    if (schema.table == "flows") continue;  // featurize makes rows of them
    for (const Key& key : schema.keys)
      EXPECT_TRUE(is_identity_key(key.name) || is_label_key(key.name) || is_vote_key(key.name) || is_feature(key.name))
          << schema.table << ": " << key.name;
  }
}

TEST(Schemas, ATextIsOneThatACsvOfDigitsStaysATextIn) {
  for (const Schema& schema : all_schemas())
    for (const Key& key : schema.keys) {
      const bool text = key.kind == ValueKind::text || key.kind == ValueKind::address;
      EXPECT_EQ(text, is_text_key(key.name)) << schema.table << ": " << key.name;
    }
}

TEST(Schemas, NoKeyStandsTwiceAndNoPlaceOfTheCommonSchemaIsTakenTwice) {
  for (const Schema& schema : all_schemas()) {
    std::vector<std::string> names;
    for (const Key& key : schema.keys) {
      names.push_back(key.name);
      if (!key.ecs.empty()) names.push_back("ecs:" + key.ecs);
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end()) << schema.table;
  }
}

TEST(Schemas, ANameOfTheUserIsQuoted) {
  cotrain::ToolOptions options;
  options.label = R"(my "class")";
  const std::string table = schema_text(cotrain::schema(options), "duckdb");
  EXPECT_NE(table.find(R"(  "my ""class""" VARCHAR,)"), std::string::npos) << table;
  // The column of --label takes the place of none but its own.
  EXPECT_NE(table.find("  \"label\" VARCHAR,"), std::string::npos);
}

}  // namespace
}  // namespace mltat
