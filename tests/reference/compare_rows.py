#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares two streams of feature rows line by line: same order, same keys, same text.

Only members named *_entropy may differ, by 1e-9.  Exit 0 if equal, 1 if not.
"""
import argparse
import itertools
import json
import sys


class Number(str):
    """A JSON number as the text it was written with."""


def members(line):
    """The (key, value) pairs of a row in their order; numbers stay text."""
    row = json.loads(line, parse_int=Number, parse_float=Number, parse_constant=Number,
                     object_pairs_hook=lambda pairs: pairs)
    if not isinstance(row, list):
        raise ValueError("a row must be an object")
    return row


def same(key, a, b):
    if type(a) is type(b) and a == b:
        return True
    if key.endswith("_entropy") and isinstance(a, Number) and isinstance(b, Number):
        return abs(float(a) - float(b)) <= 1e-9
    return False


def shown(value):
    return str(value) if isinstance(value, Number) else json.dumps(value)


def row_differences(a_line, b_line):
    """Yields (key, text of A, text of B) for all that differs."""
    if a_line == b_line:
        return
    a, b = members(a_line), members(b_line)
    a_keys, b_keys = [key for key, _ in a], [key for key, _ in b]
    if a_keys != b_keys:
        at = next(i for i, (x, y) in enumerate(itertools.zip_longest(a_keys, b_keys)) if x != y)
        yield f"keys from number {at + 1}", " ".join(a_keys[at:at + 4]), " ".join(b_keys[at:at + 4])
        return
    differ = False
    for (key, x), (_, y) in zip(a, b):
        if not same(key, x, y):
            yield key, shown(x), shown(y)
            differ = True
    # The members agree, so what is left must be the entropies alone: compare the rest as bytes.
    if not differ and blank_entropies(a_line, a) != blank_entropies(b_line, b):
        at = next(i for i, (x, y) in enumerate(itertools.zip_longest(a_line, b_line)) if x != y)
        yield f"text of the line from character {at + 1}", repr(a_line[at:at + 40]), repr(b_line[at:at + 40])


def blank_entropies(line, row):
    for key, value in row:
        if key.endswith("_entropy"):
            line = line.replace(f'"{key}":{value}', f'"{key}":')
    return line


def flow_of(line):
    names = ("flow_id", "part", "window", "src_ip", "src_port", "dst_ip", "dst_port", "protocol")
    try:
        row = dict(members(line))
        return " ".join(f"{name}={row.get(name)}" for name in names)
    except ValueError:
        return line.strip()[:120]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-v", action="store_true", help="say how much was compared")
    parser.add_argument("--show", type=int, default=10, help="differences to print (default 10)")
    parser.add_argument("a", metavar="A.ndjson")
    parser.add_argument("b", metavar="B.ndjson")
    options = parser.parse_args()
    found = rows = values = 0

    def report(row, line, key, a, b):
        nonlocal found
        found += 1
        if found <= options.show:
            print(f"row {row}: {flow_of(line)}\n  {key}\n    A: {a}\n    B: {b}")

    # newline="\n": a stray carriage return is a difference, too
    with open(options.a, newline="\n") as a_file, open(options.b, newline="\n") as b_file:
        for row, (a, b) in enumerate(itertools.zip_longest(a_file, b_file), 1):
            if a is None or b is None:
                more = 1 + sum(1 for _ in (a_file if b is None else b_file))
                report(row, a or b, f"{more} rows only in {'A' if b is None else 'B'}",
                       "(end)" if a is None else a.strip()[:120], "(end)" if b is None else b.strip()[:120])
                break
            rows += 1
            try:
                for difference in row_differences(a, b):
                    report(row, a, *difference)
                values += a.count('":')
            except ValueError as problem:
                report(row, a, f"no JSON row: {problem}", a.strip()[:120], b.strip()[:120])
    if found > options.show:
        print(f"... and {found - options.show} differences more")
    if options.v:
        print(f"{rows} rows, {values} values compared, {found} differences", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
