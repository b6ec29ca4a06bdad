#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Zeek's conn.log of its own test captures: packets, IP bytes and originator of each connection.

A row is compared unless it is of a kind that we do not decode yet or that has no figures; each such row is told
with its kind.  Known disagreements stand in EXPLAINED with their cause, and even there the sums must agree.

    oracle_zeek.py BIN
"""
import collections
import csv
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402

PROTOCOLS = {"tcp": 6, "udp": 17}
NOT_DECODED = {"pppoe.pcap": "PPPoE", "pppoe-over-qinq.pcap": "PPPoE"}
NOT_DECODED_FLOWS = {("mixed-vlan-mpls.pcap", "10.1.2.1"): "MPLS"}
# By trace and originator's port: why the connections or their originator differ
EXPLAINED = {
    ("pop3/pop3.pcap", 26242): "a SYN repeated within 1 s of its reset stays in the flow (R4), Zeek begins anew",
    ("pop3/pop3.pcap", 26245): "a SYN repeated within 1 s of its reset stays in the flow (R4), Zeek begins anew",
    ("wikipedia.pcap", 80): "one SYN+ACK, which we turn around (R6); so does Zeek where it knows port 80 (history ^h)",
}
Sent = collections.namedtuple("Sent", "originator orig_pkts orig_bytes resp_pkts resp_bytes")


def kind_not_compared(row):
    if row["tunnel_parents"] != "-":
        return "in a tunnel"
    if row["orig_pkts"] == "-":
        return "without figures"
    return NOT_DECODED.get(row["trace"]) or NOT_DECODED_FLOWS.get((row["trace"], row["id.orig_h"]))


def our_flows(tools, path):
    """{(protocol, two ends): [Sent]}"""
    run = tools.run("flowgen", "--series", "none", "--idle-timeout", "5m", path)
    flows = collections.defaultdict(list)
    for line in run.out.splitlines():
        r = json.loads(line)
        ends = [(r[f"{side}_ip"], r[f"{side}_port"]) for side in ("src", "dst")]
        flows[r["protocol"], frozenset(ends)].append(
            Sent(ends[0], r["fwd_pkts"], r["fwd_bytes"], r["bwd_pkts"], r["bwd_bytes"]))
    return flows


def their_flows(rows):
    flows = collections.defaultdict(list)
    for row in rows:
        ends = [(row[f"id.{side}_h"], int(row[f"id.{side}_p"])) for side in ("orig", "resp")]
        figures = [int(row[name]) for name in ("orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes")]
        flows[PROTOCOLS[row["proto"]], frozenset(ends)].append(Sent(ends[0], *figures))
    return flows


def sent_by_end(flows, ends):
    """{end: (packets, bytes)}, of all flows together"""
    total = {end: [0, 0] for end in ends}
    for flow in flows:
        for end in ends:
            mine = flow[1:3] if end == flow.originator else flow[3:5]
            total[end] = [a + b for a, b in zip(total[end], mine)]
    return total


def check(task):
    """One test of Zeek's: its rows against our flows of its trace."""
    tools, path, trace, rows = task
    faults, figures = [], collections.Counter(tests=1)
    compared = []
    for row in rows:
        kind = kind_not_compared(row)
        if kind:
            figures[f"rows {kind}, not compared"] += 1
        else:
            compared.append(row)
    figures["of these flipped by Zeek"] += sum(row["history"].startswith("^") for row in compared)
    ours = our_flows(tools, path)
    for key, theirs in their_flows(compared).items():
        figures["rows compared"] += len(theirs)
        mine = ours.get(key, [])
        if sorted(mine) == sorted(theirs):
            figures["rows matched"] += len(theirs)
        elif (trace, theirs[0].originator[1]) in EXPLAINED and sent_by_end(mine, key[1]) == sent_by_end(theirs, key[1]):
            figures["rows explained: " + EXPLAINED[trace, theirs[0].originator[1]]] += len(theirs)
        else:
            faults.append(f"{path}: {key}: Zeek has {theirs}, we have {mine}")
    return faults, figures


def main():
    options = lab.arguments(__doc__)
    (folder,) = lab.shared("oracles/zeek")
    rows = collections.defaultdict(list)
    with open(os.path.join(folder, "conn.csv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["test"], row["trace"]].append(row)
    tools = lab.Bin(options.bin)
    tasks = [(tools, os.path.join(folder, "pcap", trace), trace, of_test) for (_, trace), of_test in rows.items()]
    lab.over_all(check, tasks, options.jobs).leave()


if __name__ == "__main__":
    main()
