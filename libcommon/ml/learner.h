// SPDX-License-Identifier: Apache-2.0
/// The algorithms that train knows: each a record with its parameters as data and two functions. Adding one takes a
/// file pair and a line in the registry (learner.cc).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ml/classifier.h"
#include "ml/table.h"
#include "parallel/pipeline.h"

namespace mltat {

/// One hyper-parameter: an option of train, a member of the model's `parameters`, a row of --list-parameters.
struct Parameter {
  std::string name;  ///< snake_case; the option is --kebab-case
  double fallback;
  double low;  ///< allowed range, both ends included
  double high;
  bool whole;  ///< integers only
  std::string doc;
  std::vector<double> grid;             ///< values tried by default where a grid asks for this parameter
  std::vector<std::string> words = {};  ///< a choice among words: the value is the index of one; empty: a number
};

/// A value for every parameter of the learner.
using Parameters = std::map<std::string, double, std::less<>>;

/// Rows to learn from. Labels are indices of classes, each below n_classes. A row counts as weight / weight_unit rows;
/// weights are integers above 0, their sum is at most 2^30; empty: each row counts once.
struct TrainingSet {
  const Columns& x;
  std::span<const std::uint32_t> labels;
  std::span<const std::uint32_t> weights;
  std::size_t n_classes;
  std::uint32_t weight_unit = 1;  ///< the weight that is one row; 1 without weights

  double times(std::size_t row) const {
    return weights.empty() ? 1 : static_cast<double>(weights[row]) / static_cast<double>(weight_unit);
  }
};

struct Learner {
  std::string name;
  std::string doc;
  std::vector<Parameter> parameters;

  /// The same classifier for any number of threads. Requires: at least one row; finite values; a full Parameters.
  /// Errors: Error(bad_data) for more rows than the learner takes.
  std::shared_ptr<const Classifier> (*fit)(const TrainingSet& set, const Parameters& parameters, std::uint64_t seed,
                                           Threads threads);
  /// A payload back into a classifier. Errors: Error(bad_data) with the fact, without the file's name.
  std::shared_ptr<const Classifier> (*parse)(const nlohmann::ordered_json& payload, std::size_t n_features,
                                             std::size_t n_classes);
};

/// In the order of the documentation.
const std::vector<Learner>& learners();

/// Null for a name that is not registered.
const Learner* find_learner(std::string_view name);

Parameters default_parameters(const Learner& learner);

/// Errors: Error(usage) naming the option, its range and the value.
void check_parameter(const Parameter& parameter, double value);

/// A value as people give it: one of the words, or a number of any size. Errors: Error(usage) with the fact.
double parse_parameter(const Parameter& parameter, const std::string& given);

/// A value as reports and models carry it: a JSON string or number.
std::string parameter_json(const Parameter& parameter, double value);

/// `max_depth` as the option's name: --max-depth.
std::string option_name(const Parameter& parameter);

}  // namespace mltat
