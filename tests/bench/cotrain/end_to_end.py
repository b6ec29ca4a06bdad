#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Co-training from captures to a model, judged by the classes that the corpus' flow_labels.csv gives each flow.

usage: end_to_end.py --bin DIR [--shared DIR] [--recipe gated] [--force] [--seed 1]
                     [--out FILE.md]

(a) Labels of other places: `type1` is given, the corpus is not labelled. How much of it is named rightly, by class?
(b) Labels of DPI: flowgen --dpi --label-from dpi | featurize | cotrain | train, all on the corpus. How much of it do
    the payload, the forest, cotrain, and at last the model, on captures that it has not seen, name rightly?

Flows that flow_labels.csv does not know are left out and counted. A flow of `background` has no class: whatever it is
called is wrong, and figures that leave these flows out say so. The corpus has few captures of each application: these
figures tell what comes out of such labels, not how good the learner is. Nothing is asserted but that the tools run,
and that the figures of the report are those of the rows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import rows
import runs

sys.path.insert(0, os.path.join(runs.TREE, "tests", "full"))
import dpi_corpus  # noqa: E402

NONE = "background"
DAMAGED = 65  # a capture that is cut; what could be read is there


def piped(commands, path):
    """Runs a pipe of commands into a file; a damaged capture is no fault."""
    with open(path, "wb") as file:
        last, running = None, []
        for i, command in enumerate(commands):
            out = file if i == len(commands) - 1 else subprocess.PIPE
            running.append(subprocess.Popen(command, stdin=last, stdout=out))
            if last:
                last.close()
            last = running[-1].stdout
        states = [one.wait() for one in running]
    if any(state not in (0, DAMAGED) for state in states):
        raise runs.Fault(f"{' | '.join(command[0] for command in commands)}: status {states}")


def with_truth(path, truth, more=""):
    """Lines of rows that flow_labels.csv knows, with `truth`, and how many it does not know."""
    known, unknown = [], 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            ends = ((row[f"{side}_ip"], row[f"{side}_port"]) for side in ("src", "dst"))
            found = truth.get(dpi_corpus.key(row["capture"], row["protocol"], *ends))
            if found is None:
                unknown += 1
            else:
                known.append(f'{{"truth":{json.dumps(found)},{more}{line[1:]}')
    return known, unknown


def identity(row):
    return row["capture"], row["flow_id"], row["part"]


class Study:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.truth = dpi_corpus.truth(os.path.join(options.shared, "corpus"))

    def tool(self, name, *more):
        return [os.path.join(self.options.bin, name), "-q", *more]

    def path(self, name):
        return os.path.join(self.folder, name)

    def captures(self, name):
        return rows.captures_of(self.options.shared, name)

    def cotrain(self, lines, name):
        """(report, rows out) of cotrain on these lines."""
        given, out, report = (self.path(f"{name}.{end}") for end in ("in", "out", "report"))
        with open(given, "w", encoding="utf-8") as file:
            file.writelines(lines)
        with open(given, "rb") as file:
            subprocess.run(self.tool("cotrain", "--recipe", self.options.recipe, "--seed", str(self.options.seed),
                                     "--truth", "truth", "--report", report, "-o", out,
                                     *["--force"] * self.options.force), stdin=file, check=True)
        with open(out, encoding="utf-8") as file:
            answers = [json.loads(line) for line in file]
        with open(report, encoding="utf-8") as file:
            figures = json.load(file)
        right = sum(row["label"] == row["truth"] for row in answers if row["label_source"] != "given")
        told = figures["result"]["truth"]["accuracy"]
        if len(answers) != len(lines) or abs(told * figures["rows"]["unlabelled"] - right) > 1e-6:
            raise runs.Fault(f"{name}: the report's accuracy {told} is not that of the rows")
        return figures, answers

    def other_places(self):
        """Part (a)."""
        piped([self.tool("featurize", "--label-from", "parent", *self.captures("type1"))], self.path("type1"))
        piped([self.tool("featurize", *self.captures("corpus"))], self.path("corpus"))
        with open(self.path("type1"), encoding="utf-8") as file:
            lines = [f'{{"truth":{json.dumps(json.loads(line)["label"])},{line[1:]}' for line in file]
        nothing = '"label":null,"label_source":null,"application":null,'
        corpus, unknown = with_truth(self.path("corpus"), self.truth, nothing)
        report, answers = self.cotrain(lines + corpus, "places")
        text = (f"## Labels of other places\n\n{len(lines)} rows of type1 are given, {len(corpus)} of the corpus are "
                f"not labelled; {unknown} flows of unknown class are left out.\n\n")
        return text + self.told(report) + class_table(report, self.options.recipe) + sources_table(answers)

    def told(self, report):
        return f"cotrain fell back: {report['fallback']}\n\n" if report["fallback"] else ""

    def dpi(self):
        """Part (b)."""
        piped([self.tool("flowgen", "--dpi", "--label-from", "dpi", *self.captures("corpus")),
               self.tool("featurize")], self.path("dpi"))
        lines, unknown = with_truth(self.path("dpi"), self.truth)
        before = [json.loads(line) for line in lines]
        report, answers = self.cotrain(lines, "dpi")
        votes, claimed = self.trained(self.path("dpi.out"))
        labelled = [row for row in before if row["label"] is not None]
        given = sum(row["label"] == row["truth"] for row in labelled)
        of_class = sum(row["truth"] != NONE for row in before)
        forest = round(report["supervised"]["truth"]["accuracy"] * report["rows"]["unlabelled"])
        right = sum(row["label"] == row["truth"] for row in answers)
        late = sum(votes[identity(row)] == row["truth"] for row in answers if identity(row) in votes)
        line = lambda name, count, hits: (name, str(count), f"{hits / count:.3f}", f"{hits / of_class:.3f}")
        table = runs.markdown(("labels by", "rows", "right of them", "of those with a class"),
                              [line("DPI alone", len(labelled), given),
                               line("DPI, then the forest", len(before), given + forest),
                               line(f"DPI, then cotrain, {self.options.recipe}", len(before), right),
                               line("train on these, captures not seen", len(votes), late)], texts={0})
        return (f"## Labels of DPI\n\n{len(before)} flows, {of_class} of them of a class, {len(labelled)} labelled by "
                f"their payload; {unknown} flows of unknown class are left out. `train` says {claimed:.3f} of itself, "
                f"judged by the labels it was given.\n\n{self.told(report)}{table}\n"
                f"The rows without a label of DPI:\n\n{class_table(report, self.options.recipe)}"
                f"{sources_table(answers)}")

    def trained(self, labelled):
        """({identity: answer} by models that had not seen the capture, train's own accuracy)"""
        oof, report = self.path("oof.ndjson"), self.path("train.json")
        with open(labelled, "rb") as file:
            subprocess.run(self.tool("train", "-a", "rf", "--seed", str(self.options.seed), "--importance", "0",
                                     "--oof", oof, "--report", report, "-o", self.path("model.json")), stdin=file,
                           check=True)
        with open(oof, encoding="utf-8") as file:
            votes = {identity(row): row["votes"][0]["label"] for row in map(json.loads, file)}
        with open(report, encoding="utf-8") as file:
            return votes, json.load(file)["accuracy"]


def class_table(report, recipe):
    """Support, precision and recall of the unlabelled rows by class, of the forest and of cotrain."""
    both = [report["supervised"]["truth"], report["result"]["truth"]]
    names = sorted({name for figures in both for name in figures["per_class"]})
    absent = {"support": 0, "precision": 0, "recall": 0}
    lines = []
    for name in names:
        found = [figures["per_class"].get(name, absent) for figures in both]
        lines.append([name, str(max(one["support"] for one in found)),
                      *(f"{one[figure] or 0:.2f}" for one in found for figure in ("recall", "precision"))])
    hits = [sum(one["recall"] * one["support"] for one in figures["per_class"].values() if one["support"])
            for figures in both]
    of_class = sum(one["support"] for name, one in both[0]["per_class"].items() if name != NONE)
    lines.append(["**accuracy**", str(report["rows"]["unlabelled"]),
                  *(text for figures in both for text in (f"{figures['accuracy']:.3f}", ""))])
    lines.append([f"without {NONE}", str(of_class),
                  *(text for right in hits for text in (f"{right / of_class:.3f}", ""))])
    lines.append(["macro F1", "", *(text for figures in both for text in (f"{figures['macro_f1']:.3f}", ""))])
    return runs.markdown(("class", "rows", "forest: recall", "prec.", f"{recipe}: recall", "prec."), lines, texts={0})


def sources_table(answers):
    """How many rows each step labelled, and how many of them rightly."""
    lines = []
    for source in sorted({row["label_source"] for row in answers}):
        some = [row for row in answers if row["label_source"] == source]
        right = sum(row["label"] == row["truth"] for row in some)
        lines.append([source, str(len(some)), f"{right / len(some):.3f}"])
    return "\n" + runs.markdown(("label_source", "rows", "right"), lines, texts={0})


def main():
    parser = argparse.ArgumentParser(description="Co-training from captures to a model.")
    parser.add_argument("--bin", required=True, metavar="DIR", help="folder of the tools")
    parser.add_argument("--shared", metavar="DIR", default=os.environ.get("MLTAT_SHARED"),
                        help="folder of captures; MLTAT_SHARED unless given")
    parser.add_argument("--recipe", choices=("gated", "paper"), default="gated")
    parser.add_argument("--force", action="store_true", help="run the phases where cotrain would fall back")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", metavar="FILE.md", help="write the tables there too")
    options = runs.parse(parser)
    with tempfile.TemporaryDirectory() as folder:
        study = Study(options, folder)
        text = study.other_places() + "\n" + study.dpi()
    return runs.finish(options, text, [], False)


if __name__ == "__main__":
    sys.exit(main())
