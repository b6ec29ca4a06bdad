#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What co-training is worth: cotrain's recipes beside a plain forest on the same labelled rows.

usage: study.py --bin DIR [--shared DIR] [--only fgnet,traces] [--seeds 5] [--recipes gated,paper] [--jobs 1]
                [--work DIR] [--keep] [--list] [--out FILE.md]

A share of the rows of a labelled table keeps its label, by rows or by whole captures, stratified by class, and cotrain
labels the rest; all figures are of the rest. Recipes of one seed get the same rows. Every report is checked against the
rows that came out. The status is 1 if a run failed, or if gated falls more than .005 below the forest, in accuracy or
in macro F1, as the mean over seeds, where at least 100 rows are labelled (--judge narrows it to one of them).
"""

import argparse
import statistics
import sys

import rows
import runs

LOSS, ROWS = 0.005, 100  # gated may lose so much where at least so many rows are labelled
FIGURES = {"accuracy": "accuracy", "macro_f1": "macro F1"}


def figure_cells(by_seed):
    """Mean and sd of both figures, as text."""
    return [f"{value:.3f}" for name in FIGURES for value in runs.mean_sd(one[name] for one in by_seed.values())]


def accuracy_table(cells):
    lines = []
    for cell, recipes in cells.items():
        forest = [str(cell.share), f"{runs.given_rows(recipes):.0f}", "supervised",
                  *figure_cells(runs.supervised(recipes)), "", ""]
        lines.append(forest)
        for recipe, records in recipes.items():
            lines.append(["", "", recipe.replace("-", " "), *figure_cells(runs.results(records)),
                          f"{runs.fell_back(records)}/{len(records)}",
                          f"{statistics.mean(record['seconds'] for record in records.values()):.1f}"])
    return runs.markdown(("%", "rows", "recipe", "acc.", "sd", "mac. F1", "sd", "fell back", "s"), lines, texts={2})


def phase_means(records):
    """[(mean share in percent, part of it that is right, or None)] by phase, of the runs that did not fall back."""
    phases = [record["report"]["phases"] for record in records.values() if record["report"]["fallback"] is None]
    means = []
    for same in zip(*phases, strict=True):
        rows_of = sum(phase["absorbed"] for phase in same)
        right = sum(phase["absorbed"] * phase["truth"]["accuracy"] for phase in same if phase["absorbed"])
        means.append((100 * statistics.mean(phase["share"] for phase in same), right / rows_of if rows_of else None))
    return means


def phase_table(cells):
    """Share absorbed by each phase and, behind it, how much of it was right."""
    rest = 100 - sum(runs.PUBLISHED)
    lines = [["", "published", *(f"{share}" for share in runs.PUBLISHED), f"{rest:.1f}"]]
    for cell, recipes in cells.items():
        for recipe, records in recipes.items():
            means = phase_means(records)
            texts = [f"{share:.1f}" + (f" ({right:.2f})" if right is not None else "") for share, right in means]
            lines.append([str(cell.share), recipe.replace("-", " "), *(texts or ["-"] * (len(runs.PUBLISHED) + 1))])
    return runs.markdown(("%", "recipe", *(f"phase {i + 1}" for i in range(len(runs.PUBLISHED))), "rest"), lines,
                         texts={1})


def tables(records, runner):
    texts = []
    cells = runs.by_cell(records)
    for dataset, way in dict.fromkeys((cell.dataset, cell.way) for cell in cells):
        table = runner.table(dataset)
        some = {cell: recipes for cell, recipes in cells.items() if (cell.dataset, cell.way) == (dataset, way)}
        texts.append(f"## {dataset}, labelled by {way}\n\n"
                     f"{rows.DATASETS[dataset].title}; {len(table.rows)} rows, {len(set(table.captures))} captures, "
                     f"{len(table.classes)} classes\n\n{accuracy_table(some)}\n"
                     f"Percent of the unlabelled rows by phase (share of them that is right):\n\n{phase_table(some)}")
    return "\n".join(texts)


def check(records, judged):
    """(the table of gated less supervised, whether it fell short)"""
    lines, short = [], 0
    for cell, recipes in runs.by_cell(records).items():
        if "gated" not in recipes or runs.given_rows(recipes) < ROWS:
            continue
        forest, gated = runs.supervised(recipes), runs.results(recipes["gated"])
        line = [cell.dataset, cell.way, str(cell.share), f"{runs.given_rows(recipes):.0f}"]
        missed = []
        for name in FIGURES:
            mean, deviation = runs.mean_sd(gated[seed][name] - forest[seed][name] for seed in gated)
            line += [f"{mean:+.4f}", f"{deviation:.4f}"]
            missed += [FIGURES[name]] * (mean < -LOSS and name in judged)
        short += bool(missed)
        lines.append([*line, "FAILS: " + ", ".join(missed) if missed else "ok"])
    text = (f"## Check: gated no more than {LOSS} below the forest\n\nMean tables' cells with {ROWS} labelled rows or "
            f"more; difference of paired runs.\n\n" +
            runs.markdown(("rows of", "by", "%", "rows", "acc.", "sd", "mac. F1", "sd", ""), lines, texts={0, 1, 8}) +
            f"\n{len(lines) - short} of {len(lines)} cells hold.\n")
    return text, short > 0


def main():
    parser = argparse.ArgumentParser(description="What co-training is worth.")
    usual = [name for name in rows.DATASETS if name not in rows.OPTIONAL]
    parser.add_argument("--only", type=runs.names_of(rows.DATASETS), default=usual, metavar="DATASET,...",
                        help=f"{', '.join(usual)} unless given; also {', '.join(rows.OPTIONAL)}")
    parser.add_argument("--judge", type=runs.names_of(FIGURES), default=list(FIGURES), metavar="LIST",
                        help="the figures that may fail the check: accuracy, macro_f1")
    runs.arguments(parser)
    options = runs.parse(parser)
    plan = runs.planned(options)
    runner = runs.Runner(options)
    records, faults = runner.measure(plan)
    checked, failed = check(records, options.judge)
    return runs.finish(options, tables(records, runner) + "\n" + checked, faults, failed)


if __name__ == "__main__":
    sys.exit(main())
