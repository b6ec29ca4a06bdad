// SPDX-License-Identifier: Apache-2.0
#include "tools/fuse/stacked.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "ml/stack.h"

namespace mltat::fuse {

StackedModel::StackedModel(Model model, const std::string& name) : model_(std::move(model)) {
  for (const std::string& feature : model_.features) {
    if (feature.find('.') == std::string::npos)
      throw Error(ExitCode::mismatch,
                  name + ": feature '" + feature + "' is no vote (MODEL.CLASS): a model by train --stack is wanted");
    place_.emplace(feature, place_.size());
  }
}

std::string StackedModel::fill(const std::vector<Vote>& votes, std::size_t row, Columns& x) const {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t c = 0; c < x.columns(); ++c)
    x.column(c)[row] = kMissing;
  for (const Vote& vote : votes)
    for (const auto& [name, probability] : vote.proba)
      if (const auto known = place_.find(stacked_column(vote.model, name)); known != place_.end())
        x.column(known->second)[row] = probability;
  for (std::size_t c = 0; c < x.columns(); ++c)
    if (std::isnan(x.column(c)[row]))
      return "no vote tells '" + model_.features[c] + "', which --stack wants (predict --proba, with the same models)";
  return {};
}

}  // namespace mltat::fuse
