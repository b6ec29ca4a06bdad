#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records of ipfixprobe's functional tests: packets, IP bytes, first and last time in us, and who began.

ipfixprobe takes the first sender for the source; where ours is the other end, our rule (dir_source) must not be
`first`.  Tests of protocols whose parser cuts flows at each message are compared by sums over the flow's ends.
Each test writes the flows that its parser knew something about, so ours may be more.

    oracle_ipfixprobe.py BIN
"""
import collections
import csv
import datetime
import decimal
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402

CAPTURES = {"quic": "quic_initial-sample.pcap"}
CUT_AT_MESSAGES = {"rtsp", "sip"}
OPTIONS = ("--series", "none", "--idle-timeout", "30s", "--active-timeout", "300s")
EPOCH = datetime.datetime(1970, 1, 1)
Flow = collections.namedtuple("Flow", "first last source sent")         # times in us; sent: {end: (packets, bytes)}


def micros(text):
    return (datetime.datetime.fromisoformat(text) - EPOCH) // datetime.timedelta(microseconds=1)


def their_flows(path):
    """{(protocol, ends): [Flow]}"""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    header = next(row for row in rows if row[0] == "ipaddr DST_IP")
    flows = collections.defaultdict(list)
    for row in rows:
        if row is header:
            continue
        r = dict(zip((name.split()[-1] for name in header), row))
        source, target = ((r[f"{side}_IP"], int(r[f"{side}_PORT"])) for side in ("SRC", "DST"))
        sent = {target: (int(r["PACKETS_REV"]), int(r["BYTES_REV"]))}
        sent[source] = (int(r["PACKETS"]), int(r["BYTES"]))
        flows[int(r["PROTOCOL"]), frozenset((source, target))].append(
            Flow(micros(r["TIME_FIRST"]), micros(r["TIME_LAST"]), source, sent))
    return flows


def our_flows(run):
    flows = collections.defaultdict(list)
    for line in run.out.splitlines():
        r = json.loads(line, parse_float=decimal.Decimal)
        source, target = ((r[f"{side}_ip"], r[f"{side}_port"]) for side in ("src", "dst"))
        sent = {target: (r["bwd_pkts"], r["bwd_bytes"])}
        sent[source] = (r["fwd_pkts"], r["fwd_bytes"])
        first, last = (int(r[key] * 1_000_000) for key in ("first_ts", "last_ts"))
        flows[r["protocol"], frozenset((source, target))].append((Flow(first, last, source, sent), r["dir_source"]))
    return flows


def together(flows):
    """The flows of one pair of ends as one."""
    sent = {end: tuple(map(sum, zip(*(flow.sent[end] for flow in flows)))) for end in flows[0].sent}
    return [Flow(min(flow.first for flow in flows), max(flow.last for flow in flows),
                 min(flows, key=lambda flow: flow.first).source, sent)]


def check(task):
    tools, name, outputs, capture = task
    faults, figures = [], collections.Counter(captures=1)
    run = tools.run("flowgen", *OPTIONS, capture)
    if run.status != 0:
        return [f"{capture}: status {run.status}: {run.err}"], figures
    ours = our_flows(run)
    theirs = their_flows(os.path.join(outputs, name))
    figures["flows_of_which_they_say_nothing"] = len(ours.keys() - theirs.keys())
    for key in sorted(theirs, key=str):
        expected = sorted(theirs[key], key=lambda flow: flow.first)
        found = sorted((flow for flow, _ in ours.get(key, [])), key=lambda flow: flow.first)
        how = {flow.first: dir_source for flow, dir_source in ours.get(key, [])}
        figures["their_records"] += len(expected)
        if name in CUT_AT_MESSAGES and found:
            expected, found = together(expected), together(found)
        if [flow[:2] + flow[3:] for flow in expected] != [flow[:2] + flow[3:] for flow in found]:
            faults.append(f"{name} {key}: expected {expected}, found {found}")
            continue
        figures["flows_matched"] += len(found)
        for a, b in zip(expected, found):
            if a.source == b.source:
                figures["with_the_same_source"] += 1
            elif how[b.first] == "first":
                faults.append(f"{name} {key}: {a.source} sent first, {b.source} is taken for the source")
            else:
                figures[f"turned_by_{how[b.first]}"] += 1
    return faults, figures


def main():
    options = lab.arguments(__doc__)
    inputs, outputs = lab.shared("oracles/ipfixprobe/inputs", "oracles/ipfixprobe/outputs")
    tools = lab.Bin(options.bin)
    tasks = []
    for name in sorted(os.listdir(outputs)):
        capture = os.path.join(inputs, CAPTURES.get(name, name + ".pcap"))
        if os.path.exists(capture):
            tasks.append((tools, name, outputs, capture))
    lab.over_all(check, tasks, options.jobs).leave()


if __name__ == "__main__":
    main()
