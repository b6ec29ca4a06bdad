// SPDX-License-Identifier: Apache-2.0
// Model files: the input is one. A model that is taken must answer whatever numbers a row has.
#include <cmath>
#include <string_view>

#include "base/error.h"
#include "fuzz.h"
#include "ml/model.h"

namespace {

using namespace mltat;
using fuzz::expect;

/// Rows that models seldom see: zeros, the largest numbers of either sign, very large beside very small, a slope.
/// Missing numbers do not get this far: predict refuses the row.
constexpr std::size_t kRows = 5;
double value_at(std::size_t row, std::size_t column) {
  switch (row) {
    case 0: return 0;
    case 1: return 1.7e308;
    case 2: return -1.7e308;
    case 3: return column % 2 == 0 ? 1e300 : -1e-300;
    default: return static_cast<double>(column) - .5;
  }
}

void expect_probabilities(const Model& model) {
  Columns x(kRows, model.features.size());
  for (std::size_t c = 0; c < model.features.size(); ++c)
    for (std::size_t row = 0; row < kRows; ++row)
      x.column(c)[row] = value_at(row, c);
  Matrix proba;
  model.predict_proba(x, proba);
  expect(proba.rows() == kRows && proba.columns() == model.classes.size(), "a probability for each row and class");
  for (std::size_t row = 0; row < kRows; ++row) {
    double sum = 0;
    for (const double p : proba.row(row)) {
      expect(p >= 0 && p <= 1 + 1e-9, "a probability is between 0 and 1");
      sum += p;
    }
    expect(std::abs(sum - 1) < 1e-6, "the probabilities of a row sum to 1");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const Model model = parse_model({reinterpret_cast<const char*>(data), size}, "input");
    const std::string text = to_text(model);
    expect(to_text(parse_model(text, "input")) == text, "a model written, read and written is the same");
    expect_probabilities(model);
  } catch (const Error&) {  // no model
  }
  return 0;
}
