// SPDX-License-Identifier: Apache-2.0
#include "tools/fuse/options.h"

namespace mltat::fuse {

ToolSpec spec() {
  return {"fuse", "Make one verdict of many votes.", "rows with votes as NDJSON or CSV"};
}

Options declare(ToolOptions& options) {
  return {
      required(choice("--method", options.method, {"majority", "weighted", "calibrated"}, "how votes are fused")),
      real("--unknown-below", "P", options.unknown_below, "a verdict less confident than P is `unknown`"),
      text("--truth", "NAME", options.truth, "the column that holds the truth, for the report"),
      text("--report", "FILE", options.report, "write the report to FILE, as JSON, with the figures of each member"),
      choice("--format", options.format, {"ndjson", "csv"}, "form of the output"),
  };
}

FuseMethod method_of(const ToolOptions& options) {
  if (options.method == "weighted") return FuseMethod::weighted;
  if (options.method == "calibrated") return FuseMethod::calibrated;
  return FuseMethod::majority;
}

}  // namespace mltat::fuse
