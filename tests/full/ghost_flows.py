#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No ghosts: TCP flows of one or two packets without a SYN that follow a closed flow of the same key within the linger.

Of all captures of real programs under type1, and of the counters: what was read is in flows or skipped.

    ghost_flows.py BIN
"""
import collections
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402

LINGER_S = 15
SYN = 1                                 # place in the lists of flag counts: FIN, SYN, RST, ...


def check(task):
    tools, path = task
    run, stats = tools.counted("flowgen", "--series", "none", path)
    if run.status != 0:
        return [f"{path}: status {run.status}: {run.err}"], {}
    faults = [f"{path}: {text}" for text in lab.conservation_faults(stats)]
    figures = collections.Counter(captures=1, packets=stats["packets_read"])
    closed = {}                         # by key: when its last closed flow ended
    flows = [json.loads(line) for line in run.out.splitlines()]
    for flow in sorted(flows, key=lambda flow: flow["first_ts"]):
        if flow["protocol"] != 6:
            continue
        figures["tcp_flows"] += 1
        key = frozenset((flow[f"{side}_ip"], flow[f"{side}_port"]) for side in ("src", "dst"))
        syns = flow["fwd_tcp_flags"][SYN] + flow["bwd_tcp_flags"][SYN]
        after = flow["first_ts"] - closed.get(key, float("-inf"))
        if syns == 0 and flow["fwd_pkts"] + flow["bwd_pkts"] <= 2 and after <= LINGER_S:
            faults.append(f"{path}: a flow of {flow['fwd_pkts']} + {flow['bwd_pkts']} packets at {flow['first_ts']}, "
                          f"{after:.3f} s after {sorted(key)} was closed")
        if flow["end_reason"] in ("fin", "rst"):
            figures["closed"] += 1
            closed[key] = flow["last_ts"]
    return faults, figures


def main():
    options = lab.arguments(__doc__)
    folders = lab.shared("type1")
    tools = lab.Bin(options.bin)
    lab.over_all(check, [(tools, path) for path in lab.captures_under(*folders)], options.jobs).leave()


if __name__ == "__main__":
    main()
