// SPDX-License-Identifier: Apache-2.0
/// What fewer labels would have given: the answer to whether more of them would pay.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ml/cotrain.h"
#include "ml/metrics.h"
#include "tools/cotrain/rows.h"

namespace mltat::cotrain {

/// What one run was like with a part of the labels, judged by the given labels that were taken away.
struct CurveDraw {
  std::uint64_t given = 0;              ///< labels kept
  std::optional<std::string> fallback;  ///< why the phases were not run
  Figures supervised;
  Figures result;
};

struct CurvePoint {
  double share = 0;
  std::vector<CurveDraw> draws;
};

/// The plan for these labels: too few of them are not multiplied, and `fallback` says why.
CotrainPlan plan_for(const CotrainPlan& plan, const CotrainInput& input, bool force,
                     std::optional<std::string>& fallback);

/// Labels that each point keeps, drawn before anything is learned. Errors: Error(usage) for a share that leaves
/// nothing to judge by, or labels of a single class.
class Curve {
 public:
  Curve(const ToolOptions& options, const Rows& rows);
  std::vector<CurvePoint> run(const CotrainPlan& plan, Streams& streams) const;

 private:
  CurveDraw run_draw(const CotrainPlan& plan, const std::vector<std::uint32_t>& kept, const std::string& name,
                     Streams& streams) const;

  const ToolOptions& options_;
  const Rows& rows_;
  std::vector<std::vector<std::vector<std::uint32_t>>> kept_;  ///< [share][draw] rows of rows.given
};

}  // namespace mltat::cotrain
