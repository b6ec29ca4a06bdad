// SPDX-License-Identifier: Apache-2.0
#include "tools/fuse/options.h"

namespace mltat::fuse {

ToolSpec spec() {
  return {"fuse", "Make one verdict of many votes.", "rows with votes as NDJSON or CSV"};
}

Options declare(ToolOptions& options) {
  Options list = {
      required(choice("--method", options.method, {"majority", "weighted", "calibrated"}, "how votes are fused")),
      choice("--format", options.format, {"ndjson", "csv"}, "form of the output"),
  };
  list += judge_options(options, "a verdict");
  return list;
}

FuseMethod method_of(const ToolOptions& options) {
  if (options.method == "weighted") return FuseMethod::weighted;
  if (options.method == "calibrated") return FuseMethod::calibrated;
  return FuseMethod::majority;
}

}  // namespace mltat::fuse
