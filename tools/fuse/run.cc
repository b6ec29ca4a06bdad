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
#include "rows/row_times.h"
#include "rows/row_writer.h"
#include "tools/fuse/stacked.h"
#include "tools/fuse/vote_rows.h"

namespace mltat::fuse {
namespace {

/// Places of texts in the plan, behind the identity.
constexpr std::size_t kTruthText = std::size(kRowIdentity);
constexpr std::size_t kDpiLabelText = kTruthText + 1;
constexpr std::size_t kDpiConfidenceText = kTruthText + 2;
constexpr std::size_t kTimeText = kTruthText + 3;

/// What travels through the pipeline: some rows, their votes and verdicts, and how they are written.
struct Work {
  RowBatch batch;
  VoteReader reader;
  std::vector<std::vector<Vote>> votes;  ///< by row
  std::vector<Verdict> verdicts;         ///< by row
  Matrix stacked;                        ///< probabilities by the model over the votes
  std::string text;
  std::vector<RowMark> marks;  ///< with --rotate
};

class Run {
 public:
  Run(const ToolOptions& options, Streams& streams)
      : options_(options),
        streams_(streams),
        rules_(rules_of(options)),
        out_(streams.out, streams.rotation),
        format_(options.format == "csv" ? RowFormat::csv : RowFormat::ndjson),
        plan_{{}, {std::begin(kRowIdentity), std::end(kRowIdentity)}, false, false, "votes"} {
    plan_.texts.insert(plan_.texts.end(), {options.truth, "dpi_label", "dpi_confidence", std::string(kRowTime)});
    if (!options.stack.empty())
      stack_.emplace(parse_model(read_all(*streams.open(options.stack)), options.stack), options.stack);
    for (const std::string& name : options.without)
      without_.emplace(name, Score());
  }

  ExitCode run() {
    try {
      pass();
      out_.finish();
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
    if (rules_.dpi != DpiMode::ignore) require_column(stream, "dpi_label", "--dpi");
    if (!companions.empty()) warn_without_identity(stream);

    const RowWriter writer(stream, format_, [&](std::string_view name) { return !columns.is_vote(name); },
                           {"verdict", "verdict_confidence", "verdict_source", "agreement"});
    out_.set_header(writer.header());
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
    if (stack_) stack(work);
    work.verdicts.resize(work.batch.rows());
    std::vector<std::size_t> ends;
    write_rows(
        writer, work.batch, work.text,
        [&](RowText& text, std::size_t row) {
          const Verdict& verdict = work.verdicts[row] = verdict_of(work, row);
          const auto add_share = [&](std::string_view name, std::optional<double> share) {
            if (share)
              text.add_number(name, *share);
            else
              text.add_null(name);
          };
          text.add_text("verdict", verdict.label);
          add_share("verdict_confidence", verdict.confidence);
          text.add_text("verdict_source", name_of(verdict.source));
          add_share("agreement", verdict.agreement);
        },
        out_.rotates() ? &ends : nullptr);
    if (out_.rotates()) work.marks = row_marks(work.batch, kTimeText, ends);
  }

  Verdict verdict_of(const Work& work, std::size_t row) const {
    const std::optional<std::string_view> dpi = dpi_of(work.batch, row);
    if (!stack_) return fuse_votes(work.votes[row], dpi, rules_);
    const std::span<const double> proba = work.stacked.row(row);
    const std::size_t best = argmax(proba);
    return stacked_verdict(stack_->model().classes[best], proba[best], work.votes[row], dpi, rules_);
  }

  static std::optional<std::string_view> dpi_of(const RowBatch& batch, std::size_t row) {
    return dpi_word(batch.text(row, kDpiLabelText), batch.text(row, kDpiConfidenceText));
  }

  /// The model over the votes scores the whole batch at once.
  void stack(Work& work) const {
    Columns x(work.batch.rows(), stack_->model().features.size());
    each_row(work, [&](std::size_t row) {
      if (const std::string fact = stack_->fill(work.votes[row], row, x); !fact.empty())
        throw Error(ExitCode::mismatch, work.batch.place(row) + ": " + fact);
    });
    const Columns usable = slice_rows(x, 0, work.batch.rows());  // rows from the first unusable one on are gone
    stack_->model().predict_proba(usable, work.stacked);
  }

  void finish(Work& work) {
    out_.write(work.text, work.marks);
    if (streams_.log.progress_due()) streams_.log.progress(std::to_string(counts_.written) + " rows written");
    for (std::size_t row = 0; row < work.batch.rows(); ++row) {
      if (!options_.truth.empty()) judge(work, row);
      warn_without_weight(work.votes[row]);
    }
    counts_.add(work.batch);
  }

  void warn_without_weight(const std::vector<Vote>& votes) {
    if (stack_ || rules_.method != FuseMethod::calibrated || weight_warned_) return;
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
    for (auto& [name, score] : without_)
      if (*truth != name) score.add(*truth, verdict.label, verdict.confidence);
    if (rules_.dpi != DpiMode::ignore) dpi_.add(*truth, dpi_of(work.batch, row).value_or(kUnknownLabel));
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
    if (rules_.dpi != DpiMode::ignore) out.raw("dpi", figures_json(dpi_.figures()).str());
    if (!without_.empty()) {
      JsonObject without;
      for (const auto& [name, score] : without_)
        without.raw(name, figures_json(score.figures()).str());
      out.raw("without", without.str());
    }
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
  RotatingOutput out_;
  RowFormat format_;
  RowPlan plan_;
  RowCounts counts_;
  std::optional<StackedModel> stack_;
  Score fused_;
  Score dpi_;                             ///< its words alone; none: `unknown`
  std::map<std::string, Score> without_;  ///< the verdicts on rows of all classes but one
  std::map<std::string, Member> members_;
  bool weight_warned_ = false;
};

}  // namespace

ExitCode run(const ToolOptions& options, Streams& streams) {
  check(options);
  return Run(options, streams).run();
}

}  // namespace mltat::fuse
