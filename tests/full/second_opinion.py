#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second opinion on decoding: addresses, ports, protocol and lengths of each packet, ours and libtins'.

Every capture under oracles/ is read by packet_driver, which lets both speak.  A difference must be of a known kind,
which says who is right and by what; any other is a fault.  Prints the kinds with their counts.

    second_opinion.py BIN [FILE...]
"""
import collections
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402

FIELDS = ("source", "destination", "protocol", "source_port", "destination_port", "ip_len", "payload")
NULL, ETHERNET = 0, 1

# kind: who is right, and why.  No kind is "libtins": such a difference would be a bug of ours, and is a fault.
KINDS = {
    "no link layer": "libtins has no PPP, Cisco HDLC, NFLOG, LOOP or SLL2: nothing to compare with",
    "not looked into": "we: libtins leaves PPPoE, MPLS pseudowires and IPv6 on loopback unread",
    "given up": "we: libtins throws where something behind the headers is odd or cut; the headers are as we say",
    "refused": "we: the header contradicts itself, is cut or is stacked beyond the limits; libtins does not check",
    "pieces": "we: the first piece of a fragmented packet has ports; libtins does not look into pieces",
    "extension header": "we: libtins has the number of the first IPv6 extension header, not of what follows the last",
    "clipped": "we, by R12: the header says more than the frame had on the wire",
    "length 0": "we, by R12: a length of 0 (segmentation offload, jumbo) is that of the frame",
}


def opinion(text):
    return None if text.startswith("-") else dict(zip(FIELDS, text.split()))


def kind_of(link, wire, ours, theirs):
    """The kind of a difference, or None."""
    us, them = opinion(ours), opinion(theirs)
    if us is None:
        return "refused" if ours in ("-malformed", "-truncated_header", "-too_deep") else None
    if them is None:
        if theirs == "-no_such_link_layer":
            return "no link layer"
        if theirs == "-non_ip":
            return "not looked into" if link in (NULL, ETHERNET) else None
        return "given up"
    differing = {name for name in FIELDS if us[name] != them[name]}
    if differing == {"source_port", "destination_port"} and them["source_port"] == "*":
        return "pieces"
    if "protocol" in differing and differing <= {"protocol", "source_port", "destination_port"} and ":" in us["source"]:
        return "extension header"
    if "ip_len" in differing and differing <= {"ip_len", "payload"}:
        if int(them["ip_len"]) > wire and int(us["ip_len"]) == wire:
            return "clipped"
        if int(them["ip_len"]) in (0, 40) and int(us["ip_len"]) < wire:
            return "length 0"
    return None


def check(task):
    tools, path = task
    run = tools.run("packet_driver", path)
    if run.status not in (0, 65):
        return [f"{path}: packet_driver ends with {run.status}: {run.err[:500]}"], {}
    faults, figures = [], collections.Counter(captures=1)
    for line in run.out.decode().splitlines():
        number, link, wire, ours, theirs = line.split("\t")
        figures["packets"] += 1
        if opinion(ours) is None and opinion(theirs) is None:
            figures["used_by_neither"] += 1
        elif ours == theirs:
            figures["agreed"] += 1
        else:
            kind = kind_of(int(link), int(wire), ours, theirs)
            if kind:
                figures["kind " + kind] += 1
            else:
                faults.append(f"{path} packet {number}: we say {ours}, libtins {theirs}")
    return faults, figures


def main():
    def more(parser):
        parser.add_argument("files", nargs="*", metavar="FILE")

    options = lab.arguments(__doc__, more)
    files = options.files or lab.captures_under(*lab.shared("oracles"))
    verdict = lab.over_all(check, [(lab.Bin(options.bin), path) for path in files], options.jobs)
    for kind, reason in KINDS.items():
        count = verdict.figures.pop("kind " + kind, 0)
        verdict.figures["explained"] += count
        print(f"{count:6} {kind}: {reason}")
    if not options.files and verdict.figures["agreed"] < 10_000:
        verdict.fault(f"only {verdict.figures['agreed']} packets were compared")
    verdict.leave()


if __name__ == "__main__":
    main()
