#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What only long inputs show: flows whose histogram bins pass 16 bits, parts that are full, memory that must not grow.

One flow of 1,100,000 packets against the naive reference (a part is cut at 1,000,000); a flood that meets
--max-flows and then millions of short flows, whose number must not show in the peak memory.

    long_runs.py BIN
"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402
from gen_packets import BASE, PCAP_HEADER, plain_udp                    # noqa: E402

MILLISECOND = 10**6
FLOOD = 50_000
GROWTH_MIB = 8                          # of the peak, from half a million flows to two million


def long_flow():
    """Mostly one length and one gap, so that a few bins hold nearly all packets."""
    time, records = BASE, [PCAP_HEADER]
    for number in range(1_100_000):
        time += 50_000 if number % 13 else 3 * MILLISECOND
        records.append(plain_udp(time, 0, 100 if number % 7 else 900))
    return b"".join(records)


def check_long_flow(tools, verdict):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "long.pcap")
        with open(path, "wb") as file:
            file.write(long_flow())
        for options in ([], ["--window", "every:30s", "--features", "mltat30,splt:5,bursts,hist"]):
            want, _, _ = lab.reference(options, path)
            for threads in (1, 2):
                run = tools.run("featurize", "-j", threads, *options, path)
                for text in lab.row_differences(want, run.out.decode()):
                    verdict.fault(f"long flow {options} -j{threads}: {text}")
                verdict.count(rows=want.count("\n"))
        rows = tools.run("featurize", path).out
        if tools.run("featurize", stdin=tools.run("flowgen", path).out).out != rows:
            verdict.fault("long flow: flowgen | featurize differs")


def peak_mib(tools, flows):
    """Peak memory of featurize over a flood of 1 ns steps and then one new flow a millisecond."""
    command = [os.path.join(tools.folder, "featurize"), "-j1", "-v", "--idle-timeout", "1s", "--max-flows", "20000"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        process.stdin.write(PCAP_HEADER)
        time = BASE
        for number in range(flows):
            time += 1 if number < FLOOD else MILLISECOND
            process.stdin.write(plain_udp(time, number, 0))
        process.stdin.close()
        said = process.stderr.read().decode()
    return float(re.search(r"peak memory ([0-9.]+) MiB", said)[1])


def main():
    options = lab.arguments(__doc__)
    tools, verdict = lab.Bin(options.bin), lab.Verdict()
    # First of all: a child's peak begins with what this process has when it starts it.
    few, many = peak_mib(tools, 500_000), peak_mib(tools, 2_000_000)
    print(f"peak memory {few} MiB with 500,000 flows, {many} MiB with 2,000,000")
    if many > few + GROWTH_MIB:
        verdict.fault("memory grows with the flows that have ended")
    check_long_flow(tools, verdict)
    verdict.leave()


if __name__ == "__main__":
    main()
