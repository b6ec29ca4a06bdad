#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Zeek's conn.log of its own test captures: packets, IP bytes and originator of each connection.

Rows of what tunnels carry are compared with flows of --decap.  Zeek's connections of ICMP are by type, ours by
addresses: the sums of both ends are compared.  A row is compared unless it has no figures or lies in a tunnel that
--decap leaves alone; each such row is told with its kind.  Known disagreements stand in EXPLAINED with their cause,
and even there the sums must agree.

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
ICMP = (1, 58)
# By trace and protocol of the row: tunnels that --decap leaves alone
CLOSED_TUNNELS = {
    ("tunnels/gre-over-udp-4754.pcap", "tcp"): "in GRE over UDP, which has no port that --decap goes by",
    ("tunnels/gre-over-udp-4754.pcap", "udp"): "in GRE over UDP, which has no port that --decap goes by",
    ("tunnels/gtp/gtp8_teredo.pcap", "icmp"): "in Teredo, which --decap leaves alone",
}
TEREDO_ANSWER = "a server's answer alone: Zeek turns it by port 3544, which is none of ours (history ^d)"
# By trace and originator's port: why the connections or their originator differ
EXPLAINED = {
    ("pop3/pop3.pcap", 26242): "a SYN repeated within 1 s of its reset stays in the flow (R4), Zeek begins anew",
    ("pop3/pop3.pcap", 26245): "a SYN repeated within 1 s of its reset stays in the flow (R4), Zeek begins anew",
    ("wikipedia.pcap", 80): "one SYN+ACK, which we turn around (R6); so does Zeek where it knows port 80 (history ^h)",
    ("tunnels/gtp/gtp8_teredo.pcap", 62069): TEREDO_ANSWER,
    ("tunnels/gtp/gtp8_teredo.pcap", 51403): TEREDO_ANSWER,
}
Sent = collections.namedtuple("Sent", "originator orig_pkts orig_bytes resp_pkts resp_bytes")


def kind_not_compared(row):
    if row["orig_pkts"] == "-":
        return "without figures"
    return CLOSED_TUNNELS.get((row["trace"], row["proto"])) if is_inner(row) else None


def is_inner(row):
    return row["tunnel_parents"] != "-"


def our_flows(tools, path, *options):
    """{(protocol, two ends): [Sent]}"""
    run = tools.run("flowgen", "--series", "none", "--idle-timeout", "5m", *options, path)
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
        is_icmp = row["proto"] == "icmp"
        ends = [(row[f"id.{side}_h"], 0 if is_icmp else int(row[f"id.{side}_p"])) for side in ("orig", "resp")]
        protocol = ICMP[":" in ends[0][0]] if is_icmp else PROTOCOLS[row["proto"]]
        figures = [int(row[name]) for name in ("orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes")]
        flows[protocol, frozenset(ends)].append(Sent(ends[0], *figures))
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
    for inner, options in ((False, ()), (True, ("--decap",))):
        ours = our_flows(tools, path, *options)
        compare(path, trace, their_flows(row for row in compared if is_inner(row) == inner), ours, faults, figures)
    figures["of these in a tunnel"] += sum(map(is_inner, compared))
    return faults, figures


def compare(path, trace, all_theirs, ours, faults, figures):
    """Adds to faults and figures."""
    for key, theirs in all_theirs.items():
        figures["rows compared"] += len(theirs)
        mine = ours.get(key, [])
        same_sums = sent_by_end(mine, key[1]) == sent_by_end(theirs, key[1])
        if sorted(mine) == sorted(theirs) or (key[0] in ICMP and same_sums):
            figures["rows matched"] += len(theirs)
        elif (trace, theirs[0].originator[1]) in EXPLAINED and same_sums:
            figures["rows explained: " + EXPLAINED[trace, theirs[0].originator[1]]] += len(theirs)
        else:
            faults.append(f"{path}: {key}: Zeek has {theirs}, we have {mine}")


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
