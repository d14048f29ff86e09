"""A training step here, in PyTorch, in JAX and in NumPy: interleaved in one run, medians and ratios.

    pip install torch jax numpy          # into the Python that runs this
    cargo bench --workspace --bench ours --no-run
    python benches/compare/run.py 1      # threads

Every program is a process of its own that waits until it is its turn. Between turns there is a pause, for OpenMP's threads
spin a while after their work. With one thread, all are bound to the same core."""

import math
import os
import pathlib
import subprocess
import sys
import time

SHAPES = [(1, 10, 128), (3, 64, 128), (3, 256, 128), (3, 1024, 128), (3, 64, 512), (3, 256, 512), (3, 1024, 512), (2, 4096, 256)]
PEERS = ["torch", "jax", "numpy"]
ROUNDS, SECONDS, PAUSE = 7, 0.4, 0.35
HERE = pathlib.Path(__file__).parent


def ours():
    found = [path for path in (HERE / "../../target/release/deps").glob("ours-*") if path.suffix == ""]
    if not found:
        sys.exit("run first: cargo bench --workspace --bench ours --no-run")
    return str(max(found, key=lambda path: path.stat().st_mtime))


def start(command, threads):
    names = ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
    env = os.environ | dict.fromkeys(names, str(threads))
    if threads == 1:
        env["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        command = ["taskset", "-c", "1"] + command
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout.readline().strip() == "ready", command
    return process


def median(numbers):
    return sorted(numbers)[len(numbers) // 2]


def measure(shape, threads):
    """Seconds a step of each program."""
    numbers = [str(number) for number in shape]
    commands = {"ours": [ours(), "step", *numbers]}
    commands |= {peer: [sys.executable, str(HERE / "peers.py"), peer, str(threads), "step", *numbers] for peer in PEERS}
    processes = {name: start(command, threads) for name, command in commands.items()}
    seconds = {name: [] for name in processes}
    for _ in range(ROUNDS):
        for name, process in processes.items():
            time.sleep(PAUSE)
            print(SECONDS, file=process.stdin, flush=True)
            count, elapsed = process.stdout.readline().split()
            seconds[name].append(float(elapsed) / int(count))
    for process in processes.values():
        process.stdin.close()
        process.wait()
    return {name: median(numbers) for name, numbers in seconds.items()}


def main():
    threads = int(sys.argv[1])
    print("| layers, patterns, batch | ours: images/s, GFLOP/s | " + " | ".join(f"{peer}: images/s, ratio" for peer in PEERS) + " |")
    print("|---|---|" + "---|" * len(PEERS))
    logs = {peer: 0.0 for peer in PEERS}
    for layers, patterns, batch in SHAPES:
        found = measure((layers, patterns, batch), threads)
        flops = (12 * layers - 2) * batch * patterns * 784
        row = f"| {layers}, {patterns}, {batch} | {batch / found['ours']:,.0f}, {flops / found['ours'] * 1e-9:.0f} |"
        for peer in PEERS:
            ratio = found[peer] / found["ours"]
            logs[peer] += math.log(ratio) / len(SHAPES)
            row += f" {batch / found[peer]:,.0f}, {ratio:.2f} |"
        print(row, flush=True)
    print("| geometric mean | |" + "".join(f" {math.exp(logs[peer]):.2f} |" for peer in PEERS))


main()
