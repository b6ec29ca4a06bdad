// SPDX-License-Identifier: Apache-2.0
#include "tools/predict/panel.h"

#include <algorithm>
#include <utility>

#include "rows/known_keys.h"

namespace mltat::predict {
namespace {

RowWriter writer_for(const Panel& panel, const RowStream& stream, const ToolOptions& options) {
  panel.voters.check_columns(stream);
  return {stream, panel.format, [&panel](std::string_view name) { return panel.keeps(name); }, panel.added(options)};
}

void require_profiles(const Voters& voters, const ToolOptions& options) {
  for (const Voter& voter : voters.all()) {
    const std::optional<Profile>& profile = voter.model.profile;
    const bool lacks = options.explain > 0 ? !profile : false;
    if (lacks || (!options.drift.empty() && (!profile || profile->drift_limits.empty())))
      throw Error(ExitCode::mismatch, std::string(lacks ? "--explain" : "--drift") + ": model '" + voter.name +
                                          "' does not say what its rows looked like: train it again");
  }
}

}  // namespace

Panel::Panel(const ToolOptions& options, const Streams& streams)
    : voters(options.models, streams.open),
      format(options.format == "csv" ? RowFormat::csv : RowFormat::ndjson),
      plan{voters.features(), {"feature_set", options.truth}, true, false} {
  require_profiles(voters, options);
  if (!options.drift.empty() || streams.rotation.period > 0)
    plan.texts.insert(plan.texts.end(), {"first_ts", "last_ts"});
  for (const Voter& voter : voters.all()) {
    std::vector<std::string>& names = class_columns.emplace_back();
    for (const std::string& name : voter.model.classes)
      names.push_back(voter.name + "_proba_" + name);
  }
}

bool Panel::keeps(std::string_view name) const {
  if (is_vote_key(name)) return false;
  if (is_identity_key(name) || is_label_key(name)) return true;
  return std::find(plan.numbers.begin(), plan.numbers.end(), name) == plan.numbers.end();
}

std::vector<std::string> Panel::added(const ToolOptions& options) const {
  std::vector<std::string> names;
  if (format == RowFormat::ndjson) {
    names.emplace_back("votes");
    if (voters.all().size() == 1) names.insert(names.end(), {"pred_label", "pred_confidence"});
    return names;
  }
  for (std::size_t v = 0; v < voters.all().size(); ++v) {
    names.push_back(voters.all()[v].name + "_label");
    names.push_back(voters.all()[v].name + "_confidence");
    if (options.proba) names.insert(names.end(), class_columns[v].begin(), class_columns[v].end());
    if (options.explain > 0) names.push_back(voters.all()[v].name + "_explain");
  }
  return names;
}

Seat::Seat(std::shared_ptr<const Panel> of, const RowStream& stream, const ToolOptions& options)
    : panel(std::move(of)), writer(writer_for(*panel, stream, options)) {}

}  // namespace mltat::predict
