// SPDX-License-Identifier: Apache-2.0
#include "ml/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/rng.h"
#include "ml/forest.h"
#include "ml/learner.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;

struct Data {
  Columns x;
  std::vector<std::uint32_t> labels;
};

/// Classes that overlap: their trees are not small.
Data noisy_data(std::uint64_t seed, std::size_t rows, std::size_t columns, std::uint32_t classes) {
  Rng rng{seed};
  Data data{Columns(rows, columns), {}};
  for (std::size_t r = 0; r < rows; ++r) {
    const auto label = static_cast<std::uint32_t>(rng.below(classes));
    data.labels.push_back(label);
    for (std::size_t c = 0; c < columns; ++c)
      data.x.column(c)[r] = rng.uniform() + (c % classes == label ? 0.4 : 0.0) * static_cast<double>(c % 3);
  }
  return data;
}

std::shared_ptr<const Classifier> learn(const std::string& algorithm, const Data& data, std::size_t classes,
                                        const Parameters& changes = {}, unsigned threads = 1) {
  const Learner& learner = *find_learner(algorithm);
  Parameters parameters = default_parameters(learner);
  for (const auto& [name, value] : changes)
    parameters.find(name)->second = value;
  return learner.fit({data.x, data.labels, {}, classes}, parameters, 1, Threads{threads});
}

Model small_model(const std::string& algorithm, std::uint64_t seed = 1) {
  const Data data = noisy_data(seed, 300, 4, 3);
  return {algorithm,
          {"a", "b", "c"},
          std::nullopt,
          {"w", "x", "y", "z"},
          "mltat30/1",
          0.75,
          R"({"rows":300})",
          R"({"trees":5})",
          learn(algorithm, data, 3, algorithm == "rf" ? Parameters{{"trees", 5}} : Parameters{})};
}

std::vector<double> all_probabilities(const Classifier& classifier, const Columns& x) {
  Matrix out;
  classifier.predict_proba(x, out);
  std::vector<double> values;
  for (std::size_t r = 0; r < out.rows(); ++r)
    for (const double p : out.row(r))
      values.push_back(p);
  return values;
}

class EveryTree : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Model, EveryTree, testing::Values("c45", "rf"), [](const auto& one) { return one.param; });

TEST_P(EveryTree, WritingAndReadingChangesNothing) {
  const Model model = small_model(GetParam());
  const std::string text = to_text(model);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const Model read = parse_model(text, "m.json");
  EXPECT_EQ(to_text(read), text);
  EXPECT_EQ(read.classes, model.classes);
  EXPECT_EQ(read.features, model.features);
  EXPECT_EQ(read.weight, model.weight);
  const Data other = noisy_data(99, 1500, 4, 3);  // more than one block of rows, and a remainder
  EXPECT_EQ(all_probabilities(*read.classifier, other.x), all_probabilities(*model.classifier, other.x));
}

TEST_P(EveryTree, ThreadsChangeNothing) {
  const Data data = noisy_data(3, 6000, 6, 4);  // large enough for the columns to be scanned side by side
  EXPECT_EQ(learn(GetParam(), data, 4, {}, 1)->payload(), learn(GetParam(), data, 4, {}, 4)->payload());
}

TEST_P(EveryTree, RowsOfProbabilitiesSumToOne) {
  const Data data = noisy_data(4, 700, 5, 3);
  Matrix out;
  learn(GetParam(), data, 3)->predict_proba(data.x, out);
  for (std::size_t r = 0; r < out.rows(); ++r) {
    double sum = 0;
    for (const double p : out.row(r)) {
      EXPECT_GE(p, 0);
      sum += p;
    }
    ASSERT_NEAR(sum, 1, 1e-12);
  }
}

TEST_P(EveryTree, ManyFeaturesTakeWideNodes) {
  const Data data = noisy_data(5, 400, 300, 3);
  const auto classifier = learn(GetParam(), data, 3);
  Model model = small_model(GetParam());
  model.features.clear();
  for (int i = 0; i < 300; ++i)
    model.features.push_back("f" + std::to_string(i));
  model.classifier = classifier;
  EXPECT_EQ(all_probabilities(*parse_model(to_text(model), "m").classifier, data.x),
            all_probabilities(*classifier, data.x));
}

/// The slow twin of scoring: one row down one tree, as the payload is documented.
std::vector<double> naive_probabilities(const Json& payload, const std::vector<double>& row, std::size_t classes) {
  std::vector<double> sums(classes, 0);
  const double smoothing = payload["smoothing"];
  for (const Json& tree : payload["trees"]) {
    std::vector<std::size_t> rank(tree["feature"].size(), 0);
    std::size_t splits = 0;
    for (std::size_t i = 0; i < rank.size(); ++i)
      if (tree["feature"][i] != -1) rank[i] = splits++;
    std::size_t at = 0;
    while (tree["feature"][at] != -1) {
      const std::size_t feature = tree["feature"][at];
      const double threshold = payload["thresholds"][feature][tree["value"][at].get<std::size_t>()];
      at = 2 * rank[at] + (row[feature] <= threshold ? 1 : 2);
    }
    const Json& leaf = payload["leaves"][tree["value"][at].get<std::size_t>()];
    std::vector<double> counts(classes, smoothing);
    double sum = smoothing * static_cast<double>(classes);
    for (std::size_t i = 0; i < leaf.size(); i += 2) {
      counts[leaf[i].get<std::size_t>()] += leaf[i + 1].get<double>();
      sum += leaf[i + 1].get<double>();
    }
    for (std::size_t c = 0; c < classes; ++c)
      sums[c] += counts[c] / sum;
  }
  for (double& p : sums)
    p /= static_cast<double>(payload["trees"].size());
  return sums;
}

TEST_P(EveryTree, ScoresAsThePayloadIsDocumented) {
  const Data data = noisy_data(6, 500, 5, 3);
  const auto classifier =
      learn(GetParam(), data, 3, GetParam() == "rf" ? Parameters{{"trees", 7}, {"min_leaf", 3}} : Parameters{});
  const Json payload = Json::parse(classifier->payload());
  const Data other = noisy_data(7, 203, 5, 3);
  Matrix out;
  classifier->predict_proba(other.x, out);
  for (std::size_t r = 0; r < other.x.rows(); ++r) {
    std::vector<double> row;
    for (std::size_t c = 0; c < 5; ++c)
      row.push_back(other.x.column(c)[r]);
    const std::vector<double> wanted = naive_probabilities(payload, row, 3);
    for (std::size_t c = 0; c < 3; ++c)
      ASSERT_NEAR(out.row(r)[c], wanted[c], 1e-12);
  }
}

TEST(Forest, OneTreeOfTwoLeavesByHand) {
  ForestParts parts{1, 2, 1, {{2.5}}, {{{0, 3}}, {{0, 1}, {1, 4}}}, {{{0, -1, -1}, {0, 0, 1}}}};
  const auto forest = make_forest(parts);
  Columns x(3, 1);
  x.column(0)[0] = 2.5;  // equal goes to the first child
  x.column(0)[1] = 2.6;
  x.column(0)[2] = -7;
  Matrix out;
  forest->predict_proba(x, out);
  EXPECT_DOUBLE_EQ(out.row(0)[0], 4.0 / 5);  // (3 + 1) / (3 + 2)
  EXPECT_DOUBLE_EQ(out.row(1)[1], 5.0 / 7);
  EXPECT_DOUBLE_EQ(out.row(2)[0], 4.0 / 5);
  EXPECT_EQ(forest->payload(), R"({"smoothing":1,"thresholds":[[2.5]],"leaves":[[0,3],[0,1,1,4]],)"
                               R"("trees":[{"feature":[0,-1,-1],"value":[0,0,1]}]})");
}

TEST(Forest, AFullyGrownForestKnowsItsRows) {
  const Data data = noisy_data(8, 400, 4, 3);
  Matrix out;
  learn("rf", data, 3)->predict_proba(data.x, out);
  std::size_t right = 0;
  for (std::size_t r = 0; r < out.rows(); ++r)
    right += out.row(r)[data.labels[r]] == *std::max_element(out.row(r).begin(), out.row(r).end());
  EXPECT_GT(right, 395U);  // a row is in about 63 of 100 bootstraps
}

/// Every change makes the text refused with bad_data, and the message names the file.
void expect_refused(const Json& model, const std::string& what) {
  try {
    parse_model(model.dump(), "evil.json");
    ADD_FAILURE() << what << " was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_data) << what << ": " << error.what();
    EXPECT_EQ(std::string(error.what()).rfind("evil.json: ", 0), 0U) << error.what();
  }
}

const std::set<std::string> kMayBeLeftOut = {"multiclass", "calibration", "thresholds", "profile"};

TEST_P(EveryTree, HostileModelsAreRefused) {
  const Json good = Json::parse(to_text(small_model(GetParam())));
  const auto refuse = [&](const std::string& pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    expect_refused(bad, pointer + " = " + value.dump().substr(0, 40));
  };
  for (const auto& [key, value] : good.items()) {
    if (key == "tool" || kMayBeLeftOut.contains(key)) continue;  // `tool` is for people
    Json bad = good;
    bad.erase(key);
    expect_refused(bad, "no " + key);
    refuse("/" + key, Json::array({Json::object()}));
  }
  refuse("/classes", {"b", "a", "c"});
  refuse("/classes", {"a", "a", "c"});
  refuse("/classes", {"a", "b"});  // a leaf names the third
  refuse("/classes", {"a", "b", "unknown"});
  refuse("/features/1/name", "w");
  refuse("/features", good["features"][0]);
  refuse("/positive", "a");
  for (const std::string& key : kMayBeLeftOut)
    for (const Json& value : {Json::array({Json::object()}), Json::object(), Json("none"), Json(1)})
      refuse("/" + key, value);
  refuse("/weight", 1.5);
  refuse("/weight", "0.5");
  refuse("/payload/smoothing", 257);
  refuse("/payload/smoothing", -1);
  refuse("/payload/thresholds", Json::array());
  refuse("/payload/thresholds/0", {2.0, 1.0});
  refuse("/payload/thresholds/0", {1.0, 1.0});
  refuse("/payload/thresholds/0/0", nullptr);
  refuse("/payload/thresholds/0/0", "NaN");
  refuse("/payload/leaves/0", Json::array());
  refuse("/payload/leaves/0", {0});
  refuse("/payload/leaves/0", {0, 0});
  refuse("/payload/leaves/0", {3, 1});
  refuse("/payload/leaves/0", {1, 1, 0, 1});
  refuse("/payload/leaves/0", {0, 4294967296});
  refuse("/payload/leaves/0", {0, 1.5});
  refuse("/payload/trees", Json::array());
  refuse("/payload/trees/0/feature", Json::array());
  refuse("/payload/trees/0/feature/0", 4);
  refuse("/payload/trees/0/feature/0", -2);
  refuse("/payload/trees/0/feature/0", -1);  // all others lose their parent
  refuse("/payload/trees/0/value/0", 4000000000);
  refuse("/payload/trees/0/value/0", -1);
  const std::size_t last = good["payload"]["trees"][0]["feature"].size() - 1;
  refuse("/payload/trees/0/feature/" + std::to_string(last), 0);  // a split without children
  refuse("/payload/trees/0/value/" + std::to_string(last), 1000000);
}

/// A model with every part that may be left out.
Model full_model() {
  Model model = small_model("c45");
  const Data data = noisy_data(1, 300, 4, 3);
  Matrix proba;
  model.classifier->predict_proba(data.x, proba);
  std::vector<std::uint32_t> rows(data.labels.size());
  std::iota(rows.begin(), rows.end(), 0);
  model.calibration = Calibration::fit(proba, data.labels, rows);
  model.thresholds = {0.9, {0.5, std::nullopt, 0.75}};
  LabelledTable table;
  table.features = model.features;
  table.x = data.x;
  table.classes = model.classes;
  table.labels = data.labels;
  model.profile = Profile::fit(table, std::vector<double>{0.1, 0.2, 0, 0});
  return model;
}

TEST(Model, CarriesItsCalibrationThresholdsAndProfile) {
  const Model model = full_model();
  const std::string text = to_text(model);
  const Model read = parse_model(text, "m.json");
  EXPECT_EQ(to_text(read), text);
  EXPECT_EQ(read.thresholds->by_class, model.thresholds->by_class);
  EXPECT_EQ(read.profile->features.size(), 4U);

  const Data other = noisy_data(99, 200, 4, 3);
  Matrix plain, calibrated;
  read.classifier->predict_proba(other.x, plain);
  read.predict_proba(other.x, calibrated);
  EXPECT_NE(plain.row(0)[0], calibrated.row(0)[0]);
  model.calibration->apply(plain);
  for (std::size_t r = 0; r < 200; ++r)
    ASSERT_TRUE(std::equal(plain.row(r).begin(), plain.row(r).end(), calibrated.row(r).begin()));
}

TEST(Model, WhatMayBeLeftOutIsNullThen) {
  Json json = Json::parse(to_text(small_model("c45")));
  EXPECT_EQ(json["multiclass"], "native");
  for (const std::string& key : kMayBeLeftOut)
    json.erase(key);
  const Model read = parse_model(json.dump(), "m.json");
  EXPECT_EQ(read.multiclass, Multiclass::native);
  EXPECT_FALSE(read.calibration || read.thresholds || read.profile);
}

TEST(Model, PartsForOtherClassesOrFeaturesAreRefusedByTheirName) {
  const Json good = Json::parse(to_text(full_model()));
  for (const std::string& key : kMayBeLeftOut) {
    Json bad = good;
    if (key == "multiclass")
      bad[key] = "both";
    else if (key == "profile")
      bad[key]["features"].erase("w");
    else if (key == "calibration")
      bad[key]["kind"] = "cold";
    else
      bad[key]["classes"].erase("b");
    try {
      parse_model(bad.dump(), "evil.json");
      ADD_FAILURE() << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::bad_data);
      EXPECT_EQ(std::string(error.what()).rfind("evil.json: " + key + ": ", 0), 0U) << error.what();
    }
  }
  Json bad = good;
  bad["multiclass"] = "ovr";  // the payload is that of one tree
  expect_refused(bad, "ovr");
}

TEST(Model, AModelOfPairsComesBack) {
  const Data data = noisy_data(2, 300, 4, 3);
  const Learner& learner = *find_learner("c45");
  Model model = small_model("c45");
  for (const Multiclass multiclass : {Multiclass::ovr, Multiclass::ovo}) {
    model.multiclass = multiclass;
    model.classifier = fit_recipe({&learner, default_parameters(learner), 1, multiclass, Balance::none},
                                  {data.x, data.labels, {}, 3}, 1, Threads{1});
    const Model read = parse_model(to_text(model), "m.json");
    EXPECT_EQ(read.multiclass, multiclass);
    EXPECT_EQ(all_probabilities(*read.classifier, data.x), all_probabilities(*model.classifier, data.x));
  }
}

TEST(Model, TextThatIsNoModelIsRefused) {
  const std::string good = to_text(small_model("c45"));
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[1]"), std::string("null"), good.substr(0, good.size() / 2),
        good + good, std::string("\0\1\2", 3), std::string(100000, '['), R"({"a":)" + std::string(200000, '[')}) {
    try {
      parse_model(text, "evil");
      ADD_FAILURE() << text.substr(0, 40);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::bad_data);
    }
  }
}

TEST(Model, ADeepTrainingObjectIsRefusedNotFollowed) {
  std::string text = to_text(small_model("c45"));
  const std::string training = R"("training":{"rows":300})";
  const std::size_t at = text.find(training);
  ASSERT_NE(at, std::string::npos);
  std::string deep = R"("training":{"x":)" + std::string(1000000, '[') + std::string(1000000, ']') + "}";
  EXPECT_THROW(parse_model(text.replace(at, training.size(), deep), "evil"), Error);
}

TEST(Model, AnotherVersionOrAlgorithmIsAMismatch) {
  for (const auto& [key, value] : {std::pair<std::string, Json>{"version", 2}, {"algorithm", "oracle"}}) {
    Json other = Json::parse(to_text(small_model("c45")));
    other[key] = value;
    try {
      parse_model(other.dump(), "m.json");
      ADD_FAILURE() << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::mismatch) << error.what();
    }
  }
}

TEST(Model, PositiveStandsAgainstBackground) {
  Model model = small_model("c45");
  const Data data = noisy_data(1, 100, 4, 2);
  model.classes = {"background", "voip"};
  model.positive = "voip";
  model.classifier = learn("c45", data, 2);
  EXPECT_EQ(parse_model(to_text(model), "m").positive, "voip");
  model.positive = "background";
  EXPECT_THROW(parse_model(to_text(model), "m"), Error);
}

TEST(Model, DamagedBytesAreRefusedOrHarmless) {
  const Data data = noisy_data(11, 64, 4, 3);
  for (const Model& intact : {small_model("c45"), small_model("rf"), full_model()}) {
    const std::string good = to_text(intact);
    Rng rng{2024};
    int taken = 0;
    for (int i = 0; i < 1500; ++i) {
      std::string bad = good;
      for (std::uint64_t k = 0; k <= rng.below(3); ++k)
        bad[rng.below(bad.size())] = "0123456789-,[]{}e.\"\\"[rng.below(20)];
      try {
        const Model model = parse_model(bad, "evil");
        ++taken;
        if (model.features.size() != 4) continue;
        Matrix out;
        model.predict_proba(data.x, out);
        for (std::size_t r = 0; r < out.rows(); ++r)
          for (const double p : out.row(r))
            ASSERT_TRUE(std::isfinite(p));
      } catch (const Error&) {
        // refused: what is wanted most of the time
      }
    }
    EXPECT_GT(taken, 0);  // digits that change into digits
    EXPECT_LT(taken, 1400);
  }
}

}  // namespace
}  // namespace mltat
