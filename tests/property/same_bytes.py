#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same bytes whatever the way: threads, pipe or file, bytes a read yields, flowgen | featurize or featurize.

Exit statuses and messages must agree too, so a damaged file fails alike everywhere; and the counters must add up.
Without FILE: all captures under MLTAT_SHARED that are meant for it (--some N takes every so many of them), or with
--damaged the malformed ones.

    same_bytes.py BIN [--some 40 | --damaged] [FILE...]
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab                                                              # noqa: E402

PLACES = ("type1", "traces", "oracles/ndpi/pcap")
DAMAGED = ("oracles/hostile", "oracles/linktypes")
NOT_PCAP = "_not_pcap.pcap"             # text, which featurize takes for flow records and flowgen does not
FAMILIES = "mltat30,flags,splt:5,bursts,hist"
READ_BYTE_BY_BYTE = 3 << 20             # larger files are read 1000 bytes at a time: a byte costs a system call


class Capture:
    """The checks of one capture."""

    def __init__(self, tools, path):
        self.tools, self.path = tools, path
        self.name = lab.flow_reference.capture_name(path)
        with open(path, "rb") as file:
            self.data = file.read()
        self.faults, self.compared = [], 0

    def message(self, run):
        """What was said, without who said it of what."""
        text = run.err.replace(self.path, "INPUT").replace("stdin:", "INPUT:")
        return [line.partition(": ")[2] for line in text.splitlines()]

    def agree(self, what, want, found, messages=True):
        self.compared += 1
        if found.out != want.out:
            self.faults += [f"{self.path}: {what}: {text}" for text in
                            lab.row_differences(want.out.decode(), found.out.decode()) or ["entropies differ"]]
        if found.status != want.status:
            self.faults.append(f"{self.path}: {what}: status {found.status}, expected {want.status}: {found.err}")
        elif messages and self.message(found) != self.message(want):
            self.faults.append(f"{self.path}: {what}: says {found.err!r}, expected {want.err!r}")

    def replayed(self, form, options):
        """flowgen | featurize, as the one run that it stands for."""
        flowgen = self.tools.run("flowgen", "--format", form, self.path)
        rows = self.tools.run("featurize", "--quiet", *options, stdin=flowgen.out)
        if rows.status != 0:
            self.faults.append(f"{self.path}: featurize of {form} records: status {rows.status}: {rows.err}")
        return lab.Run(flowgen.status, rows.out, flowgen.err)

    def run(self):
        want, stats = self.tools.counted("featurize", "-j1", self.path)
        if stats:
            self.faults += [f"{self.path}: {text}" for text in lab.conservation_faults(stats)]
        for threads in (2, 8):
            self.agree(f"-j{threads}", want, self.tools.run("featurize", f"-j{threads}", self.path))
        self.agree("pipe", want, self.tools.run("featurize", "--capture", self.name, stdin=self.data))
        self.agree("file on stdin", want, self.tools.run("featurize", "--capture", self.name, stdin=self.path))
        crumb = 1 if len(self.data) <= READ_BYTE_BY_BYTE else 1000
        self.agree(f"--read-bytes {crumb}", want,
                   self.tools.run("meter_driver", "--read-bytes", crumb, "-j2", self.path))
        for form in ("ndjson", "csv"):
            self.agree(f"flowgen {form} | featurize", want, self.replayed(form, []))
        records = self.tools.run("flowgen", "-j1", self.path)
        self.agree("flowgen -j8", records, self.tools.run("flowgen", "-j8", self.path))

        families = ["--features", FAMILIES]
        want_families = self.tools.run("featurize", "-j1", *families, self.path)
        self.agree("families -j8", want_families, self.tools.run("featurize", "-j8", *families, self.path))
        self.agree("families, pipe", want_families,
                   self.tools.run("featurize", "--capture", self.name, *families, stdin=self.data))
        self.agree("flowgen | families", want_families, self.replayed("ndjson", families))
        figures = {"captures": 1, "comparisons": self.compared, "rows": want.out.count(b"\n"),
                   "refused_or_damaged": int(want.status != 0)}
        if stats:
            figures |= {name: stats[name] for name in ("packets_read", "packets_in_flows", "flows_written")}
        return self.faults, figures


def check(task):
    return Capture(*task).run()


def main():
    def more(parser):
        parser.add_argument("--some", type=int, default=1, metavar="N", help="take every N-th of the small captures only")
        parser.add_argument("--damaged", action="store_true")
        parser.add_argument("files", nargs="*", metavar="FILE")

    options = lab.arguments(__doc__, more)
    files = options.files or [path for path in lab.captures_under(*lab.shared(*(DAMAGED if options.damaged else PLACES)))
                              if not path.endswith(NOT_PCAP)]
    if options.some > 1:
        files = [path for path in files if os.path.getsize(path) < 200_000][::options.some]
    lab.over_all(check, [(lab.Bin(options.bin), path) for path in files], options.jobs).leave()


if __name__ == "__main__":
    main()
