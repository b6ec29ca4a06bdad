// SPDX-License-Identifier: Apache-2.0
/// Which columns are features: one rule for train, cotrain and every table, known or foreign.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mltat {

/// Shell patterns over the whole name: `*` any characters, `?` any one.
bool glob_matches(std::string_view pattern, std::string_view name);

/// Values of a repeatable option, each a comma list, as one list. Empty words are dropped.
std::vector<std::string> split_globs(const std::vector<std::string>& values);

struct FeatureRule {
  std::vector<std::string> include;  ///< patterns; empty: the default below
  std::vector<std::string> exclude;  ///< patterns; have the last word
  std::vector<std::string> never;    ///< columns that the caller uses otherwise: label, group, weight, truth, ...
  /// Is the name in the registry of features? Not set: no name is.
  std::function<bool(std::string_view)> registered = {};
};

/// The columns that are features, in the order of `columns`.
///
/// By default, if any column but `protocol` is registered: the registered ones; else all that are no identity, label or vote key
/// (known_keys.h). `include` replaces that: a pattern with wildcards picks among all columns that are no such key,
/// a plain name picks that column whatever it is. So `--include '*iat*'` narrows and `--include '*,dst_port'` adds.
/// `never` is never picked.
/// Errors: bad_data: a plain name that is no column, an include pattern that matches none, no feature left.
std::vector<std::string> choose_features(std::span<const std::string> columns, const FeatureRule& rule);

}  // namespace mltat
