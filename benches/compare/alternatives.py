"""What one would use instead of a stack: k-means, NMF, dictionary learning, a sparse autoencoder and PCA, with as many patterns.

    pip install numpy==2.4.6 scikit-learn==1.9.1 torch==2.15.0 safetensors==0.8.0      # Python 3.11
    pip install --no-deps wordllama==0.4.0.post1                                       # for --data vectors
    cargo build --release --workspace
    python benches/compare/alternatives.py --data bundled
    python benches/compare/alternatives.py --data fashion --folder FOLDER              # its four IDX files
    python benches/compare/alternatives.py --data vectors

HOPFIELD_BIN is the folder of the program `hopfield`; the default is target/release. Prints a Markdown table of means ± standard
deviations over the seeds, the best mean in bold. Every method has N patterns, our stacks in the last layer, of which likeness and
dead patterns are shown:

- *test MSE*: the mean squared error per number of the answers to the test rows. Stacks are measured by `hopfield eval`; all other
  methods answer with codes · patterns + offset.
- *likeness*: the largest Pearson correlation of a pattern with any training row, averaged over the patterns, as in
  crates/model/src/likeness.rs. *Either sign*: the same with absolute correlations. The sign of an atom of a dictionary or of a
  component of PCA is arbitrary, so only the second says something about those.
- *dead*: the share of patterns whose code is 0 for every training row. Softmax gives some weight to every pattern, so for
  stacks it is the share that `hopfield eval` doesn't count as used: the best match of no test row, with a mean weight below a tenth
  of 1/N.
- *seconds*: wall-clock time of the training. For stacks, of the whole process `hopfield train`, which also reads the data, measures
  after every epoch, draws and saves. On a busy machine use --threads 1: OpenMP's threads wait for each other.

The line below the table is the least error of a stack whose last layer has N patterns and weights that sum to 1: that of PCA fitted
to the test rows. The vectors are 12,000 token embeddings of 256 numbers, drawn from the 32,000 in the package wordllama. NMF, which
needs numbers of 0 or more, is left out there. Settings that are not given below are scikit-learn's defaults. The rate of the
autoencoder was chosen by its error on bundled training digits kept back; our configs were searched on digits, too."""

import argparse
import gzip
import importlib.util
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import time
import warnings
from typing import Callable, NamedTuple

import numpy as np
import torch
from safetensors.numpy import load_file
from sklearn import decomposition
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("HOPFIELD_BIN", ROOT / "target/release")) / "hopfield"
ACTIVE = 8  # patterns that a row is mixed from, where a method wants that number; digits.toml comes to 5 or 6
EPOCHS = 60  # of best-64.toml and of the autoencoder


class Data(NamedTuple):
    train: np.ndarray  # [n, d], float32
    test: np.ndarray
    source: str | None  # what `hopfield` calls it; none: rows in memory


class Method(NamedTuple):
    patterns: np.ndarray  # [N, d]
    codes: Callable[[np.ndarray], np.ndarray]  # rows [B, d] → [B, N]
    offset: np.ndarray | float = 0.0


def images(folder):
    """The training and the test images in a folder with the IDX files of MNIST, scaled to [0, 1]."""

    def read(name):
        paths = sorted(folder.glob(f"{name}-images*"))
        if not paths:
            sys.exit(f"{folder} has no {name}-images-idx3-ubyte or {name}-images-idx3-ubyte.gz")
        raw = paths[0].read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        count = int.from_bytes(raw[4:8], "big")
        return np.frombuffer(raw, np.uint8, offset=16).reshape(count, -1).astype(np.float32) / 255

    return read("train"), read("t10k")


def vectors():
    """10,000 and 2,000 token embeddings: as many as there are bundled digits. The training rows have mean 0 and deviation 1."""
    package = importlib.util.find_spec("wordllama")
    if package is None:
        sys.exit("--data vectors needs a package: pip install --no-deps wordllama==0.4.0.post1")
    file = pathlib.Path(package.submodule_search_locations[0]) / "weights/l2_supercat_256.safetensors"
    rows = load_file(file)["embedding.weight"][259:].astype(np.float32)  # without those of control characters and bytes
    rows = rows[np.random.default_rng(0).permutation(len(rows))]
    train, test = rows[:10_000], rows[10_000:12_000]
    mean, deviation = train.mean(0), train.std(0)
    return (train - mean) / deviation, (test - mean) / deviation


def k_means(train, n, seed, algorithm=KMeans):
    """After k-means++, once. The answer is the nearest centre."""
    model = algorithm(n, random_state=seed).fit(train)
    return Method(model.cluster_centers_, lambda rows: np.eye(n, dtype=np.float32)[model.predict(rows)])


def mini_batch_k_means(train, n, seed):
    return k_means(train, n, seed, MiniBatchKMeans)


def nmf(train, n, seed):
    """Stops at its 200 iterations; 600 changed the error on digits by less than 1 %."""
    model = decomposition.NMF(n, random_state=seed).fit(train)
    return Method(model.components_, model.transform)


def dictionary(train, n, seed):
    """Learned with the lasso, by coordinate descent (the default takes longer to the same error). An answer has ACTIVE atoms, chosen by
    orthogonal matching pursuit."""
    model = decomposition.MiniBatchDictionaryLearning(
        n, fit_algorithm="cd", transform_algorithm="omp", transform_n_nonzero_coefs=ACTIVE, random_state=seed
    ).fit(train)
    return Method(model.components_, model.transform)


def sparse_autoencoder(train, n, seed):
    """Untied: z = top_k(relu(E (x − b) + c)), x ≈ Dᵀ z + b, with k = ACTIVE. The patterns are the rows of D, of length 1, where E starts.

    Adam with batches of 128; no auxiliary loss for dead units."""
    torch.manual_seed(seed)
    rows = torch.from_numpy(train)
    decoder = torch.nn.functional.normalize(torch.randn(n, rows.shape[1]))
    encoder, decoder = decoder.clone().requires_grad_(), decoder.requires_grad_()
    bias, offset = torch.zeros(n, requires_grad=True), rows.mean(0).requires_grad_()

    def codes(rows):
        scores = torch.relu((rows - offset) @ encoder.T + bias)  # [B, N]
        best = scores.topk(min(ACTIVE, n), dim=1)
        return torch.zeros_like(scores).scatter(1, best.indices, best.values)

    adam = torch.optim.Adam([encoder, decoder, bias, offset], lr=3e-3)
    for _ in range(EPOCHS):
        for indices in torch.randperm(len(rows)).split(128):
            batch = rows[indices]
            adam.zero_grad()
            torch.nn.functional.mse_loss(codes(batch) @ decoder + offset, batch).backward()
            adam.step()
            with torch.no_grad():
                decoder /= decoder.norm(dim=1, keepdim=True)

    return Method(decoder.detach().numpy(), lambda rows: codes(torch.from_numpy(rows)).detach().numpy(), offset.detach().numpy())


def pca(train, n, seed):
    """The mean and N − 1 components: the best affine subspace that N patterns can span."""
    model = decomposition.PCA(n - 1, random_state=seed).fit(train)
    codes = lambda rows: np.hstack([np.ones((len(rows), 1), np.float32), model.transform(rows)])
    return Method(np.vstack([model.mean_, model.components_]), codes)


def likeness(patterns, rows):
    """The mean of the largest correlation of each pattern with any row, and of the largest absolute one."""

    def centred(rows):
        rows = rows / np.maximum(np.abs(rows).max(1, keepdims=True), 1)
        rows = rows - rows.mean(1, keepdims=True)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(lengths > 1e-6, lengths, np.inf)  # a single tone is like nothing

    correlations = centred(patterns.astype(np.float32)) @ centred(rows).T  # [N, n]
    return float(correlations.max(1).mean()), float(np.abs(correlations).max(1).mean())


def error(method, rows):
    """The mean squared error per number of the answers to these rows."""
    answers = method.codes(rows) @ method.patterns + method.offset
    return float(np.mean((answers - rows) ** 2))


def measured(train_method, data, n, seed):
    """Trains one of the methods above and measures it."""
    began = time.perf_counter()
    method = train_method(data.train, n, seed)
    seconds = time.perf_counter() - began
    like, either_sign = likeness(method.patterns, data.train)
    dead = float(np.mean(~method.codes(data.train).any(0)))
    return {"error": error(method, data.test), "likeness": like, "either_sign": either_sign, "dead": dead, "seconds": seconds}


def hopfield(*arguments):
    """What the program prints; it must succeed."""
    return subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True).stdout


def measured_run(run, data, n):
    """Measures the last layer of a run of ours."""
    source = [] if data.source is None else ["--data", data.source]
    found = json.loads(hopfield("eval", run, "--json", *source))
    last = len(found["layers"]) - 1
    patterns = load_file(pathlib.Path(run) / "patterns.safetensors")[f"layers.{last}.patterns"]
    if len(patterns) != n:
        sys.exit(f"{run} has {len(patterns)} patterns in its last layer; give --patterns {len(patterns)}")
    like, either_sign = likeness(patterns, data.train)
    dead = 1 - found["layers"][last]["used_patterns"] / n
    return {"error": found["mse"], "likeness": like, "either_sign": either_sign, "dead": dead}


def trained(config, settings, data, n, seed):
    """Trains a config of ours with these settings and measures it."""
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        settings = settings | {"seed": seed, "output.snapshots": 0}
        if data.source is None:
            rows = f"{folder}/rows.npz"
            np.savez(rows, train=data.train, test=data.test)
            settings |= {"data.train": f"{rows}#train", "data.test": f"{rows}#test", "data.scale": "none"}
        else:
            settings |= {"data.source": "bundled"} if data.source == "bundled" else {"data.dir": data.source}
        sets = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        began = time.perf_counter()
        hopfield("train", ROOT / "configs" / config, "--quiet", "--run", run, *sets)
        seconds = time.perf_counter() - began
        return measured_run(run, data, n) | {"seconds": seconds}


def ours(data, n):
    """Our configs and their settings, with N patterns in the last layer. Vectors are not bounded, so neither is that layer."""
    epochs = max(1, min(28, round(280_000 / len(data.train))))  # as many steps as with the 10,000 bundled digits
    digits = {"layers.1.patterns": n, "training.epochs": epochs}
    yield "ours: `best-64.toml`", "best-64.toml", {"layers.0.patterns": n, "training.epochs": EPOCHS}
    if data.source is None:
        yield "ours: `digits.toml`, last layer unbounded", "digits.toml", digits | {"layers.1.range": ""}
    else:
        yield "ours: `digits.toml`", "digits.toml", digits


def table(found):
    """Means ± standard deviations over the seeds; the best mean of each column in bold."""
    columns = [("error", ".4f", min), ("likeness", ".2f", max), ("either_sign", ".2f", max), ("dead", ".1%", min), ("seconds", ".1f", min)]
    lines = {name: f"| {name} |" for name in found}
    for column, form, best_of in columns:
        in_column = {name: [row[column] for row in rows if column in row] for name, rows in found.items()}
        best = format(best_of(np.mean(numbers) for numbers in in_column.values() if numbers), form)
        for name, numbers in in_column.items():
            mean = format(np.mean(numbers), form) if numbers else "–"
            spread = f" ± {format(np.std(numbers, ddof=1), form)}" if len(numbers) > 1 else ""
            lines[name] += f" **{mean}**{spread} |" if mean == best else f" {mean}{spread} |"
    return ["| | test MSE | likeness | either sign | dead | seconds |", "|---|--:|--:|--:|--:|--:|", *lines.values()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=["bundled", "mnist", "fashion", "vectors"], default="bundled")
    parser.add_argument("--folder", type=pathlib.Path, help="the four IDX files of mnist or fashion")
    parser.add_argument("--patterns", type=int, default=64, help="N, for every method [64]")
    parser.add_argument("--seeds", type=int, default=3, help="how many: 1, 2, … [3]")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for every method [all cores]")
    parser.add_argument("--run", nargs="+", default=[], help="runs of ours on the same data, in one more row")
    parser.add_argument("--json", type=pathlib.Path, help="write all numbers into this file")
    args = parser.parse_args()
    if (args.data in ("mnist", "fashion")) != (args.folder is not None):
        parser.error("--data mnist and --data fashion need --folder FOLDER, the others have none")
    if not PROGRAM.exists():
        sys.exit(f"there is no {PROGRAM}; run first: cargo build --release --workspace, or set HOPFIELD_BIN")
    warnings.simplefilter("ignore", ConvergenceWarning)  # one for almost every batch of the dictionary's lasso
    threadpool_limits(args.threads)
    torch.set_num_threads(args.threads)
    os.environ["RAYON_NUM_THREADS"] = str(args.threads)
    n = args.patterns
    if args.data == "vectors":
        data = Data(*vectors(), source=None)
    elif args.data == "bundled":
        data = Data(*images(ROOT / "crates/data/assets"), source="bundled")
    else:
        data = Data(*images(args.folder), source=str(args.folder.resolve()))
    methods = {"k-means": k_means, "MiniBatchKMeans": mini_batch_k_means, "NMF": nmf, "dictionary learning": dictionary}
    methods |= {f"sparse autoencoder, top {ACTIVE}": sparse_autoencoder, "PCA": pca}
    if data.train.min() < 0:
        del methods["NMF"]
    jobs = {name: lambda seed, method=method: measured(method, data, n, seed) for name, method in methods.items()}
    for name, *job in ours(data, n):
        jobs[name] = lambda seed, job=job: trained(*job, data, n, seed)
    sparse_autoencoder(data.train[:128], n, seed=0)  # PyTorch's first steps take a second longer
    given = [measured_run(run, data, n) for run in args.run]
    found = {name: [] for name in jobs}
    for seed in range(1, args.seeds + 1):
        for name, job in jobs.items():
            found[name].append(job(seed))
            print(f"{name}, seed {seed}: {found[name][-1]}", file=sys.stderr, flush=True)
    if given:
        found["ours: " + ", ".join(args.run)] = given
    cpu = next(iter(re.findall(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())), platform.processor())
    about = {"data": args.data, "train": data.train.shape, "test": data.test.shape, "patterns": n, "threads": args.threads, "cpu": cpu}
    bound = error(pca(data.test, n, 1), data.test)
    print(", ".join(f"{name} {value}" for name, value in about.items()) + "\n", *table(found), sep="\n")
    print(f"\nNo stack whose last layer has {n} patterns, and weights that sum to 1, has a test MSE below {bound:.4f}.")
    if args.json:
        args.json.write_text(json.dumps(about | {"bound": bound, "found": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
