// SPDX-License-Identifier: Apache-2.0
#include "ml/cotrain_plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "ml/payload.h"
#include "rows/column_choice.h"

namespace mltat {
namespace {

using payload::Json;
using payload::refuse;

constexpr std::string_view kFormat = "mltat-phases";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMostRules = 100;
constexpr std::size_t kMostVoters = 20;

Json recipe_json(const Recipe& recipe) {
  Json parameters = Json::object();
  for (const Parameter& parameter : recipe.learner->parameters)
    parameters[parameter.name] = Json::parse(parameter_json(parameter, recipe.parameters.find(parameter.name)->second));
  return {{"algorithm", recipe.learner->name}, {"parameters", parameters}};
}

/// An object with no other keys than these.
const Json& checked(const Json& object, const std::string& what, std::initializer_list<std::string_view> keys) {
  if (!object.is_object()) refuse(what + ": expected a JSON object");
  for (const auto& [key, value] : object.items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      std::string known;
      for (const std::string_view name : keys)
        (known += known.empty() ? "" : ", ").append(name);
      refuse(what + ": \"" + key + "\" is no key of it; there are " + known);
    }
  return object;
}

const Json& list_of(const Json& value, const std::string& what, std::size_t least, std::size_t most) {
  if (!value.is_array() || value.size() < least || value.size() > most)
    refuse(what + ": expected a list of " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

std::string word(const Json& value, const std::string& what) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) refuse(what + ": expected a word");
  return value.get<std::string>();
}

double real(const Json& value, const std::string& what, double low, double high) {
  const double number = value.is_number() ? value.get<double>() : low - 1;
  if (!(number >= low && number <= high))
    refuse(what + ": expected a number from " + Json(low).dump() + " to " + Json(high).dump());
  return number;
}

bool truth(const Json& value, const std::string& what) {
  if (!value.is_boolean()) refuse(what + ": expected true or false");
  return value.get<bool>();
}

/// Reads a member that may be left out: use(value, where).
template <class Use>
void when_given(const Json& object, const std::string& what, const char* key, Use use) {
  if (const auto it = object.find(key); it != object.end()) use(*it, what.empty() ? key : what + "." + key);
}

/// Reads algorithm and parameters; other members are the caller's.
Recipe parse_recipe(const Json& object, const std::string& what) {
  Recipe recipe = default_recipe("rf");
  try {
    when_given(object, what, "algorithm",
               [&](const Json& value, const std::string& where) { recipe = default_recipe(word(value, where)); });
    when_given(object, what, "parameters", [&](const Json& value, const std::string& where) {
      if (!value.is_object()) refuse(where + ": expected a JSON object");
      for (const auto& [name, given] : value.items()) {
        const auto& known = recipe.learner->parameters;
        const auto parameter = std::find_if(known.begin(), known.end(),
                                            [&name = name](const Parameter& one) { return one.name == name; });
        if (parameter == known.end()) refuse(where + ": " + recipe.learner->name + " has no parameter " + name);
        const double number = parse_parameter(*parameter, given.is_string() ? given.get<std::string>() : given.dump());
        check_parameter(*parameter, number);
        recipe.parameters[name] = number;
      }
    });
  } catch (const Error& error) {
    if (error.code() == ExitCode::bad_data) throw;
    refuse(what + ": " + error.what());
  }
  return recipe;
}

View parse_view(const Json& value, const std::string& what) {
  const Json& object = checked(value, what, {"name", "features", "algorithm", "parameters"});
  View view{what, {}, parse_recipe(object, what)};
  when_given(object, what, "name",
             [&](const Json& name, const std::string& where) { view.name = word(name, where); });
  when_given(object, what, "features", [&](const Json& globs, const std::string& where) {
    for (const Json& glob : list_of(globs, where, 0, 10000))
      view.globs.push_back(word(glob, where));
  });
  return view;
}

Rule parse_rule(const Json& value, const std::string& what) {
  const Json& object = checked(value, what, {"agree", "both", "either"});
  Rule rule;
  when_given(object, what, "agree",
             [&](const Json& agree, const std::string& where) { rule.agree = truth(agree, where); });
  for (const auto& [key, target] : {std::pair("both", &rule.both), std::pair("either", &rule.either)})
    when_given(object, what, key, [target = target](const Json& least, const std::string& where) {
      *target = real(least, where, 0, 1);
    });
  return rule;
}

Gate parse_gate(const Json& value, const std::string& what) {
  const Json& object = checked(value, what, {"min_precision", "max_growth"});
  Gate gate;
  when_given(object, what, "min_precision", [&](const Json& least, const std::string& where) {
    gate.min_precision = real(least, where, 0, 1);
  });
  when_given(object, what, "max_growth", [&](const Json& most, const std::string& where) {
    gate.max_growth = real(most, where, 0, 1e9);
  });
  return gate;
}

void parse_final(const Json& value, const std::string& what, CotrainPlan& plan) {
  const Json& object = checked(value, what, {"vote", "overrules"});
  when_given(object, what, "vote", [&](const Json& voters, const std::string& where) {
    plan.final_vote.clear();
    for (const Json& voter : list_of(voters, where, 1, kMostVoters))
      plan.final_vote.push_back(parse_recipe(checked(voter, where, {"algorithm", "parameters"}), where));
  });
  when_given(object, what, "overrules",
             [&](const Json& flag, const std::string& where) { plan.overrules = truth(flag, where); });
}

CotrainPlan parse(const Json& json) {
  checked(json, "phases",
          {"format", "version", "recipe", "views", "phases", "retrain", "iterate", "gate", "mass", "final"});
  if (json.value("format", Json()) != kFormat) refuse("\"format\" is not \"" + std::string(kFormat) + "\"");
  if (json.value("version", Json()) != kVersion)
    throw Error(ExitCode::mismatch, "\"version\" is not " + std::to_string(kVersion) + ", the one known here");
  CotrainPlan plan = named_plan("gated");
  plan.name = "file";
  when_given(json, "", "recipe", [&](const Json& name, const std::string& where) { plan.name = word(name, where); });
  when_given(json, "", "views", [&](const Json& views, const std::string& where) {
    list_of(views, where, 2, 2);
    for (const std::size_t v : {0, 1})
      plan.views[v] = parse_view(views[v], "view " + std::to_string(v + 1));
    if (plan.views[0].globs.empty() && plan.views[1].globs.empty())
      refuse("views: one of them must name its features, only the other can take what is left");
    if (plan.views[0].name == plan.views[1].name) refuse("views: both are called '" + plan.views[0].name + "'");
  });
  when_given(json, "", "phases", [&](const Json& rules, const std::string& where) {
    plan.rules.clear();
    for (const Json& rule : list_of(rules, where, 0, kMostRules))
      plan.rules.push_back(parse_rule(rule, "phase " + std::to_string(plan.rules.size() + 1)));
  });
  when_given(json, "", "retrain",
             [&](const Json& flag, const std::string& where) { plan.retrain = truth(flag, where); });
  when_given(json, "", "iterate",
             [&](const Json& flag, const std::string& where) { plan.iterate = truth(flag, where); });
  when_given(json, "", "gate", [&](const Json& gate, const std::string& where) {
    plan.gate = gate.is_null() ? std::nullopt : std::optional(parse_gate(gate, where));
  });
  when_given(json, "", "mass", [&](const Json& mass, const std::string& where) {
    plan.mass = mass.is_null() ? std::nullopt : std::optional(real(mass, where, 1e-6, 1e6));
  });
  when_given(json, "", "final", [&](const Json& last, const std::string& where) { parse_final(last, where, plan); });
  return plan;
}

}  // namespace

Recipe default_recipe(std::string_view algorithm) {
  const Learner* learner = find_learner(algorithm);
  if (learner == nullptr) {
    std::string known;
    for (const Learner& one : learners())
      known += (known.empty() ? "" : ", ") + one.name;
    throw Error(ExitCode::usage, "'" + std::string(algorithm) + "' is no algorithm; there are " + known);
  }
  return {learner, default_parameters(*learner)};
}

Recipe forest_recipe() {
  return default_recipe("rf");
}

CotrainPlan named_plan(std::string_view name) {
  CotrainPlan plan;
  plan.name = name;
  plan.views = {View{"packet", {}, forest_recipe()},
                View{"time", {"*iat*", "*duration*", "*idle*", "*active*"}, forest_recipe()}};
  plan.rules = {{true, .8, 0}, {true, 0, .8}, {false, 0, .8}, {false, 0, .7}};
  if (name == "paper") {
    for (const char* algorithm : {"rf", "mlp", "adaboost"})
      plan.final_vote.push_back(default_recipe(algorithm));
  } else if (name == "gated") {
    plan.retrain = false;
    plan.gate.emplace();
    plan.mass = .5;
    plan.final_vote = {forest_recipe()};
    plan.overrules = true;
  } else {
    throw Error(ExitCode::usage, "'" + std::string(name) + "' is no recipe; there are gated, paper");
  }
  return plan;
}

CotrainPlan forest_plan(CotrainPlan plan) {
  plan.name = "forest";
  plan.rules.clear();
  plan.gate.reset();
  plan.mass.reset();
  plan.final_vote = {forest_recipe()};
  return plan;
}

std::string plan_json(const CotrainPlan& plan, bool one_line) {
  Json out = {{"format", kFormat}, {"version", kVersion}, {"recipe", plan.name}};
  for (const View& view : plan.views) {
    Json one = {{"name", view.name}, {"features", Json::array()}};
    for (const std::string& glob : view.globs)
      one["features"].push_back(glob);
    one.update(recipe_json(view.recipe));
    out["views"].push_back(one);
  }
  out["phases"] = Json::array();
  for (const Rule& rule : plan.rules)
    out["phases"].push_back({{"agree", rule.agree}, {"both", rule.both}, {"either", rule.either}});
  out["retrain"] = plan.retrain;
  out["iterate"] = plan.iterate;
  out["gate"] = nullptr;
  if (plan.gate)
    out["gate"] = {{"min_precision", plan.gate->min_precision}, {"max_growth", plan.gate->max_growth}};
  out["mass"] = plan.mass ? Json(*plan.mass) : Json();
  out["final"]["vote"] = Json::array();
  for (const Recipe& recipe : plan.final_vote)
    out["final"]["vote"].push_back(recipe_json(recipe));
  out["final"]["overrules"] = plan.overrules;
  return one_line ? out.dump() : out.dump(2) + "\n";
}

CotrainPlan parse_plan(std::string_view json, const std::string& source) {
  try {
    return parse(Json::parse(json));
  } catch (const Json::exception&) {
    throw Error(ExitCode::bad_data, source + ": not JSON; --print-phases writes an example");
  } catch (const Error& error) {
    throw Error(error.code(), source + ": " + error.what());
  }
}

std::array<std::vector<std::size_t>, 2> view_columns(const std::array<View, 2>& views,
                                                     std::span<const std::string> features) {
  std::array<std::vector<std::size_t>, 2> columns;
  const auto matches = [&](std::size_t v, const std::string& feature) {
    const std::vector<std::string>& globs = views[v].globs;
    return std::any_of(globs.begin(), globs.end(),
                       [&](const std::string& glob) { return glob_matches(glob, feature); });
  };
  for (const std::size_t v : {0, 1}) {
    for (std::size_t c = 0; c < features.size(); ++c)
      if (views[v].globs.empty() ? !matches(1 - v, features[c]) : matches(v, features[c])) columns[v].push_back(c);
    if (columns[v].empty())
      throw Error(ExitCode::usage, "view '" + views[v].name + "' has no feature, " +
                                       (views[v].globs.empty() ? "the other view takes all" : "none matches its globs") +
                                       ": --view " + views[v].name + "=GLOBS names some");
  }
  return columns;
}

}  // namespace mltat
