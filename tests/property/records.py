#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flowgen's records, replayed in Python, against featurize's rows: mltat30, splt, bursts, hist and flags.

A record's totals must be the sums of its series; the features of its series, computed here from exact fractions,
must be the row that featurize writes for the same part.  With windows: the rows of every:T of a part must have
flag counts that add up to the record's.
Generated captures by --seeds; real ones by FILE, or a few small ones of MLTAT_SHARED if it is set.

    records.py BIN [--seeds 0-17] [FILE...]
"""
import json
import os
import sys
import tempfile
from fractions import Fraction

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab                                                              # noqa: E402
import differential                                                     # noqa: E402
import features_reference                                               # noqa: E402
import gen_packets                                                      # noqa: E402

FAMILIES = features_reference.FAMILIES
FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr")
FORWARD, BACKWARD = 0, 1
# Short timeouts, so that there are parts and all ways to end
TIMEOUTS = ["--idle-timeout", "20s", "--active-timeout", "30s"]


def nanoseconds(text, unit):
    return int(Fraction(text) * unit)


def packets_of(record):
    """The packets of a record, without flags; the first one's time is 0."""
    packets, now = [], 0
    for length, gap, payload in zip(record["pkt_len"], record["pkt_iat_us"], record["pkt_payload"]):
        now += nanoseconds(gap, 1000)
        length = int(length)
        side = BACKWARD if length < 0 else FORWARD
        packets.append(lab.flow_reference.Seen(now, side, abs(length), int(payload), 0))
    return packets


def total_faults(record, packets):
    for name, side in (("fwd", FORWARD), ("bwd", BACKWARD)):
        mine = [p for p in packets if p.side == side]
        wanted = {"pkts": len(mine), "bytes": sum(p.ip_len for p in mine),
                  "payload_bytes": sum(p.payload for p in mine), "payload_pkts": sum(p.payload > 0 for p in mine)}
        for what, value in wanted.items():
            if record[f"{name}_{what}"] != str(value):
                yield f"{name}_{what} is {record[f'{name}_{what}']}, its series says {value}"
    last = nanoseconds(record["first_ts"], 10**9) + packets[-1].time
    if nanoseconds(record["last_ts"], 10**9) != last:
        yield f"last_ts is {record['last_ts']}, its series ends at {last} ns"


def flag_counts(record):
    """The flags family of a whole part."""
    counts = {}
    for name in ("fwd", "bwd"):
        values = record[f"{name}_tcp_flags"] or ["0"] * 8
        counts |= {f"{name}_{flag}_count": int(value) for flag, value in zip(FLAGS, values)}
    return counts


def row_faults(record, packets, row):
    feature_set = FAMILIES.split(",")
    wanted = lab.flow_reference.all_features(packets, FORWARD, feature_set) | flag_counts(record)
    for name, value in wanted.items():
        text = lab.flow_reference.number_text(value)
        if not lab.compare_rows.same(name, lab.compare_rows.Number(text), row[name]):
            yield f"{name} is {row[name]}, its series says {text}"
    for name in ("first_ts", "last_ts", "src_ip", "src_port", "dst_ip", "dst_port", "protocol", "vlan_id",
                 "end_reason", "dir_source", "community_id"):
        if record[name] != row[name]:
            yield f"{name}: {record[name]} in the record, {row[name]} in the row"


def identity(row):
    return row["flow_id"], row["part"]


def read(text):
    number = lab.compare_rows.Number
    return [json.loads(line, parse_int=number, parse_float=number) for line in text.decode().splitlines()]


def compare(tools, path):
    """(faults, figures) of one capture."""
    records = read(tools.run("flowgen", *TIMEOUTS, path).out)
    rows = read(tools.run("featurize", *TIMEOUTS, "--features", FAMILIES, path).out)
    windows = read(tools.run("featurize", *TIMEOUTS, "--features", FAMILIES, "--window", "every:3s", path).out)
    faults = []
    if [identity(record) for record in records] != [identity(row) for row in rows]:
        faults.append("flowgen and featurize differ in flows, parts or their order")
    summed = {}
    for row in windows:
        counts = summed.setdefault(identity(row), dict.fromkeys(flag_counts(records[0]), 0))
        for name in counts:
            counts[name] += int(row[name])
    for record, row in zip(records, rows):
        packets = packets_of(record)
        found = [*total_faults(record, packets), *row_faults(record, packets, row)]
        if summed[identity(record)] != flag_counts(record):
            found.append("flags of the windows do not add up to the record's")
        faults += [f"{identity(record)}: {text}" for text in found]
    return [f"{path}: {text}" for text in faults], {"captures": 1, "records": len(records)}


def check(task):
    tools, item = task
    if isinstance(item, str):
        return compare(tools, item)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"{item}.pcap")
        with open(path, "wb") as file:
            file.write(gen_packets.capture(item, 400, form=differential.form_of(item)))
        return compare(tools, path)


def main():
    def more(parser):
        parser.add_argument("--seeds", default="0-17", help="FIRST-LAST")
        parser.add_argument("files", nargs="*", metavar="FILE")

    options = lab.arguments(__doc__, more)
    first, last = map(int, options.seeds.split("-"))
    items = [*range(first, last + 1), *options.files]
    if not options.files and os.environ.get("MLTAT_SHARED"):
        items += features_reference.chosen(9, 60_000)
    lab.over_all(check, [(lab.Bin(options.bin), item) for item in items], options.jobs).leave()


if __name__ == "__main__":
    main()
