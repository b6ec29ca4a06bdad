#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generated packet lists and tiny limits: the real table against the naive reference.

For every seed: rows and counters for -j 1, 2 and 8 and for reads of a few bytes, the shares of --shard, several
files in one run, one file in pieces with --continue, and flowgen | featurize.  Half of the option sets are fixed,
the others are drawn by the seed.

    differential.py BIN --seeds 0-17 --count 300
"""
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab                                                              # noqa: E402
import gen_packets                                                      # noqa: E402

FAMILIES = "mltat30,flags,splt:5,bursts,hist"
FIXED = [
    "",
    "--max-flows 3 --slice 4",
    "--part-pkts 9",
    "--max-held-pkts 40 --slice 16",
    "--max-flows 6 --slice 16 --max-held-pkts 40 --part-pkts 9 --window every:1s --features " + FAMILIES,
    "--idle-timeout 1s --active-timeout 3s --linger 500ms",
    "--idle-timeout 0 --active-timeout 0 --tcp-end none --features " + FAMILIES,
    "--linger 0 --key vlan --window first:4 --features " + FAMILIES,
    "--window first:2s --active-timeout 10s",
    "--window every:500ms --features " + FAMILIES,
]
POOL = {
    "--max-flows": ["", "", "", "1", "3", "7", "20"],
    "--slice": ["", "1", "2", "4", "16", "64"],
    "--max-held-pkts": ["", "", "", "1", "7", "8", "40", "100"],
    "--part-pkts": ["", "", "1", "2", "3", "9", "15"],
    "--idle-timeout": ["", "0", "1s", "2s", "10s", "60s"],
    "--active-timeout": ["", "0", "1ns", "1s", "2s", "10s", "60s"],
    "--linger": ["", "0", "1s", "2s", "1h"],
    "--tcp-end": ["", "", "", "none"],
    "--key": ["", "", "vlan"],
    "--window": ["", "", "first:1", "first:6", "first:7", "first:8", "first:1ns", "first:1s", "every:1s", "every:15s"],
    "--features": ["", FAMILIES, "mltat30,splt:20", "mltat30,flags"],
}
LIMITS = ("--max-flows", "--slice", "--max-held-pkts", "--part-pkts")
ROWS = ("--window", "--features")       # what featurize alone understands
SHARD_COUNTS = (1, 2, 3, 7)
THREADS = (1, 2, 8)


def drawn(rng):
    """An option set by chance, as a list of words."""
    return [word for name, values in POOL.items() for value in [rng.choice(values)] if value for word in (name, value)]


def without(options, names):
    pairs = zip(options[::2], options[1::2])
    return [word for pair in pairs if pair[0] not in names for word in pair]


def counter_differences(expected, found):
    """Counters of the reference and of a run: all that the rules define."""
    pairs = {name: (expected[name], found[name])
             for name in ("packets_read", "packets_in_flows", "flows_opened", "flows_written")}
    pairs |= {reason: (expected["skipped"].get(reason, 0), count) for reason, count in found["packets_skipped"].items()}
    pairs |= {note: (expected["notes"].get(note, 0), found["packets_noted"][note])
              for note in ("wild_clock", "time_out_of_range", "time_reversed", "syn_in_open_flow",
                          "fragments", "fragment_alone", "fragment_overflow")}
    faults = [f"{name}: expected {a}, found {b}" for name, (a, b) in pairs.items() if a != b]
    unknown = set(expected["skipped"]) - set(found["packets_skipped"])
    return faults + [f"reason {reason} is not counted" for reason in unknown] + lab.conservation_faults(found)


def form_of(seed):
    """pcap for all temperaments, then pcapng for all."""
    return "pcapng" if seed // len(gen_packets.TEMPERAMENTS) % 2 else "pcap"


class Seed:
    """The checks of one seed."""

    def __init__(self, tools, seed, count, folder):
        self.tools, self.seed = tools, seed
        self.rng = random.Random(seed)
        self.folder = folder
        self.name = f"g/{seed}.pcap"
        self.path = os.path.join(folder, self.name)
        self.data = gen_packets.capture(seed, count, form=form_of(seed))
        self.write(self.path, self.data)
        self.faults, self.runs, self.rows = [], 0, 0

    @staticmethod
    def write(path, data):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def note(self, options, what, differences):
        self.runs += 1
        self.faults += [f"seed {self.seed} {' '.join(options)} [{what}]: {text}" for text in differences]

    def text(self, tool, options, stdin=b""):
        run = self.tools.run(tool, *options, stdin=stdin)
        if run.status not in (0, 65):
            self.faults.append(f"seed {self.seed} {tool} {' '.join(options)}: status {run.status}: {run.err.strip()}")
        return run.out.decode()

    def against_reference(self, options):
        want, counters, damage = lab.reference(options, self.path)
        assert damage is None
        self.rows += want.count("\n")
        status = 65 if counters["packets_read"] and not counters["packets_in_flows"] else 0
        for threads in THREADS:
            run, stats = self.tools.counted("meter_driver", "-j", threads, *options, self.path)
            differences = [] if run.status == status else [f"status {run.status}, expected {status}: {run.err}"]
            if stats:
                differences += counter_differences(counters, stats)
            self.note(options, f"-j{threads}", differences + lab.row_differences(want, run.out.decode()))
        crumbs = ["--read-bytes", str(self.rng.choice([1, 2, 17, 300])), "-j", str(self.rng.choice(THREADS))]
        found = self.text("meter_driver", [*crumbs, "--capture", self.name, *options], self.data)
        self.note(options, "pipe " + " ".join(crumbs), lab.row_differences(want, found))

    def shares(self, options):
        """--shard: every share is the reference's, and together they are the whole."""
        options = without(options, LIMITS)
        whole = sorted(self.text("meter_driver", [*options, self.path]).splitlines())
        for count in SHARD_COUNTS:
            together = []
            for number in range(count):
                share = [*options, "--shard", f"{number}/{count}"]
                found = self.text("meter_driver", ["-j", str(self.rng.choice(THREADS)), *share, self.path])
                together += found.splitlines()
                want, _, _ = lab.reference(share, self.path)
                self.note(share, "share", lab.row_differences(want, found))
            self.note(options, f"{count} shares together", [] if sorted(together) == whole else ["not the whole"])

    def several(self, options):
        """Units know nothing of each other: a run over several files gives what a run for each gives."""
        paths = [self.path]
        for other in (self.seed + 1, self.seed + 2):
            paths.insert(self.rng.randrange(len(paths) + 1), os.path.join(self.folder, "g", f"other{other}.pcap"))
            self.write(os.path.join(self.folder, "g", f"other{other}.pcap"),
                       gen_packets.capture(other, self.rng.choice([0, 1, 50, 200]), form=form_of(other)))
        want = "".join(self.text("meter_driver", [*options, path]) for path in paths)
        for threads in THREADS:
            found = self.text("meter_driver", ["-j", str(threads), *options, *paths])
            self.note(options, f"several files, -j{threads}", lab.row_differences(want, found))

    def continued(self, options):
        """--continue: a capture that was cut at its records, here into one file for each few of them."""
        paths = []
        for number, piece in enumerate(gen_packets.pieces(self.data, self.rng)):
            paths.append(os.path.join(self.folder, "pieces", self.name if number == 0 else f"{number}.pcap"))
            self.write(paths[-1], piece)
        want = self.text("meter_driver", [*options, self.path])
        for threads in THREADS:
            found = self.text("meter_driver", ["-j", str(threads), "--continue", *options, *paths])
            self.note(options, f"--continue, -j{threads}", lab.row_differences(want, found))

    def short_series(self, options):
        """Records that hold what the window needs are enough."""
        options = without(without(options, LIMITS), ROWS)
        window = ["--window", "first:4", "--features", "mltat30,splt:6,bursts,hist"]
        want = self.text("featurize", [*options, *window, self.path])
        records = self.text("flowgen", ["--series", "4", *options, self.path])
        found = self.text("featurize", window, records.encode())
        self.note(options, "flowgen --series 4 | featurize --window first:4", lab.row_differences(want, found))

    def replay(self, options):
        """flowgen | featurize = featurize; both forms of the records."""
        options = without(options, LIMITS)
        if "--window" in options:
            options = [word.replace("flags,", "").replace(",flags", "") for word in options]
        flow_options = without(options, ROWS)
        row_options = without(options, [name for name in POOL if name not in ROWS])
        want = self.text("featurize", [*options, self.path])
        for form in ("ndjson", "csv"):
            records = self.text("flowgen", ["--format", form, "-j", str(self.rng.choice(THREADS)), *flow_options,
                                            self.path])
            found = self.text("featurize", ["-j", str(self.rng.choice(THREADS)), *row_options], records.encode())
            self.note(options, f"flowgen {form} | featurize", [] if found == want else lab.row_differences(want, found))

    def run(self, draws):
        sets = [words.split() for words in FIXED] + [drawn(self.rng) for _ in range(draws)]
        for options in sets:
            self.against_reference(options)
        self.shares(self.rng.choice(sets))
        self.several(self.rng.choice(sets))
        self.short_series(self.rng.choice(sets))
        if form_of(self.seed) == "pcap":
            self.continued(self.rng.choice(sets))
        for options in self.rng.sample(sets, 4):
            self.replay(options)


def check(task):
    tools, seed, count, draws = task
    with tempfile.TemporaryDirectory() as folder:
        one = Seed(tools, seed, count, folder)
        one.run(draws)
    return one.faults, {"seeds": 1, "packets": count, "rows_of_the_reference": one.rows, "comparisons": one.runs}


def main():
    def more(parser):
        parser.add_argument("--seeds", default="0-8", help="FIRST-LAST")
        parser.add_argument("--count", type=int, default=300, help="packets of a list")
        parser.add_argument("--draws", type=int, default=10, help="option sets drawn by a seed")

    options = lab.arguments(__doc__, more)
    first, last = map(int, options.seeds.split("-"))
    tools = lab.Bin(options.bin)
    tasks = [(tools, seed, options.count, options.draws) for seed in range(first, last + 1)]
    lab.over_all(check, tasks, options.jobs).leave()


if __name__ == "__main__":
    main()
