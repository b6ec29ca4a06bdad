#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Malformed captures from a fuzzing corpus: no crash, no sanitizer report, no hang, and the counters add up.

Both tools, one thread and two, all families; reads of one byte too, which must give the same bytes.  Meant for a
build with sanitizers.  Without FILE: oracles/hostile/tcpdump and linktypes under MLTAT_SHARED.

    hostile.py BIN [FILE...]
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402

PLACES = ("oracles/hostile/tcpdump", "oracles/hostile/framing", "oracles/linktypes")
ENDS = {0, 65}
FAMILIES = ("--features", "mltat30,flags,splt:5,bursts,hist")


def check(task):
    tools, path = task
    faults, runs, statuses = [], {}, set()
    for tool, options in (("flowgen", ("-j1",)), ("flowgen", ("-j2",)), ("featurize", ("-j2", *FAMILIES)),
                          ("featurize", ("-j1",)), ("meter_driver", ("-j2", "--read-bytes", "1"))):
        what = f"{tool} {' '.join(options)} {path}"
        run, stats = tools.counted(tool, *options, path)
        runs[tool, options] = run
        statuses.add(run.status)
        if run.status not in ENDS or "Sanitizer" in run.err or "runtime error" in run.err:
            faults.append(f"{what}: status {run.status}: {run.err[:2000]}")
        elif run.status == 65 and run.err.count("\n") != 1:
            faults.append(f"{what}: more than one line: {run.err!r}")
        if stats and "packets_read" in stats:
            faults += [f"{what}: {text}" for text in lab.conservation_faults(stats)]
    if runs["flowgen", ("-j1",)].out != runs["flowgen", ("-j2",)].out:
        faults.append(f"{path}: flowgen -j1 and -j2 differ")
    if runs["featurize", ("-j1",)].out != runs["meter_driver", ("-j2", "--read-bytes", "1")].out:
        faults.append(f"{path}: reads of one byte differ")
    if len(statuses) > 1:
        faults.append(f"{path}: statuses {statuses}")
    packets = stats["packets_read"] if stats and "packets_read" in stats else 0
    return faults, {"files": 1, "runs": len(runs), "packets_read": packets,
                    "refused_or_damaged": int(runs["flowgen", ("-j1",)].status != 0)}


def main():
    def more(parser):
        parser.add_argument("files", nargs="*", metavar="FILE")

    options = lab.arguments(__doc__, more)
    files = options.files
    if not files:
        files = sorted(os.path.join(place, name) for folder in lab.shared(*PLACES)
                       for place, _, names in os.walk(folder) for name in names if not name.endswith(".csv"))
    lab.over_all(check, [(lab.Bin(options.bin), path) for path in files], options.jobs).leave()


if __name__ == "__main__":
    main()
