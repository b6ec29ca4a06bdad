#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Input made to exhaust a meter: memory stays bounded, nothing is lost, nothing waits, all is counted.

    limits.py BIN                       BIN also holds generate_capture

Each case is a generated capture of millions of packets. Checked: the status, packets read = in flows + skipped, flows
opened = written = rows, the packets that the rows tell of, and a bound on the peak of memory that follows from the
limits given. Printed: seconds, peak memory, and what a flow takes of it.
"""
import collections
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402

MIB = 2**20
BASE_MIB = 40                           # code, blocks under way, the parts that leave at a time
BYTES_A_FLOW = 600                      # in memory, of a short one
BYTES_A_HELD_PACKET = 16                # of a series

Case = collections.namedtuple("Case", "name capture tool options most_mib notes", defaults=((),))
Outcome = collections.namedtuple("Outcome", "seconds peak_mib rows pkts stats")


def generated(tools, path, mix, flows, packets, mean=100):
    with open(path, "wb") as out:
        subprocess.run([os.path.join(tools.folder, "generate_capture"), mix, str(flows), str(packets), str(mean)],
                       stdout=out, check=True)


def with_wild_clocks(path, out):
    """The same capture, every 1000th packet ten years ahead, every 1001st ten years behind."""
    years = 10 * 365 * 86400
    with open(path, "rb") as file, open(out, "wb") as copy:
        copy.write(file.read(24))
        for number in range(10**9):
            head = file.read(16)
            if not head:
                return
            seconds, fraction, captured, original = struct.unpack("<IIII", head)
            shift = years if number % 1000 == 500 else -years if number % 1001 == 700 else 0
            copy.write(struct.pack("<IIII", seconds + shift, fraction, captured, original) + file.read(captured))


def run(tools, case, reader="cat"):
    """Runs the tool into a reader; rows and the packets they tell of are counted from what the reader passes on."""
    with tempfile.TemporaryDirectory() as folder:
        stats, rows = os.path.join(folder, "stats.json"), os.path.join(folder, "rows")
        tool = os.path.join(tools.folder, case.tool)
        start = time.monotonic()
        with open(rows, "wb") as out:
            reading = subprocess.Popen(["bash", "-c", reader], stdin=subprocess.PIPE, stdout=out)
            done = subprocess.run([tool, "-v", "--stats", stats, *case.options, case.capture], stdout=reading.stdin,
                                  stderr=subprocess.PIPE, timeout=lab.TIMEOUT_S, check=False)
            reading.stdin.close()
            reading.wait()
        seconds = time.monotonic() - start
        said = done.stderr.decode()
        if done.returncode != 0:
            return said
        count, pkts = 0, 0
        find = re.compile(rb'"(?:fwd|bwd)_pkts":(\d+)')
        with open(rows, "rb") as file:
            for line in file:
                count += 1
                pkts += sum(map(int, find.findall(line)))
        with open(stats, encoding="utf-8") as file:
            return Outcome(seconds, float(re.search(r"peak memory ([0-9.]+) MiB", said)[1]), count, pkts, json.load(file))


def check(case, outcome, verdict):
    if isinstance(outcome, str):
        verdict.fault(f"{case.name}: {outcome}")
        return
    stats = outcome.stats
    skipped = sum(stats["packets_skipped"].values())
    print(f"{case.name}: {stats['packets_read']} packets, {outcome.rows} rows, {outcome.seconds:.1f} s, "
          f"peak {outcome.peak_mib:.0f} of {case.most_mib:.0f} MiB")
    verdict.count(packets=stats["packets_read"], rows=outcome.rows)
    if stats["packets_read"] != stats["packets_in_flows"] + skipped:
        verdict.fault(f"{case.name}: packets are missing from the counters")
    if outcome.pkts != stats["packets_in_flows"]:
        verdict.fault(f"{case.name}: rows tell of {outcome.pkts} packets, {stats['packets_in_flows']} went into flows")
    if not stats["flows_opened"] == stats["flows_written"] == outcome.rows:
        verdict.fault(f"{case.name}: flows are missing: {stats['flows_opened']} opened, {outcome.rows} rows")
    if outcome.peak_mib > case.most_mib:
        verdict.fault(f"{case.name}: {outcome.peak_mib} MiB, which is not bounded by {case.most_mib:.0f}")
    for note in case.notes:
        if stats["packets_noted"][note] == 0:
            verdict.fault(f"{case.name}: no packet was noted as {note}")


def main():
    options = lab.arguments(__doc__)
    tools, verdict = lab.Bin(options.bin), lab.Verdict()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        def place(name):
            return os.path.join(folder, name)

        def flows_mib(flows):
            return BASE_MIB + flows * BYTES_A_FLOW / MIB

        flood = place("flood")
        generated(tools, flood, "flood", 1, 3_000_000)
        for threads in (1, 2):
            check_run = Case(f"flood of 3 M SYNs, --max-flows 1M, -j{threads}", flood, "featurize",
                             [f"-j{threads}", "--max-flows", "1M"], flows_mib(1_000_000 + 4096) + 20 * threads)
            check(check_run, run(tools, check_run), verdict)
        unread = check_run._replace(name="the same, and nobody reads for 10 s")
        check(unread, run(tools, unread, "sleep 10; cat"), verdict)
        os.unlink(flood)

        many = place("many")
        generated(tools, many, "min", 1_000_000, 4_000_000)
        case = Case("1 M open flows", many, "featurize", ["-j1"], flows_mib(1_000_000))
        check(case, run(tools, case), verdict)
        wild = place("wild")
        with_wild_clocks(many, wild)
        case = Case("the same, clocks jump ten years both ways", wild, "featurize", ["-j2"], flows_mib(1_100_000) + 40,
                    ("wild_clock", "time_reversed"))
        check(case, run(tools, case), verdict)
        os.unlink(many)
        os.unlink(wild)

        one = place("one")
        generated(tools, one, "min", 1, 10_000_000, 2**31)
        for threads in (1, 2):
            case = Case(f"one flow of 10 M packets, -j{threads}", one, "featurize", [f"-j{threads}"], BASE_MIB)
            check(case, run(tools, case), verdict)
        held = 200_000
        case = Case(f"the same as flow records, --max-held-pkts {held}", one, "flowgen",
                    ["-j2", "--max-held-pkts", str(held)], BASE_MIB + 8 * held * BYTES_A_HELD_PACKET / MIB)
        check(case, run(tools, case), verdict)
    verdict.leave()


if __name__ == "__main__":
    main()
