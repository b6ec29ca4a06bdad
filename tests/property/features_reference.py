#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real captures: every row against the naive reference, all features and identity, entropies within 1e-9.

Three option sets: as it comes, with all families, and windows with families under short timeouts.
Without FILE: captures under MLTAT_SHARED, from the smallest up to --most bytes, --count of them spread over
the three corpora.

    features_reference.py BIN [--count 60] [--most 2000000] [FILE...]
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab                                                              # noqa: E402

FAMILIES = "mltat30,flags,splt:5,bursts,hist"
SETS = ("",
        "--features " + FAMILIES,
        "--idle-timeout 2s --active-timeout 5s --linger 200ms --window every:1s --features " + FAMILIES)
PLACES = ("type1", "traces", "oracles/ndpi/pcap")


def check(task):
    tools, path = task
    faults, rows, values = [], 0, 0
    for words in SETS:
        options = words.split()
        want, counters, damage = lab.reference(options, path)
        run, stats = tools.counted("featurize", *options, path)
        faults += [f"{path} {words}: {text}" for text in lab.row_differences(want, run.out.decode())]
        if bool(run.status) != bool(damage or (counters["packets_read"] and not counters["packets_in_flows"])):
            faults.append(f"{path} {words}: status {run.status} {run.err}; the reference says {damage}")
        if stats and (stats["packets_read"], stats["flows_written"]) != (counters["packets_read"], counters["flows_written"]):
            faults.append(f"{path} {words}: counters {stats}, expected {counters}")
        rows += want.count("\n")
        values += want.count('":')
    return faults, {"captures": 1, "packets": counters["packets_read"], "rows": rows, "values": values}


def chosen(count, most):
    """`count` captures, as many of each place as it has, evenly over the sizes up to `most` bytes."""
    files = []
    for place in lab.shared(*PLACES):
        fit = sorted((os.path.getsize(path), path) for path in lab.captures_under(place))
        fit = [path for size, path in fit if size <= most]
        take = min(len(fit), -(-count // len(PLACES)))
        files += [fit[i * len(fit) // take] for i in range(take)]
    return files


def main():
    def more(parser):
        parser.add_argument("--count", type=int, default=9)
        parser.add_argument("--most", type=int, default=60_000, help="bytes of a capture")
        parser.add_argument("files", nargs="*", metavar="FILE")

    options = lab.arguments(__doc__, more)
    files = options.files or chosen(options.count, options.most)
    lab.over_all(check, [(lab.Bin(options.bin), path) for path in files], options.jobs).leave()


if __name__ == "__main__":
    main()
