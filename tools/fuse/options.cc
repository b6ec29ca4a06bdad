// SPDX-License-Identifier: Apache-2.0
#include "tools/fuse/options.h"

#include <utility>

#include "base/error.h"
#include "features/feature_row.h"

namespace mltat::fuse {

ToolSpec spec() {
  ToolSpec out{"fuse", "Make one verdict of many votes.", "rows with votes as NDJSON or CSV"};
  out.rotates = true;
  return out;
}

Options declare(ToolOptions& options) {
  Options list = {
      choice("--method", options.method, {"calibrated", "majority", "weighted", "stacked"}, "how votes are fused"),
      reads(text("--stack", "FILE", options.stack, "the model of --method stacked, by train --stack")),
      choice("--dpi", options.dpi, {"ignore", "vote", "trust", "fallback"}, "what the word of DPI counts"),
      real("--dpi-weight", "X", options.dpi_weight, "how many voters --dpi vote counts as"),
      flag("--closed-set", options.closed_set, "no flow is background to all one-vs-rest models"),
      choice("--format", options.format, {"ndjson", "csv"}, "form of the output"),
  };
  list += judge_options(options, "a verdict");
  list.push_back(texts("--without", "CLASS", options.without, "report also without the rows of a class"));
  return list;
}

Schema schema(const ToolOptions&) {
  Keys keys = carried_keys();
  std::vector<std::string> sources;
  for (const VerdictSource source : {VerdictSource::none, VerdictSource::ml, VerdictSource::dpi, VerdictSource::both})
    sources.emplace_back(name_of(source));
  keys += {{.name = "verdict", .doc = "class or unknown"},
           {.name = "verdict_confidence", .kind = ValueKind::share, .doc = "how sure it is", .nullable = true},
           {.name = "verdict_source", .doc = "who had the last word", .words = std::move(sources)},
           {.name = "agreement", .kind = ValueKind::share, .doc = "share of the votes that say so", .nullable = true}};
  return {"verdicts", "Verdict row of fuse", std::move(keys)};
}

FuseRules rules_of(const ToolOptions& options) {
  const auto refuse = [](const std::string& fact) { throw Error(ExitCode::usage, fact); };
  if (options.method == "stacked" && options.stack.empty()) refuse("--method stacked needs its model: --stack FILE");
  if (options.method != "stacked" && !options.stack.empty()) refuse("--stack is for --method stacked");
  if (options.method == "stacked" && options.dpi == "vote")
    refuse("--dpi vote has no place in --method stacked: trust, fallback or ignore");
  if (!(options.dpi_weight > 0 && options.dpi_weight <= 1e6)) refuse("--dpi-weight: a number above 0 is wanted");
  if (options.method == "stacked" && options.closed_set) refuse("--closed-set has no place in --method stacked");
  if (!options.without.empty() && options.truth.empty()) refuse("--without is for reports: --truth NAME");
  FuseRules rules;
  if (options.method == "majority") rules.method = FuseMethod::majority;
  if (options.method == "weighted") rules.method = FuseMethod::weighted;
  if (options.method == "calibrated") rules.method = FuseMethod::calibrated;
  rules.unknown_below = options.unknown_below.value_or(0);
  for (const auto& [mode, name] :
       {std::pair(DpiMode::vote, "vote"), std::pair(DpiMode::trust, "trust"), std::pair(DpiMode::fallback, "fallback")})
    if (options.dpi == name) rules.dpi = mode;
  rules.dpi_weight = options.dpi_weight;
  rules.closed_set = options.closed_set;
  return rules;
}

}  // namespace mltat::fuse
