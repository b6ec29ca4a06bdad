#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verdicts of libndpi 4.2 on nDPI's own test captures: protocol and category of each flow.

Every miss must be explained in MISSES.

    oracle_ndpi_verdicts.py BIN
"""
import collections
import csv
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402
import oracle_ndpi                                                      # noqa: E402

PROTOCOLS = {**oracle_ndpi.PROTOCOLS, "VRRP": 112, "SCTP": 132, "GRE": 47}
INNER = "a flow within a tunnel, which we do not open"
CACHE = "known from another flow, by the cache of STUN that is switched off here"
FUZZED = "its one frame says that it is not IP, and ndpiReader does not look"
MISSES = {  # (capture, number of the flow there, protocol): why
    ("4in4tunnel.pcap", 1, "Unknown"): INNER,
    ("6in6tunnel.pcap", 1, "Unknown"): INNER,
    ("ajp.pcap", 1, "Unknown"): "frames of CDP that ndpiReader takes for IP",
    ("ajp.pcap", 2, "Unknown"): "frames of CDP that ndpiReader takes for IP",
    ("fuzz-2021-10-13.pcap", 1, "TLS"): "the file ends inside its first record",
    ("ja3_lots_of_cipher_suites_2_anon.pcap", 1, ""): INNER,
    ("ip_fragmented_garbage.pcap", 1, "Unknown"): "of later pieces, which are in the flows of their first ones here",
    **{("capwap.pcap", flow, ""): INNER for flow in (2, 4, 5, 7, 8)},
    **{("fuzz-2020-02-16-11740.pcap", flow, "Radius"): FUZZED for flow in (8, 18, 25)},
    **{("whatsapp_login_call.pcap", flow, "STUN.WhatsAppCall"): CACHE for flow in (1, 2, 13, 14)},
}


def our_verdicts(run):
    """{(protocol, VLAN, two ends): (protocol, category)}"""
    verdicts = {}
    for line in run.out.splitlines():
        record = json.loads(line)
        ends = frozenset((oracle_ndpi.as_ndpi_writes(record[f"{side}_ip"]), record[f"{side}_port"])
                         for side in ("src", "dst"))
        verdicts[record["protocol"], record["vlan_id"], ends] = (record["dpi_proto"] or "Unknown",
                                                                 record["dpi_category"] or "Unspecified")
    return verdicts


def check(task):
    tools, path, rows = task
    run = tools.run("flowgen", "--dpi", *oracle_ndpi.OPTIONS, path)
    faults = [] if run.status in (0, 65) else [f"{path}: status {run.status}: {run.err}"]
    ours = our_verdicts(run)
    figures = collections.Counter(captures=1)
    for row in rows:
        ends = frozenset((row[f"{side}_ip"], int(row[f"{side}_port"])) for side in ("a", "b"))
        protocol = PROTOCOLS.get(row["l4"]) or int(row["l4"])
        verdict = ours.get((protocol, int(row["vlan"]) if row["vlan"] else None, ends))
        wanted = row["proto_name"], row["category"] or "Unspecified"
        flow = os.path.basename(path), int(row["flow"]), row["proto_name"]
        if verdict == wanted:
            figures["matched"] += 1
        elif flow in MISSES:
            figures[f"missed_({MISSES[flow]})"] += 1
        else:
            faults.append(f"{flow}: libndpi's own {wanted} ({row['confidence']}), we have {verdict}")
        figures["compared"] += 1
    return faults, figures


def main():
    options = lab.arguments(__doc__)
    (folder,) = lab.shared("oracles/ndpi")
    rows = collections.defaultdict(list)
    with open(os.path.join(folder, "flows-libndpi-4.2.csv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["pcap"]].append(row)

    def capture(name):
        """As it was at the time of 4.2, where it changed since."""
        then = os.path.join(folder, "pcap-4.2", name)
        return then if os.path.exists(then) else os.path.join(folder, "pcap", name)

    tools = lab.Bin(options.bin)
    tasks = [(tools, capture(name), of_capture) for name, of_capture in rows.items()]
    lab.over_all(check, tasks, options.jobs).leave()


if __name__ == "__main__":
    main()
