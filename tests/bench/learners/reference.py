#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The public tables, their folds, and what other learners reach on them, kept in a cache.

usage: reference.py [--cache FILE] [--fresh] [--learners c45,svm-rbf] [--limit 600] [TABLE ...]

The tables lie in $MLTAT_SHARED/tables. Folds are a function of table and seed alone (five, stratified, shuffled), so
that our side can be measured another day. Every learner of ours has a peer in scikit-learn, the forest also ranger,
where Rscript has it; SVC is libsvm and LinearSVC is liblinear. A peer gets the columns that ours makes for itself:
one-hot quantile bins for the linear models, such bins as categories for nb, slog (ml/transform.h) for svm-rbf and mlp.
Gradient boosting does all its rounds, as ours does. One thread, all processor time.

The cache is a list of records, one for each table, learner, peer and seed: accuracy, macro F1 and weighted precision of
all out-of-fold answers; fit_s and score_us, the least over the folds of seconds to fit and of microseconds to score a
row; machine, software and date. A peer that takes more than the limit of processor seconds for the five folds is put
down as too slow, with the limit. What stands in the cache is not measured again, unless --fresh.
"""

import argparse
import csv
import datetime
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

try:
    import numpy
    import sklearn
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.ensemble import AdaBoostClassifier, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score, precision_score
    from sklearn.model_selection import StratifiedKFold
    from sklearn.naive_bayes import CategoricalNB, GaussianNB
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import KBinsDiscretizer
    from sklearn.svm import SVC, LinearSVC
    from sklearn.tree import DecisionTreeClassifier
except ImportError:
    print("scikit-learn is not here (Debian: python3-sklearn, with /usr/bin/python3)")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(HERE, "reference.json")
B14 = "iscxvpn2016_B14_15s"
A1 = "iscxvpn2016_A1_15s"
TABLES = [B14, A1, "iscxvpn2016_A2_novpn_15s", "iscxvpn2016_A2_vpn_15s", "iscxtor2016_B_15s", "fgnet_D1_class6",
          "fgnet_D1_apps53"]
NOT_FEATURES = ("app", "capture", "label")
FOLDS = 5


class Slog(BaseEstimator, TransformerMixin):
    def fit(self, x, _=None):
        sizes = [abs(column[column != 0]) for column in x.T]
        self.scale = numpy.array([numpy.percentile(some, 1) if len(some) else 1.0 for some in sizes])
        self.mean = self.log(x).mean(axis=0)
        deviation = self.log(x).std(axis=0)
        self.deviation = numpy.where(deviation > 0, deviation, 1)
        return self

    def log(self, x):
        return numpy.sign(x) * numpy.log1p(abs(x) / self.scale)

    def transform(self, x):
        return (self.log(x) - self.mean) / self.deviation


def binned(model):
    return make_pipeline(KBinsDiscretizer(32, strategy="quantile"), model)


def categorical_bayes():
    # Not every bin has rows in every fold: all categories are named beforehand.
    bins = KBinsDiscretizer(256, encode="ordinal", strategy="quantile")
    return make_pipeline(bins, CategoricalNB(alpha=0.1, min_categories=256))


def boosted_trees(seed):
    tree = DecisionTreeClassifier(max_depth=10, random_state=seed)
    return AdaBoostClassifier(tree, n_estimators=50, algorithm="SAMME", random_state=seed)


PEERS = {  # of each learner of ours: name of the peer, what makes it; the bar is that of the first
    "c45": {"DecisionTree": lambda seed: DecisionTreeClassifier(random_state=seed)},
    "rf": {"RandomForest": lambda seed: RandomForestClassifier(100, random_state=seed, n_jobs=1), "ranger": None},
    "nb": {"CategoricalNB": lambda seed: categorical_bayes()},
    "nb-gaussian": {"GaussianNB": lambda seed: GaussianNB()},
    "lr": {"LogisticRegression": lambda seed: binned(LogisticRegression())},
    "svm": {"LinearSVC (liblinear)": lambda seed: binned(LinearSVC(random_state=seed))},
    "svm-rbf": {"SVC (libsvm)": lambda seed: make_pipeline(Slog(), SVC(C=100, gamma="auto"))},
    "gbt": {"HistGradientBoosting":
            lambda seed: HistGradientBoostingClassifier(early_stopping=False, random_state=seed)},
    "adaboost": {"AdaBoost SAMME": boosted_trees},
    "mlp": {"MLPClassifier":
            lambda seed: make_pipeline(Slog(), MLPClassifier((128, 64), max_iter=100, random_state=seed))},
}


def seeds_of(table):
    return range(3) if table == B14 else range(1)


def table_path(name):
    return os.path.join(os.environ["MLTAT_SHARED"], "tables", name + ".csv")


def read_table(name):
    """Names of the features, rows of text, labels."""
    with open(table_path(name), newline="") as file:
        header, *rows = csv.reader(file)
    features = [i for i, column in enumerate(header) if column not in NOT_FEATURES]
    return [header[i] for i in features], [[row[i] for i in features] for row in rows], [row[-1] for row in rows]


def write_table(path, names, rows, labels, folds, repeats=1):
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(names + ["fold", "label"])
        for _ in range(repeats):
            out.writerows(row + [fold, label] for row, fold, label in zip(rows, folds, labels))


def folds_of(labels, seed):
    folds = numpy.empty(len(labels), dtype=int)
    splits = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(numpy.zeros(len(labels)), labels)
    for fold, (_, test) in enumerate(splits):
        folds[test] = fold
    return folds


def machine():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")


def seconds_of(action):
    """Processor seconds of one call: of many where one is too short for the clock."""
    start, calls, spent = time.process_time(), 0, 0.0
    while spent < 0.1:
        action()
        calls += 1
        spent = time.process_time() - start
    return spent / calls


def by_scikit_learn(make, rows, labels, folds, seed):
    """Answers, and the seconds of each fold to fit and to score."""
    x, y = numpy.array(rows, dtype=float), numpy.array(labels)
    answers = numpy.empty(len(y), dtype=object)
    fit_s, score_s = [], []
    for fold in range(FOLDS):
        test = folds == fold
        model = make(seed)
        fit_s.append(seconds_of(lambda: model.fit(x[~test], y[~test])))
        score_s.append(seconds_of(lambda: model.predict(x[test])))
        answers[test] = model.predict(x[test])
    return answers, fit_s, score_s


def by_ranger(names, rows, labels, folds, seed):
    with tempfile.TemporaryDirectory() as folder:
        table, answers, times = (os.path.join(folder, name) for name in ("table.csv", "answers.csv", "times.csv"))
        write_table(table, names, rows, labels, folds)
        subprocess.run(["Rscript", os.path.join(HERE, "ranger.R"), table, str(seed + 1), answers, times], check=True)
        with open(answers) as file:
            told = numpy.array(file.read().splitlines(), dtype=object)
        with open(times, newline="") as file:
            fit_s, score_s = zip(*((float(fit), float(score)) for fit, score in csv.reader(file)))
    return told, fit_s, score_s


def work(pipe, limit, learner, peer, names, rows, labels, seed):
    """In a process of its own, that the limit ends."""
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    warnings.simplefilter("ignore")  # of searches cut off at scikit-learn's default number of steps
    folds = folds_of(labels, seed)
    make = PEERS[learner][peer]
    answers, fit_s, score_s = (by_ranger(names, rows, labels, folds, seed) if peer == "ranger" else
                               by_scikit_learn(make, rows, labels, folds, seed))
    answers, sizes = answers.astype(str), numpy.bincount(folds)
    pipe.send({"accuracy": round(float(numpy.mean(answers == numpy.array(labels))), 5),
               "macro_f1": round(f1_score(labels, answers, average="macro"), 5),
               "weighted_precision": round(precision_score(labels, answers, average="weighted", zero_division=0), 5),
               "fit_s": round(min(fit_s), 6),
               "score_us": round(1e6 * min(score / size for score, size in zip(score_s, sizes)), 4)})


def measure(limit, learner, peer, table, seed):
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=work, args=(there, limit, learner, peer, *read_table(table), seed))
    process.start()
    there.close()
    try:
        figures = here.recv()
    except EOFError:
        figures = {"too_slow_s": limit}
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    process.join()
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
    if "too_slow_s" in figures and spent < 0.9 * limit:
        raise RuntimeError(f"{peer} on {table} failed after {spent:.0f} s")
    return figures


def ranger_version():
    """None where there is no ranger."""
    try:
        run = subprocess.run(["Rscript", "-e", "cat(as.character(packageVersion('ranger')))"], capture_output=True,
                             text=True)
    except FileNotFoundError:
        return None
    return run.stdout if run.returncode == 0 else None


class Cache:
    KEY = ("table", "learner", "peer", "seed")

    def __init__(self, path):
        self.path = path
        self.records = {}
        if os.path.exists(path):
            with open(path) as file:
                self.records = {self.key(record): record for record in json.load(file)}

    def key(self, record):
        return tuple(record[name] for name in self.KEY)

    def put(self, record):
        self.records[self.key(record)] = record
        lines = [json.dumps(record) for _, record in sorted(self.records.items())]
        with open(self.path + ".part", "w") as file:
            file.write("[\n" + ",\n".join(lines) + "\n]\n")
        os.replace(self.path + ".part", self.path)


def fill(cache, tables, learners, limit, fresh):
    """Measures what is missing, the quick learners of all tables first."""
    ranger = ranger_version()
    if "rf" in learners and not ranger:
        print("ranger is not here (Debian: r-cran-ranger): left out", file=sys.stderr)
    for learner, peers in PEERS.items():
        wanted = [(table, peer, seed) for table in tables for peer in peers for seed in seeds_of(table)]
        for table, peer, seed in wanted if learner in learners else []:
            key = (table, learner, peer, seed)
            if (key in cache.records and not fresh) or (peer == "ranger" and not ranger):
                continue
            software = f"ranger {ranger}" if peer == "ranger" else f"scikit-learn {sklearn.__version__}"
            figures = measure(limit, learner, peer, table, seed)
            cache.put({**dict(zip(Cache.KEY, key)), **figures, "machine": machine(), "software": software,
                       "date": datetime.date.today().isoformat()})
            print(table, peer, seed, figures, file=sys.stderr, flush=True)


def add_options(parser):
    parser.add_argument("--cache", default=CACHE)
    parser.add_argument("--fresh", action="store_true", help="measure the peers again")
    parser.add_argument("--learners", type=lambda text: text.split(","), default=list(PEERS))
    parser.add_argument("--limit", type=int, default=600, help="processor seconds for five folds of a peer")
    parser.add_argument("tables", nargs="*", metavar="TABLE", default=TABLES)


def main():
    parser = argparse.ArgumentParser(description="What other learners reach on the public tables.")
    add_options(parser)
    options = parser.parse_intermixed_args()
    if not os.environ.get("MLTAT_SHARED"):
        print("MLTAT_SHARED names no folder with tables")
        return 77
    fill(Cache(options.cache), options.tables, options.learners, options.limit, options.fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
