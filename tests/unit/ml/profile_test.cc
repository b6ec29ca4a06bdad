// SPDX-License-Identifier: Apache-2.0
#include "ml/profile.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/rng.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;
using Numbers = std::vector<double>;

TEST(Profile, TenBinsOfEqualSharesByHand) {
  Numbers values;
  for (int i = 20; i > 0; --i)
    values.push_back(i);
  const FeatureProfile profile = profile_of(values);
  EXPECT_EQ(profile.cuts, (Numbers{2, 4, 6, 8, 10, 12, 14, 16, 18}));
  EXPECT_EQ(profile.shares, Numbers(10, 0.1));
  EXPECT_EQ(profile.bin(-5), 0U);
  EXPECT_EQ(profile.bin(2), 0U);  // a cut belongs to the bin below
  EXPECT_EQ(profile.bin(2.1), 1U);
  EXPECT_EQ(profile.bin(1e300), 9U);
}

TEST(Profile, FewValuesMakeFewBins) {
  const FeatureProfile one = profile_of(Numbers{7, 7, 7});
  EXPECT_EQ(one.cuts, Numbers());
  EXPECT_EQ(one.shares, Numbers{1});
  const FeatureProfile zeros = profile_of(Numbers{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5});
  EXPECT_EQ(zeros.cuts, Numbers{0});
  EXPECT_EQ(zeros.shares, (Numbers{0.95, 0.05}));
  // Hardly ever below the highest value: the cut stands under it, not at it, where nothing would be above.
  const FeatureProfile full = profile_of(Numbers{1, 2, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
  EXPECT_EQ(full.cuts, Numbers{2});
  EXPECT_EQ(full.shares, (Numbers{0.1, 0.9}));
  EXPECT_EQ(profile_of(Numbers{3}).shares, Numbers{1});
}

TEST(Profile, SharesAreThoseOfTheBins) {
  Rng rng{3};
  Numbers values;
  for (int i = 0; i < 997; ++i)
    values.push_back(i % 3 == 0 ? 40 : static_cast<double>(rng.below(100)));
  const FeatureProfile profile = profile_of(values);
  std::vector<int> counts(profile.shares.size(), 0);
  for (const double value : values)
    ++counts[profile.bin(value)];
  for (std::size_t b = 0; b < counts.size(); ++b) {
    EXPECT_GT(counts[b], 0);
    EXPECT_DOUBLE_EQ(profile.shares[b], counts[b] / 997.0);
  }
}

LabelledTable small_table() {
  LabelledTable table;
  table.features = {"x", "y \"z\""};
  table.x = Columns(4, 2);
  for (std::size_t r = 0; r < 4; ++r) {
    table.x.column(0)[r] = static_cast<double>(r);
    table.x.column(1)[r] = -1;
  }
  table.classes = {"a", "b"};
  table.labels = {1, 1, 0, 1};
  return table;
}

TEST(Profile, OfATableByHand) {
  const LabelledTable table = small_table();
  EXPECT_EQ(Profile::fit(table, {}).json(table.features, table.classes),
            R"({"rows":4,"classes":{"a":0.25,"b":0.75},"features":{)"
            R"("x":{"cuts":[0,1,2],"shares":[0.25,0.25,0.25,0.25],"importance":null,"min":0,"median":1,"max":3},)"
            R"("y \"z\"":{"cuts":[],"shares":[1],"importance":null,"min":-1,"median":-1,"max":-1}},)"
            R"("drift_limits":[]})");
  const Profile weighed = Profile::fit(table, Numbers{0.5, -0.01});
  EXPECT_EQ(weighed.features[1].importance, -0.01);
}

TEST(Profile, WritingAndReadingChangesNothing) {
  const LabelledTable table = small_table();
  Profile profile = Profile::fit(table, Numbers{0.1, 0});
  profile.drift_limits = {{100, 0.5}, {1000, 0.125}};
  const std::string text = profile.json(table.features, table.classes);
  const Profile read = Profile::parse(Json::parse(text), table.features, table.classes);
  EXPECT_EQ(read.json(table.features, table.classes), text);
}

TEST(Profile, HostileTextIsRefused) {
  const LabelledTable table = small_table();
  const Json good = Json::parse(Profile::fit(table, Numbers{0.1, 0}).json(table.features, table.classes));
  const auto refuse = [&](const std::string& pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    try {
      Profile::parse(bad, table.features, table.classes);
      ADD_FAILURE() << pointer << " = " << value << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::bad_data);
    }
  };
  refuse("", Json::array());
  refuse("/rows", 0);
  refuse("/rows", -1);
  refuse("/rows", 1.5);
  refuse("/classes", Json::array({0.25, 0.75}));
  refuse("/classes", {{"a", 1}});
  refuse("/classes", {{"a", 0.25}, {"c", 0.75}});
  refuse("/classes/a", 0.5);  // the sum
  refuse("/classes/a", -0.25);
  refuse("/classes/a", nullptr);
  refuse("/features", {{"x", good["features"]["x"]}});
  refuse("/features/w", good["features"]["x"]);
  refuse("/features/x", nullptr);
  refuse("/features/x/cuts", {2, 1, 0});
  refuse("/features/x/cuts", {1, 1, 2});
  refuse("/features/x/cuts", {1, 2});
  refuse("/features/x/cuts", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  refuse("/features/x/cuts/0", "0");
  refuse("/features/x/shares", {0.5, 0.5});
  refuse("/features/x/shares/0", 0.5);
  refuse("/features/x/shares", {2, -1, 0, 0});
  refuse("/features/x/shares/0", nullptr);
  refuse("/features/x/importance", "high");
  refuse("/features/x/min", nullptr);
  refuse("/features/x/min", 0.5);  // above a cut
  refuse("/features/x/median", -1);
  refuse("/features/x/median", "1");
  refuse("/features/x/max", 2);  // nothing above the last cut
  refuse("/features/x/max", 0);
  refuse("/drift_limits", nullptr);
  refuse("/drift_limits", {1});
  refuse("/drift_limits", {{{"rows", 100}}});
  refuse("/drift_limits", {{{"rows", 0}, {"psi", 1}}});
  refuse("/drift_limits", {{{"rows", 100}, {"psi", -1}}});
  refuse("/drift_limits", {{{"rows", 100}, {"psi", nullptr}}});
  refuse("/drift_limits", {{{"rows", 100}, {"psi", 1}}, {{"rows", 100}, {"psi", 1}}});
}

}  // namespace
}  // namespace mltat
