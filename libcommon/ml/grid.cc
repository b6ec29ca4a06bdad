// SPDX-License-Identifier: Apache-2.0
#include "ml/grid.h"

#include <algorithm>
#include <span>

#include "base/error.h"

namespace mltat {
namespace {

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(by);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// As the registry has it: small letters, underscores, no dashes in front.
std::string plain_name(std::string_view name) {
  std::string plain(name.substr(std::min(name.find_first_not_of('-'), name.size())));
  for (char& c : plain) {
    if (c == '-') c = '_';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return plain;
}

GridAxis parse_axis(const Learner& learner, std::string_view word) {
  const std::size_t equals = word.find('=');
  const Parameter& parameter = find_parameter(learner, word.substr(0, equals));
  if (equals == std::string_view::npos) return {&parameter, parameter.grid};
  GridAxis axis{&parameter, {}};
  for (const std::string_view given : split(word.substr(equals + 1), ',')) {
    try {
      axis.values.push_back(parse_parameter(parameter, std::string(given)));
    } catch (const Error& error) {
      throw Error(error.code(), "--grid: " + parameter.name + ": " + error.what());
    }
    check_parameter(parameter, axis.values.back());
    if (std::count(axis.values.begin(), axis.values.end(), axis.values.back()) > 1)
      throw Error(ExitCode::usage, "--grid: " + parameter.name + ": " + std::string(given) + " stands twice");
  }
  return axis;
}

std::vector<GridAxis> default_axes(const Learner& learner) {
  std::vector<GridAxis> axes;
  for (const Parameter& parameter : learner.parameters)
    if (parameter.grid.size() > 1) axes.push_back({&parameter, parameter.grid});
  return axes;
}

}  // namespace

const Parameter& find_parameter(const Learner& learner, std::string_view name) {
  const std::string plain = plain_name(name);
  std::string names;
  for (const Parameter& parameter : learner.parameters) {
    if (parameter.name == plain) return parameter;
    names += " " + option_name(parameter);
  }
  throw Error(ExitCode::usage, learner.name + " has no parameter '" + std::string(name) + "'; it has" + names);
}

std::vector<GridAxis> parse_grid(const Learner& learner, std::string_view text) {
  if (text == "default") return default_axes(learner);
  std::vector<GridAxis> axes;
  for (const std::string_view word : split(text, ';')) {
    if (word.empty()) continue;
    axes.push_back(parse_axis(learner, word));
    for (const GridAxis& other : std::span(axes).first(axes.size() - 1))
      if (other.parameter == axes.back().parameter)
        throw Error(ExitCode::usage, "--grid: " + other.parameter->name + " stands twice");
  }
  if (axes.empty()) throw Error(ExitCode::usage, "--grid: no parameter is named: NAME=VALUE,VALUE;NAME=...");
  return axes;
}

std::vector<Parameters> grid_points(const std::vector<GridAxis>& axes, const Parameters& base) {
  std::vector<Parameters> points = {base};
  for (const GridAxis& axis : axes) {
    std::vector<Parameters> longer;
    if (points.size() * axis.values.size() > kMaxGridPoints)
      throw Error(ExitCode::usage, "--grid: more than " + std::to_string(kMaxGridPoints) + " combinations");
    for (const Parameters& point : points)
      for (const double value : axis.values)
        (longer.emplace_back(point))[axis.parameter->name] = value;
    points = std::move(longer);
  }
  return points;
}

}  // namespace mltat
