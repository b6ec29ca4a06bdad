// SPDX-License-Identifier: Apache-2.0
#include "tools/predict/run.h"

#include <algorithm>
#include <utility>

#include "ml/metrics.h"
#include "ml/report.h"
#include "parallel/pipeline.h"
#include "rows/known_keys.h"
#include "rows/row_counts.h"
#include "rows/row_reader.h"
#include "rows/row_writer.h"
#include "tools/predict/voters.h"

namespace mltat::predict {
namespace {

constexpr std::size_t kFeatureSetText = 0;
constexpr std::size_t kTruthText = 1;

/// What travels through the pipeline: some rows, their scores, and how they are written.
struct Work {
  RowBatch batch;
  std::vector<Matrix> proba;  ///< by voter
  std::string text;
};

/// One run over all inputs.
class Run {
 public:
  Run(const ToolOptions& options, Streams& streams)
      : options_(options),
        streams_(streams),
        voters_(options.models, streams.open),
        format_(options.format == "csv" ? RowFormat::csv : RowFormat::ndjson),
        plan_{voters_.features(), {"feature_set", options.truth}, true, false},
        scores_(voters_.all().size()) {
    for (const Voter& voter : voters_.all()) {
      std::vector<std::string>& names = class_columns_.emplace_back();
      for (const std::string& name : voter.model.classes)
        names.push_back(voter.name + "_proba_" + name);
    }
  }

  ExitCode run() {
    try {
      for (const std::string& input : options_.inputs)
        pass(input);
    } catch (const Error&) {
      counts_.write(streams_.stats, streams_.log.program());
      throw;
    }
    counts_.write(streams_.stats, streams_.log.program());
    if (!options_.truth.empty()) report();
    return ExitCode::ok;
  }

 private:
  void pass(const std::string& input) {
    RowReader reader(streams_.open(input), streams_.line_buffered ? 1 : RecordReader::kBlockBytes);
    const RowStream& stream = reader.stream();
    if (reader.empty()) return streams_.log.warning(stream.name + ": empty input, no rows");
    voters_.check_columns(stream);
    if (!options_.truth.empty()) require_column(stream, options_.truth, "--truth");
    const RowWriter writer(
        stream, format_, [this](std::string_view name) { return keeps(name); }, added());
    if (format_ == RowFormat::csv) {
      std::string header;
      append_header(writer, stream, header_, header);
      streams_.out.write(header);
    }
    ordered_pipeline<Work>(Threads{streams_.threads}, [&](Work& work) { return reader.next(work.batch); },
                           {{StageMode::concurrent, [&](Work& work) { vote(writer, work); }},
                            {StageMode::serial, [&](Work& work) { finish(work); }}});
  }

  /// Features stay behind; whose row it is and what is known of it goes on, and so does any other column.
  bool keeps(std::string_view name) const {
    if (is_vote_key(name)) return false;
    if (is_identity_key(name) || is_label_key(name)) return true;
    return std::find(plan_.numbers.begin(), plan_.numbers.end(), name) == plan_.numbers.end();
  }

  std::vector<std::string> added() const {
    std::vector<std::string> names;
    if (format_ == RowFormat::ndjson) {
      names.emplace_back("votes");
      if (voters_.all().size() == 1) names.insert(names.end(), {"pred_label", "pred_confidence"});
      return names;
    }
    for (std::size_t v = 0; v < voters_.all().size(); ++v) {
      names.push_back(voters_.all()[v].name + "_label");
      names.push_back(voters_.all()[v].name + "_confidence");
      if (options_.proba) names.insert(names.end(), class_columns_[v].begin(), class_columns_[v].end());
    }
    return names;
  }

  /// Parses, scores and formats a batch. Pure but for `work`.
  void vote(const RowWriter& writer, Work& work) const {
    work.text.clear();
    parse_rows(work.batch, plan_);
    refuse_other_features(work.batch);
    voters_.score(work.batch, work.proba);
    std::vector<Vote> votes(voters_.all().size());
    for (std::size_t v = 0; v < votes.size(); ++v) {
      votes[v].model = voters_.all()[v].name;
      votes[v].positive = voters_.all()[v].model.positive;
      votes[v].weight = voters_.all()[v].model.weight;
    }
    std::string json;
    write_rows(writer, work.batch, work.text, [&](RowText& text, std::size_t row) {
      for (std::size_t v = 0; v < votes.size(); ++v)
        cast(work, row, v, votes[v]);
      if (format_ == RowFormat::csv) return add_csv(text, votes);
      json.clear();
      append_votes(json, votes);
      text.add_json("votes", json);
      if (votes.size() > 1) return;
      text.add_text("pred_label", votes[0].label);
      text.add_number("pred_confidence", votes[0].confidence);
    });
  }

  void refuse_other_features(RowBatch& batch) const {
    std::string_view checked;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      const auto feature_set = batch.text(row, kFeatureSetText);
      if (!feature_set || *feature_set == checked) continue;
      if (const auto fact = voters_.misfit(*feature_set))
        return batch.fail(row, Error(ExitCode::mismatch, batch.place(row) + ": " + *fact));
      checked = *feature_set;
    }
  }

  struct Answer {
    std::string_view label;
    double confidence;
  };

  Answer answer(const Work& work, std::size_t row, std::size_t v) const {
    const Model& model = voters_.all()[v].model;
    const std::span<const double> proba = work.proba[v].row(row);
    const std::size_t best = argmax(proba);
    return {is_sure(model, best, proba[best]) ? std::string_view(model.classes[best]) : kUnknownLabel, proba[best]};
  }

  /// What is asked for on the command line stands in for what the model was trained to ask.
  bool is_sure(const Model& model, std::size_t answer, double confidence) const {
    if (options_.unknown_below) return confidence >= *options_.unknown_below;
    return !model.thresholds || model.thresholds->accept(answer, confidence);
  }

  void cast(const Work& work, std::size_t row, std::size_t v, Vote& vote) const {
    const Answer given = answer(work, row, v);
    vote.label = given.label;
    vote.confidence = given.confidence;
    if (!options_.proba) return;
    vote.proba.clear();
    for (std::size_t c = 0; c < voters_.all()[v].model.classes.size(); ++c)
      vote.proba.emplace_back(voters_.all()[v].model.classes[c], work.proba[v].row(row)[c]);
  }

  void add_csv(RowText& text, const std::vector<Vote>& votes) const {
    for (std::size_t v = 0; v < votes.size(); ++v) {
      text.add_text(votes[v].model + "_label", votes[v].label);
      text.add_number(votes[v].model + "_confidence", votes[v].confidence);
      for (std::size_t c = 0; c < votes[v].proba.size(); ++c)
        text.add_number(class_columns_[v][c], votes[v].proba[c].second);
    }
  }

  void finish(Work& work) {
    streams_.out.write(work.text);
    if (streams_.log.progress_due()) streams_.log.progress(std::to_string(counts_.written) + " rows written");
    if (!options_.truth.empty()) judge(work);
    counts_.add(work.batch);
  }

  void judge(const Work& work) {
    for (std::size_t row = 0; row < work.batch.rows(); ++row) {
      const auto truth = work.batch.text(row, kTruthText);
      if (!truth) continue;
      for (std::size_t v = 0; v < voters_.all().size(); ++v) {
        const Model& model = voters_.all()[v].model;
        const std::string_view wanted = right_answer(*truth, model.positive);
        const auto known = std::find(model.classes.begin(), model.classes.end(), wanted);
        const double p = known == model.classes.end()
                             ? 0
                             : work.proba[v].row(row)[static_cast<std::size_t>(known - model.classes.begin())];
        const Answer given = answer(work, row, v);
        scores_[v].add(wanted, given.label, given.confidence, p);
      }
    }
  }

  /// With one model its figures stand on top; each model's stand among the members.
  void report() {
    JsonObject out;
    out.text("tool", "predict").text("truth", options_.truth);
    JsonObject members;
    for (std::size_t v = 0; v < voters_.all().size(); ++v) {
      const Figures figures = scores_[v].figures();
      if (voters_.all().size() == 1) out.splice(figures_json(figures));
      members.raw(voters_.all()[v].name, figures_json(figures).str());
      streams_.log.report(voters_.all()[v].name + "\n" + figures_text(figures));
    }
    out.raw("members", members.str());
    if (!options_.report.empty()) write_file(options_.report, out.str() + "\n");
  }

  const ToolOptions& options_;
  Streams& streams_;
  Voters voters_;
  RowFormat format_;
  RowPlan plan_;
  std::vector<std::vector<std::string>> class_columns_;  ///< CSV columns of --proba, by voter
  std::vector<Score> scores_;
  RowCounts counts_;
  std::string header_;
};

}  // namespace

ExitCode run(const ToolOptions& options, Streams& streams) {
  check(options);
  return Run(options, streams).run();
}

}  // namespace mltat::predict
