#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that end with tens of thousands of open flows, several in one run, small ones between them.

The flows of a finished unit leave some at a time, while the next unit is being read: the run must give what a run
for each capture gives, and count every flow, for any number of threads.

    many_flows.py BIN
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab                                                              # noqa: E402
from gen_packets import BASE, PCAP_HEADER, plain_udp                    # noqa: E402

FLOWS = (30_000, 1, 20_000, 0, 0, 5, 9_000, 8_192, 2, 8_193)
ROUNDS = 3                              # threads never meet twice in the same way


def main():
    options = lab.arguments(__doc__)
    tools, verdict = lab.Bin(options.bin), lab.Verdict()
    with tempfile.TemporaryDirectory() as folder:
        paths, want = [], b""
        for number, flows in enumerate(FLOWS):
            paths.append(os.path.join(folder, f"{number}.pcap"))
            with open(paths[-1], "wb") as file:
                file.write(PCAP_HEADER + b"".join(plain_udp(BASE + i, i, i % 1000) for i in range(flows)))
            run, stats = tools.counted("featurize", "-j1", paths[-1])
            if stats["flows_written"] != flows or run.out.count(b"\n") != flows:
                verdict.fault(f"{flows} flows alone: {stats['flows_written']} counted, {run.err}")
            want += run.out
        for threads in (1, *(2, 3, 8) * ROUNDS):
            run, stats = tools.counted("featurize", "-j", threads, *paths)
            faults = lab.conservation_faults(stats)
            if run.out != want:
                faults += lab.row_differences(want.decode(), run.out.decode())
            verdict.add([f"-j{threads}: {text}" for text in faults], {"runs": 1, "rows": run.out.count(b"\n")})
    verdict.leave()


if __name__ == "__main__":
    main()
