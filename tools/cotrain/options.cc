// SPDX-License-Identifier: Apache-2.0
#include "tools/cotrain/options.h"

#include <algorithm>

#include "base/error.h"
#include "base/units.h"
#include "features/feature_row.h"
#include "ml/cotrain_plan.h"
#include "rows/column_choice.h"

namespace mltat::cotrain {
namespace {

void store_view(ToolOptions& options, const std::string& given) {
  const auto [name, list] = parse_named(given, "NAME=GLOBS");
  std::vector<std::string> globs = split_globs({list});
  if (globs.empty()) throw Error(ExitCode::usage, "\"" + given + "\": expected NAME=GLOBS");
  if (options.views.size() == 2) throw Error(ExitCode::usage, "there are two views, this is a third");
  options.views.emplace_back(name, std::move(globs));
}

void store_curve(ToolOptions& options, const std::string& given) {
  for (const std::string& word : split_globs({given})) {
    const double percent = parse_real(word);
    if (!(percent > 0 && percent < 100))
      throw Error(ExitCode::usage, "a share lies between 0 and 100 percent, got " + word);
    options.curve.push_back(percent / 100);
  }
}

double parse_share(const std::string& given) {
  const double share = parse_real(given);
  if (!(share >= 0 && share <= 1)) throw Error(ExitCode::usage, "it lies between 0 and 1, got " + given);
  return share;
}

void store_final(ToolOptions& options, const std::string& given) {
  options.final_vote = split_globs({given});
  if (options.final_vote.empty()) throw Error(ExitCode::usage, "expected the names of algorithms");
}

}  // namespace

ToolSpec spec() {
  ToolSpec out{"cotrain", "Turn a few labels into many.", "rows as NDJSON or CSV", {"phases format 1"}};
  out.spools = true;
  return out;
}

Options declare(ToolOptions& options) {
  Options list = {
      text("--label", "NAME", options.label, "the column of labels; null or empty: to be found"),
      texts("--include", "GLOBS", options.include, "features: only columns that match, comma list"),
      texts("--exclude", "GLOBS", options.exclude, "features: no columns that match, comma list"),
      custom("--recipe", "NAME", "gated", "phases as published, or behind a gate",
             [&options](const std::string& given) { options.recipe = given; }),
      reads(text("--phases", "FILE", options.phases, "the recipe stands in a JSON file")),
      flag("--print-phases", options.print_phases, "print the recipe as JSON, with all options in it"),
      custom("--view", "NAME=GLOBS", "", "features of a view, comma list; a single one takes the place of the second",
             [&options](const std::string& given) { store_view(options, given); }),
      custom("--final", "ALGORITHMS", "", "who votes in the last phase, comma list",
             [&options](const std::string& given) { store_final(options, given); }),
      flag("--iterate", options.iterate, "repeat each phase until it labels nothing more"),
      custom("--min-precision", "P", "0.9", "what a rule must reach on the given labels to be trusted with a class",
             [&options](const std::string& given) { options.min_precision = parse_share(given); }),
      flag("--force", options.force, "run the phases even with very few labels"),
      custom("--min-confidence", "P", "0", "leave a label null that is less sure",
             [&options](const std::string& given) { options.min_confidence = parse_share(given); }),
      text("--group", "COLUMN", options.group,
           "its rows are judged together; none: each by itself; by default capture where it can be"),
      count("--seed", "N", options.seed, "seed of all chance"),
      text("--truth", "NAME", options.truth, "a column with the right labels, for the report alone"),
      writes(text("--report", "FILE", options.report, "write the report as JSON")),
      writes(text("--card", "FILE", options.card, "write a card of the labels as Markdown")),
      custom("--curve", "PERCENT", "", "what fewer labels would give: shares of those given, comma list",
             [&options](const std::string& given) { store_curve(options, given); }),
      count("--curve-draws", "N", options.curve_draws, "draws for each share of --curve"),
      custom("--format", "FORMAT", "", "form of the output; by default that of the first input",
             [&options](const std::string& given) { options.format = given; }),
  };
  const auto find = [&](const std::string& name) {
    return std::find_if(list.begin(), list.end(), [&](const Option& option) { return option.names == name; });
  };
  find("--recipe")->choices = {"gated", "paper"};
  find("--format")->choices = {"ndjson", "csv"};
  find("--view")->repeatable = true;
  // The recipe needs no input, so it does not wait for one at a terminal.
  find("--print-phases")->store = [&options](const std::string&) {
    options.print_phases = true;
    options.inputs = {"-"};
  };
  return list;
}

/// The three that it adds stand at the end; those of their names that came in are left out.
Schema schema(const ToolOptions& options) {
  const Keys added = {
      {.name = options.label, .doc = "class, given or found", .nullable = true},
      {.name = "label_source", .doc = "given, or which phase found it", .nullable = true},
      {.name = "label_confidence", .kind = ValueKind::share, .doc = "how sure the label is"}};
  Keys keys = carried_keys();
  std::erase_if(keys, [&](const Key& carried) {
    return std::any_of(added.begin(), added.end(), [&](const Key& own) { return own.name == carried.name; });
  });
  keys += added;
  return {"labelled_rows", "Labelled row of cotrain", std::move(keys)};
}

}  // namespace mltat::cotrain
