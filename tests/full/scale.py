#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A campaign of captures as arguments of one run: 2,200 files, some 350,000 flows, 1,024 open files at most.

    scale.py BIN                        BIN also holds generate_capture

One generated capture is dealt out to the files, flow by flow. Checked: one run over all files gives the bytes of a run
for each, for any number of threads; flows opened = written = rows; a bound on the peak of memory that knows nothing of
the number of files. Printed: seconds and peak memory.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402

FILES = 2_200
PACKETS, PACKETS_A_FLOW = 7_000_000, 20
# The shell starts the tool as a child of its own: a program in place of another one inherits the peak of its memory.
FEW_FILES = ["sh", "-c", 'ulimit -n 1024; "$@"; exit $?', "sh"]
MOST_MIB = 40                           # code, blocks under way, threads


def deal(capture, folder):
    """Writes the packets of each flow to the file whose turn it is when the flow begins; returns paths and flows."""
    paths = [os.path.join(folder, f"{number:04}.pcap") for number in range(FILES)]
    packets = [bytearray() for _ in paths]
    flows = {}
    header = capture.read(24)
    while head := capture.read(16):
        frame = capture.read(int.from_bytes(head[8:12], "little"))
        ends = frame[26:30] + frame[34:36], frame[30:34] + frame[36:38]
        packets[flows.setdefault(min(ends) + max(ends), len(flows)) % FILES] += head + frame
    for path, content in zip(paths, packets):
        with open(path, "wb") as file:
            file.write(header + content)
    return paths, len(flows)


def check(tools, tool, paths, flows, verdict):
    start = time.monotonic()
    single = b"".join(tools.run(tool, "-j1", path).out for path in paths)
    rows = single.count(b"\n")
    print(f"{tool}, a run for each file: {time.monotonic() - start:.1f} s", flush=True)
    verdict.count(packets=PACKETS, rows=rows)
    if rows != flows:
        verdict.fault(f"{tool}: {rows} rows of {flows} flows")
    for threads in (1, 2):
        name = f"{tool} -j{threads}, all files"
        start = time.monotonic()
        run, stats = tools.counted(tool, "-v", f"-j{threads}", *paths)
        if run.status != 0:
            verdict.fault(f"{name}: status {run.status}: {run.err}")
            continue
        peak_mib = float(re.search(r"peak memory ([0-9.]+) MiB", run.err)[1])
        print(f"{name}: {time.monotonic() - start:.1f} s, peak {peak_mib:.0f} of {MOST_MIB} MiB", flush=True)
        if run.out != single:
            verdict.fault(f"{name}: other bytes than those of a run for each")
        if stats["flows_opened"] != flows:
            verdict.fault(f"{name}: {stats['flows_opened']} flows opened of {flows}")
        for text in lab.conservation_faults(stats):
            verdict.fault(f"{name}: {text}")
        if peak_mib > MOST_MIB:
            verdict.fault(f"{name}: {peak_mib} MiB, which is not bounded by {MOST_MIB}")


def main():
    options = lab.arguments(__doc__)
    tools, verdict = lab.Bin(options.bin, FEW_FILES), lab.Verdict()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        generator = [os.path.join(tools.folder, "generate_capture"), "min", "20000", str(PACKETS), str(PACKETS_A_FLOW)]
        with subprocess.Popen(generator, stdout=subprocess.PIPE) as generated:
            paths, flows = deal(generated.stdout, folder)
        print(f"{FILES} files, {PACKETS} packets, {flows} flows, {sum(map(os.path.getsize, paths)) / 2**20:.0f} MiB")
        for tool in ("featurize", "flowgen"):
            check(tools, tool, paths, flows, verdict)
    verdict.leave()


if __name__ == "__main__":
    main()
