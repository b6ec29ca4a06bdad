#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Judges forests and boosting on labelled captures: by random rows, by captures and by applications that were not seen.

usage: captures.py BIN_DIR [--json FILE] [--sets type1,traces] [--learners rf,gbt] [--windows flow,every:15s]

The captures lie in $MLTAT_SHARED/SET/CLASS/APPLICATION__NUMBER.pcap. featurize takes label and application from there,
once with the 30 features and once with all opt-in families; train judges by five folds. `application` is the mean
over the applications left out one at a time, `its rows` the accuracy of all their rows together. Nothing is asserted.
"""

import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile

from compare import arguments_of, print_aligned

FEATURES = {"mltat30": "mltat30", "all families": "mltat30,flags,splt:20,bursts,hist"}
HEADER = ("captures", "rows are", "features", "learner", "rows", "random", "capture", "application", "its rows")


def judge(bin_dir, learner, rows, folder):
    report = os.path.join(folder, "report.json")
    subprocess.run([f"{bin_dir}/train", "-q", *arguments_of(learner), "--importance", "0", "--report", report,
                    "-o", "/dev/null", rows], check=True)
    with open(report) as file:
        figures = json.load(file)
    if (figures["group"]["column"], figures["leave_out"]["column"]) != ("capture", "application"):
        raise RuntimeError("the rows were not judged by capture and application")
    return {"rows": figures["rows"], "random": figures["random"]["accuracy"], "capture": figures["group"]["accuracy"],
            "application": figures["leave_out"]["mean"]["accuracy"],
            "application_rows": figures["leave_out"]["accuracy"]}


def main():
    parser = argparse.ArgumentParser(description="Random rows, unseen captures, unseen applications.")
    parser.add_argument("bin_dir")
    parser.add_argument("--json", metavar="FILE", help="write all figures")
    names = lambda text: text.split(",")
    parser.add_argument("--sets", type=names, default=["type1", "traces"])
    parser.add_argument("--learners", type=names, default=["rf", "gbt"])
    parser.add_argument("--windows", type=names, default=["flow", "every:15s"])
    options = parser.parse_args()
    if not os.environ.get("MLTAT_SHARED"):
        print("MLTAT_SHARED names no folder with captures")
        return 77
    results = []
    with tempfile.TemporaryDirectory() as folder:
        rows = os.path.join(folder, "rows.ndjson")
        for name, window, (features, families) in ((name, window, pair) for name in options.sets
                                                   for window in options.windows for pair in FEATURES.items()):
            captures = sorted(glob.glob(os.path.join(os.environ["MLTAT_SHARED"], name, "*", "*.pcap")))
            subprocess.run([f"{options.bin_dir}/featurize", "-q", "--label-from", "parent", "--features", families,
                            "--window", window, "-o", rows, *captures], check=True)
            for learner in options.learners:
                print(name, window, features, learner, file=sys.stderr, flush=True)
                results.append({"captures": name, "window": window, "features": features, "learner": learner,
                                **judge(options.bin_dir, learner, rows, folder)})
    print_aligned([HEADER] + [(r["captures"], r["window"], r["features"], r["learner"], str(r["rows"])) +
                              tuple(f"{r[figure]:.3f}" for figure in HEADER[5:8] + ("application_rows",))
                              for r in results], texts=range(4))
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
