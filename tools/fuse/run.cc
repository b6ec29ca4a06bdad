// SPDX-License-Identifier: Apache-2.0
#include "tools/fuse/run.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "ml/fuse.h"
#include "ml/metrics.h"
#include "ml/report.h"
#include "parallel/pipeline.h"
#include "rows/known_keys.h"
#include "rows/row_counts.h"
#include "rows/row_reader.h"
#include "rows/row_writer.h"
#include "tools/fuse/vote_rows.h"

namespace mltat::fuse {
namespace {

constexpr std::size_t kTruthText = std::size(kRowIdentity);

/// What travels through the pipeline: some rows, their votes and verdicts, and how they are written.
struct Work {
  RowBatch batch;
  VoteReader reader;
  std::vector<std::vector<Vote>> votes;  ///< by row
  std::vector<Verdict> verdicts;         ///< by row
  std::string text;
};

class Run {
 public:
  Run(const ToolOptions& options, Streams& streams)
      : options_(options),
        streams_(streams),
        rules_{method_of(options), options.unknown_below.value_or(0)},
        format_(options.format == "csv" ? RowFormat::csv : RowFormat::ndjson),
        plan_{{}, {std::begin(kRowIdentity), std::end(kRowIdentity)}, false, false} {
    plan_.texts.push_back(options.truth);
  }

  ExitCode run() {
    try {
      pass();
    } catch (const Error&) {
      counts_.write(streams_.stats, streams_.log.program());
      throw;
    }
    counts_.write(streams_.stats, streams_.log.program());
    if (!options_.truth.empty()) report();
    return ExitCode::ok;
  }

 private:
  void pass() {
    RowReader lead(streams_.open(options_.inputs.front()), streams_.line_buffered ? 1 : RecordReader::kBlockBytes);
    const RowStream& stream = lead.stream();
    std::vector<std::unique_ptr<Companion>> companions;
    for (std::size_t i = 1; i < options_.inputs.size(); ++i)
      companions.push_back(std::make_unique<Companion>(streams_.open(options_.inputs[i])));
    if (lead.empty())
      streams_.log.warning(stream.name + ": empty input, no rows");
    else
      fuse(lead, companions);
    for (const auto& companion : companions)
      companion->expect_end(stream.name);
  }

  void fuse(RowReader& lead, const std::vector<std::unique_ptr<Companion>>& companions) {
    const RowStream& stream = lead.stream();
    const VoteColumns columns(stream);
    if (!options_.truth.empty()) require_column(stream, options_.truth, "--truth");
    if (!companions.empty()) warn_without_identity(stream);

    const RowWriter writer(stream, format_, [&](std::string_view name) { return !columns.is_vote(name); },
                           {"verdict", "verdict_confidence", "verdict_source", "agreement"});
    streams_.out.write(writer.header());
    std::vector<Stage<Work>> stages = {{StageMode::concurrent, [&](Work& work) { read_votes(columns, work); }}};
    if (!companions.empty()) stages.push_back({StageMode::serial, [&](Work& work) { join(companions, work); }});
    stages.push_back({StageMode::concurrent, [&](Work& work) { decide(writer, work); }});
    stages.push_back({StageMode::serial, [&](Work& work) { finish(work); }});
    ordered_pipeline<Work>(
        Threads{streams_.threads}, [&](Work& work) { return lead.next(work.batch); }, stages);
  }

  void warn_without_identity(const RowStream& stream) {
    const bool none = std::none_of(std::begin(kRowIdentity), std::end(kRowIdentity),
                                   [&](std::string_view name) { return stream.has(name); });
    if (none) streams_.log.warning(stream.name + ": rows have no flow_id to be matched by: matched by their order");
  }

  /// Rows whose votes cannot be read end the batch, as rows that cannot be parsed do.
  template <class Read>
  static void each_row(Work& work, Read read) {
    for (std::size_t row = 0; row < work.batch.rows(); ++row) {
      try {
        read(row);
      } catch (const Error& error) {
        work.batch.fail(row, error);
      }
    }
  }

  void read_votes(const VoteColumns& columns, Work& work) const {
    parse_rows(work.batch, plan_);
    work.votes.resize(work.batch.rows());
    each_row(work, [&](std::size_t row) {
      work.votes[row].clear();
      columns.read(work.batch, row, work.reader, work.votes[row]);
    });
  }

  static void join(const std::vector<std::unique_ptr<Companion>>& companions, Work& work) {
    each_row(work, [&](std::size_t row) {
      for (const auto& companion : companions) {
        const std::size_t before = work.votes[row].size();
        companion->add_votes(work.batch, row, work.votes[row]);
        refuse_twice(work, row, before);
      }
    });
  }

  static void refuse_twice(const Work& work, std::size_t row, std::size_t before) {
    const std::vector<Vote>& votes = work.votes[row];
    for (std::size_t i = before; i < votes.size(); ++i)
      for (std::size_t j = 0; j < before; ++j)
        if (votes[i].model == votes[j].model)
          throw Error(ExitCode::bad_data,
                      work.batch.place(row) + ": model '" + votes[i].model + "' votes twice: is one file given twice?");
  }

  void decide(const RowWriter& writer, Work& work) const {
    work.text.clear();
    work.verdicts.resize(work.batch.rows());
    write_rows(writer, work.batch, work.text, [&](RowText& text, std::size_t row) {
      Verdict& verdict = work.verdicts[row] = fuse_votes(work.votes[row], rules_);
      const auto add_share = [&](std::string_view name, std::optional<double> share) {
        if (share)
          text.add_number(name, *share);
        else
          text.add_null(name);
      };
      text.add_text("verdict", verdict.label);
      add_share("verdict_confidence", verdict.confidence);
      text.add_text("verdict_source", verdict.decided ? "ml" : "none");
      add_share("agreement", verdict.agreement);
    });
  }

  void finish(Work& work) {
    streams_.out.write(work.text);
    if (streams_.log.progress_due()) streams_.log.progress(std::to_string(counts_.written) + " rows written");
    for (std::size_t row = 0; row < work.batch.rows(); ++row) {
      if (!options_.truth.empty()) judge(work, row);
      warn_without_weight(work.votes[row]);
    }
    counts_.add(work.batch);
  }

  void warn_without_weight(const std::vector<Vote>& votes) {
    if (rules_.method != FuseMethod::calibrated || weight_warned_) return;
    for (const Vote& vote : votes) {
      if (vote.weight) continue;
      weight_warned_ = true;
      return streams_.log.warning("model '" + vote.model + "' has no weight and counts in full: train it with --cv");
    }
  }

  void judge(const Work& work, std::size_t row) {
    const auto truth = work.batch.text(row, kTruthText);
    if (!truth) return;
    const Verdict& verdict = work.verdicts[row];
    fused_.add(*truth, verdict.label, verdict.confidence);
    for (const Vote& vote : work.votes[row]) {
      Member& member = members_[vote.model];
      const std::string_view wanted = right_answer(*truth, vote.positive);
      member.binary |= vote.positive.has_value();
      member.score.add(wanted, vote.label, vote.confidence, probability_of(vote, wanted));
    }
  }

  void report() {
    const Figures fused = fused_.figures();
    JsonObject out;
    out.text("tool", "fuse").text("method", options_.method).text("truth", options_.truth);
    out.splice(figures_json(fused));
    JsonObject members;
    std::string best;
    double best_accuracy = fused.accuracy;
    for (const auto& [name, member] : members_) {
      const Figures figures = member.score.figures();
      members.raw(name, figures_json(figures).str());
      // A one-vs-rest model answers an easier question, and one that saw other rows another one.
      if (member.binary || figures.rows != fused.rows || figures.accuracy <= best_accuracy) continue;
      best = name;
      best_accuracy = figures.accuracy;
    }
    out.raw("members", members.str());
    streams_.log.report(figures_text(fused));
    if (!best.empty())
      streams_.log.warning("the fusion is right on " + share_text(fused.accuracy) + " of the rows, its member '" +
                           best + "' alone on " + share_text(best_accuracy));
    if (!options_.report.empty()) write_file(options_.report, out.str() + "\n");
  }

  struct Member {
    Score score;
    bool binary = false;
  };

  const ToolOptions& options_;
  Streams& streams_;
  FuseRules rules_;
  RowFormat format_;
  RowPlan plan_;
  RowCounts counts_;
  Score fused_;
  std::map<std::string, Member> members_;
  bool weight_warned_ = false;
};

}  // namespace

ExitCode run(const ToolOptions& options, Streams& streams) {
  check(options);
  return Run(options, streams).run();
}

}  // namespace mltat::fuse
