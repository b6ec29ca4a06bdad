// SPDX-License-Identifier: Apache-2.0
/// What predict and fuse share where truth is known: the options, and the answer that counts as right.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/option.h"

namespace mltat {

struct JudgeSettings {
  std::optional<double> unknown_below;  ///< answers less confident than this are `unknown`; none: not given
  std::string truth;                    ///< column, empty: none
  std::string report;                   ///< file, empty: none
};

/// --unknown-below, --truth, --report. `answer` is what the tool gives: "a vote", "a verdict".
Options judge_options(JudgeSettings& settings, const std::string& answer);

/// Errors: Error(usage) for a report without truth, or a threshold that is no probability.
void check(const JudgeSettings& settings);

/// The right answer of a voter: the truth, but `background` from a one-vs-rest model of another class.
std::string_view right_answer(std::string_view truth, const std::optional<std::string>& positive);

}  // namespace mltat
