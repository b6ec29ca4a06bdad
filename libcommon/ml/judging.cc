// SPDX-License-Identifier: Apache-2.0
#include "ml/judging.h"

#include "base/error.h"
#include "base/units.h"
#include "ml/vote.h"

namespace mltat {

Options judge_options(JudgeSettings& settings, const std::string& answer) {
  return {
      custom("--unknown-below", "P", "", answer + " less confident than P is `unknown`",
             [&settings](const std::string& given) { settings.unknown_below = parse_real(given); }),
      text("--truth", "NAME", settings.truth, "the column that holds the truth, for the report"),
      writes(text("--report", "FILE", settings.report, "write the report to FILE, as JSON")),
  };
}

void check(const JudgeSettings& settings) {
  if (!settings.report.empty() && settings.truth.empty())
    throw Error(ExitCode::usage, "--report needs the column that holds the truth: --truth NAME");
  if (settings.unknown_below && !(*settings.unknown_below >= 0 && *settings.unknown_below <= 1))
    throw Error(ExitCode::usage, "--unknown-below: a probability from 0 to 1 is wanted");
}

std::string_view right_answer(std::string_view truth, const std::optional<std::string>& positive) {
  return positive && truth != *positive ? kBackgroundLabel : truth;
}

}  // namespace mltat
