// SPDX-License-Identifier: Apache-2.0
#include "tools/cotrain/run.h"

#include <array>

#include "base/error.h"
#include "io/counters.h"
#include "rows/row_counts.h"
#include "rows/row_reader.h"
#include "rows/row_writer.h"
#include "tools/cotrain/report.h"

namespace mltat::cotrain {
namespace {

constexpr const char* kSource = "label_source";
constexpr const char* kConfidence = "label_confidence";

void set_views(const ToolOptions& options, CotrainPlan& plan) {
  const auto set = [](View& view, const auto& given) {
    view.name = given.first;
    view.globs = given.second;
  };
  if (options.views.size() == 2) {
    for (const std::size_t v : {0, 1})
      set(plan.views[v], options.views[v]);
  } else if (options.views.size() == 1) {
    const bool first = options.views[0].first == plan.views[0].name;
    set(plan.views[first ? 0 : 1], options.views[0]);
    plan.views[first ? 1 : 0].globs.clear();
  }
  if (plan.views[0].name == plan.views[1].name)
    throw Error(ExitCode::usage, "--view: both views are called '" + plan.views[0].name + "'");
}

/// The recipe as the options say. Errors: usage, and those of parse_plan.
CotrainPlan plan_of(const ToolOptions& options, Streams& streams) {
  if (!options.recipe.empty() && !options.phases.empty())
    throw Error(ExitCode::usage, "--recipe and --phases: name one");
  CotrainPlan plan;
  if (options.phases.empty()) {
    plan = named_plan(options.recipe.empty() ? "gated" : options.recipe);
  } else {
    const std::unique_ptr<ByteSource> file = streams.open(options.phases);
    plan = parse_plan(read_all(*file), file->name());
  }
  set_views(options, plan);
  if (!options.final_vote.empty()) {
    plan.final_vote.clear();
    for (const std::string& algorithm : options.final_vote)
      plan.final_vote.push_back(default_recipe(algorithm));
  }
  plan.iterate |= options.iterate;
  if (options.min_precision && !plan.gate)
    throw Error(ExitCode::usage, "--min-precision: the recipe has no gate");
  if (options.min_precision) plan.gate->min_precision = *options.min_precision;
  return plan;
}

/// The forest of the given labels on those that it had not seen; nothing where they cannot be split.
std::optional<Evaluation> judge_forest(const Rows& rows, std::uint64_t seed, Threads threads) {
  const LabelledTable& given = rows.given;
  const TextColumn* groups = rows.grouping.in(given);
  const std::vector<Fold> folds = judging_folds(given.labels, given.classes.size(), groups, kJudgingFolds, seed);
  if (folds.empty()) return std::nullopt;
  Recipe recipe = forest_recipe();
  recipe.seed = seed;
  Evaluation out = cross_validate(given, folds, recipe, {}, threads);
  out.split = groups != nullptr ? "group" : "random";
  out.column = rows.grouping.column;
  return out;
}

/// What is written of one row.
struct Verdict {
  std::uint32_t label = kUnlabelled;
  Phase source = 0;
  double confidence = 0;
};

std::vector<Verdict> verdicts_in_order(const Account& account) {
  std::vector<Verdict> out(account.rows.all.rows());
  for (std::size_t r = 0; r < out.size(); ++r) {
    Verdict& verdict = out[account.rows.all.places[r]];
    verdict.confidence = account.result.confidences[r];
    if (!account.keeps(r)) continue;
    verdict.label = account.result.labels[r];
    verdict.source = account.result.source(r);
  }
  return out;
}

/// A batch on its way out.
struct Work {
  RowBatch batch;
  std::string text;
};

/// All rows once more, each with its label.
class Writing {
 public:
  Writing(const Account& account, Streams& streams)
      : account_(account), streams_(streams), verdicts_(verdicts_in_order(account)) {
    for (Phase phase = 0; phase <= account.result.final_phase(); ++phase)
      sources_.push_back(source_name(account, phase));
  }

  RowCounts run() {
    for (const Spool& input : account_.rows.inputs)
      pass(input);
    streams_.out.finish();
    return counts_;
  }

 private:
  void pass(const Spool& input) {
    RowReader reader(input.replay());
    if (reader.empty()) return;
    if (!format_) {
      format_ = reader.stream().format;
      if (!account_.options.format.empty())
        format_ = account_.options.format == "csv" ? RowFormat::csv : RowFormat::ndjson;
    }
    const RowWriter writer(reader.stream(), *format_, [](std::string_view) { return true; },
                           {account_.options.label, kSource, kConfidence});
    if (*format_ == RowFormat::csv) {
      std::string header;
      append_header(writer, reader.stream(), header_, header);
      streams_.out.write(header);
    }
    ordered_pipeline<Work>({streams_.threads}, [&](Work& work) { return reader.next(work.batch); },
                           {{StageMode::concurrent, [&](Work& work) { format(writer, work); }},
                            {StageMode::serial, [&](Work& work) {
                               streams_.out.write(work.text);
                               counts_.add(work.batch);
                             }}});
    rows_before_ += reader.rows();
  }

  void format(const RowWriter& writer, Work& work) const {
    work.text.clear();
    parse_rows(work.batch, {});
    const std::size_t first = rows_before_ + work.batch.rows_before();
    write_rows(writer, work.batch, work.text, [&](RowText& text, std::size_t row) {
      const Verdict& verdict = verdicts_[first + row];
      if (verdict.label == kUnlabelled) {
        text.add_null(account_.options.label);
        text.add_null(kSource);
      } else {
        text.add_text(account_.options.label, account_.rows.all.classes[verdict.label]);
        text.add_text(kSource, sources_[verdict.source]);
      }
      text.add_number(kConfidence, verdict.confidence);
    });
  }

  const Account& account_;
  Streams& streams_;
  std::vector<Verdict> verdicts_;  ///< in the order of the input
  std::vector<std::string> sources_;
  std::optional<RowFormat> format_;
  std::string header_;
  std::uint64_t rows_before_ = 0;  ///< in earlier inputs
  RowCounts counts_;
};

void write_stats(const Account& account, const RowCounts& counts, const Streams& streams) {
  if (streams.stats.empty()) return;
  Counters counters;
  counts.add_to(counters);
  counters.add("rows_given", account.rows.given.rows(), "Rows that came with a label");
  for (std::size_t p = 0; p < account.result.records.size(); ++p)
    counters.add("rows_labelled", "source", source_name(account, static_cast<Phase>(p + 1)),
                 account.result.records[p].labelled, "Rows that got a label");
  counters.write(streams.stats, streams.log.program());
}

}  // namespace

ExitCode run(const ToolOptions& options, Streams& streams) {
  if (options.curve_draws == 0) throw Error(ExitCode::usage, "--curve-draws: at least one");
  const CotrainPlan wanted = plan_of(options, streams);
  if (options.print_phases) {
    streams.out.write(plan_json(wanted));
    return ExitCode::ok;
  }
  const Rows rows = read_rows(options, streams);
  view_columns(wanted.views, rows.all.features);
  const Curve curve(options, rows);
  CotrainInput input{rows.all, rows.all.labels, rows.groups(), options.seed};
  input.progress = [&](const std::string& what) {
    if (streams.log.progress_due()) streams.log.progress(what);
  };

  std::optional<std::string> fallback;
  const CotrainPlan plan = plan_for(wanted, input, options.force, fallback);
  if (fallback)
    streams.log.warning("one forest labels all rows, the phases are not run: " + *fallback + " (--force runs them)");
  if (rows.unlabelled() == 0) streams.log.warning("all rows have a label: there is nothing to find");
  const CotrainResult result = co_train(plan, input, {streams.threads});

  Account account{options, rows, plan, fallback, result, conflicts_of(rows.given)};
  const bool is_read = !options.report.empty() || !options.card.empty() || streams.log.shows_reports();
  if (is_read) account.supervised = judge_forest(rows, options.seed, {streams.threads});
  if (!options.truth.empty()) account.truth = truth_figures(account);
  account.curve = curve.run(wanted, streams);
  if (!options.report.empty()) write_file(options.report, report_json(account));
  if (!options.card.empty()) write_file(options.card, card_text(account));
  if (is_read) streams.log.report(report_text(account));
  const RowCounts counts = Writing(account, streams).run();
  write_stats(account, counts, streams);
  return ExitCode::ok;
}

}  // namespace mltat::cotrain
