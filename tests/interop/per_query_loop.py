"""`hopfield experiment compare` beside a Python loop over the same queries: how much faster is it?

    cargo build --release --bin hopfield
    target/interop/bin/python tests/interop/per_query_loop.py [--queries 20]

1,000 digits are stored, and asked for by their upper halves, in ten networks. The loop takes one query after the other, as
notebooks do: the dense networks go through a query's bits and compare energies, in one variant; in the other they use the
exact vectorised rule, query by query, as well as NumPy can. Both programs run in turns in one go; times per query are of
storing nothing, only of answering.
"""
import argparse
import gzip
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
N, D, HALF = 1000, 784, 392
ROUNDS = 3


def digits():
    data = gzip.open(ROOT / "crates/data/assets/train-images-idx3-ubyte.gz").read()
    return np.frombuffer(data, np.uint8)[16:].reshape(-1, D)[:N].astype(np.float32) / 255


def softmax(z):
    p = np.exp(z - z.max())
    return p / p.sum()


class Binary:
    def __init__(self, X):
        self.X = X

    def by_bits(self, s, F):
        """The sign of each bit with the lower energy, by the overlaps without it."""
        z = self.X @ s
        new = s.copy()
        for bit in range(D):
            a = z - self.X[:, bit] * s[bit]
            field = (F(a + self.X[:, bit]) - F(a - self.X[:, bit])).sum()
            new[bit] = np.sign(field) if field != 0 else s[bit] or 1.0
        return new

    def vectorised(self, s, F):
        z = self.X @ s
        g = [F(z + c + 1) - F(z + c - 1) for c in (-1, 0, 1)]
        below, at, above = (w @ self.X for w in g)
        own = s * (g[2] - g[0]).sum() / 2
        field = np.where(s == 0, at, (below + above) / 2 - own)
        return np.where(field != 0, np.sign(field), np.where(s == 0, 1.0, s))


def networks(X, grey):
    binary = Binary(X)
    W = X.T @ X
    np.fill_diagonal(W, 0)
    P = np.linalg.pinv(X) @ X
    np.fill_diagonal(P, 0)
    mean = grey.mean(0)
    centred, norms = grey - mean, np.linalg.norm(grey, axis=1)
    unit, squares = grey / norms[:, None], (grey ** 2).sum(1) / 2
    sign = lambda field, s: np.where(field != 0, np.sign(field), np.where(s == 0, 1.0, s))
    power = lambda n: lambda z: (z / D) ** n
    rectified = lambda n: lambda z: np.maximum(z / D, 0) ** n
    exponential = lambda z: np.exp(z - HALF)  # overlaps of half an image are at most so many
    dense = lambda F: (lambda s: binary.by_bits(s, F), lambda s: binary.vectorised(s, F))
    both = lambda rule: (rule, rule)
    return {
        "classical": (both(lambda s: sign(W @ s, s)), True),
        "pseudo_inverse": (both(lambda s: sign(P @ s, s)), True),
        "polynomial:2": (dense(power(2)), True),
        "polynomial:3": (dense(power(3)), True),
        "rectified:30": (dense(rectified(30)), True),
        "exponential:1": (dense(exponential), True),
        "dot:8": (both(lambda x: softmax(8 * (grey @ x)) @ grey), False),
        "centred_dot:8": (both(lambda x: softmax(8 * (centred @ (x - mean))) @ grey), False),
        "cosine:1000": (both(lambda x: softmax(1000 * (unit @ (x / np.linalg.norm(x)))) @ grey), False),
        "euclidean:8": (both(lambda x: softmax(8 * (grey @ x - squares)) @ grey), False),
    }


def ours(names):
    binary = os.environ.get("HOPFIELD_BIN", ROOT / "target/release/hopfield")
    with tempfile.TemporaryDirectory() as folder:
        command = [binary, "experiment", "compare", "--sets", "1", "--queries", str(N), "--networks", ",".join(names),
                   "--out", folder, "--json", "--quiet"]
        began = time.perf_counter()
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        seconds = time.perf_counter() - began
    return seconds, {row["network"]: row["us_per_query"] for row in map(json.loads, lines)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--queries", type=int, default=20, help="that the loop is timed on")
    queries = parser.parse_args().queries
    grey = digits()
    X = np.where(grey > 0.5, 1.0, -1.0).astype(np.float32)
    compared = networks(X, grey)
    names = list(compared)
    for name, ((bits, vectorised), is_binary) in compared.items():
        if is_binary:
            asked = X[:3].copy()
            asked[:, HALF:] = 0
            same = np.mean([bits(query) == vectorised(query) for query in asked])
            assert same > 0.99, f"{name}: both loops should agree, but for rounding: {same}"
    times = {name: {"ours": [], "bits": [], "vectorised": []} for name in names}
    whole = []
    for _ in range(ROUNDS):
        seconds, found = ours(names)
        whole.append(seconds)
        for name in names:
            times[name]["ours"].append(found[name])
            rules, is_binary = compared[name]
            asked = (X if is_binary else grey)[:queries].copy()
            asked[:, HALF:] = grey.mean(0)[HALF:] if name in ("centred_dot:8", "euclidean:8") else 0
            for kind, rule in zip(("bits", "vectorised"), rules):
                began = time.perf_counter()
                for query in asked:
                    rule(query)
                times[name][kind].append((time.perf_counter() - began) / queries * 1e6)
    print(f"{'network':<16}{'ours':>10}{'loop, bit by bit':>18}{'':>8}{'loop, vectorised':>18}   µs per query, medians of {ROUNDS}")
    sums = dict.fromkeys(("ours", "bits", "vectorised"), 0.0)
    row = lambda name, t: print(f"{name:<16}{t['ours']:>10.0f}{t['bits']:>18.0f}{t['bits'] / t['ours']:>7.0f}×{t['vectorised']:>18.0f}{t['vectorised'] / t['ours']:>7.0f}×")
    for name in names:
        medians = {kind: statistics.median(found) for kind, found in times[name].items()}
        row(name, medians)
        sums = {kind: sums[kind] + medians[kind] for kind in sums}
    row("all", sums)
    whole = statistics.median(whole)
    print(f"\nhopfield experiment compare, {N} queries of {len(names)} networks, whole process: {whole:.1f} s; "
          f"the loop by bits would take {sums['bits'] * N / 1e6:.0f} s ({sums['bits'] * N / 1e6 / whole:.0f}×), "
          f"vectorised {sums['vectorised'] * N / 1e6:.0f} s ({sums['vectorised'] * N / 1e6 / whole:.1f}×)")


if __name__ == "__main__":
    main()
