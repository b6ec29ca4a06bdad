#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the models of every algorithm on one public table: the file, what predict makes of it, and the bytes.

usage: models.py BIN_DIR [--json FILE] [--learners c45,svm-rbf] [TABLE]

For each algorithm, and for some calibrated models and committees: size of the model; time to load it (predict over a
header alone, less predict --version, median of seven); rows that predict -j1 scores in a second, reading and writing
included; both are processor time. Then three proofs. Learner and file: log loss and calibration error of predict with
the file, less those that train --test tells of the model it has in hand. File and man page: the largest difference
between a probability written by predict and the same one computed here from the payload as mltat-formats(5) describes
it, with none of our code. Threads: train -j1, -j2 and -j8 write the same bytes. The status is 1 where learner and file
differ by more than sums in another order do (1e-12), a probability by more than single precision explains (1e-5; 5e-3
for svm-rbf, where coefficients up to 100 multiply the rounding of the kernel), an answer differs, or bytes do.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy
from reference import B14, PEERS, machine, read_table, table_path
from compare import arguments_of, cpu_seconds, print_aligned

HEADER = ("learner", "model MB", "load s", "rows/s", "learner - file", "file - man page", "other answers",
          "-j1 = -j2 = -j8", "sha256")
SAME_SUM = 1e-12
NEAR = {"svm-rbf": 5e-3}
NEAR_OTHERS = 1e-5
REPEATS = 5  # of the table, to time predict


def softmax(scores):
    shares = numpy.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def descend(x, thresholds, feature, place_of_threshold):
    """The place in the tree of every row's leaf; place_of_threshold by node."""
    feature = numpy.array(feature)
    split = feature >= 0
    first_child = 2 * (numpy.cumsum(split) - 1) + 1
    value = numpy.array([thresholds[column][place] if column >= 0 else 0.0
                         for column, place in zip(feature, place_of_threshold)])
    nodes = numpy.zeros(len(x), dtype=int)
    while (inner := numpy.flatnonzero(split[nodes])).size:
        at = nodes[inner]
        nodes[inner] = first_child[at] + (x[inner, feature[at]] > value[at])
    return nodes


def of_trees(payload, x, classes):
    leaves = numpy.full((len(payload["leaves"]), classes), float(payload["smoothing"]))
    for leaf, pairs in zip(leaves, payload["leaves"]):
        leaf[pairs[::2]] += pairs[1::2]
    leaves /= leaves.sum(axis=1, keepdims=True)
    weights = payload.get("weights", [1] * len(payload["trees"]))
    total = numpy.zeros((len(x), classes))
    for tree, weight in zip(payload["trees"], weights):
        nodes = descend(x, payload["thresholds"], tree["feature"], tree["value"])
        total += weight * leaves[numpy.array(tree["value"])[nodes]]
    return total / sum(weights)


def of_gbt(payload, x, classes):
    scores = numpy.tile(numpy.array(payload["baseline"], dtype=float), (len(x), 1))
    boosted = range(classes) if classes > 2 else [1]
    for i, tree in enumerate(payload["trees"]):
        split = numpy.array(tree["feature"]) >= 0
        places = numpy.zeros(len(split), dtype=int)
        places[split] = tree["threshold"]
        steps = numpy.zeros(len(split))
        steps[~split] = tree["step"]
        scores[:, boosted[i % len(boosted)]] += steps[descend(x, payload["thresholds"], tree["feature"], places)]
    return softmax(scores)


def of_one_hot(payload, x, classes):
    weights = numpy.array(payload["weights"]).reshape(-1, classes)
    scores = numpy.tile(weights[-1], (len(x), 1))
    first = 0
    for column, thresholds in zip(x.T, payload["transform"]["thresholds"]):
        scores += weights[first + numpy.searchsorted(thresholds, column, side="left")]
        first += len(thresholds) + 1
    return softmax(scores)


def slog(transform, x):
    scale, mean, deviation = (numpy.array(transform[name]) for name in ("scale", "mean", "deviation"))
    logs = numpy.sign(x) * numpy.log1p(abs(x) / scale) - mean
    return numpy.clip(numpy.divide(logs, deviation, out=numpy.zeros_like(logs), where=deviation != 0), -10, 10)


def ranks(transform, x):
    return numpy.array([(numpy.interp(column, knots, shares) - 0.5) * numpy.sqrt(12) for column, knots, shares in
                        zip(x.T, transform["knots"], transform["shares"])]).T


def of_rbf(payload, x, classes):
    rows, counts = slog(payload["transform"], x), payload["counts"]
    vectors = numpy.array(payload["vectors"]).reshape(sum(counts), -1)
    coefficients = numpy.array(payload["coefficients"]).reshape(-1, classes)
    owner = numpy.repeat(numpy.arange(classes), counts)
    scores = numpy.zeros((len(x), classes))
    for start in range(0, len(x), 1024):
        some = rows[start:start + 1024]
        squares = (some ** 2).sum(axis=1)[:, None] - 2 * some @ vectors.T + (vectors ** 2).sum(axis=1)
        kernel = numpy.exp(-payload["gamma"] * squares)
        pairs = [(a, b) for a in range(classes) for b in range(a + 1, classes)]
        for (a, b), offset in zip(pairs, payload["offsets"]):
            decision = (kernel[:, owner == a] @ coefficients[owner == a, b] +
                        kernel[:, owner == b] @ coefficients[owner == b, a] - offset).clip(-0.7, 0.7)
            scores[start:start + 1024, a] += decision
            scores[start:start + 1024, b] -= decision
    return softmax(scores)


def of_mlp(payload, x, _):
    values = numpy.hstack([slog(payload["transform"], x), ranks(payload["transform"], x)])
    for i, layer in enumerate(payload["layers"]):
        values = numpy.maximum(values, 0) if i else values
        values = values @ numpy.array(layer["weights"]).reshape(-1, layer["outputs"]) + numpy.array(layer["bias"])
    return softmax(values)


def of_gaussian(payload, x, classes):
    rows = slog(payload["transform"], x)
    mean, variance = (numpy.array(payload[name]).reshape(-1, classes) for name in ("mean", "variance"))
    scores = numpy.tile(numpy.array(payload["prior"], dtype=float), (len(x), 1))
    for column, means, variances in zip(rows.T, mean, variance):
        scores -= 0.5 * (numpy.log(variances) + (column[:, None] - means) ** 2 / variances)
    return softmax(scores)


def coupled(members, x, n):
    """Wu, Lin and Weng 2004, second method: the conditions for the least sum, solved as linear equations."""
    against = numpy.zeros((len(x), n, n))  # [row, i, j]: what i gets against j
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    for (i, j), member in zip(pairs, members):
        shares = member(x)
        against[:, i, j], against[:, j, i] = shares[:, 0], shares[:, 1]
    system = -against * against.transpose(0, 2, 1)
    system[:, range(n), range(n)] = (against ** 2).sum(axis=1)
    bordered = numpy.ones((len(x), n + 1, n + 1))
    bordered[:, :n, :n], bordered[:, n, n] = system, 0
    wanted = numpy.zeros((len(x), n + 1, 1))
    wanted[:, n] = 1
    return numpy.linalg.solve(bordered, wanted)[:, :n, 0]


def of_committee(road, kind, payload, x, classes):
    places, shares = payload["classes"], numpy.zeros((len(x), classes))
    members = [lambda rows, member=member: road(member, rows, 2) for member in payload["members"]]
    if kind == "ovo":
        shares[:, places] = coupled(members, x, len(places))
    else:
        shares[:, places] = numpy.array([member(x)[:, 1] for member in members]).T
        shares /= shares.sum(axis=1, keepdims=True)
    return shares


def bent(curve, p):
    cut = p.clip(curve["floor"], 1 - curve["floor"])
    x = numpy.log(cut / (1 - cut))
    if "knots" in curve:
        return numpy.interp(x, curve["knots"], curve["values"])
    return 1 / (1 + numpy.exp(-(curve["slope"] * x + curve["offset"])))


def calibrated(calibration, names, shares):
    if calibration["kind"] == "temperature":
        better = numpy.maximum(shares, calibration["floor"]) ** (1 / calibration["temperature"])
    else:
        better = numpy.array([bent(calibration["classes"][name], p) for name, p in zip(names, shares.T)]).T
    sums = better.sum(axis=1, keepdims=True)
    return numpy.where(sums > 0, better / numpy.where(sums > 0, sums, 1), shares)


def computed(model, learner, x):
    """The probabilities of a model, from its text alone."""
    road, classes, kind = ROADS[learner], len(model["classes"]), model.get("multiclass", "native")
    shares = (road(model["payload"], x, classes) if kind == "native" or classes == 2 else
              of_committee(road, kind, model["payload"], x, classes))
    return calibrated(model["calibration"], model["classes"], shares) if model.get("calibration") else shares


ROADS = {"c45": of_trees, "rf": of_trees, "adaboost": of_trees, "gbt": of_gbt, "lr": of_one_hot, "svm": of_one_hot,
         "svm-rbf": of_rbf, "mlp": of_mlp, "nb": of_one_hot, "nb-gaussian": of_gaussian}


VARIANTS = {"rf calibrated": ["--calibrate"], "nb calibrated": ["--calibrate"], "c45 ovo": ["--multiclass", "ovo"],
            "lr ovr": ["--multiclass", "ovr"]}


def probabilities(bin_dir, path, table):
    run = subprocess.run([f"{bin_dir}/predict", "-q", "--proba", "-m", path, table], check=True, capture_output=True)
    votes = (json.loads(line)["votes"][0]["proba"] for line in run.stdout.splitlines())
    return numpy.array([list(vote.values()) for vote in votes])


def figures(path):
    with open(path) as file:
        report = json.load(file)
    return numpy.array([report["log_loss"], report["ece"]])


def write_repeated(path, table, repeats):
    with open(table) as file:
        header, rows = file.readline(), file.read()
    with open(path, "w") as file:
        file.write(header + rows * repeats)


def measure(bin_dir, variant, name, x, folder):
    learner, arguments = variant.split()[0], VARIANTS.get(variant, [])
    model, empty, many, own, from_file = (os.path.join(folder, file) for file in (
        "model.json", "empty.csv", "many.csv", "own.json", "from_file.json"))
    table = table_path(name)
    write_repeated(empty, table, 0)
    write_repeated(many, table, REPEATS)
    hashes = set()
    for threads in (8, 2, 1):
        subprocess.run([f"{bin_dir}/train", "-q", f"-j{threads}", *arguments_of(learner), *arguments, "--cv", "2",
                        "--leave-out", "none", "--importance", "0", "--test", table, "--report", own, "-o", model,
                        table], check=True)
        with open(model, "rb") as file:
            text = file.read()
        hashes.add(hashlib.sha256(text).hexdigest())
    subprocess.run([f"{bin_dir}/predict", "-q", "-m", model, "--truth", "label", "--report", from_file, "-o",
                    "/dev/null", table], check=True)
    predict = [f"{bin_dir}/predict", "-q", "-j1", "-m", model, "-o", "/dev/null"]
    median = lambda command: statistics.median(cpu_seconds(command) for _ in range(7))
    start, load = median([f"{bin_dir}/predict", "--version"]), median(predict + [empty])
    spent = min(cpu_seconds(predict + [many]) for _ in range(3))
    told = probabilities(bin_dir, model, table)
    expected = computed(json.loads(text), learner, x)
    return {"table": name, "learner": variant, "model_bytes": len(text), "load_s": round(load - start, 5),
            "rows_per_s": round(REPEATS * len(x) / (spent - load)),
            "learner_less_file": float(abs(figures(own) - figures(from_file)).max()),
            "largest_difference": float(abs(told - expected).max()),
            "other_answers": int((told.argmax(axis=1) != expected.argmax(axis=1)).sum()),
            "same_bytes": len(hashes) == 1, "sha256": hashes.pop()}


def good(result):
    return (result["same_bytes"] and result["other_answers"] == 0 and result["learner_less_file"] <= SAME_SUM and
            result["largest_difference"] <= NEAR.get(result["learner"], NEAR_OTHERS))


def line_of(result):
    return (result["learner"], f"{result['model_bytes'] / 1e6:.2f}", f"{result['load_s']:.3f}",
            f"{result['rows_per_s']}", f"{result['learner_less_file']:.1e}", f"{result['largest_difference']:.1e}",
            f"{result['other_answers']}", "yes" if result["same_bytes"] else "NO", result["sha256"][:12])


def main():
    parser = argparse.ArgumentParser(description="Size, load time, speed, exactness and bytes of models.")
    parser.add_argument("bin_dir")
    parser.add_argument("table", nargs="?", default=B14)
    parser.add_argument("--json", metavar="FILE", help="write all figures")
    parser.add_argument("--learners", type=lambda text: text.split(","), default=[*PEERS, *VARIANTS])
    options = parser.parse_args()
    if not os.environ.get("MLTAT_SHARED"):
        print("MLTAT_SHARED names no folder with tables")
        return 77
    x = numpy.array(read_table(options.table)[1], dtype=float)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for learner in options.learners:
            print(learner, file=sys.stderr, flush=True)
            results.append(measure(options.bin_dir, learner, options.table, x, folder))
    print(f"{options.table}: {len(x)} rows, {machine()}")
    print_aligned([HEADER] + [line_of(result) for result in results])
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=1)
    return 0 if all(map(good, results)) else 1


if __name__ == "__main__":
    sys.exit(main())
