// SPDX-License-Identifier: Apache-2.0
/// The payload of c45, rf and adaboost, to JSON and back.
#include <limits>
#include <nlohmann/json.hpp>

#include "base/number_text.h"
#include "ml/forest.h"
#include "ml/payload.h"

namespace mltat {
namespace {

using payload::append_list;
using payload::array_at;
using payload::Json;
using payload::reals;
using payload::refuse;

template <class Int>
Int integer(const Json& value, const char* what) {
  using Limits = std::numeric_limits<Int>;
  if (!value.is_number_integer()) refuse(std::string(what) + ": not an integer");
  const bool fits = value.is_number_unsigned() ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(Limits::max())
                                               : value.get<std::int64_t>() >= static_cast<std::int64_t>(Limits::min());
  if (!fits) refuse(std::string(what) + ": out of range");
  return value.get<Int>();
}

template <class Int>
std::vector<Int> integers(const Json& list, const char* what) {
  if (!list.is_array()) refuse(std::string(what) + ": not an array");
  std::vector<Int> out;
  out.reserve(list.size());
  for (const Json& value : list)
    out.push_back(integer<Int>(value, what));
  return out;
}

Leaf parse_leaf(const Json& list) {
  const std::vector<std::uint32_t> flat = integers<std::uint32_t>(list, "leaves");
  if (flat.size() % 2 != 0) refuse("leaves: a class without a count");
  Leaf leaf;
  for (std::size_t i = 0; i < flat.size(); i += 2)
    leaf.emplace_back(flat[i], flat[i + 1]);
  return leaf;
}

}  // namespace

std::shared_ptr<const Classifier> parse_forest(const Json& stored, std::size_t n_features, std::size_t n_classes) {
  if (!stored.is_object()) refuse("payload: not an object");
  ForestParts parts;
  parts.n_features = n_features;
  parts.n_classes = n_classes;
  const auto smoothing = stored.find("smoothing");
  if (smoothing == stored.end()) refuse("payload: no smoothing");
  parts.smoothing = integer<std::uint32_t>(*smoothing, "smoothing");
  if (stored.contains("weights")) {
    parts.weights = reals(stored["weights"], "weights");
    if (parts.weights.empty()) refuse("weights: none");
  }
  for (const Json& list : array_at(stored, "thresholds"))
    parts.thresholds.push_back(reals(list, "thresholds"));
  for (const Json& list : array_at(stored, "leaves"))
    parts.leaves.push_back(parse_leaf(list));
  for (const Json& tree : array_at(stored, "trees")) {
    if (!tree.is_object()) refuse("trees: not an object");
    parts.trees.push_back({integers<std::int32_t>(array_at(tree, "feature"), "feature"),
                           integers<std::uint32_t>(array_at(tree, "value"), "value")});
  }
  return make_forest(parts);
}

std::string forest_text(const ForestParts& parts) {
  std::string out = "{\"smoothing\":";
  append_uint(out, parts.smoothing);
  if (!parts.weights.empty()) {
    out += ",\"weights\":";
    out += payload::text(parts.weights);
  }
  out += ",\"thresholds\":";
  out += payload::text(parts.thresholds);
  out += ",\"leaves\":";
  append_list(out, parts.leaves, [&](const Leaf& leaf) {
    append_list(out, leaf, [&](const auto& entry) {
      append_uint(out, entry.first);
      out += ',';
      append_uint(out, entry.second);
    });
  });
  out += ",\"trees\":";
  append_list(out, parts.trees, [&](const FlatTree& tree) {
    out += "{\"feature\":";
    append_list(out, tree.feature, [&](std::int32_t value) { append_int(out, value); });
    out += ",\"value\":";
    append_list(out, tree.value, [&](std::uint32_t value) { append_uint(out, value); });
    out += '}';
  });
  return out + "}";
}

}  // namespace mltat
