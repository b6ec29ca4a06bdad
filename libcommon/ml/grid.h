// SPDX-License-Identifier: Apache-2.0
/// Hyper-parameters by trial: what `--grid` asks for, as a list of parameter sets.
///
/// `c=1,10;gamma=0.1,0.3` names parameters of the learner and the values to try; a name alone takes the values that
/// --list-parameters shows, and the word `default` every parameter that has more than one of these. Names are those
/// of the model (`max_depth`) or of the option (`max-depth`), in any case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ml/learner.h"

namespace mltat {

struct GridAxis {
  const Parameter* parameter;
  std::vector<double> values;  ///< at least one, none twice
};

/// Errors: Error(usage) naming the word: an unknown name, one that stands twice, a value out of range or twice.
std::vector<GridAxis> parse_grid(const Learner& learner, std::string_view text);

/// Every combination, the last axis moving fastest; parameters that are no axis as in `base`.
/// Errors: Error(usage) for more than kMaxGridPoints.
std::vector<Parameters> grid_points(const std::vector<GridAxis>& axes, const Parameters& base);
inline constexpr std::size_t kMaxGridPoints = 10000;

/// The parameter of that name. Errors: Error(usage) naming those that there are.
const Parameter& find_parameter(const Learner& learner, std::string_view name);

}  // namespace mltat
