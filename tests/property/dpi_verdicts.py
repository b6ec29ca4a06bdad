#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A verdict of DPI depends on the packets of its flow alone: the same for any number of threads, and the same when only
a share of the flows is read.

Without FILE: captures under MLTAT_SHARED (--some N takes every so many of them).

    dpi_verdicts.py BIN [--some 12] [FILE...]
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab                                                              # noqa: E402

PLACES = ("oracles/ndpi/pcap", "oracles/ndpi/pcap-4.2", "corpus")
SHARDS = 5


def check(task):
    tools, path = task

    def rows(*options):
        return tools.run("flowgen", "--dpi", "--series", "none", *options, path)

    want = rows("-j1")
    faults = []
    for threads in (2, 8):
        found = rows(f"-j{threads}")
        if (found.status, found.out) != (want.status, want.out):
            faults += [f"{path}: -j{threads}: {text}"
                       for text in lab.row_differences(want.out.decode(), found.out.decode()) or ["another status"]]
    shares = b"".join(rows("-j1", "--shard", f"{share}/{SHARDS}").out for share in range(SHARDS))
    expected, found = (sorted(text.splitlines()) for text in (want.out, shares))
    if expected != found:
        faults += [f"{path}: {SHARDS} shares: {theirs.decode()[:300]} differs from {ours.decode()[:300]}"
                   for theirs, ours in zip(expected, found) if theirs != ours][:3] or [f"{path}: rows are missing"]
    unknown = sum(b'"dpi_proto":null' in row for row in expected)
    return faults, {"captures": 1, "verdicts": len(expected), "unknown": unknown}


def main():
    options = lab.arguments(__doc__, lambda parser: parser.add_argument("files", nargs="*"),
                            lambda parser: parser.add_argument("--some", type=int, default=1))
    files = options.files or lab.captures_under(*lab.shared(*PLACES))[::options.some]
    tools = lab.Bin(options.bin)
    lab.over_all(check, [(tools, path) for path in files], options.jobs).leave()


if __name__ == "__main__":
    main()
