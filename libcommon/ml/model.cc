// SPDX-License-Identifier: Apache-2.0
#include "ml/model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "ml/learner.h"
#include "ml/metrics.h"
#include "ml/report.h"

namespace mltat {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "mltat-model";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMaxDepth = 64;  ///< of nested arrays and objects: writing JSON again is recursive

[[noreturn]] void refuse(const std::string& fact) {
  throw Error(ExitCode::bad_data, fact);
}

void check_depth(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) refuse("not a model: nested too deeply");
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
}

const Json& member(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end()) refuse(std::string("not a model: no ") + key);
  return *it;
}

std::string text_of(const Json& value, const char* what) {
  if (!value.is_string()) refuse(std::string(what) + ": not a text");
  return value.get<std::string>();
}

std::string object_text(const Json& value, const char* what) {
  if (!value.is_object()) refuse(std::string(what) + ": not an object");
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void check_version(const Json& model) {
  if (!model.is_object()) refuse("not a model: not a JSON object");
  if (text_of(member(model, "format"), "format") != kFormat) refuse("not a model: format is not mltat-model");
  const Json& version = member(model, "version");
  if (!version.is_number_unsigned()) refuse("version: not a number");
  if (version.get<std::uint64_t>() != kVersion)
    throw Error(ExitCode::mismatch, "model format version " + std::to_string(version.get<std::uint64_t>()) +
                                        " is not known here (version " + std::to_string(kVersion) +
                                        " is): use the mltat that wrote it, or train again");
}

std::vector<std::string> parse_classes(const Json& list) {
  if (!list.is_array() || list.empty() || list.size() > kMaxClasses)
    refuse("classes: not a list of 1 to " + std::to_string(kMaxClasses));
  std::vector<std::string> classes;
  for (const Json& name : list)
    classes.push_back(text_of(name, "classes"));
  const auto out_of_order = std::adjacent_find(classes.begin(), classes.end(), std::greater_equal<>());
  if (out_of_order != classes.end()) refuse("classes: not ascending, or one stands twice");
  if (std::find(classes.begin(), classes.end(), kUnknownLabel) != classes.end())
    refuse("classes: 'unknown' is no class");
  return classes;
}

std::vector<std::string> parse_features(const Json& list) {
  if (!list.is_array() || list.empty()) refuse("features: not a list");
  std::vector<std::string> features;
  std::set<std::string> seen;
  for (const Json& feature : list) {
    if (!feature.is_object()) refuse("features: not an object");
    features.push_back(text_of(member(feature, "name"), "features"));
    if (!seen.insert(features.back()).second) refuse("features: '" + features.back() + "' stands twice");
  }
  return features;
}

std::optional<std::string> parse_positive(const Json& value, const std::vector<std::string>& classes) {
  if (value.is_null()) return std::nullopt;
  std::string positive = text_of(value, "positive");
  const auto known = [&](std::string_view name) {
    return std::find(classes.begin(), classes.end(), name) != classes.end();
  };
  if (classes.size() != 2 || !known(positive) || !known("background") || positive == "background")
    refuse("positive: the classes are not it and 'background'");
  return positive;
}

std::optional<double> parse_weight(const Json& value) {
  if (value.is_null()) return std::nullopt;
  if (!value.is_number() || !(value.get<double>() >= 0 && value.get<double>() <= 1)) refuse("weight: not in 0 to 1");
  return value.get<double>();
}

/// `read` of the member, null where it is null or left out. What is wrong with it is told with its name.
template <class Read>
auto optional_part(const Json& model, const char* key, Read read) -> std::optional<decltype(read(model))> {
  const auto it = model.find(key);
  if (it == model.end() || it->is_null()) return std::nullopt;
  try {
    return read(*it);
  } catch (const Error& error) {
    throw Error(error.code(), std::string(key) + ": " + error.what());
  }
}

Multiclass parse_multiclass(const Json& value) {
  const std::optional<Multiclass> known = multiclass_of(value.is_string() ? value.get<std::string>() : "");
  if (!known) refuse("not native, ovr or ovo");
  return *known;
}

Model parse(std::string_view text) {
  check_depth(text);
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) refuse("not a model: not JSON, or cut off");
  check_version(json);
  Model model;
  model.algorithm = text_of(member(json, "algorithm"), "algorithm");
  model.classes = parse_classes(member(json, "classes"));
  model.positive = parse_positive(member(json, "positive"), model.classes);
  model.features = parse_features(member(json, "features"));
  model.feature_set = text_of(member(json, "feature_set"), "feature_set");
  model.parameters = object_text(member(json, "parameters"), "parameters");
  model.weight = parse_weight(member(json, "weight"));
  model.training = object_text(member(json, "training"), "training");
  const Learner* learner = find_learner(model.algorithm);
  if (learner == nullptr)
    throw Error(ExitCode::mismatch, "algorithm '" + model.algorithm + "' is not known here: a newer mltat wrote it");
  model.multiclass = optional_part(json, "multiclass", parse_multiclass).value_or(Multiclass::native);
  model.calibration =
      optional_part(json, "calibration", [&](const Json& part) { return Calibration::parse(part, model.classes); });
  model.thresholds =
      optional_part(json, "thresholds", [&](const Json& part) { return Thresholds::parse(part, model.classes); });
  model.profile = optional_part(json, "profile",
                                [&](const Json& part) { return Profile::parse(part, model.features, model.classes); });
  const auto classifier = optional_part(json, "payload", [&](const Json& part) {
    return parse_classifier(*learner, model.multiclass, part, model.features.size(), model.classes.size());
  });
  if (!classifier) refuse("not a model: no payload");
  model.classifier = *classifier;
  return model;
}

}  // namespace

void Model::predict_proba(const Columns& x, Matrix& out) const {
  classifier->predict_proba(x, out);
  if (calibration) calibration->apply(out);
}

std::string to_text(const Model& model) {
  std::vector<std::string> features;
  for (std::size_t f = 0; f < model.features.size(); ++f) {
    JsonObject feature;
    feature.text("name", model.features[f]);
    if (!model.units.empty() && !model.units[f].empty()) feature.text("unit", model.units[f]);
    features.push_back(feature.str());
  }
  const auto json_or_null = [](const auto& part, const auto&... names) {
    return part ? part->json(names...) : std::string("null");
  };
  JsonObject out;
  out.text("format", kFormat).count("version", kVersion).text("tool", "train (mltat) " MLTAT_VERSION);
  out.text("algorithm", model.algorithm).text("multiclass", name_of(model.multiclass)).texts("classes", model.classes);
  out.text_or_null("positive", model.positive.value_or(""));
  out.raw("features", json_array(features))
      .text("feature_set", model.feature_set)
      .raw("parameters", model.parameters)
      .number("weight", model.weight)
      .raw("training", model.training)
      .raw("calibration", json_or_null(model.calibration, model.classes))
      .raw("thresholds", json_or_null(model.thresholds, model.classes))
      .raw("profile", json_or_null(model.profile, model.features, model.classes))
      .raw("payload", model.classifier->payload());
  return out.str() + "\n";
}

Model parse_model(std::string_view text, const std::string& name) {
  try {
    return parse(text);
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what());
  }
}

}  // namespace mltat
