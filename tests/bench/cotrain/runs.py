# SPDX-License-Identifier: Apache-2.0
"""Runs of cotrain: what they are, keeping their reports, and checking them against the rows that came out.

A report is kept in WORK/runs as one JSON a run. It counts as long as rows, arguments and the binary (size and time of
change) are the same; with --keep the binary may be another. So a study that was interrupted goes on where it stopped.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import rows

RECIPES = {"paper": ["--recipe", "paper"], "paper-iterate": ["--recipe", "paper", "--iterate"],
           "gated": ["--recipe", "gated"]}
PUBLISHED = (50.9, 20.5, 12.6, 3.9)  # percent of the unlabelled rows that the paper's phases I to IV absorbed
TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SKIPPED = 77

# share: percent; way: how the labelled rows are chosen
Run = collections.namedtuple("Run", "dataset way share seed recipe")
Cell = collections.namedtuple("Cell", "dataset way share")  # what is averaged over seeds


class Fault(Exception):
    """A run that failed, or whose report is not what its rows say."""


def name_of(run):
    return f"{run.dataset}-{run.way}-{run.share:02}-{run.seed}-{run.recipe}"


def cell_of(run):
    return Cell(run.dataset, run.way, run.share)


def figures_of(pairs):
    """Accuracy and macro F1 (over the classes with support or answers) of (truth, answer) pairs."""
    support, answers, hits = collections.Counter(), collections.Counter(), collections.Counter()
    for truth, answer in pairs:
        support[truth] += 1
        answers[answer] += answer is not None
        hits[truth] += truth == answer
    seen = {name for name in (*support, *answers) if support[name] or answers[name]}
    f1 = [2 * hits[name] / (support[name] + answers[name]) for name in seen]
    return {"accuracy": sum(hits.values()) / len(pairs), "macro_f1": statistics.mean(f1)}


def plain(value):
    """A number where it can be read as one, so that a cell of CSV equals a member of NDJSON."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def check_output(path, table, keep, report):
    """Raises Fault where the rows that came out contradict those that went in, or the report."""
    with open(path, encoding="utf-8") as file:
        out = [json.loads(line) for line in file]
    unlike = table.header[0]  # flow_id or a measured time: tells rows of one capture apart
    if [(plain(one[unlike]), one["truth"], one["capture"]) for one in out] != \
            list(zip(map(plain, table.column(unlike)), table.labels, table.captures)):
        raise Fault("rows are missing or in another order")
    if any(out[i]["label"] != table.labels[i] or out[i]["label_source"] != "given" for i in keep):
        raise Fault("a given label was changed")
    if report["rows"]["given"] != len(keep) or report["rows"]["unlabelled"] != len(out) - len(keep):
        raise Fault("the report counts other rows")
    mine = figures_of([(one["truth"], one["label"]) for i, one in enumerate(out) if i not in keep])
    for name, value in mine.items():
        told = report["result"]["truth"][name]
        if abs(told - value) > 1e-9:
            raise Fault(f"{name} of the report is {told}, of the rows {value}")


class Runner:
    def __init__(self, options):
        self.options = options
        self.cotrain = os.path.join(options.bin, "cotrain")
        os.makedirs(os.path.join(options.work, "runs"), exist_ok=True)
        self.tables, self.lock = {}, threading.Lock()

    def table(self, name):
        with self.lock:
            if name not in self.tables:
                with tempfile.TemporaryDirectory(dir=self.options.work) as folder:
                    self.tables[name] = rows.load(name, self.options.bin, self.options.shared, folder)
            return self.tables[name]

    def key(self, run):
        """What a kept report must have been made from."""
        status = os.stat(self.cotrain)
        return {"binary": [status.st_size, status.st_mtime_ns], "rows": self.table(run.dataset).digest,
                "arguments": [*RECIPES[run.recipe], "--seed", str(run.seed), *rows.DATASETS[run.dataset].arguments]}

    def kept(self, run, path):
        try:
            with open(path, encoding="utf-8") as file:
                record = json.load(file)
        except FileNotFoundError:
            return None
        key = self.key(run)
        same = all(record["key"][part] == key[part] for part in key if part != "binary" or not self.options.keep)
        return record if same else None

    def fresh(self, run):
        table, key = self.table(run.dataset), self.key(run)
        keep = rows.labelled(table, run.way, run.share, run.seed)
        with tempfile.TemporaryDirectory(dir=self.options.work) as folder:
            given, out, report = (os.path.join(folder, name) for name in ("in.csv", "out.ndjson", "report.json"))
            rows.write_masked(table, keep, given)
            threads = max(1, (os.cpu_count() or 1) // self.options.jobs)
            start = time.monotonic()
            try:
                done = subprocess.run([self.cotrain, "-q", "-j", str(threads), *key["arguments"], "--truth", "truth",
                                       "--report", report, "--format", "ndjson", "-o", out, given],
                                      stderr=subprocess.PIPE, text=True, timeout=self.options.timeout, check=False)
            except subprocess.TimeoutExpired as late:
                raise Fault(f"no end within {self.options.timeout} s") from late
            if done.returncode:
                raise Fault(f"status {done.returncode}: {done.stderr.strip()[:300]}")
            seconds = round(time.monotonic() - start, 3)
            with open(report, encoding="utf-8") as file:
                record = {"key": key, "seconds": seconds, "report": json.load(file)}
            check_output(out, table, keep, record["report"])
        return record

    def record(self, run):
        """(the record, whether it was kept)"""
        path = os.path.join(self.options.work, "runs", name_of(run) + ".json")
        record = self.kept(run, path)
        if record:
            return record, True
        record = self.fresh(run)
        with open(path + ".part", "w", encoding="utf-8") as file:
            json.dump(record, file)
        os.replace(path + ".part", path)
        return record, False

    def measure(self, runs):
        """({run: record}, faults as text)"""
        records, faults = {}, []
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            waiting = {pool.submit(self.record, run): run for run in runs}
            try:
                for done, future in enumerate(concurrent.futures.as_completed(waiting), 1):
                    run = waiting[future]
                    try:
                        records[run], kept = future.result()
                        told = "kept" if kept else f"{records[run]['seconds']:.1f} s"
                    except Fault as fault:
                        told = f"FAULT {fault}"
                        faults.append(f"{name_of(run)}: {fault}")
                    print(f"{done}/{len(runs)} {name_of(run)}: {told}", file=sys.stderr, flush=True)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return {run: records[run] for run in runs if run in records}, faults + unlike_forests(records)


def unlike_forests(records):
    """The supervised forest of one mask must not depend on the recipe."""
    seen, faults = {}, []
    for run, record in sorted(records.items()):
        accuracy = record["report"]["supervised"]["truth"]["accuracy"]
        if seen.setdefault((cell_of(run), run.seed), accuracy) != accuracy:
            faults.append(f"{name_of(run)}: the supervised forest differs from that of another recipe")
    return faults


def by_cell(records):
    """{cell: {recipe: reports by seed}}, the supervised forest being the recipe `supervised`."""
    cells = {}
    for run, record in records.items():
        cells.setdefault(cell_of(run), {}).setdefault(run.recipe, {})[run.seed] = record
    return cells


def supervised(recipes):
    """{seed: figures} of the plain forest on the given labels."""
    return {seed: record["report"]["supervised"]["truth"] for records in recipes.values()
            for seed, record in records.items()}


def results(records):
    """{seed: figures} of what cotrain answered."""
    return {seed: record["report"]["result"]["truth"] for seed, record in records.items()}


def given_rows(recipes):
    """Mean number of labelled rows."""
    counts = {seed: record["report"]["rows"]["given"] for records in recipes.values()
              for seed, record in records.items()}
    return statistics.mean(counts.values())


def fell_back(records):
    return sum(record["report"]["fallback"] is not None for record in records.values())


def mean_sd(values):
    values = list(values)
    return statistics.mean(values), statistics.stdev(values) if len(values) > 1 else 0.0


def markdown(header, lines, texts):
    """A Markdown table; all columns but those of text, by number, stand to the right."""
    marks = ["---" if i in texts else "--:" for i in range(len(header))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, marks, *lines)) + "\n"


def names_of(allowed):
    def names(text):
        found = text.split(",")
        for name in found:
            if name not in allowed:
                raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(allowed)}")
        return found
    return names


def numbers(text):
    return [int(number) for number in text.split(",")]


def arguments(parser):
    """Adds what every script of this folder takes."""
    parser.add_argument("--bin", required=True, metavar="DIR", help="folder of the tools")
    parser.add_argument("--shared", metavar="DIR", default=os.environ.get("MLTAT_SHARED"),
                        help="folder of captures and tables; MLTAT_SHARED unless given")
    parser.add_argument("--work", metavar="DIR", default=os.path.join(TREE, "out", "cotrain"),
                        help="folder of what is kept; out/cotrain in the tree unless given")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="seeds 1 to N; 5 unless given")
    parser.add_argument("--recipes", type=names_of(RECIPES), default=list(RECIPES), metavar="LIST",
                        help=f"of {', '.join(RECIPES)}")
    parser.add_argument("--ways", type=names_of(rows.WAYS), default=list(rows.WAYS), metavar="LIST",
                        help="how labelled rows are chosen: rows, captures")
    parser.add_argument("--shares", type=numbers, metavar="LIST", help="percent labelled; those of the data set if not")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="runs at a time")
    parser.add_argument("--timeout", type=float, default=900, metavar="S", help="seconds that a run may take")
    parser.add_argument("--keep", action="store_true", help="use kept reports of another binary too")
    parser.add_argument("--list", action="store_true", help="print the runs and end")
    parser.add_argument("--out", metavar="FILE.md", help="write the tables there too")


def parse(parser):
    """The options; leaves the script with 77 where the captures are not there."""
    options = parser.parse_args()
    if not options.shared:
        print("skipped: neither --shared nor MLTAT_SHARED names the folder of captures and tables")
        sys.exit(SKIPPED)
    return options


def planned(options):
    """All runs, those of one mask side by side; --list prints them and leaves the script."""
    plan = [Run(name, way, share, seed, recipe) for name in options.only for way in options.ways
            for share in options.shares or rows.DATASETS[name].shares for seed in range(1, options.seeds + 1)
            for recipe in options.recipes]
    if options.list:
        print("\n".join(map(name_of, plan)))
        sys.exit()
    return plan


def finish(options, text, faults, failed):
    """Writes the tables and what was wrong; the exit status."""
    if faults:
        text += "\n## Faults\n\n" + "\n".join(f"- {fault}" for fault in faults) + "\n"
    print(text, end="")
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            file.write(text)
    return 1 if faults or failed else 0
