// SPDX-License-Identifier: Apache-2.0
#include "tools/predict/options.h"

namespace mltat::predict {

ToolSpec spec() {
  return {"predict", "Let models vote on rows.", "rows as NDJSON or CSV"};
}

Options declare(ToolOptions& options) {
  Options list = {
      required(texts("-m,--model", "MODEL", options.models, "a model file, or a folder of them")),
      flag("--proba", options.proba, "write the probability of every class"),
      choice("--format", options.format, {"ndjson", "csv"}, "form of the output"),
  };
  list += judge_options(options, "a vote");
  return list;
}

}  // namespace mltat::predict
