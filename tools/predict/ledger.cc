// SPDX-License-Identifier: Apache-2.0
#include "tools/predict/ledger.h"

#include <algorithm>

#include "ml/report.h"

namespace mltat::predict {

Ledger::Ledger(const ToolOptions& options, const Streams& streams, const std::shared_ptr<const Panel>& panel)
    : options_(options), streams_(streams) {
  if (!options.drift.empty()) drift_.emplace(options.drift);
  change_panel(panel);
}

void Ledger::add(const std::shared_ptr<const Panel>& panel, const RowBatch& batch, const std::vector<Matrix>& proba) {
  if (panel != panel_) change_panel(panel);
  for (std::size_t v = 0; v < of_voter_.size(); ++v) {
    if (!options_.truth.empty()) judge(batch, v, proba[v]);
    count_out_of_range(batch, v);
    if (drift_) watch(batch, v, proba[v]);
  }
}

void Ledger::finish() {
  if (!drift_) return;
  for (std::size_t v = 0; v < watches_.size(); ++v)
    if (watches_[v].rows() > 0) close_window(v);
  drift_->finish();
}

void Ledger::change_panel(const std::shared_ptr<const Panel>& panel) {
  for (std::size_t v = 0; v < watches_.size(); ++v)
    if (watches_[v].rows() > 0) close_window(v);
  watches_.clear();
  of_voter_.clear();
  panel_ = panel;
  for (const Voter& voter : panel->voters.all()) {
    auto known = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.name == voter.name; });
    of_voter_.push_back(known == members_.end() ? &members_.emplace_back(Member{voter.name}) : &*known);
    if (drift_) watches_.emplace_back(voter);
  }
}

void Ledger::judge(const RowBatch& batch, std::size_t v, const Matrix& proba) {
  const Model& model = panel_->voters.all()[v].model;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    const auto truth = batch.text(row, kTruthText);
    if (!truth) continue;
    const std::string_view wanted = right_answer(*truth, model.positive);
    const auto known = std::find(model.classes.begin(), model.classes.end(), wanted);
    const double p =
        known == model.classes.end() ? 0 : proba.row(row)[static_cast<std::size_t>(known - model.classes.begin())];
    const Answer given = answer_of(model, proba.row(row), options_.unknown_below);
    of_voter_[v]->score.add(wanted, given.label(model), given.confidence, p);
  }
}

void Ledger::count_out_of_range(const RowBatch& batch, std::size_t v) {
  const Voter& voter = panel_->voters.all()[v];
  if (!voter.model.profile) return;
  outside_.assign(batch.rows(), 0);
  for (std::size_t f = 0; f < voter.columns.size(); ++f) {
    const FeatureProfile& seen = voter.model.profile->features[f];
    const std::span<const double> values = batch.numbers(voter.columns[f]);
    for (std::size_t row = 0; row < batch.rows(); ++row)
      outside_[row] |= static_cast<char>(values[row] < seen.min || values[row] > seen.max);
  }
  of_voter_[v]->out_of_range += static_cast<std::uint64_t>(std::count(outside_.begin(), outside_.end(), char{1}));
}

void Ledger::watch(const RowBatch& batch, std::size_t v, const Matrix& proba) {
  const Voter& voter = panel_->voters.all()[v];
  values_.resize(voter.columns.size());
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    for (std::size_t f = 0; f < voter.columns.size(); ++f)
      values_[f] = batch.numbers(voter.columns[f])[row];
    const Answer given = answer_of(voter.model, proba.row(row), options_.unknown_below);
    watches_[v].add({values_, given.sure ? std::optional(given.best) : std::nullopt, batch.text(row, kFirstTsText),
                     batch.text(row, kLastTsText)});
    if (watches_[v].rows() == options_.drift_window) close_window(v);
  }
}

void Ledger::close_window(std::size_t v) {
  Member& member = *of_voter_[v];
  const DriftWatch::Verdict verdict = watches_[v].close(member.windows);
  ++member.windows;
  member.drifted += verdict.drift.value_or(false) ? 1 : 0;
  drift_->write(verdict.line);
}

void Ledger::add_to(Counters& counters) const {
  for (const Member& member : members_)
    counters.add("rows_out_of_range", "model", member.name, member.out_of_range,
                 "Rows with a feature below or above all that the model learned from");
}

void Ledger::report() const {
  JsonObject out;
  out.text("tool", "predict").text("truth", options_.truth);
  JsonObject members;
  for (const Member& member : members_) {
    const Figures figures = member.score.figures();
    JsonObject json = figures_json(figures);
    json.count("rows_out_of_range", member.out_of_range);
    if (members_.size() == 1) out.splice(json);
    members.raw(member.name, json.str());
    streams_.log.report(member.name + "\n" + figures_text(figures));
  }
  out.raw("members", members.str());
  if (!options_.report.empty()) write_file(options_.report, out.str() + "\n");
}

std::string Ledger::drifted() const {
  std::string out;
  for (const Member& member : members_) {
    if (member.drifted == 0) continue;
    if (!out.empty()) out += ", ";
    out += member.name + " in " + std::to_string(member.drifted) + " of " + std::to_string(member.windows);
  }
  return out;
}

}  // namespace mltat::predict
