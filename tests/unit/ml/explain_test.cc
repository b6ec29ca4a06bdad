// SPDX-License-Identifier: Apache-2.0
#include "ml/explain.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mltat {
namespace {

/// P(b) = 0.5 + a x + b y, of a classifier that has seen medians 0, 0 and 5.
class Linear : public Classifier {
 public:
  void predict_proba(const Columns& x, Matrix& out) const override {
    if (out.rows() != x.rows()) out = Matrix(x.rows(), 2);
    for (std::size_t r = 0; r < x.rows(); ++r) {
      out.row(r)[1] = 0.5 + 0.1 * x.column(0)[r] - 0.05 * x.column(1)[r];
      out.row(r)[0] = 1 - out.row(r)[1];
    }
  }
  std::string payload() const override { return "{}"; }
};

Model linear_model() {
  Model model;
  model.classes = {"a", "b"};
  model.features = {"x", "y", "idle"};
  model.classifier = std::make_shared<Linear>();
  Profile profile;
  profile.features = {{{}, {1}, {}, -9, 0, 9}, {{}, {1}, {}, -9, 0, 9}, {{}, {1}, {}, 5, 5, 5}};
  model.profile = profile;
  return model;
}

std::vector<std::vector<Effect>> effects(const std::vector<std::array<double, 3>>& rows, std::size_t most) {
  const Model model = linear_model();
  Columns x(rows.size(), 3);
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t c = 0; c < 3; ++c)
      x.column(c)[r] = rows[r][c];
  Matrix proba;
  model.predict_proba(x, proba);
  return explain(model, x, proba, most);
}

TEST(Explain, EffectsByHand) {
  const auto all = effects({{3, 1, 7}, {-2, 1, 5}, {0, 0, 5}}, 20);
  ASSERT_EQ(all.size(), 3U);
  // P(b) is 0.75: without x 0.45, without y 0.8; what the classifier does not look at has no effect.
  ASSERT_EQ(all[0].size(), 2U);
  EXPECT_EQ(all[0][0].feature, 0U);
  EXPECT_EQ(all[0][0].value, 3);
  EXPECT_NEAR(all[0][0].effect, 0.3, 1e-12);
  EXPECT_EQ(all[0][1].feature, 1U);
  EXPECT_NEAR(all[0][1].effect, -0.05, 1e-12);
  // P(a) is 0.75: both features speak for it.
  ASSERT_EQ(all[1].size(), 2U);
  EXPECT_NEAR(all[1][0].effect, 0.2, 1e-12);
  EXPECT_NEAR(all[1][1].effect, 0.05, 1e-12);
  EXPECT_TRUE(all[2].empty());
}

TEST(Explain, TheLargestComeFirstWhateverTheirSign) {
  const auto all = effects({{1, 4, 5}, {1, 2, 5}}, 1);
  ASSERT_EQ(all[0].size(), 1U);
  EXPECT_EQ(all[0][0].feature, 1U);
  ASSERT_EQ(all[1].size(), 1U);
}

}  // namespace
}  // namespace mltat
