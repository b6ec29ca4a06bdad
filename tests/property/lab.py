# SPDX-License-Identifier: Apache-2.0
"""What the scripts of tests/property and tests/full share: running tools, captures, the reference, the verdict.

Not a test itself.  Shared captures are reached through MLTAT_SHARED; without it a script that needs them exits
with 77, which ctest takes for "skipped".
"""
import argparse
import collections
import concurrent.futures
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile

SKIPPED = 77
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "reference"))
import compare_rows                                                    # noqa: E402
import flow_reference                                                  # noqa: E402

# status: exit status, negative for a signal
Run = collections.namedtuple("Run", "status out err")

TIMEOUT_S = 300                         # a hang, not a speed


class Bin:
    """The folder that holds the tools and meter_driver; prefix: words of a command that runs them."""

    def __init__(self, folder, prefix=()):
        self.folder, self.prefix = folder, list(prefix)

    def run(self, tool, *arguments, stdin=b""):
        """Runs a tool; stdin: bytes, or a path to be opened as a file."""
        command = [*self.prefix, os.path.join(self.folder, tool), *map(str, arguments)]
        with contextlib.ExitStack() as stack:
            feed = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stack.enter_context(open(stdin, "rb"))}
            try:
                done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False, **feed)
            except subprocess.TimeoutExpired:
                return Run(None, b"", f"{' '.join(command)}: no end within {TIMEOUT_S} s\n")
        return Run(done.returncode, done.stdout, done.stderr.decode(errors="replace"))

    def counted(self, tool, *arguments, stdin=b""):
        """(run, counters of --stats)"""
        with tempfile.TemporaryDirectory() as folder:
            stats = os.path.join(folder, "stats.json")
            run = self.run(tool, "--stats", stats, *arguments, stdin=stdin)
            try:
                with open(stats, encoding="utf-8") as file:
                    return run, json.load(file)
            except FileNotFoundError:
                return run, None


def shared(*places):
    """Folders under MLTAT_SHARED; leaves the script where it is not set."""
    root = os.environ.get("MLTAT_SHARED")
    if not root:
        print("skipped: MLTAT_SHARED is not set, and this test needs the shared captures")
        sys.exit(SKIPPED)
    return [os.path.join(root, place) for place in places]


def captures_under(*folders):
    """All captures, by path."""
    found = [os.path.join(place, name) for folder in folders for place, _, names in os.walk(folder)
             for name in names if name.endswith((".pcap", ".pcapng", ".cap", ".pcap.gz"))]
    return sorted(found)


def reference(options, path, name=None):
    """Runs the naive reference in this process: (rows as text, statistics, damage or None)."""
    parsed = flow_reference.parse_options([*options, path])
    run = flow_reference.Run(parsed)
    out = io.StringIO()
    with open(path, "rb") as file:
        damage = run.unit(file.read(), name or flow_reference.capture_name(path), out)
    return out.getvalue(), run.statistics(), damage


def row_differences(expected, found, show=3):
    """Texts that say where two streams of rows differ; entropies may, by 1e-9."""
    if expected == found:
        return []
    differences = []
    a_rows, b_rows = expected.splitlines(), found.splitlines()
    if len(a_rows) != len(b_rows):
        differences.append(f"{len(a_rows)} rows expected, {len(b_rows)} found")
    for number, (a, b) in enumerate(zip(a_rows, b_rows), 1):
        for key, x, y in compare_rows.row_differences(a, b):
            differences.append(f"row {number} ({compare_rows.flow_of(a)}): {key}: expected {x}, found {y}")
        if len(differences) > show:
            break
    return differences[:show]


def conservation_faults(stats):
    """What does not add up in the counters of a run."""
    faults = []
    skipped = sum(stats["packets_skipped"].values())
    if stats["packets_read"] != stats["packets_in_flows"] + skipped:
        faults.append(f"read {stats['packets_read']} != in flows {stats['packets_in_flows']} + skipped {skipped}")
    if stats["flows_opened"] != stats["flows_written"]:
        faults.append(f"opened {stats['flows_opened']} != written {stats['flows_written']}")
    return faults


class Verdict:
    """Collects faults and figures of a script, prints them, and is its exit status."""

    def __init__(self):
        self.faults = 0
        self.figures = collections.Counter()

    def fault(self, what):
        self.faults += 1
        if self.faults <= 40:
            print(f"FAULT {what}", flush=True)

    def count(self, **figures):
        self.figures.update(figures)

    def add(self, faults, figures):
        for what in faults:
            self.fault(what)
        self.figures.update(figures)

    def leave(self):
        print(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in self.figures.items()) +
              f"; {self.faults} faults")
        sys.exit(1 if self.faults else 0)


def over_all(work, items, jobs):
    """work(item) -> (faults, figures) for every item, on processes of their own; returns a Verdict."""
    verdict = Verdict()
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        for faults, figures in pool.map(work, items):
            verdict.add(faults, figures)
    return verdict


def arguments(doc, *more):
    """Parses the command line that all scripts have: BIN, --jobs, and what more() adds."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("bin", help="folder of the tools and meter_driver")
    parser.add_argument("--jobs", type=int, default=2)
    for add in more:
        add(parser)
    return parser.parse_args()
