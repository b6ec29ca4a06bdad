#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nDPI's flows of its own test captures: packets, wire bytes and lengths of frames that each endpoint sent.

ndpiReader has no timeouts in these results, never cuts at FIN or RST, and has the VLAN in its key.  Its client
need not be our initiator, so endpoints are compared, not directions.  nDPI passes over all but the first piece of a
fragmented packet, which we lead to the flow of the first: the naive reference says which those are, and they are
added to what nDPI has.  Flows that only we have are faults too, but for those of pieces whose first is not there,
which we keep as flows without ports.

Lengths of frames are no feature of ours: frame_length_driver measures them on the flows of flowgen.  nDPI rounds
the mean and the (population) deviation, and gives no lengths for many flows.  Of flows with later pieces they are not
compared, since nDPI has no such figures of the pieces.

    oracle_ndpi.py BIN
"""
import collections
import csv
import json
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402
from lab import flow_reference                                          # noqa: E402

PROTOCOLS = {"ICMP": 1, "IGMP": 2, "TCP": 6, "UDP": 17, "ESP": 50, "AH": 51, "ICMPV6": 58}
OPTIONS = ("--series", "none", "--tcp-end", "none", "--idle-timeout", "0", "--active-timeout", "0", "--key", "vlan")


def as_ndpi_writes(address):
    """ndpiReader shortens every single zero group of an IPv6 address: 2001:0:1::2 becomes 2001::1::2."""
    return address.replace(":0:", "::")


def our_flows(run):
    """{(protocol, VLAN, two ends): {end: [packets, wire bytes]}}"""
    flows = {}
    for line in run.out.splitlines():
        record = json.loads(line)
        ends = [(as_ndpi_writes(record[f"{side}_ip"]), record[f"{side}_port"]) for side in ("src", "dst")]
        sent = flows.setdefault((record["protocol"], record["vlan_id"], frozenset(ends)),
                                collections.defaultdict(lambda: [0, 0]))
        for end, direction in zip(ends, ("fwd", "bwd")):
            sent[end][0] += record[f"{direction}_pkts"]
            sent[end][1] += record[f"{direction}_wire_bytes"]
    return flows


def their_flows(rows):
    flows = {}
    for row in rows:
        key, ends = key_of(row)
        sent = flows.setdefault(key, collections.defaultdict(lambda: [0, 0]))
        for end, direction in zip(ends, ("c2s", "s2c")):
            sent[end][0] += int(row[f"{direction}_pkts"])
            sent[end][1] += int(row[f"{direction}_bytes"])
    return flows


def frame_lengths(run):
    """{(protocol, VLAN, two ends): {end: [frames, shortest, longest, sum, sum of squares]}}"""
    flows = {}
    for line in run.out.splitlines():
        record = json.loads(line)
        ends = [(as_ndpi_writes(record[f"{side}_ip"]), record[f"{side}_port"]) for side in ("src", "dst")]
        sent = flows.setdefault((record["protocol"], record["vlan_id"], frozenset(ends)), {})
        for end, direction in zip(ends, ("fwd", "bwd")):
            frames, shortest, longest, *sums = record[f"{direction}_frame_len"]
            if frames == 0:
                continue
            known = sent.setdefault(end, [0, shortest, longest, 0, 0])
            known[1:3] = min(known[1], shortest), max(known[2], longest)
            known[0] += frames
            known[3:] = [a + b for a, b in zip(known[3:], sums)]
    return flows


def as_ndpi_prints(lengths):
    """(shortest, mean, longest, deviation), of nothing all 0"""
    if lengths is None:
        return 0, 0, 0, 0
    frames, shortest, longest, total, squares = lengths
    deviation = math.sqrt(frames * squares - total * total) / frames
    return shortest, round(total / frames), longest, round(deviation)


def compare_lengths(path, rows, ours, with_pieces):
    """(faults, figures by column)"""
    faults, figures = [], collections.Counter()
    for row in rows:
        key, ends = key_of(row)
        if key in with_pieces:
            figures["flows_with_pieces_whose_lengths_are_not_compared"] += 1
            continue
        if not row["len_c2s_min"]:
            figures["flows_without_lengths"] += 1
            continue
        for end, direction in zip(dict.fromkeys(ends), ("c2s", "s2c")):     # who talks to itself has one end
            found = as_ndpi_prints(ours.get(key, {}).get(end))
            for column, value in zip(("min", "avg", "max", "std"), found):
                name = f"len_{direction}_{column}"
                figures[name + "_compared"] += 1
                figures[name + "_matched"] += int(row[name]) == value
                if int(row[name]) != value:
                    faults.append(f"{path}: {key}: {name}: nDPI has {row[name]}, we have {value}")
    return faults, figures


def key_of(row):
    ends = [(row[f"{side}_ip"], int(row[f"{side}_port"])) for side in ("a", "b")]
    vlan = int(row["vlan"]) if row["vlan"] else None
    return (PROTOCOLS[row["l4"]], vlan, frozenset(ends)), ends


def add_later_pieces(flows, path):
    """Counts the pieces that nDPI passed over, in the flows that it has.  Returns: of which flow each piece is."""
    with open(path, "rb") as file:
        records = list(flow_reference.read_capture(file.read()))
    notes = collections.Counter()
    _, clocks = flow_reference.find_times([record.time for record in records], notes)
    fragments = flow_reference.Fragments(True, notes)
    added = []
    for number, record in enumerate(records):
        try:
            packet, _ = fragments.place(flow_reference.decode(record, number, notes), clocks[number])
        except flow_reference.Skip:
            continue
        ends = [(as_ndpi_writes(flow_reference.address_text(end[:16])), int.from_bytes(end[16:], "big"))
                for end in (packet.source, packet.destination)]
        key = packet.protocol, packet.vlan, frozenset(ends)
        if packet.piece and not packet.piece[0] and key in flows:
            flows[key][ends[0]][0] += 1
            flows[key][ends[0]][1] += max(len(record.frame), record.wire)
            added.append(key)
    return added


def check(task):
    tools, path, rows = task
    run, stats = tools.counted("flowgen", *OPTIONS, path)
    ours, theirs = our_flows(run), their_flows(rows)
    later = add_later_pieces(theirs, path) if stats["packets_noted"]["fragments"] else []
    faults = [] if run.status == 0 else [f"{path}: status {run.status}: {run.err}"]
    matched = 0
    for key, sent in theirs.items():
        if ours.get(key) == sent:
            matched += 1
        else:
            faults.append(f"{path}: {key}: nDPI has {dict(sent)}, we have {dict(ours.get(key, {}))}")
    only_ours = set(ours) - set(theirs)
    of_fragments = {key for key in only_ours if key[0] in (6, 17) and all(port == 0 for _, port in key[2])}
    faults += [f"{path}: {key}: only we have it: {dict(ours[key])}" for key in only_ours - of_fragments]
    figures = {"captures": 1, "flows_compared": len(theirs), "matched": matched,
               "packets_matched": sum(pkts for sent in theirs.values() for pkts, _ in sent.values()),
               "of_them_later_pieces": len(later), "flows_of_lone_pieces_beside_them": len(of_fragments)}
    driver = tools.run("frame_length_driver", *OPTIONS, path)
    length_faults, length_figures = compare_lengths(path, rows, frame_lengths(driver), set(later))
    return faults + length_faults, {**figures, **length_figures}


def main():
    options = lab.arguments(__doc__)
    (folder,) = lab.shared("oracles/ndpi")
    rows = collections.defaultdict(list)
    with open(os.path.join(folder, "flows.csv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["pcap"]].append(row)
    tools = lab.Bin(options.bin)
    tasks = [(tools, os.path.join(folder, "pcap", name), of_capture) for name, of_capture in rows.items()]
    lab.over_all(check, tasks, options.jobs).leave()


if __name__ == "__main__":
    main()
