#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Judges predict --drift on labelled captures: false alarms, and an application that was not learned from.

usage: drift.py BIN_DIR [--json FILE] [--sets type1,traces] [--windows flow,every:15s] [--sizes 300,1000] [--repeats 2]

The captures lie in $MLTAT_SHARED/SET/CLASS/APPLICATION__NUMBER.pcap. Each application whose class has another one is
left out in turn; of the rest, whole captures with about a quarter of the rows are held out, the forest is trained on
the others, and predict watches windows of N rows drawn, with replacement, from the captures held out (`same`: alarms
are false), with a fifth of the rows from the application left out (`20 %`), and from it alone (`100 %`). The classes
of the rows held out are drawn as often as they are learned from; a class with a single capture is drawn from that.
`held out` has the captures held out once and whole, one after the other, as files come. Shares are of all windows;
`worst` is the highest share of false alarms of one model. Nothing is asserted.
"""

import argparse
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

from compare import print_aligned

WINDOWS = 100
HEADER = ("captures", "rows are", "N", "models", "same", "worst", "20 %", "100 %", "held out", "psi same", "psi 20 %",
          "psi 100 %", "limit")


def featurize(bin_dir, name, window, path):
    captures = sorted(glob.glob(os.path.join(os.environ["MLTAT_SHARED"], name, "*", "*.pcap")))
    subprocess.run([f"{bin_dir}/featurize", "-q", "--label-from", "parent", "--window", window, "-o", path, *captures],
                   check=True)
    with open(path) as file:
        return [(json.loads(line), line) for line in file]


def hold_out(rows, rng):
    """Whole captures of every class, about a quarter of its rows."""
    held = set()
    for label in sorted({row["label"] for row, _ in rows}):
        captures = sorted({row["capture"] for row, _ in rows if row["label"] == label})
        sizes = {capture: sum(row["capture"] == capture for row, _ in rows) for capture in captures}
        rng.shuffle(captures)
        wanted = sum(sizes.values()) / 4
        for capture in captures[:-1]:
            if sum(sizes[one] for one in held if one in sizes) + sizes[capture] / 2 <= wanted:
                held.add(capture)
    return held


def watch(bin_dir, folder, lines, size):
    path = os.path.join(folder, "windows.ndjson")
    with open(path, "w") as file:
        file.writelines(lines)
    drift = os.path.join(folder, "drift.ndjson")
    subprocess.run([f"{bin_dir}/predict", "-q", "-m", os.path.join(folder, "model.json"), "--drift", drift,
                    "--drift-window", str(size), "-o", "/dev/null", path], check=True)
    with open(drift) as file:
        return [window for window in map(json.loads, file) if window["rows"] == size]


def judge(bin_dir, folder, rows, application, sizes, rng):
    """Of one application left out: the windows by size and kind."""
    rest = [pair for pair in rows if pair[0]["application"] != application]
    new = [line for row, line in rows if row["application"] == application]
    held_captures = hold_out(rest, rng)
    by_capture = [line for row, line in rest if row["capture"] in held_captures]
    learned = [(row["label"], line) for row, line in rest if row["capture"] not in held_captures]
    known = {}
    for row, line in rest:
        if row["capture"] in held_captures:
            known.setdefault(row["label"], []).append(line)
    alone = {label for label, _ in learned} - set(known)
    for label, line in learned:
        if label in alone:
            known.setdefault(label, []).append(line)
    train = os.path.join(folder, "train.ndjson")
    with open(train, "w") as file:
        file.writelines(line for _, line in learned)
    subprocess.run([f"{bin_dir}/train", "-q", "-a", "rf", "-o", os.path.join(folder, "model.json"), train], check=True)
    found = {}
    for size in sizes:
        for kind, share in (("same", 0), ("mixed", 0.2), ("new", 1)):
            lines = [rng.choice(new if rng.random() < share else known[rng.choice(learned)[0]]) for _ in range(size * WINDOWS)]
            found[size, kind] = watch(bin_dir, folder, lines, size)
        found[size, "whole"] = watch(bin_dir, folder, by_capture, size)
    return found


def share(windows):
    return sum(window["drift"] for window in windows) / len(windows) if windows else float("nan")


def median(windows, key):
    return sorted(window[key] for window in windows)[len(windows) // 2]


def main():
    parser = argparse.ArgumentParser(description="False alarms and alarms of predict --drift.")
    parser.add_argument("bin_dir")
    parser.add_argument("--json", metavar="FILE", help="write all figures")
    names = lambda text: text.split(",")
    parser.add_argument("--sets", type=names, default=["type1", "traces"])
    parser.add_argument("--windows", type=names, default=["flow", "every:15s"])
    parser.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",")], default=[300, 1000])
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    if not os.environ.get("MLTAT_SHARED"):
        print("MLTAT_SHARED names no folder with captures")
        return 77
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name, window in ((name, window) for name in options.sets for window in options.windows):
            rows = featurize(options.bin_dir, name, window, os.path.join(folder, "rows.ndjson"))
            applications = {}
            for row, _ in rows:
                applications.setdefault(row["label"], set()).add(row["application"])
            left_out = sorted(one for peers in applications.values() if len(peers) > 1 for one in peers)
            runs = []
            for application in left_out:
                for repeat in range(options.repeats):
                    print(name, window, application, repeat, file=sys.stderr, flush=True)
                    rng = random.Random(f"{application} {repeat}")
                    runs.append(judge(options.bin_dir, folder, rows, application, options.sizes, rng))
            for size in options.sizes:
                all_of = {kind: [one for run in runs for one in run[size, kind]]
                          for kind in ("same", "mixed", "new", "whole")}
                results.append({
                    "captures": name, "rows are": window, "N": size, "models": len(runs),
                    "same": share(all_of["same"]), "worst": max(share(run[size, "same"]) for run in runs),
                    "20 %": share(all_of["mixed"]), "100 %": share(all_of["new"]), "held out": share(all_of["whole"]),
                    "psi same": median(all_of["same"], "psi"), "psi 20 %": median(all_of["mixed"], "psi"),
                    "psi 100 %": median(all_of["new"], "psi"), "limit": median(all_of["same"], "limit")})
    print_aligned([HEADER] + [tuple(f"{result[key]:.3f}" if isinstance(result[key], float) else str(result[key])
                                    for key in HEADER) for result in results])
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
