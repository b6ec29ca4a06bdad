// SPDX-License-Identifier: Apache-2.0
#include "tools/cotrain/report.h"

#include <algorithm>
#include <cmath>

#include "ml/report.h"

namespace mltat::cotrain {
namespace {

/// Shares of the unlabelled rows in the published run of the five phases; the last is what was left.
constexpr double kPublished[] = {.509, .205, .126, .039, .121};

std::string views_json(const Account& account) {
  const auto columns = view_columns(account.plan.views, account.rows.all.features);
  std::vector<std::string> views;
  for (const std::size_t v : {0, 1}) {
    std::vector<std::string> names;
    for (const std::size_t c : columns[v])
      names.push_back(account.rows.all.features[c]);
    views.push_back(JsonObject().text("name", account.plan.views[v].name).texts("features", names).str());
  }
  return json_array(views);
}

std::string phase_classes_json(const Account& account, const PhaseRecord& record) {
  JsonObject classes;
  for (std::size_t c = 0; c < record.classes.size(); ++c) {
    const PhaseClass& one = record.classes[c];
    JsonObject json;
    json.count("absorbed", one.labelled).count("over_cap", one.over_cap);
    if (one.gate)
      json.raw("gate", JsonObject()
                           .count("rows", one.gate->rows)
                           .count("right", one.gate->right)
                           .count("groups", one.gate->groups)
                           .number("precision", one.gate->precision)
                           .boolean("open", one.gate->open)
                           .str());
    else
      json.null("gate");
    classes.raw(account.rows.all.classes[c], json.str());
  }
  return classes.str();
}

std::string phases_json(const Account& account) {
  std::vector<std::string> phases;
  for (std::size_t p = 0; p < account.result.records.size(); ++p) {
    const PhaseRecord& record = account.result.records[p];
    JsonObject json;
    json.text("name", source_name(account, static_cast<Phase>(p + 1)))
        .count("passes", record.passes)
        .count("open", record.open)
        .number("agreement", record.asked > 0 ? std::optional(static_cast<double>(record.agreed) /
                                                              static_cast<double>(record.asked))
                                              : std::nullopt)
        .count("absorbed", record.labelled)
        .number("share", absorbed_share(account, p))
        .number("published_share", published_share(account, p))
        .raw("classes", phase_classes_json(account, record));
    if (account.truth)
      json.raw("truth", figures_json(account.truth->phases[p]).str());
    else
      json.null("truth");
    phases.push_back(json.str());
  }
  return json_array(phases);
}

std::string curve_json(const Account& account) {
  std::vector<std::string> points;
  for (const CurvePoint& point : account.curve) {
    std::vector<std::string> draws;
    for (const CurveDraw& draw : point.draws) {
      JsonObject json;
      json.count("given", draw.given).text_or_null("fallback", draw.fallback.value_or(""));
      for (const auto& [name, figures] : {std::pair("supervised", &draw.supervised), std::pair("result", &draw.result)})
        json.raw(name, JsonObject()
                           .count("rows", figures->rows)
                           .number("accuracy", figures->accuracy)
                           .number("macro_f1", figures->macro_f1)
                           .str());
      draws.push_back(json.str());
    }
    JsonObject json;
    json.number("share", point.share);
    for (const auto& [name, whose] :
         {std::pair("supervised", &CurveDraw::supervised), std::pair("result", &CurveDraw::result)}) {
      JsonObject figures;
      for (const auto& [figure, value] :
           {std::pair("accuracy", &Figures::accuracy), std::pair("macro_f1", &Figures::macro_f1)}) {
        const MeanAndSd both = over_draws(point, whose, value);
        figures.raw(figure, JsonObject().number("mean", both.mean).number("sd", both.sd).str());
      }
      json.raw(name, figures.str());
    }
    points.push_back(json.raw("draws", json_array(draws)).str());
  }
  return json_array(points);
}

void add_truth(JsonObject& out, const Account& account, Figures TruthFigures::*whose) {
  if (account.truth)
    out.raw("truth", figures_json(*account.truth.*whose).str());
  else
    out.null("truth");
}

bool any_gate_open(const CotrainResult& result) {
  return std::any_of(result.records.begin(), result.records.end(), [](const PhaseRecord& record) {
    return std::any_of(record.classes.begin(), record.classes.end(),
                       [](const PhaseClass& one) { return one.gate && one.gate->open; });
  });
}

std::uint64_t labels_kept(const Account& account) {
  std::uint64_t kept = 0;
  for (std::size_t r = 0; r < account.rows.all.rows(); ++r)
    kept += account.keeps(r);
  return kept;
}

std::string phases_text(const Account& account) {
  std::vector<std::string> header = {"phase", "passes", "open", "labelled", "share", "published"};
  if (account.truth) header.emplace_back("precision");
  TextTable table(header);
  for (std::size_t p = 0; p < account.result.records.size(); ++p) {
    const PhaseRecord& record = account.result.records[p];
    std::vector<std::string> row = {source_name(account, static_cast<Phase>(p + 1)), std::to_string(record.passes),
                                    std::to_string(record.open),           std::to_string(record.labelled),
                                    share_text(absorbed_share(account, p)), share_text(published_share(account, p))};
    if (account.truth)
      row.push_back(share_text(account.truth->phases[p].rows > 0 ? std::optional(account.truth->phases[p].accuracy)
                                                                 : std::nullopt));
    table.add(std::move(row));
  }
  return table.str();
}

std::string classes_text(const Account& account) {
  TextTable table({"class", "given", "by the forest", "by phases and vote"});
  const std::vector<ClassCounts> counts = class_counts(account);
  for (std::size_t c = 0; c < counts.size(); ++c)
    table.add({account.rows.all.classes[c], std::to_string(counts[c].given), std::to_string(counts[c].supervised),
               std::to_string(counts[c].result)});
  return table.str();
}

std::string curve_text(const Account& account) {
  TextTable table({"labels kept", "rows", "forest", "sd", "co-training", "sd"});
  for (const CurvePoint& point : account.curve) {
    const MeanAndSd forest = over_draws(point, &CurveDraw::supervised, &Figures::accuracy);
    const MeanAndSd own = over_draws(point, &CurveDraw::result, &Figures::accuracy);
    table.add({share_text(point.share), std::to_string(point.draws.front().given), share_text(forest.mean),
               share_text(forest.sd), share_text(own.mean), share_text(own.sd)});
  }
  return table.str();
}

}  // namespace

std::string source_name(const Account& account, Phase phase) {
  if (phase == 0) return "given";
  return account.fallback ? "forest" : "phase" + std::to_string(phase);
}

TruthFigures truth_figures(const Account& account) {
  const LabelledTable& all = account.rows.all;
  const TextColumn& truths = *all.text(account.options.truth);
  const CotrainResult& result = account.result;
  Score supervised(all.classes);
  Score own(all.classes);
  std::vector<Score> phases(result.records.size(), Score(all.classes));
  for (std::size_t r = 0; r < all.rows(); ++r) {
    if (all.labels[r] != kUnlabelled || truths.values[r] == TextColumn::kNone) continue;
    const std::string& truth = truths.names[truths.values[r]];
    const Opinion& forest = result.supervised[r];
    supervised.add(truth, all.classes[forest.label], forest.confidence);
    own.add(truth, account.keeps(r) ? std::string_view(all.classes[result.labels[r]]) : kUnknownLabel,
            result.confidences[r]);
    phases[result.proposed_by[r] - 1U].add(truth, all.classes[result.proposed[r]]);
  }
  TruthFigures out{supervised.figures(), own.figures(), {}};
  for (const Score& phase : phases)
    out.phases.push_back(phase.figures());
  return out;
}

double absorbed_share(const Account& account, std::size_t record) {
  const std::uint64_t unlabelled = account.rows.unlabelled();
  if (unlabelled == 0) return 0;
  return static_cast<double>(account.result.records[record].labelled) / static_cast<double>(unlabelled);
}

std::optional<double> published_share(const Account& account, std::size_t record) {
  if (account.plan.rules != named_plan("paper").rules) return std::nullopt;
  return kPublished[record];
}

double agreement_with_supervised(const Account& account) {
  std::uint64_t same = 0;
  for (std::size_t r = 0; r < account.rows.all.rows(); ++r)
    same += account.rows.all.labels[r] == kUnlabelled &&
            account.result.supervised[r].label == account.result.labels[r];
  return static_cast<double>(same) / static_cast<double>(std::max<std::uint64_t>(account.rows.unlabelled(), 1));
}

std::vector<ClassCounts> class_counts(const Account& account) {
  std::vector<ClassCounts> out(account.rows.all.classes.size());
  for (std::size_t r = 0; r < account.rows.all.rows(); ++r) {
    if (const std::uint32_t given = account.rows.all.labels[r]; given != kUnlabelled) {
      ++out[given].given;
      continue;
    }
    ++out[account.result.supervised[r].label].supervised;
    if (account.keeps(r)) ++out[account.result.labels[r]].result;
  }
  return out;
}

MeanAndSd over_draws(const CurvePoint& point, Figures CurveDraw::*whose, double Figures::*figure) {
  const auto n = static_cast<double>(point.draws.size());
  MeanAndSd out;
  for (const CurveDraw& draw : point.draws)
    out.mean += draw.*whose.*figure / n;
  double squares = 0;
  for (const CurveDraw& draw : point.draws)
    squares += std::pow(draw.*whose.*figure - out.mean, 2);
  if (n > 1) out.sd = std::sqrt(squares / (n - 1));
  return out;
}

std::vector<std::string> caveats(const Account& account) {
  std::vector<std::string> out;
  if (account.plan.gate && !account.plan.rules.empty() && !any_gate_open(account.result))
    out.push_back("no rule could be shown to be right often enough: the last word labelled all (--min-precision; what "
                  "few captures show counts little)");
  if (account.fallback) out.push_back("the phases were not run, one forest labelled all: " + *account.fallback);
  if (account.conflicts.sets > 0)
    out.push_back(std::to_string(account.conflicts.rows) + " labelled rows are equal in every feature to one with another label");
  const auto columns = view_columns(account.plan.views, account.rows.all.features);
  std::vector<std::size_t> both;
  std::set_intersection(columns[0].begin(), columns[0].end(), columns[1].begin(), columns[1].end(),
                        std::back_inserter(both));
  if (!both.empty()) out.push_back("features that stand in both views: " + std::to_string(both.size()));
  if (account.rows.grouping.column.empty())
    out.push_back("labels are not known by capture, or not asked for: what is judged on the given ones is optimistic");
  return out;
}

std::string report_json(const Account& account) {
  const Rows& rows = account.rows;
  JsonObject out;
  out.text("tool", "cotrain (mltat) " MLTAT_VERSION)
      .count("seed", account.options.seed)
      .raw("recipe", plan_json(account.plan, true))
      .text_or_null("fallback", account.fallback.value_or(""))
      .texts("notes", caveats(account))
      .text_or_null("group", rows.grouping.column);
  const std::uint64_t kept = labels_kept(account);
  out.raw("rows", JsonObject()
                      .count("all", rows.all.rows())
                      .count("given", rows.given.rows())
                      .count("unlabelled", rows.unlabelled())
                      .count("labelled", kept - rows.given.rows())
                      .count("left", rows.all.rows() - kept)
                      .str());
  JsonObject classes;
  const std::vector<ClassCounts> counts = class_counts(account);
  for (std::size_t c = 0; c < counts.size(); ++c)
    classes.raw(rows.all.classes[c], JsonObject()
                                         .count("given", counts[c].given)
                                         .count("supervised", counts[c].supervised)
                                         .count("result", counts[c].result)
                                         .str());
  out.raw("classes", classes.str())
      .raw("views", views_json(account))
      .raw("conflicts",
           JsonObject().count("sets", account.conflicts.sets).count("rows", account.conflicts.rows).str())
      .raw("phases", phases_json(account));
  JsonObject supervised;
  supervised.number("agreement", agreement_with_supervised(account));
  if (account.supervised)
    supervised.raw("given", evaluation_json(*account.supervised).str());
  else
    supervised.null("given");
  add_truth(supervised, account, &TruthFigures::supervised);
  JsonObject result;
  add_truth(result, account, &TruthFigures::result);
  return out.raw("supervised", supervised.str())
             .raw("result", result.str())
             .raw("curve", account.curve.empty() ? "null" : curve_json(account))
             .str() +
         "\n";
}

std::string report_text(const Account& account) {
  const Rows& rows = account.rows;
  std::string out = std::to_string(rows.all.rows()) + " rows, " + std::to_string(rows.given.rows()) +
                    " with a label, " + std::to_string(rows.all.classes.size()) + " classes, " +
                    std::to_string(rows.all.features.size()) + " features\n";
  for (const std::string& caveat : caveats(account))
    out += caveat + "\n";
  out += "\n" + phases_text(account) + "\n" + classes_text(account);
  if (!account.curve.empty()) out += "\n" + curve_text(account);
  if (account.truth)
    out += "\nforest of the given labels, " + figures_text(account.truth->supervised) + "\nresult, " +
           figures_text(account.truth->result);
  return out;
}

}  // namespace mltat::cotrain
