#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cuts the shipped captures out of the project's own labelled set: the same bytes on every run.

    make.py CORPUS [OUT]

CORPUS holds class/application__NNN.pcap and a manifest.csv with the columns path, class, application and packets.
Taken are the two captures with the fewest packets of the first two applications of each class (an application needs
two captures, so that one can be learned from and the other predicted). Of each capture the first SECONDS are kept,
each frame cut to SNAP bytes; times and original lengths stay. OUT is the folder of this script unless given.
"""
import collections
import csv
import pathlib
import struct
import sys

SECONDS = 9
SNAP = 74  # Ethernet, IPv4 and a TCP header with all its options
APPLICATIONS = 2
CAPTURES = 2
COLUMNS = ["path", "class", "application", "source_packets", "kept_packets", "seconds"]
MICROSECONDS = b"\xd4\xc3\xb2\xa1"  # the set holds little-endian captures with microseconds, nothing else
FILE_HEADER = struct.Struct("<4sHHiIII")
RECORD_HEADER = struct.Struct("<IIII")


def choose(manifest):
    """The rows of the manifest to take, in the order of their paths."""
    captures = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in manifest:
        captures[row["class"]][row["application"]].append(row)
    chosen = []
    for applications in captures.values():
        able = sorted(name for name, rows in applications.items() if len(rows) >= CAPTURES)
        for name in able[:APPLICATIONS]:
            chosen += sorted(applications[name], key=lambda row: (int(row["packets"]), row["path"]))[:CAPTURES]
    return sorted(chosen, key=lambda row: row["path"])


def cut(capture):
    """Returns the shortened capture, the packets it had, the packets it has, and the seconds these last."""
    magic, major, minor, zone, figures, _, link = FILE_HEADER.unpack_from(capture)
    if magic != MICROSECONDS:
        raise ValueError("a little-endian capture with microseconds is wanted")
    out = [FILE_HEADER.pack(magic, major, minor, zone, figures, SNAP, link)]
    place, packets, first, last = FILE_HEADER.size, 0, None, None
    while place < len(capture):
        seconds, micros, captured, original = RECORD_HEADER.unpack_from(capture, place)
        place += RECORD_HEADER.size
        frame = capture[place : place + captured]
        if len(frame) != captured:
            raise ValueError(f"ends inside packet {packets}")
        place += captured
        packets += 1
        time = seconds * 10**6 + micros
        first = time if first is None else first
        if time - first > SECONDS * 10**6:
            continue
        last = time if last is None else max(last, time)
        out += [RECORD_HEADER.pack(seconds, micros, min(captured, SNAP), original), frame[:SNAP]]
    kept = (len(out) - 1) // 2
    return b"".join(out), packets, kept, (last - first) / 10**6


def main(corpus, out):
    with open(corpus / "manifest.csv", newline="") as manifest:
        chosen = choose(csv.DictReader(manifest))
    with open(out / "manifest.csv", "w", newline="") as manifest:
        table = csv.writer(manifest, lineterminator="\n")
        table.writerow(COLUMNS)
        for row in chosen:
            capture, packets, kept, seconds = cut((corpus / row["path"]).read_bytes())
            target = out / row["path"]
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(capture)
            table.writerow([row["path"], row["class"], row["application"], packets, kept, f"{seconds:.6f}"])


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: make.py CORPUS [OUT]")
    here = pathlib.Path(__file__).resolve().parent
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else here)
