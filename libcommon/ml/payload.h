// SPDX-License-Identifier: Apache-2.0
/// Numbers in the payload of a model file, to JSON and back; what is read is trusted in nothing.
///
/// All readers: Errors: Error(bad_data) with the fact, without the file's name. Numbers that are read are finite.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mltat::payload {

using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(const std::string& fact);

const Json& member(const Json& object, const char* key);
const Json& array_at(const Json& object, const char* key);
std::string word_at(const Json& object, const char* key);
/// The members of an object that has exactly these, in this order.
std::vector<const Json*> members_in_order(const Json& object, const std::vector<std::string>& names, const char* what);

/// Requires: 0 <= low <= high.
std::uint64_t count(const Json& value, const char* what, std::uint64_t low, std::uint64_t high);

double real(const Json& value, const char* what);
std::vector<double> reals(const Json& list, const char* what);
/// Exactly `size` of them.
std::vector<double> reals(const Json& list, std::size_t size, const char* what);
/// As reals; each within the range of float.
std::vector<float> floats(const Json& list, std::size_t size, const char* what);
/// One list for each of `n` columns.
std::vector<std::vector<double>> columns_of_reals(const Json& list, std::size_t n, const char* what);

/// Writes `[a,b,c]`, each element by `write`.
template <class List, class Write>
void append_list(std::string& out, const List& list, Write write) {
  out += '[';
  bool first = true;
  for (const auto& element : list) {
    if (!first) out += ',';
    first = false;
    write(element);
  }
  out += ']';
}

std::string text(const std::vector<double>& values);
/// The shortest form that reads back to the same float.
std::string text(const std::vector<float>& values);
std::string text(const std::vector<std::vector<double>>& columns);

}  // namespace mltat::payload
