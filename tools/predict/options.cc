// SPDX-License-Identifier: Apache-2.0
#include "tools/predict/options.h"

#include "base/error.h"
#include "features/feature_row.h"
#include "ml/drift.h"
#include "ml/vote.h"

namespace mltat::predict {

ToolSpec spec() {
  ToolSpec out{"predict", "Let models vote on rows.", "rows as NDJSON or CSV"};
  out.rotates = true;
  out.takes_hangup = true;
  return out;
}

Options declare(ToolOptions& options) {
  Options list = {
      rereads(required(texts("-m,--model", "MODEL", options.models, "a model file, or a folder of them"))),
      flag("--proba", options.proba, "write the probability of every class"),
      count("--explain", "N", options.explain, "tell the N features that moved each vote most"),
      writes(text("--drift", "FILE", options.drift, "write how far the rows are from those learned from, as NDJSON")),
      count("--drift-window", "N", options.drift_window, "rows of a window of --drift"),
      flag("--fail-on-drift", options.fail_on_drift, "status 1 where a window has drifted"),
      choice("--format", options.format, {"ndjson", "csv"}, "form of the output"),
  };
  list += judge_options(options, "a vote");
  return list;
}

Schema schema(const ToolOptions&) {
  Keys keys = carried_keys();
  keys.push_back(votes_key());
  keys += {{.name = "pred_label", .doc = "label of a single model", .always = false},
           {.name = "pred_confidence", .kind = ValueKind::share, .doc = "its confidence", .always = false}};
  return {"votes", "Prediction row of predict", std::move(keys)};
}

void check(const ToolOptions& options) {
  check(static_cast<const JudgeSettings&>(options));
  if (options.explain > kMostExplained)
    throw Error(ExitCode::usage, "--explain: at most " + std::to_string(kMostExplained) + " features");
  if (options.drift_window < kMinDriftRows)
    throw Error(ExitCode::usage, "--drift-window: at least " + std::to_string(kMinDriftRows) + " rows");
  if (options.fail_on_drift && options.drift.empty())
    throw Error(ExitCode::usage, "--fail-on-drift needs a file for what was found: --drift FILE");
}

}  // namespace mltat::predict
