// SPDX-License-Identifier: Apache-2.0
#include "tools/predict/run.h"

#include <utility>

#include "base/number_text.h"
#include "io/counters.h"
#include "ml/explain.h"
#include "parallel/pipeline.h"
#include "rows/row_counts.h"
#include "rows/row_reader.h"
#include "rows/row_times.h"
#include "tools/predict/ledger.h"
#include "tools/predict/panel.h"

namespace mltat::predict {
namespace {

/// What travels through the pipeline: some rows, who votes on them, what they say, and how it is written.
struct Work {
  RowBatch batch;
  std::shared_ptr<const Seat> seat;
  std::vector<Matrix> proba;                              ///< by voter
  std::vector<std::vector<std::vector<Effect>>> effects;  ///< by voter and row; empty: not asked for
  std::string text;
  std::vector<RowMark> marks;  ///< with --rotate
};

/// One run over all inputs.
class Run {
 public:
  Run(const ToolOptions& options, Streams& streams)
      : options_(options),
        streams_(streams),
        panel_(std::make_shared<Panel>(options, streams)),
        ledger_(options, streams, panel_),
        out_(streams.out, streams.rotation) {}

  ExitCode run() {
    try {
      for (const std::string& input : options_.inputs)
        pass(input);
      out_.finish();
    } catch (const Error&) {
      write_stats();
      throw;
    }
    ledger_.finish();
    write_stats();
    if (!options_.truth.empty()) ledger_.report();
    const std::string drifted = ledger_.drifted();
    if (!options_.fail_on_drift || drifted.empty()) return ExitCode::ok;
    streams_.log.error("windows have drifted (--fail-on-drift): " + drifted + ", see " + options_.drift);
    return ExitCode::no;
  }

 private:
  void pass(const std::string& input) {
    RowReader reader(streams_.open(input), streams_.line_buffered ? 1 : RecordReader::kBlockBytes);
    const RowStream& stream = reader.stream();
    if (reader.empty()) return streams_.log.warning(stream.name + ": empty input, no rows");
    auto seat = std::make_shared<const Seat>(panel_, stream, options_);
    if (!options_.truth.empty()) require_column(stream, options_.truth, "--truth");
    if (panel_->format == RowFormat::csv) {
      std::string header;
      append_header(seat->writer, stream, header_, header);
      if (!header.empty()) out_.set_header(std::move(header));
    }
    const auto read = [&](Work& work) {
      if (!reader.next(work.batch)) return false;
      if (streams_.hung_up && streams_.hung_up()) seat = read_models_again(std::move(seat), stream);
      work.seat = seat;
      return true;
    };
    ordered_pipeline<Work>(Threads{streams_.threads}, read,
                           {{StageMode::concurrent, [&](Work& work) { vote(work); }},
                            {StageMode::serial, [&](Work& work) { finish(work); }}});
  }

  /// A seat with the models as they are now, or the one given where they cannot take its place.
  std::shared_ptr<const Seat> read_models_again(std::shared_ptr<const Seat> seat, const RowStream& stream) {
    try {
      auto panel = std::make_shared<const Panel>(options_, streams_);
      auto next = std::make_shared<const Seat>(panel, stream, options_);
      if (next->writer.header() != seat->writer.header())
        throw Error(ExitCode::mismatch, "the columns of the CSV would change: use --format ndjson");
      panel_ = std::move(panel);
      streams_.log.info("models read again");
      return next;
    } catch (const Error& error) {
      streams_.log.warning(std::string("models not read again, those at work stay: ") + error.what());
      return seat;
    }
  }

  /// Parses, scores and formats a batch. Pure but for `work`.
  void vote(Work& work) const {
    const Panel& panel = *work.seat->panel;
    work.text.clear();
    parse_rows(work.batch, panel.plan);
    refuse_other_features(panel.voters, work.batch);
    score(work);
    std::vector<Vote> votes;
    for (const Voter& voter : panel.voters.all()) {
      Vote& vote = votes.emplace_back();
      vote.model = voter.name;
      vote.positive = voter.model.positive;
      vote.weight = voter.model.weight;
    }
    std::string json;
    std::vector<std::size_t> ends;
    write_rows(
        work.seat->writer, work.batch, work.text,
        [&](RowText& text, std::size_t row) {
          for (std::size_t v = 0; v < votes.size(); ++v)
            cast(work, row, v, votes[v]);
          if (panel.format == RowFormat::csv) return add_csv(panel, text, votes);
          json.clear();
          append_votes(json, votes);
          text.add_json("votes", json);
          if (votes.size() > 1) return;
          text.add_text("pred_label", votes[0].label);
          text.add_number("pred_confidence", votes[0].confidence);
        },
        out_.rotates() ? &ends : nullptr);
    if (out_.rotates()) work.marks = row_marks(work.batch, kLastTsText, ends);
  }

  static void refuse_other_features(const Voters& voters, RowBatch& batch) {
    std::string_view checked;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      const auto feature_set = batch.text(row, kFeatureSetText);
      if (!feature_set || *feature_set == checked) continue;
      if (const auto fact = voters.misfit(*feature_set))
        return batch.fail(row, Error(ExitCode::mismatch, batch.place(row) + ": " + *fact));
      checked = *feature_set;
    }
  }

  void score(Work& work) const {
    const std::vector<Voter>& voters = work.seat->panel->voters.all();
    work.proba.resize(voters.size());
    work.effects.clear();
    for (std::size_t v = 0; v < voters.size(); ++v) {
      const Columns x = columns_of(work.batch, voters[v]);
      voters[v].model.predict_proba(x, work.proba[v]);
      if (options_.explain > 0) work.effects.push_back(explain(voters[v].model, x, work.proba[v], options_.explain));
    }
  }

  void cast(const Work& work, std::size_t row, std::size_t v, Vote& vote) const {
    const Model& model = work.seat->panel->voters.all()[v].model;
    const std::span<const double> proba = work.proba[v].row(row);
    const Answer given = answer_of(model, proba, options_.unknown_below);
    vote.label = given.label(model);
    vote.confidence = given.confidence;
    if (options_.proba) {
      vote.proba.clear();
      for (std::size_t c = 0; c < model.classes.size(); ++c)
        vote.proba.emplace_back(model.classes[c], proba[c]);
    }
    if (options_.explain > 0) {
      vote.explain.emplace();
      for (const Effect& one : work.effects[v][row])
        vote.explain->push_back({model.features[one.feature], one.value, one.effect});
    }
  }

  void add_csv(const Panel& panel, RowText& text, const std::vector<Vote>& votes) const {
    for (std::size_t v = 0; v < votes.size(); ++v) {
      text.add_text(votes[v].model + "_label", votes[v].label);
      text.add_number(votes[v].model + "_confidence", votes[v].confidence);
      for (std::size_t c = 0; c < votes[v].proba.size(); ++c)
        text.add_number(panel.class_columns[v][c], votes[v].proba[c].second);
      if (votes[v].explain) text.add_text(votes[v].model + "_explain", explanation_text(*votes[v].explain));
    }
  }

  /// `fwd_pkts:0.25 duration_us:-0.03`
  static std::string explanation_text(const std::vector<Moved>& moved) {
    std::string out;
    for (const Moved& one : moved) {
      if (!out.empty()) out += ' ';
      (out += one.feature) += ':';
      append_number(out, one.effect);
    }
    return out;
  }

  void finish(Work& work) {
    out_.write(work.text, work.marks);
    if (streams_.log.progress_due()) streams_.log.progress(std::to_string(counts_.written) + " rows written");
    ledger_.add(work.seat->panel, work.batch, work.proba);
    counts_.add(work.batch);
  }

  void write_stats() const {
    if (streams_.stats.empty()) return;
    Counters counters;
    counts_.add_to(counters);
    ledger_.add_to(counters);
    counters.write(streams_.stats, streams_.log.program());
  }

  const ToolOptions& options_;
  Streams& streams_;
  std::shared_ptr<const Panel> panel_;
  Ledger ledger_;
  RotatingOutput out_;
  RowCounts counts_;
  std::string header_;
};

}  // namespace

ExitCode run(const ToolOptions& options, Streams& streams) {
  check(options);
  return Run(options, streams).run();
}

}  // namespace mltat::predict
