#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What DPI makes of the labelled corpus: how many flows it names, and how often the class by the shipped map is right.

A flow that the corpus calls background belongs to no class: any label is wrong.  Fails below the floors at the top.

    dpi_corpus.py BIN [--misses]
"""
import collections
import csv
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "property"))
import lab                                                              # noqa: E402

MOST_WRONG = 0.07                       # of the labels by --label-from dpi
LEAST_LABELLED = 0.50                   # of the flows that have a class
CLASSES = {"audio_chat": "voip"}        # the corpus' name: ours
PROTOCOLS = {"TCP": 6, "UDP": 17}


def key(capture, protocol, *ends):
    return capture, protocol, frozenset(ends)


def truth(folder):
    classes = {}
    with open(os.path.join(folder, "flow_labels.csv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            flow = key(row["file"], PROTOCOLS.get(row["proto"], row["proto"]), (row["src"], int(row["sport"] or 0)),
                       (row["dst"], int(row["dport"] or 0)))
            classes[flow] = CLASSES.get(row["flow_class"], row["flow_class"])
    return classes


def rows(run):
    for line in run.out.splitlines():
        record = json.loads(line)
        yield record, key(record["capture"], record["protocol"], *((record[f"{side}_ip"], record[f"{side}_port"])
                                                                   for side in ("src", "dst")))


def main():
    options = lab.arguments(__doc__, lambda parser: parser.add_argument("--misses", action="store_true"))
    (folder,) = lab.shared("corpus")
    run = lab.Bin(options.bin).run("flowgen", "--dpi", "--label-from", "dpi", "--series", "none",
                                   *lab.captures_under(folder))
    verdict, classes = lab.Verdict(), truth(folder)
    figures, misses = collections.Counter(), collections.Counter()
    for record, flow in rows(run):
        wanted = classes.get(flow)
        if wanted is None:
            continue
        figures["flows"] += 1
        figures["of_a_class"] += wanted != "background"
        figures["named"] += record["dpi_proto"] is not None
        figures["named_by_payload"] += (record["dpi_confidence"] or "").startswith("DPI")
        figures["given_a_class"] += record["dpi_label"] is not None
        figures["given_the_right_class"] += record["dpi_label"] == wanted
        if record["label"] is not None:
            figures["labelled"] += 1
            figures["labelled_right"] += record["label"] == wanted
        if record["label"] not in (None, wanted):
            misses[wanted, record["label"], record["dpi_proto"], record["dpi_category"], record["capture"]] += 1
    verdict.count(**figures)
    if options.misses:
        for miss, count in misses.most_common():
            print(count, *miss)
    wrong = figures["labelled"] - figures["labelled_right"]
    if run.status not in (0, 65) or not figures["flows"]:
        verdict.fault(f"flowgen: status {run.status}: {run.err}")
    if wrong > MOST_WRONG * figures["labelled"]:
        verdict.fault(f"{wrong} of {figures['labelled']} labels are wrong")
    if figures["labelled_right"] < LEAST_LABELLED * figures["of_a_class"]:
        verdict.fault(f"{figures['labelled_right']} of {figures['of_a_class']} flows have their label")
    verdict.leave()


if __name__ == "__main__":
    main()
