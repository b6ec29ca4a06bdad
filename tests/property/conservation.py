#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every packet read is in a flow or skipped with a reason, and every flow opened is written: on the seeds of the fuzz
target framing, and with --all on every capture under MLTAT_SHARED.

Each capture runs with and without --decap.  A damaged one ends with 65, and its counters must add up all the same; one
that is refused before its first packet has none.

    conservation.py BIN [--all]
"""
import collections
import os
import sys

import lab

WAYS = ((), ("--decap",))
ENDS = {0, 65}


def check(task):
    tools, path = task
    faults, figures = [], collections.Counter(captures=1)
    for way in WAYS:
        run, stats = tools.counted("flowgen", "--series", "none", *way, path)
        if run.status not in ENDS or (run.status == 0 and stats is None):
            faults.append(f"{path}: status {run.status}, counters {stats}: {run.err}")
        if stats is None or "packets_read" not in stats:
            figures["runs_refused"] += 1
            continue
        faults += [f"{path}: {text}" for text in lab.conservation_faults(stats)]
        if run.out.count(b"\n") != stats["flows_written"]:
            faults.append(f"{path}: {run.out.count(bytes([10]))} lines, {stats['flows_written']} flows written")
        figures.update(runs=1, packets_read=stats["packets_read"], packets_in_flows=stats["packets_in_flows"],
                       packets_skipped=sum(stats["packets_skipped"].values()), flows=stats["flows_written"])
    return faults, figures


def main():
    options = lab.arguments(__doc__, lambda parser: parser.add_argument("--all", action="store_true"))
    seeds = os.path.join(lab.TESTS, "fuzz/seeds/framing")
    captures = [os.path.join(seeds, name) for name in sorted(os.listdir(seeds))]
    if options.all:
        captures += lab.captures_under(*lab.shared(""))
    if not captures:
        sys.exit("conservation.py: error: no captures")
    lab.over_all(check, [(lab.Bin(options.bin), path) for path in captures], options.jobs).leave()


if __name__ == "__main__":
    main()
