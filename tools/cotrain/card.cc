// SPDX-License-Identifier: Apache-2.0
#include "ml/markdown.h"
#include "ml/report.h"
#include "tools/cotrain/report.h"

namespace mltat::cotrain {
namespace {

std::string voters(const CotrainPlan& plan) {
  std::string out;
  for (const Recipe& recipe : plan.final_vote)
    out += (out.empty() ? "" : ", ") + recipe.learner->name;
  return out;
}

std::string recipe_section(const Account& account) {
  const CotrainPlan& plan = account.plan;
  MarkdownTable table({"", ""});
  table.add({"recipe", plan.name});
  table.add({"phases before the vote", std::to_string(plan.rules.size())});
  table.add({"last word", voters(plan)});
  if (plan.gate) table.add({"a rule is trusted with a class from precision", share_text(plan.gate->min_precision)});
  table.add({"labels less sure than this are left out", share_text(account.options.min_confidence)});
  table.add({"seed", std::to_string(account.options.seed)});
  table.add({"features", std::to_string(account.rows.all.features.size())});
  table.add({"written by", "cotrain (mltat) " MLTAT_VERSION});
  return "## Recipe\n\n" + table.str();
}

std::string rows_section(const Account& account) {
  MarkdownTable table({"class", "given", "found", "a forest alone would find"});
  const std::vector<ClassCounts> counts = class_counts(account);
  for (std::size_t c = 0; c < counts.size(); ++c)
    table.add({account.rows.all.classes[c], std::to_string(counts[c].given), std::to_string(counts[c].result),
               std::to_string(counts[c].supervised)});
  return "\n## Labels\n\n" + table.str();
}

std::string phases_section(const Account& account) {
  MarkdownTable table({"phase", "rows", "share", "published share", "right, where truth is known"});
  for (std::size_t p = 0; p < account.result.records.size(); ++p) {
    std::optional<double> right;
    if (account.truth && account.truth->phases[p].rows > 0) right = account.truth->phases[p].accuracy;
    table.add({source_name(account, static_cast<Phase>(p + 1)), std::to_string(account.result.records[p].labelled),
               share_text(absorbed_share(account, p)), share_text(published_share(account, p)), share_text(right)});
  }
  return "\n## Phases\n\n" + table.str();
}

std::string worth_section(const Account& account) {
  std::string out = "\n## What it was worth\n\nThe forest of the given labels alone gives the same label to " +
                    share_text(agreement_with_supervised(account)) + " of the rows.\n";
  if (account.supervised)
    out += "\nOn given labels that it had not seen, that forest is right about " +
           share_text(account.supervised->all.accuracy) + " (macro F1 " +
           share_text(account.supervised->all.macro_f1) + ", " + std::to_string(account.supervised->all.rows) +
           " rows).\n";
  if (account.truth) {
    MarkdownTable table({"against the right labels", "rows", "accuracy", "macro F1"});
    for (const auto& [name, figures] : {std::pair("forest of the given labels", &account.truth->supervised),
                                        std::pair("these labels", &account.truth->result)})
      table.add({name, std::to_string(figures->rows), share_text(figures->accuracy), share_text(figures->macro_f1)});
    out += "\n" + table.str();
  }
  if (account.curve.empty()) return out;
  MarkdownTable table({"labels kept", "accuracy of the forest", "sd", "of co-training", "sd"});
  for (const CurvePoint& point : account.curve) {
    const MeanAndSd forest = over_draws(point, &CurveDraw::supervised, &Figures::accuracy);
    const MeanAndSd own = over_draws(point, &CurveDraw::result, &Figures::accuracy);
    table.add({share_text(point.share), share_text(forest.mean), share_text(forest.sd), share_text(own.mean),
               share_text(own.sd)});
  }
  return out + "\nWith fewer of the given labels, judged by those taken away:\n\n" + table.str();
}

std::string limits_section(const Account& account) {
  std::string out = "\n## Limits\n\n";
  for (const std::string& caveat : caveats(account))
    out += "- " + markdown_text(caveat) + "\n";
  return out + "- Every row is given one of the classes that had a label; what is none of them gets a wrong one " +
         "(`--min-confidence` leaves out the least sure).\n- A model learned from these labels inherits their " +
         "errors: judge it by rows whose labels come from elsewhere.\n";
}

}  // namespace

std::string card_text(const Account& account) {
  return "# Label card: " + std::to_string(account.rows.given.rows()) + " labels given, " +
         std::to_string(account.rows.unlabelled()) + " rows without\n\n" + recipe_section(account) +
         rows_section(account) + phases_section(account) + worth_section(account) + limits_section(account);
}

}  // namespace mltat::cotrain
