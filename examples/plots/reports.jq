# SPDX-License-Identifier: Apache-2.0
# Tables out of reports, for eyes, plots and pages: each takes the reports that jq is given and writes tab-separated
# values below a line of names.
#
#   jq -rn -L examples/plots 'include "reports"; multiclass' out/own/*.report.json
#
# What a report is called comes from its path: FOLDER/NAME.report.json. Figures are rounded to three decimals; what a
# report does not know is `-`.
def folder: input_filename | split("/") | .[-2];
def name: input_filename | split("/") | .[-1] | sub("\\.[a-z]+\\.json$"; "");
def last_number: capture("(?<number>[0-9.]+)$").number | tonumber;
def text: if . == null then "-" elif type == "number" then . * 1000 | round / 1000 else . end;
def table(names; rows): [names | split(" ") | map(gsub("_"; " "))] + rows | .[] | map(text) | @tsv;

# What there was to learn from.
def data:
  table("class rows captures applications";
    [inputs.data | (.classes | to_entries[] | [.key, .value.rows, .value.captures, .value.applications]),
     ["all", .rows, .captures, .applications]]);

# What a model is worth, and on what: rows, captures and applications that it had not seen.
def multiclass:
  table("model rows accuracy macro_f1 weighted_precision weighted_recall random capture application";
    [inputs | [name, .rows, .accuracy, .macro_f1, .weighted_precision, .weighted_recall, .random.accuracy,
               .group.accuracy, .leave_out.mean.accuracy]]);

# The same figures for what was fused, and for each of its members, the best first.
def fused:
  table("verdict_by rows accuracy macro_f1 ece coverage";
    [inputs | [name, .rows, .accuracy, .macro_f1, .ece, .coverage]]);
def members:
  table("verdict_by rows accuracy macro_f1 ece coverage";
    [inputs | .members // {} | to_entries | sort_by(-.value.accuracy)[]
     | [.key, .value.rows, .value.accuracy, .value.macro_f1, .value.ece, .value.coverage]]);

# For each report and class that has rows.
def classes_with_rows: .per_class | to_entries[] | select(.value.support > 0);
def per_class:
  table("model class support recall precision precision_balanced";
    [inputs | name as $name | classes_with_rows
     | [$name, .key, .value.support, .value.recall, .value.precision, .value.precision_balanced]]);

# Four ways to count DNS: FOLDER is the way.
def dns:
  table("dns_is verdict_by rows accuracy macro_f1";
    [inputs | [folder, name, .rows, .accuracy, .macro_f1]]);
def dns_classes:
  table("dns_is verdict_by class support recall precision precision_balanced";
    [inputs | folder as $folder | name as $name | classes_with_rows
     | [$folder, $name, .key, .value.support, .value.recall, .value.precision, .value.precision_balanced]]);
# A row a class, a column a report, for bars; `NaN` where a report lacks the class.
def by_class(measure):
  [inputs.per_class | with_entries(select(.value.support > 0))] as $reports | ($reports | map(keys[]) | unique[]) as $class
  | [$class, ($reports[][$class] | if . then measure else "NaN" end)] | @tsv;

# Co-training: FOLDER is labels-PERCENT, NAME the recipe.
def cotrain:
  table("labels recipe given without_label forest result forest_macro_f1 result_macro_f1 fallback";
    [inputs | [(folder | sub("^labels-"; "")), name, .rows.given, .rows.unlabelled, .supervised.truth.accuracy,
               .result.truth.accuracy, .supervised.truth.macro_f1, .result.truth.macro_f1, .fallback]]);
def phases:
  table("labels recipe phase absorbed share right published_share";
    [inputs | (folder | sub("^labels-"; "")) as $labels | name as $name | .phases[]
     | [$labels, $name, .name, .absorbed, .share, (if .absorbed > 0 then .truth.accuracy else null end), .published_share]]);

# Accuracy by packets seen: FOLDER is first-PACKETS, or the rows of whole flows.
def early:
  table("packets model rows accuracy macro_f1 capture application";
    [inputs | [(folder | if startswith("first-") then last_number else "all" end), name, .rows, .accuracy, .macro_f1,
               .group.accuracy, .leave_out.mean.accuracy]]);

# What is gained in accuracy for what is given up in coverage: NAME is MODEL-below-CONFIDENCE.
def coverage:
  table("unknown_below coverage accuracy_of_the_answers";
    [inputs | [(name | last_number), .coverage, .accuracy_covered]] | sort_by(.[0]));

# Calibration, by each split that judged it; `fitted` marks the one that it was learned from, which the plot shows.
def split_name: [.split, .column] | map(select(.)) | join(" by ") | gsub("_"; " ");
def judged: .calibration as $fit | first(.calibration.effects[] | select(.split == $fit.split and .column == $fit.column));
def calibration:
  table("model judged_by fitted ece_before ece_after brier_before brier_after";
    [inputs | name as $name | judged as $fit | .calibration.effects[]
     | [$name, split_name, (if . == $fit then "yes" else "no" end), .before.ece, .after.ece, .before.brier, .after.brier]]);
# Bins of confidence that have rows.
def bins(when): [inputs | judged | when | .bins[] | select(.rows > 0) | [.confidence, .accuracy, .rows]]
  | .[] | @tsv;

def throughput:
  table("threads packets_per_second least most seconds";
    [inputs | .threads[] | [.threads, (.packets_per_second | .median, .least, .most | round), (.seconds | sort | .[length / 2 | floor])]]);

# Threshold, where there is room for it: coverage, accuracy, text.
def coverage_labels:
  foreach ([inputs | [.coverage, .accuracy_covered, (name | last_number)] | select(.[1])] | sort_by(.[2])[]) as $point
    ({last: 2}; .room = .last - $point[0] >= 0.035 | if .room then .last = $point[0] else . end; select(.room) | $point)
  | @tsv;

# The confusion matrix, flat: column, row, share of the row, count. A column `unknown` stands last where it has rows.
def answers: .classes + (if any(.unknown[]; . > 0) then ["unknown"] else [] end);
def true_classes: . as $report | .classes | to_entries
  | map(select(($report.confusion_matrix[.key] | add) + $report.unknown[.key] > 0));
def confusion:
  inputs | . as $report | answers as $answers
  | true_classes | to_entries[] | .key as $y | .value.key as $row | ($report.confusion_matrix[$row] + [$report.unknown[$row]])[:$answers | length] as $counts
  | ($counts | add) as $all
  | range($answers | length) | [., $y, (if $all > 0 then $counts[.] / $all else 0 end), $counts[.], $answers[.], $report.classes[$row]]
  | @tsv;

# For the plots of co-training. The curve of a recipe: percent known; accuracy and macro F1 of the forest, of the recipe.
def curve(recipe): [inputs | select(name == recipe)
    | [(folder | last_number), (.supervised, .result | .truth | .accuracy, .macro_f1)] | [.[0], .[1], .[2], .[3], .[4]]]
  | sort_by(.[0])[] | @tsv;
# A bar a run, and one of the published shares: what it is, then the share of each phase.
def phase_bars: [inputs | {bar: "\(name) \(folder | last_number) %", phases: [.phases[] | [.share, .truth.accuracy, .absorbed]],
                           published: [.phases[].published_share]}]
  | . + [first(.[] | select(.published | all(. != null)) | {bar: "published", phases: [.published[] | [., null, 0]]})];
def absorbed: phase_bars[] | [.bar] + [.phases[][0]] | @tsv;
# Where in which bar to write what part of a phase is right, in percent: bar, phase, height, text.
def phase_labels: phase_bars | to_entries[] | .key as $bar | .value.phases
  | foreach to_entries[] as $phase ({top: 0}; .bottom = .top | .top += $phase.value[0];
      select($phase.value[2] > 0 and $phase.value[0] >= 0.05)
      | [$bar, $phase.key + 1, (.bottom + .top) / 2, ($phase.value[1] * 100 | round)]) | @tsv;
