// SPDX-License-Identifier: Apache-2.0
#include "tools/predict/options.h"

namespace mltat::predict {

ToolSpec spec() {
  return {"predict", "Let models vote on rows.", "rows as NDJSON or CSV"};
}

Options declare(ToolOptions& options) {
  return {
      required(texts("-m,--model", "MODEL", options.models, "a model file, or a folder of them")),
      flag("--proba", options.proba, "write the probability of every class"),
      real("--unknown-below", "P", options.unknown_below, "a vote less confident than P is `unknown`: it abstains"),
      text("--truth", "NAME", options.truth, "the column that holds the truth, for the report"),
      text("--report", "FILE", options.report, "write the report to FILE, as JSON"),
      choice("--format", options.format, {"ndjson", "csv"}, "form of the output"),
  };
}

}  // namespace mltat::predict
