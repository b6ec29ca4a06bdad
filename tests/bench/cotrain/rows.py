# SPDX-License-Identifier: Apache-2.0
"""The rows of the co-training study, and which of them are labelled.

A table is CSV as text: cells are never parsed, only the label is taken away. Its class goes into a column of its own,
`truth`, which cotrain may only judge by. Which rows are labelled is a function of the table, the way of choosing, the
share and the seed: the same for every recipe, and a smaller share lies within a greater one.
"""

import collections
import csv
import glob
import hashlib
import os
import random
import subprocess

FAMILIES = "mltat30,flags,splt:20,bursts"
SEQUENCE = ["--view", "seq=splt_*,burst_*"]
WAYS = ("rows", "captures")

# sets: folders of captures that featurize turns into rows; table: a file of rows instead; classes: all if empty
Dataset = collections.namedtuple("Dataset", "title sets features table classes arguments shares")
FEW, MANY = (5, 10, 20), (20, 40)


def captured(title, sets, features="mltat30", classes=(), arguments=(), shares=FEW):
    return Dataset(title, sets, features, None, classes, list(arguments), shares)


# The classes that both sets of captures have.
SIX = ("audio_stream", "file_transfer", "mail", "text_chat", "video_stream", "web")

DATASETS = {
    "fgnet": Dataset("public table, 23 features", (), None, "fgnet_D1_class6.csv", (), ["--exclude", "app"], FEW),
    "traces": captured("30 features", ("traces",)),
    "traces-seq": captured("opt-in features, view of the sequence", ("traces",), FAMILIES, arguments=SEQUENCE),
    "type1": captured("30 features", ("type1",), shares=MANY),
    "type1-seq": captured("opt-in features, view of the sequence", ("type1",), FAMILIES, arguments=SEQUENCE,
                          shares=MANY),
    "traces-optin": captured("opt-in features, default views", ("traces",), FAMILIES),
    "type1-optin": captured("opt-in features, default views", ("type1",), FAMILIES, shares=MANY),
    "six": captured("30 features, six classes of traces and type1", ("traces", "type1"), classes=SIX),
    "six-seq": captured("opt-in features, view of the sequence, six classes of traces and type1", ("traces", "type1"),
                        FAMILIES, SIX, SEQUENCE),
}
OPTIONAL = ("traces-optin", "type1-optin", "six", "six-seq")  # run where asked for by name


class Table:
    """Rows as text. labels[i] is the class of row i, captures[i] where it was recorded."""

    def __init__(self, header, rows):
        self.header, self.rows = header, rows
        self.labels, self.captures = self.column("label"), self.column("capture")
        self.classes = sorted(set(self.labels))
        self.digest = hashlib.sha256(repr((header, rows)).encode()).hexdigest()

    def column(self, name):
        at = self.header.index(name)
        return [row[at] for row in self.rows]


def read_csv(path, classes=()):
    """Drops label_source, which is cotrain's to say."""
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        header = [name for name in reader.fieldnames if name != "label_source"]
        return Table(header, [[row[name] for name in header] for row in reader
                              if not classes or row["label"] in classes])


def captures_of(shared, *sets):
    return sorted(path for name in sets for path in glob.glob(os.path.join(shared, name, "*", "*.pcap*")))


def load(name, bin_dir, shared, folder):
    """The table of a data set; featurize writes its rows to `folder` first where they come from captures."""
    dataset = DATASETS[name]
    if dataset.table:
        return read_csv(os.path.join(shared, "tables", dataset.table), dataset.classes)
    path = os.path.join(folder, f"{name}.csv")
    subprocess.run([os.path.join(bin_dir, "featurize"), "-q", "--label-from", "parent", "--features", dataset.features,
                    "--format", "csv", "-o", path, *captures_of(shared, *dataset.sets)], check=True)
    return read_csv(path, dataset.classes)


def chosen(units, share, rng):
    """A share of the units, in percent, at least one."""
    units = sorted(units)
    rng.shuffle(units)
    return units[:max(1, int(share * len(units) / 100 + 0.5))]


def labelled(table, way, share, seed):
    """The numbers of the rows that keep their label: a share of the rows, or of the captures, of every class."""
    rng = random.Random(f"{way} {seed}")
    keep = set()
    for label in table.classes:
        rows = [i for i, one in enumerate(table.labels) if one == label]
        if way == "rows":
            keep.update(chosen(rows, share, rng))
        else:
            captures = set(chosen({table.captures[i] for i in rows}, share, rng))
            keep.update(i for i in rows if table.captures[i] in captures)
    return keep


def write_masked(table, keep, path):
    at = table.header.index("label")
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*table.header, "truth"])
        for i, row in enumerate(table.rows):
            writer.writerow([*row[:at], row[at] if i in keep else "", *row[at + 1:], row[at]])
