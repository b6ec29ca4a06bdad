// SPDX-License-Identifier: Apache-2.0
#include "features/feature_names.h"

#include <map>

#include "features/feature_measurement.h"

namespace mltat {
namespace {

/// The features that featurize can write, and their units.
const std::map<std::string, std::string, std::less<>>& registry() {
  static const auto units = [] {
    std::map<std::string, std::string, std::less<>> out;
    const FeatureSet all("mltat30,flags,splt:1000,bursts,hist");
    for (const FeatureInfo& feature : all.features())
      out.emplace(feature.name, feature.unit);
    return out;
  }();
  return units;
}

}  // namespace

bool is_feature(std::string_view name) {
  return registry().contains(name);
}

std::string unit_of(std::string_view name) {
  const auto known = registry().find(name);
  return known == registry().end() ? "" : known->second;
}

}  // namespace mltat
