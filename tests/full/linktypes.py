#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures of many link types: is each decoded, or refused with a reason?  None may be both silent and empty.

Prints a table: file, link type, what became of it, packets used and skipped, tunnelled packets, flows with and without
--decap.  A fault is a file without a packet used and without a message, a refusal of an unsupported link type that
does not name it, a status that does not fit, and a file that must be decoded and is not.

    linktypes.py BIN [FILE...]
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402
from lab import flow_reference                                          # noqa: E402

NO_CAPTURES = (".snoop", ".zst", ".csv")       # of other formats: they must be refused
SUPPORTED = {0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 127, 192, 228, 229, 239, 276}
# Files that hold no IP packet, or none with a sound header.
WITHOUT_IP = {"ArpRequestPacket.pcap", "ArpRequestWithVlan.pcap", "ArpResponsePacket.pcap", "Sll2PacketLLC.pcap",
              "StpEdit.pcap", "llc_vlan.pcap", "ip4_bad_fragment.pcap", "microsecs.pcap"}


def link_types(path):
    """Of the packets, as the naive reference frames them; empty if it cannot."""
    links = set()
    with open(path, "rb") as file:
        try:
            for record in flow_reference.read_capture(file.read()):
                links.add(record.link)
        except flow_reference.Damage:
            pass
    return links


def check(task):
    tools, path = task
    name = os.path.basename(path)
    run, stats = tools.counted("flowgen", "--series", "none", path)
    inner = tools.run("flowgen", "--series", "none", "--decap", path)
    links = set() if name.endswith(NO_CAPTURES) else link_types(path)
    read = used = skipped = tunnelled = 0
    if stats and "packets_read" in stats:
        read, used = stats["packets_read"], stats["packets_in_flows"]
        skipped, tunnelled = sum(stats["packets_skipped"].values()), stats["packets_noted"]["tunnelled"]
    outcome = "decoded" if used else "refused" if run.status == 65 else "nothing in it"
    faults = []
    if run.status not in (0, 65):
        faults.append(f"{path}: status {run.status}: {run.err}")
    if read and not used and not run.err:
        faults.append(f"{path}: {read} packets, none used, and nothing said")
    if run.status == 65 and run.err.count("\n") != 1:
        faults.append(f"{path}: status 65 with {run.err!r}")
    foreign = links - SUPPORTED
    if links and foreign == links and not any(f"link type {link}" in run.err for link in foreign):
        faults.append(f"{path}: link type {foreign} is refused without its name: {run.err}")
    if name.endswith(NO_CAPTURES) and run.status != 65:
        faults.append(f"{path}: not refused")
    if links & SUPPORTED and not used and name not in WITHOUT_IP:
        faults.append(f"{path}: no packet used: {run.err.strip()}")
    flows = f"{run.out.count(bytes([10]))}/{inner.out.count(bytes([10]))}"
    row = (name, ",".join(map(str, sorted(links))) or "-", outcome, used, skipped, tunnelled, flows)
    return faults, {"files": 1, outcome.replace(" ", "_"): 1, "packets_used": used, "packets_skipped": skipped,
                    "packets_tunnelled": tunnelled}, row


def main():
    def more(parser):
        parser.add_argument("files", nargs="*", metavar="FILE")

    options = lab.arguments(__doc__, more)
    files = options.files or sorted(os.path.join(place, name) for folder in lab.shared("oracles/linktypes")
                                    for place, _, names in os.walk(folder) for name in names)
    verdict = lab.Verdict()
    print(f"{'file':55} {'link':>5} {'outcome':13} {'used':>6} {'skipped':>7} {'tunnel':>6} flows")
    for path in files:
        faults, figures, row = check((lab.Bin(options.bin), path))
        print("{:55} {:>5} {:13} {:>6} {:>7} {:>6} {}".format(*row))
        verdict.add(faults, figures)
    verdict.leave()


if __name__ == "__main__":
    main()
