// SPDX-License-Identifier: Apache-2.0
#include "ml/stack.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/error.h"
#include "base/number_text.h"
#include "io/json_text.h"
#include "ml/vote.h"
#include "rows/known_keys.h"
#include "rows/row_reader.h"
#include "rows/row_writer.h"

namespace mltat {
namespace {

/// A row on its way: whose it is, and its JSON object, not closed yet.
struct Entry {
  std::string identity;
  std::string json;
};

class Stacker {
 public:
  explicit Stacker(const std::string& label) : plan_{{}, {}, false, false, "votes"} {
    plan_.texts.assign(std::begin(kRowIdentity), std::end(kRowIdentity));
    plan_.texts.push_back(label);
  }

  void add(std::unique_ptr<ByteSource> source) {
    RowReader reader(std::move(source));
    const std::string& name = reader.stream().name;
    if (reader.empty()) throw Error(ExitCode::bad_data, name + ": no rows, the input is empty");
    const RowWriter writer(reader.stream(), RowFormat::ndjson,
                           [](std::string_view column) { return !is_vote_key(column); }, {});
    const bool first = entries_.empty();
    const std::set<std::string> others = models_;
    std::size_t place = 0;
    RowBatch batch;
    while (reader.next(batch)) {
      parse_rows(batch, plan_);
      if (first) begin_entries(writer, batch);
      for (std::size_t row = 0; row < batch.rows(); ++row, ++place)
        add_row(batch, row, place, others);
      if (batch.trouble()) throw *batch.trouble();
    }
    if (place < entries_.size())
      throw Error(ExitCode::bad_data, name + ": ends after " + std::to_string(place) + " rows, the first file has " +
                                          std::to_string(entries_.size()) + ": they must hold the same rows");
  }

  StackedRows finish() {
    StackedRows out;
    out.columns = std::move(columns_);
    for (Entry& entry : entries_) {
      out.text += entry.json;
      out.text += "}\n";
      entry = {};
    }
    return out;
  }

 private:
  void begin_entries(const RowWriter& writer, RowBatch& batch) {
    std::size_t row = 0;
    for (std::string& json : carried_objects(writer, batch)) {
      json.pop_back();  // the brace: columns follow
      entries_.push_back({identity_of(batch, row++), std::move(json)});
    }
  }

  std::string identity_of(const RowBatch& batch, std::size_t row) const {
    std::string identity;
    for (std::size_t c = 0; c < plan_.texts.size(); ++c)
      identity.append(batch.text(row, c).value_or("")) += '\0';
    return identity;
  }

  void add_row(const RowBatch& batch, std::size_t row, std::size_t place, const std::set<std::string>& others) {
    const auto refuse = [&](const std::string& fact) {
      throw Error(ExitCode::bad_data, batch.place(row) + ": " + fact);
    };
    if (place >= entries_.size() || entries_[place].identity != identity_of(batch, row))
      refuse("not the row of the first file: all must hold the same rows in the same order");
    const Member* member = batch.find(row, "votes");
    if (member == nullptr) refuse("no 'votes': they are what train --oof writes");
    votes_.clear();
    if (const auto fact = reader_.read(batch.value_text(*member), votes_)) refuse(*fact);
    std::string& json = entries_[place].json;
    for (const Vote& vote : votes_) {
      if (others.contains(vote.model)) refuse("model '" + vote.model + "' votes in an earlier file too");
      if (vote.proba.empty()) refuse("model '" + vote.model + "' does not tell its probabilities (predict --proba)");
      models_.insert(vote.model);
      for (const auto& [name, probability] : vote.proba)
        add_column(json, stacked_column(vote.model, name), probability);
    }
  }

  void add_column(std::string& json, const std::string& column, double probability) {
    if (seen_.insert(column).second) columns_.push_back(column);
    if (json != "{") json += ',';
    append_json_string(json, column);
    json += ':';
    append_number(json, probability);
  }

  RowPlan plan_;
  VoteReader reader_;
  std::vector<Vote> votes_;
  std::vector<Entry> entries_;
  std::set<std::string> models_;
  std::set<std::string> seen_;
  std::vector<std::string> columns_;
};

}  // namespace

std::string stacked_column(std::string_view model, std::string_view name) {
  return std::string(model) + "." + std::string(name);
}

StackedRows stack_rows(const std::vector<std::string>& paths,
                       const std::function<std::unique_ptr<ByteSource>(const std::string&)>& open,
                       const std::string& label) {
  Stacker stacker(label);
  for (const std::string& path : paths)
    stacker.add(open(path));
  return stacker.finish();
}

}  // namespace mltat
