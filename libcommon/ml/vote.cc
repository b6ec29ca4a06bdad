// SPDX-License-Identifier: Apache-2.0
#include "ml/vote.h"

#include "base/number_text.h"
#include "io/json_text.h"
#include "ml/metrics.h"

namespace mltat {
namespace {

void append_explanation(std::string& out, const std::vector<Moved>& moved) {
  out += ",\"explain\":[";
  for (const Moved& one : moved) {
    if (&one != &moved.front()) out += ',';
    out += "{\"feature\":";
    append_json_string(out, one.feature);
    out += ",\"value\":";
    append_number(out, one.value);
    out += ",\"effect\":";
    append_number(out, one.effect);
    out += '}';
  }
  out += ']';
}

void append_vote(std::string& out, const Vote& vote) {
  out += "{\"model\":";
  append_json_string(out, vote.model);
  out += ",\"label\":";
  append_json_string(out, vote.label);
  out += ",\"confidence\":";
  append_number(out, vote.confidence);
  out += ",\"positive\":";
  if (vote.positive)
    append_json_string(out, *vote.positive);
  else
    out += "null";
  out += ",\"weight\":";
  if (vote.weight)
    append_number(out, *vote.weight);
  else
    out += "null";
  if (!vote.proba.empty()) {
    out += ",\"proba\":{";
    for (const auto& [name, probability] : vote.proba) {
      if (&name != &vote.proba.front().first) out += ',';
      append_json_string(out, name);
      out += ':';
      append_number(out, probability);
    }
    out += '}';
  }
  if (vote.explain) append_explanation(out, *vote.explain);
  out += '}';
}

std::string quoted_text(std::string_view json_string) {
  std::string text;
  append_unescaped(text, json_string.substr(1, json_string.size() - 2));
  return text;
}

std::optional<double> share(const JsonMember& member) {
  const std::optional<double> value =
      member.type == JsonType::number ? parse_finite(member.value) : std::optional<double>();
  return value && *value >= 0 && *value <= 1 ? value : std::nullopt;
}

std::string wanted(std::string_view key, std::string_view what) {
  return "a vote's '" + std::string(key) + "' is no " + std::string(what);
}

}  // namespace

bool abstains(const Vote& vote) {
  return vote.label == kUnknownLabel;
}

std::optional<double> probability_of(const Vote& vote, std::string_view label) {
  if (vote.proba.empty()) return std::nullopt;
  for (const auto& [name, probability] : vote.proba)
    if (name == label) return probability;
  return 0;
}

Key votes_key() {
  const Keys moved = {{.name = "feature", .doc = "name of the feature"},
                      {.name = "value", .kind = ValueKind::number, .doc = "its value in the row"},
                      {.name = "effect", .kind = ValueKind::number, .doc = "what the confidence loses at its median"}};
  const Keys vote = {
      {.name = "model", .doc = "file of the model without .json"},
      {.name = "label", .doc = "class, background or unknown"},
      {.name = "confidence", .kind = ValueKind::share, .doc = "probability of the label"},
      {.name = "positive", .doc = "class of a model against the rest", .nullable = true},
      {.name = "weight", .kind = ValueKind::share, .doc = "cross-validated macro F1", .nullable = true},
      {.name = "proba", .kind = ValueKind::shares, .doc = "probability of each class", .always = false},
      {.name = "explain", .kind = ValueKind::object, .doc = "features that moved the vote most", .always = false,
       .list = true, .members = moved}};
  return {.name = "votes", .kind = ValueKind::object, .doc = "what each model says", .list = true, .members = vote};
}

void append_votes(std::string& out, std::span<const Vote> votes) {
  out += '[';
  for (const Vote& vote : votes) {
    if (&vote != &votes.front()) out += ',';
    append_vote(out, vote);
  }
  out += ']';
}

std::optional<std::string> VoteReader::read(std::string_view json, std::vector<Vote>& out) {
  const std::size_t before = out.size();
  if (json.empty() || json.front() != '[') return "'votes' is no array";
  if (auto fact = json_.objects(json, "a vote is no JSON object", members_, ends_)) return fact;
  std::size_t begin = 0;
  out.reserve(before + ends_.size());
  for (const std::size_t end : ends_) {
    Vote& vote = out.emplace_back();
    const std::span members(members_.data() + begin, end - begin);
    if (auto fact = read_vote(members, vote)) return fact;
    begin = end;
    for (const Vote& other : std::span(out).subspan(before, out.size() - 1 - before))
      if (other.model == vote.model) return "model '" + vote.model + "' votes twice";
  }
  return std::nullopt;
}

std::optional<std::string> VoteReader::read_vote(std::span<const JsonMember> members, Vote& vote) {
  bool confident = false;
  for (const JsonMember& member : members) {
    const bool null = member.type == JsonType::null;
    const bool text = member.type == JsonType::string;
    if (member.key == "model" || member.key == "label") {
      if (!text) return wanted(member.key, "text");
      (member.key == "model" ? vote.model : vote.label) = quoted_text(member.value);
    } else if (member.key == "confidence") {
      const std::optional<double> value = share(member);
      if (!value) return wanted(member.key, "number from 0 to 1");
      vote.confidence = *value;
      confident = true;
    } else if (member.key == "positive" && !null) {
      if (!text) return wanted(member.key, "text or null");
      vote.positive = quoted_text(member.value);
    } else if (member.key == "weight" && !null) {
      vote.weight = share(member);
      if (!vote.weight) return wanted(member.key, "number from 0 to 1 or null");
    } else if (member.key == "proba" && !null) {
      if (member.type != JsonType::object) return wanted(member.key, "object");
      if (auto fact = read_proba(member.value, vote)) return fact;
    }
  }
  if (vote.model.empty() || vote.label.empty() || !confident)
    return "a vote lacks one of 'model', 'label', 'confidence'";
  return std::nullopt;
}

std::optional<std::string> VoteReader::read_proba(std::string_view json, Vote& vote) {
  if (auto fact = json_.members(json, classes_)) return fact;
  for (const JsonMember& member : classes_) {
    const std::optional<double> value = share(member);
    if (!value) return wanted("proba", "set of numbers from 0 to 1");
    std::string& name = vote.proba.emplace_back(std::string(), *value).first;
    append_unescaped(name, member.key);
  }
  return std::nullopt;
}

}  // namespace mltat
