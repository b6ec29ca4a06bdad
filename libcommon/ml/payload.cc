// SPDX-License-Identifier: Apache-2.0
#include "ml/payload.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/number_text.h"

namespace mltat::payload {
namespace {

void append_float(std::string& out, float value) {
  char digits[32];
  const auto [end, fault] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

const Json& sized_array(const Json& list, std::size_t size, const char* what) {
  if (!list.is_array()) refuse(std::string(what) + ": not an array");
  if (list.size() != size)
    refuse(std::string(what) + ": " + std::to_string(list.size()) + " entries, expected " + std::to_string(size));
  return list;
}

}  // namespace

void refuse(const std::string& fact) {
  throw Error(ExitCode::bad_data, fact);
}

const Json& member(const Json& object, const char* key) {
  if (!object.is_object()) refuse(std::string("not an object where ") + key + " was expected");
  const auto it = object.find(key);
  if (it == object.end()) refuse(std::string("no ") + key);
  return *it;
}

const Json& array_at(const Json& object, const char* key) {
  const Json& list = member(object, key);
  if (!list.is_array()) refuse(std::string(key) + ": not an array");
  return list;
}

std::string word_at(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_string()) refuse(std::string(key) + ": not a text");
  return value.get<std::string>();
}

std::vector<const Json*> members_in_order(const Json& object, const std::vector<std::string>& names, const char* what) {
  if (!object.is_object() || object.size() != names.size())
    refuse(std::string(what) + ": not an object of " + std::to_string(names.size()) + " members");
  std::vector<const Json*> out;
  auto it = object.begin();
  for (const std::string& name : names) {
    if (it.key() != name) refuse(std::string(what) + ": '" + name + "' is missing, or not in its place");
    out.push_back(&*it++);
  }
  return out;
}

std::uint64_t count(const Json& value, const char* what, std::uint64_t low, std::uint64_t high) {
  if (!value.is_number_unsigned()) refuse(std::string(what) + ": not a count");
  const auto n = value.get<std::uint64_t>();
  if (n < low || n > high)
    refuse(std::string(what) + ": not in " + std::to_string(low) + " to " + std::to_string(high));
  return n;
}

double real(const Json& value, const char* what) {
  if (!value.is_number() || !std::isfinite(value.get<double>())) refuse(std::string(what) + ": not a number");
  return value.get<double>();
}

std::vector<double> reals(const Json& list, const char* what) {
  if (!list.is_array()) refuse(std::string(what) + ": not an array");
  std::vector<double> out;
  out.reserve(list.size());
  for (const Json& value : list)
    out.push_back(real(value, what));
  return out;
}

std::vector<double> reals(const Json& list, std::size_t size, const char* what) {
  return reals(sized_array(list, size, what), what);
}

std::vector<float> floats(const Json& list, std::size_t size, const char* what) {
  std::vector<float> out;
  out.reserve(size);
  for (const double value : reals(list, size, what)) {
    if (std::abs(value) > std::numeric_limits<float>::max()) refuse(std::string(what) + ": too large");
    out.push_back(static_cast<float>(value));
  }
  return out;
}

std::vector<std::vector<double>> columns_of_reals(const Json& list, std::size_t n, const char* what) {
  std::vector<std::vector<double>> out;
  for (const Json& column : sized_array(list, n, what))
    out.push_back(reals(column, what));
  return out;
}

std::string text(const std::vector<double>& values) {
  std::string out;
  append_list(out, values, [&](double value) { append_number(out, value); });
  return out;
}

std::string text(const std::vector<float>& values) {
  std::string out;
  append_list(out, values, [&](float value) { append_float(out, value); });
  return out;
}

std::string text(const std::vector<std::vector<double>>& columns) {
  std::string out;
  append_list(out, columns, [&](const std::vector<double>& column) { out += text(column); });
  return out;
}

}  // namespace mltat::payload
