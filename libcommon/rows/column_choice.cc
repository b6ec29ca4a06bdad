// SPDX-License-Identifier: Apache-2.0
#include "rows/column_choice.h"

#include <algorithm>

#include "base/error.h"
#include "rows/known_keys.h"

namespace mltat {
namespace {

bool has_wildcards(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return glob_matches(pattern, name); });
}

void refuse_unknown_names(std::span<const std::string> columns, const std::vector<std::string>& patterns,
                          const std::string& option, bool wildcards_too) {
  for (const std::string& pattern : patterns) {
    if (has_wildcards(pattern) && !wildcards_too) continue;
    const bool found = std::any_of(columns.begin(), columns.end(),
                                   [&](const std::string& name) { return glob_matches(pattern, name); });
    if (!found) throw Error(ExitCode::bad_data, option + ": no column is called '" + pattern + "'");
  }
}

bool included(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return has_wildcards(pattern) ? !is_no_feature(name) && glob_matches(pattern, name) : pattern == name;
  });
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view name) {
  // One star is open at a time: on a mismatch it takes one character more.
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_taken = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::vector<std::string> split_globs(const std::vector<std::string>& values) {
  std::vector<std::string> out;
  for (std::string_view rest : values) {
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (comma > 0) out.emplace_back(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return out;
}

std::vector<std::string> choose_features(std::span<const std::string> columns, const FeatureRule& rule) {
  refuse_unknown_names(columns, rule.include, "--include", true);
  refuse_unknown_names(columns, rule.exclude, "--exclude", false);
  // A foreign table may well have a `protocol`; that alone does not make it featurize's.
  const bool any_registered =
      rule.registered && std::any_of(columns.begin(), columns.end(), [&](const std::string& name) {
        return !is_identity_key(name) && rule.registered(name);
      });
  const auto by_default = [&](const std::string& name) {
    return any_registered ? rule.registered(name) : !is_no_feature(name);
  };
  std::vector<std::string> out;
  for (const std::string& name : columns) {
    const bool wanted = rule.include.empty() ? by_default(name) : included(rule.include, name);
    if (wanted && !contains(rule.never, name) && !matches_any(rule.exclude, name)) out.push_back(name);
  }
  if (out.empty())
    throw Error(ExitCode::bad_data, "no column is left to be a feature: see the rule for --include and --exclude");
  return out;
}

}  // namespace mltat
