// SPDX-License-Identifier: Apache-2.0
#include "tools/cotrain/curve.h"

#include <set>

#include "base/error.h"
#include "base/number_text.h"
#include "base/rng.h"

namespace mltat::cotrain {
namespace {

enum Purpose : std::uint64_t { kDrawSeeds = 501 };

std::string percent_text(double share) {
  std::string out;
  append_number(out, share * 100);
  return out + " %";
}

}  // namespace

CotrainPlan plan_for(const CotrainPlan& plan, const CotrainInput& input, bool force,
                     std::optional<std::string>& fallback) {
  if (!force && !plan.rules.empty()) fallback = too_few_labels(input);
  return fallback ? forest_plan(plan) : plan;
}

Curve::Curve(const ToolOptions& options, const Rows& rows) : options_(options), rows_(rows) {
  const LabelledTable& given = rows.given;
  for (const double share : options.curve) {
    auto& draws = kept_.emplace_back();
    for (std::uint64_t d = 0; d < options.curve_draws; ++d) {
      draws.push_back(draw_share(given.labels, given.classes.size(), rows.grouping.in(given), share,
                                 Rng{options.seed, kDrawSeeds, d}.next()));
      const auto refuse = [&](const std::string& fact) {
        throw Error(ExitCode::usage, "--curve: with " + percent_text(share) + " " + fact + ": leave the share out");
      };
      if (draws.back().size() == given.rows()) refuse("no label is left to judge by");
      std::set<std::uint32_t> classes;
      for (const std::uint32_t r : draws.back())
        classes.insert(given.labels[r]);
      if (classes.size() < 2) refuse("labels of a single class are kept");
    }
  }
}

std::vector<CurvePoint> Curve::run(const CotrainPlan& plan, Streams& streams) const {
  std::vector<CurvePoint> out;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    CurvePoint& point = out.emplace_back();
    point.share = options_.curve[i];
    for (std::size_t d = 0; d < kept_[i].size(); ++d)
      point.draws.push_back(run_draw(plan, kept_[i][d],
                                     "curve " + percent_text(point.share) + ", draw " + std::to_string(d + 1), streams));
  }
  return out;
}

CurveDraw Curve::run_draw(const CotrainPlan& plan, const std::vector<std::uint32_t>& kept, const std::string& name,
                          Streams& streams) const {
  std::vector<std::uint32_t> labels(rows_.all.rows(), kUnlabelled);
  for (const std::uint32_t g : kept)
    labels[rows_.given_row[g]] = rows_.given.labels[g];
  CotrainInput input{rows_.all, labels, rows_.groups(), options_.seed};
  input.progress = [&](const std::string& what) {
    if (streams.log.progress_due()) streams.log.progress(name + ": " + what);
  };
  CurveDraw draw;
  draw.given = kept.size();
  const CotrainPlan used = plan_for(plan, input, options_.force, draw.fallback);
  const CotrainResult result = co_train(used, input, {streams.threads});
  Score supervised(rows_.all.classes);
  Score own(rows_.all.classes);
  for (std::size_t g = 0; g < rows_.given.rows(); ++g) {
    const std::uint32_t row = rows_.given_row[g];
    if (labels[row] != kUnlabelled) continue;
    const std::string& truth = rows_.all.classes[rows_.given.labels[g]];
    supervised.add(truth, rows_.all.classes[result.supervised[row].label]);
    own.add(truth, rows_.all.classes[result.labels[row]]);
  }
  draw.supervised = supervised.figures();
  draw.result = own.figures();
  return draw;
}

}  // namespace mltat::cotrain
