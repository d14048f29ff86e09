"""What is done here, and the same in PyTorch, JAX and NumPy: interleaved in one run; medians, into docs/performance.md.

    pip install torch jax numpy          # into the Python that runs this
    cargo build --release --workspace && cargo bench --workspace --bench ours --no-run
    python benches/compare/run.py TABLE [THREADS]

Tables: step, products, process, retrieve, mapped, growth, roof. Every program is a process of its own that waits until it is
its turn. Between turns there is a pause, for OpenMP's threads spin a while after their work. With one thread, all are bound to
the same core."""

import gzip
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

SHAPES = [(1, 10, 128), (3, 64, 128), (3, 256, 128), (3, 1024, 128), (3, 64, 512), (3, 256, 512), (3, 1024, 512), (2, 4096, 256)]
DIM = 784
ROUNDS, SECONDS, PAUSE = 7, 0.4, 0.35
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DOCUMENT = ROOT / "docs/performance.md"


def ours():
    found = [path for path in (ROOT / "target/release/deps").glob("ours-*") if path.suffix == ""]
    if not found:
        sys.exit("run first: cargo bench --workspace --bench ours --no-run")
    return [str(max(found, key=lambda path: path.stat().st_mtime))]


def peer(name, threads):
    return [sys.executable, str(HERE / "peers.py"), name, str(threads)]


def bound(command, threads):
    """The command and its environment, for so many threads."""
    names = ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
    env = os.environ | dict.fromkeys(names, str(threads))
    if threads == 1:
        env["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        command = ["taskset", "-c", "1"] + command
    return command, env


def start(command, threads):
    command, env = bound(command, threads)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout.readline().strip() == "ready", command
    return process


def turn(process, seconds=SECONDS):
    """Seconds for doing the job once."""
    time.sleep(PAUSE)
    print(seconds, file=process.stdin, flush=True)
    count, elapsed = process.stdout.readline().split()
    return float(elapsed) / int(count)


def stop(process):
    process.stdin.close()
    process.wait()


def median(numbers):
    return sorted(numbers)[len(numbers) // 2]


def interleaved(commands, threads, rounds=ROUNDS, seconds=SECONDS):
    """Seconds for doing the job of each command once."""
    processes = {name: start(command, threads) for name, command in commands.items()}
    found = {name: [] for name in processes}
    for _ in range(rounds):
        for name, process in processes.items():
            found[name].append(turn(process, seconds))
    for process in processes.values():
        stop(process)
    return {name: median(numbers) for name, numbers in found.items()}


def memory(process, field):
    """MiB of a running process."""
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", text)[1]) / 1024


def flops(layers, patterns, batch):
    """Of a training step: six products a layer, but one that the first does not need."""
    return (12 * layers - 2) * batch * patterns * DIM


def step(threads):
    """The training step."""
    peers = ["torch", "torch.compile", "torch.bf16", "jax", "numpy"]
    yield "| layers, patterns, batch | ours: images/s | GFLOP/s | " + " | ".join(f"{name}: images/s, ratio" for name in peers) + " |"
    yield "|---|--:|--:|" + "--:|" * len(peers)
    logs = dict.fromkeys(peers, 0.0)
    for shape in SHAPES:
        job = ["step", *map(str, shape)]
        found = interleaved({"ours": ours() + job} | {name: peer(name, threads) + job for name in peers}, threads)
        batch, mine = shape[2], found["ours"]
        row = f"| {', '.join(map(str, shape))} | {batch / mine:,.0f} | {flops(*shape) / mine * 1e-9:.0f} |"
        for name in peers:
            ratio = found[name] / mine
            logs[name] += math.log(ratio) / len(SHAPES)
            row += f" {batch / found[name]:,.0f}, {ratio:.2f} |"
        yield row
    yield "| geometric mean of the ratios | | |" + "".join(f" {math.exp(logs[name]):.2f} |" for name in peers)


def products(threads):
    """The matrix products of a step alone, and how near the whole step comes to the best library's."""
    libraries = ["torch", "numpy"]
    yield "| layers, patterns, batch | ours: products, GFLOP/s | " + " | ".join(f"{name}: products" for name in libraries) + " | ours: whole step | of the best products |"
    yield "|---|--:|" + "--:|" * len(libraries) + "--:|--:|"
    for shape in SHAPES[1:]:
        numbers = [str(number) for number in shape]
        commands = {"ours": ours() + ["products", *numbers]} | {name: peer(name, threads) + ["products", *numbers] for name in libraries}
        found = interleaved(commands | {"step": ours() + ["step", *numbers]}, threads)
        rates = {name: flops(*shape) / seconds * 1e-9 for name, seconds in found.items()}
        whole = rates.pop("step")
        yield f"| {', '.join(numbers)} | " + " | ".join(f"{rate:.0f}" for rate in rates.values()) + f" | {whole:.0f} | {whole / max(rates.values()):.0%} |"


def process(threads):
    """A whole process: from the start to the end of one epoch of 10,000 digits, three layers of 256 patterns, batches of 128."""
    with tempfile.TemporaryDirectory() as folder:
        images = pathlib.Path(folder) / "images"
        images.write_bytes(gzip.decompress((ROOT / "crates/data/assets/train-images-idx3-ubyte.gz").read_bytes()))
        run = pathlib.Path(folder) / "run"
        train = [str(ROOT / "target/release/train"), str(HERE / "epoch.toml"), "--run", str(run), "--quiet"]
        commands = {"ours": ours() + ["epoch", str(images)], "ours: `train`, which also measures 2,000 other digits, draws and saves": train}
        commands |= {name: peer(name, threads) + ["epoch", str(images)] for name in ["torch", "jax", "numpy"]}
        seconds, peaks = {name: [] for name in commands}, {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                time.sleep(PAUSE)
                subprocess.run(["rm", "-rf", str(run)], check=True)
                command, env = bound(command, threads)
                began = time.perf_counter()
                child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
                _, status, usage = os.wait4(child.pid, 0)
                assert status == 0, command
                seconds[name].append(time.perf_counter() - began)
                peaks[name].append(usage.ru_maxrss / 1024)
    yield "| | seconds | ratio | peak memory, MiB | ratio |"
    yield "|---|--:|--:|--:|--:|"
    for name in commands:
        time_ratio, peak_ratio = (median(found[name]) / median(found["ours"]) for found in [seconds, peaks])
        yield f"| {name} | {median(seconds[name]):.2f} | {time_ratio:.1f} | {median(peaks[name]):.0f} | {peak_ratio:.1f} |"


def retrieve(threads):
    """64 queries to a million patterns in memory; the database alone has 2,991 MiB."""
    job = ["retrieve", "1000000", "64", str(DIM)]
    yield "| | seconds | ratio | peak memory, MiB |"
    yield "|---|--:|--:|--:|"
    programs = {"ours": ours(), "torch": peer("torch", threads), "torch, softmax and products": peer("torch.plain", threads)}
    processes = {name: start(command + job, threads) for name, command in programs.items()}
    found = {name: [] for name in processes}
    for _ in range(ROUNDS):
        for name, running in processes.items():
            found[name].append(turn(running, 0))
    for name, running in processes.items():
        title = {"torch": "torch, scaled_dot_product_attention"}.get(name, name)
        ratio = median(found[name]) / median(found["ours"])
        yield f"| {title} | {median(found[name]):.2f} | {ratio:.2f} | {memory(running, 'VmHWM'):,.0f} |"
        stop(running)


def mapped(threads):
    """64 queries to a file of a million patterns, the whole process of `hopfield retrieve`."""
    import numpy as np

    with tempfile.TemporaryDirectory(dir=os.environ.get("LARGE")) as folder:
        database, queries = pathlib.Path(folder) / "database.npy", pathlib.Path(folder) / "queries.npy"
        rng = np.random.default_rng(0)
        patterns = np.lib.format.open_memmap(database, mode="w+", dtype="<f4", shape=(1_000_000, DIM))
        for at in range(0, len(patterns), 10_000):
            patterns[at : at + 10_000] = rng.random((10_000, DIM), dtype=np.float32)
        np.save(queries, patterns[:64] + 0.1 * rng.standard_normal((64, DIM), dtype=np.float32))
        patterns.flush()
        yield "| threads | seconds | peak anonymous memory, MiB | file pages, MiB |"
        yield "|--:|--:|--:|--:|"
        command = [str(ROOT / "target/release/hopfield"), "retrieve", str(database), str(queries), "--beta", "0.5", "--quiet"]
        command, env = bound(command, threads)
        found = []
        for _ in range(3):
            began, peaks = time.perf_counter(), [0.0, 0.0]
            child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
            while child.poll() is None:
                try:
                    sizes = [memory(child, field) for field in ["RssAnon", "RssFile"]]
                except (TypeError, FileNotFoundError, ProcessLookupError):
                    continue
                peaks = [max(pair) for pair in zip(peaks, sizes)]
                time.sleep(0.005)
            assert child.returncode == 0, command
            found.append((time.perf_counter() - began, *peaks))
        seconds, anonymous, file = (median(numbers) for numbers in zip(*found))
        yield f"| {threads} | {seconds:.2f} | {anonymous:,.0f} | {file:,.0f} |"


def growth(threads):
    """How the cost grows: nanoseconds per million of layers × patterns × images × dimensions, one layer."""
    start_at = {"patterns N": (64, 128, DIM), "images B": (256, 16, DIM), "dimensions d": (256, 128, 64)}
    yield "| grows | from N, B, d | × 1 | × 10 | × 100 |"
    yield "|---|---|--:|--:|--:|"
    for job, title in [("step", "training step"), ("stream", "streaming retrieval")]:
        for place, (what, begin) in enumerate(start_at.items()):
            commands = {}
            for factor in [1, 10, 100]:
                n, b, d = (size * (factor if at == place else 1) for at, size in enumerate(begin))
                numbers = [1, n, b, d] if job == "step" else [n, b, d]
                commands[n * b * d] = ours() + [job, *map(str, numbers)]
            found = interleaved(commands, threads, seconds=0.2)
            row = " | ".join(f"{seconds * 1e9 / work * 1e6:,.0f}" for work, seconds in found.items())
            yield f"| {title}, {what} | {', '.join(map(str, begin))} | {row} |"


def roof(threads):
    """What this machine can do at best: multiplications and additions in registers, and reading."""
    yield "| | |"
    yield "|---|--:|"
    found = interleaved({job: ours() + [job] for job in ["fma", "read"]}, threads)
    yield f"| fused multiplications and additions of f32 | {1 / found['fma']:.0f} GFLOP/s |"
    yield f"| reading 1 GiB | {2**30 / found['read'] * 1e-9:.1f} GB/s |"


def write(title, command, rows):
    """Replaces the table between its marks."""
    text = DOCUMENT.read_text()
    begin, end = f"<!-- {title} -->\n", f"<!-- end of {title} -->"
    assert begin in text and end in text, f"{DOCUMENT} has no place for {title}"
    before, rest = text.split(begin)
    _, after = rest.split(end)
    DOCUMENT.write_text(before + begin + f"`{command}`\n\n" + "\n".join(rows) + "\n" + end + after)


def main():
    tables = [step, products, process, retrieve, mapped, growth, roof]
    tables = {table.__name__: table for table in tables}
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in tables:
        sys.exit(__doc__)
    threads = int(sys.argv[2]) if len(sys.argv) == 3 else 1
    rows = []
    for row in tables[sys.argv[1]](threads):
        print(row, flush=True)
        rows.append(row)
    title = f"{sys.argv[1]} {threads}"
    write(title, f"python benches/compare/run.py {title}", rows)


if __name__ == "__main__":
    main()
