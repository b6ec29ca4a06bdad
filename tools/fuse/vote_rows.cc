// SPDX-License-Identifier: Apache-2.0
#include "tools/fuse/vote_rows.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "io/csv.h"
#include "rows/known_keys.h"

namespace mltat::fuse {
namespace {

constexpr std::string_view kLabelEnd = "_label";
constexpr std::string_view kConfidenceEnd = "_confidence";
constexpr std::string_view kProbaMiddle = "_proba_";

const RowPlan& identity_plan() {
  static const RowPlan plan{{}, {std::begin(kRowIdentity), std::end(kRowIdentity)}, false, false, "votes"};
  return plan;
}

/// The models of a CSV header: pairs of columns that no key of ours explains.
std::vector<std::string> models_in(const RowStream& stream) {
  std::vector<std::string> models;
  for (const std::string& column : stream.columns) {
    if (!column.ends_with(kLabelEnd) || is_no_feature(column)) continue;
    const std::string model = column.substr(0, column.size() - kLabelEnd.size());
    if (!model.empty() && stream.has(model + std::string(kConfidenceEnd))) models.push_back(model);
  }
  return models;
}

[[noreturn]] void refuse_row(const RowBatch& batch, std::size_t row, const std::string& fact) {
  throw Error(ExitCode::bad_data, batch.place(row) + ": " + fact);
}

}  // namespace

VoteColumns::VoteColumns(const RowStream& stream) : format_(stream.format) {
  if (format_ == RowFormat::csv) models_ = models_in(stream);
  if (format_ == RowFormat::csv ? models_.empty() : !stream.has("votes"))
    throw Error(ExitCode::bad_data, stream.name + ": rows without votes: run `predict` first");
}

bool VoteColumns::is_vote(std::string_view column) const {
  if (is_vote_key(column)) return true;
  return std::any_of(models_.begin(), models_.end(), [&](const std::string& model) {
    return column.starts_with(model) &&
           (column.substr(model.size()) == kLabelEnd || column.substr(model.size()) == kConfidenceEnd ||
            column.substr(model.size()).starts_with(kProbaMiddle));
  });
}

void VoteColumns::read(const RowBatch& batch, std::size_t row, VoteReader& reader, std::vector<Vote>& out) const {
  if (format_ == RowFormat::csv) return read_csv(batch, row, out);
  const Member* votes = batch.find(row, "votes");
  if (votes == nullptr) refuse_row(batch, row, "no votes: run `predict` first");
  if (const auto fact = reader.read(batch.value_text(*votes), out)) refuse_row(batch, row, *fact);
}

void VoteColumns::read_csv(const RowBatch& batch, std::size_t row, std::vector<Vote>& out) const {
  for (const std::string& model : models_) {
    const Member* label = batch.find(row, model + std::string(kLabelEnd));
    const Member* confidence = batch.find(row, model + std::string(kConfidenceEnd));
    Vote vote;
    vote.model = model;
    append_unquoted(vote.label, batch.value_text(*label));
    if (vote.label.empty()) continue;
    const std::optional<double> share = parse_finite(batch.value_text(*confidence));
    if (!share || *share < 0 || *share > 1)
      refuse_row(batch, row, "column '" + model + "_confidence' is no number from 0 to 1");
    vote.confidence = *share;
    read_proba(batch, row, vote);
    out.push_back(std::move(vote));
  }
}

/// The columns MODEL_proba_CLASS, where there are any.
void VoteColumns::read_proba(const RowBatch& batch, std::size_t row, Vote& vote) const {
  const std::string begin = vote.model + std::string(kProbaMiddle);
  for (const Member& member : batch.members(row)) {
    const std::string& column = batch.name(member);
    if (!column.starts_with(begin)) continue;
    const std::optional<double> share = parse_finite(batch.value_text(member));
    if (!share || *share < 0 || *share > 1) refuse_row(batch, row, "column '" + column + "' is no number from 0 to 1");
    vote.proba.emplace_back(column.substr(begin.size()), *share);
  }
}

std::string identity_of(const RowBatch& batch, std::size_t row) {
  std::string out;
  for (std::size_t c = 0; c < std::size(kRowIdentity); ++c) {
    const auto value = batch.text(row, c);
    // Lengths keep the parts apart whatever is in them.
    out += value ? std::to_string(value->size()) + ":" + std::string(*value) : "-";
  }
  return out;
}

std::string identity_text(const RowBatch& batch, std::size_t row) {
  std::string out;
  for (std::size_t c = 0; c < std::size(kRowIdentity); ++c) {
    const auto value = batch.text(row, c);
    if (!value) continue;
    if (!out.empty()) out += ", ";
    out += std::string(kRowIdentity[c]) + " " + std::string(*value);
  }
  return out.empty() ? "a row without identity" : out;
}

Companion::Companion(std::unique_ptr<ByteSource> source) : reader_(std::move(source)) {
  if (!reader_.empty()) columns_.emplace(reader_.stream());
}

/// Is there a next row? Parses the next batch where the present one is used up.
bool Companion::more() {
  while (row_ == batch_.rows()) {
    if (batch_.trouble()) throw Error(*batch_.trouble());
    row_ = 0;
    if (!reader_.next(batch_)) return false;
    parse_rows(batch_, identity_plan());
  }
  return true;
}

void Companion::hold_rest() {
  holding_ = true;
  for (; more(); ++row_) {
    Held& held = held_.emplace_back();
    held.place = batch_.place(row_);
    held.text = identity_text(batch_, row_);
    columns_->read(batch_, row_, votes_, held.votes);
    by_identity_[identity_of(batch_, row_)].push_back(held_.size() - 1);
  }
}

void Companion::add_votes(const RowBatch& lead, std::size_t row, std::vector<Vote>& out) {
  const std::string identity = identity_of(lead, row);
  if (!holding_) {
    if (more() && identity_of(batch_, row_) == identity) return columns_->read(batch_, row_++, votes_, out);
    hold_rest();
  }
  const auto found = by_identity_.find(identity);
  if (found == by_identity_.end() || found->second.empty())
    refuse_row(lead, row,
               identity_text(lead, row) + " is not in " + reader_.stream().name +
                   ": prediction files of the same flows are wanted");
  Held& held = held_[found->second.front()];
  found->second.pop_front();
  held.taken = true;
  std::move(held.votes.begin(), held.votes.end(), std::back_inserter(out));
  held.votes.clear();
}

void Companion::expect_end(const std::string& lead_name) {
  const auto refuse = [&](const std::string& place, const std::string& text) {
    throw Error(ExitCode::bad_data,
                place + ": " + text + " is not in " + lead_name + ": prediction files of the same flows are wanted");
  };
  for (const Held& held : held_)
    if (!held.taken) refuse(held.place, held.text);
  if (more()) refuse(batch_.place(row_), identity_text(batch_, row_));
}

}  // namespace mltat::fuse
