"""What one call costs from Python: `hopfield.Layer` against NumPy and PyTorch, in turns. Needs hopfield, numpy and torch."""

import statistics
import time

import hopfield
import numpy as np
import torch

BETA, PATTERNS, DIM, TURNS = 0.1, 64, 784, 60
random = np.random.default_rng(0)
H = random.normal(size=(PATTERNS, DIM)).astype(np.float32)
layer, of_torch = hopfield.Layer(H, beta=BETA), torch.from_numpy(H)


def softmax(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def measure(batch, calls):
    states = random.normal(size=(batch, DIM)).astype(np.float32)
    tensor = torch.from_numpy(states)
    programs = {
        "hopfield": lambda: layer(states),
        "NumPy": lambda: softmax(BETA * states @ H.T) @ H,
        "PyTorch": lambda: torch.softmax(BETA * tensor @ of_torch.T, -1) @ of_torch,
    }
    assert np.abs(programs["hopfield"]() - programs["NumPy"]()).max() < 1e-4
    times = {name: [] for name in programs}
    for _ in range(TURNS):
        for name, program in programs.items():
            start = time.perf_counter()
            for _ in range(calls):
                program()
            times[name].append((time.perf_counter() - start) / calls * 1e6)
    medians = {name: statistics.median(found) for name, found in times.items()}
    print(f"{batch} states: " + ", ".join(f"{name} {median:.1f} µs" for name, median in medians.items()))


with torch.inference_mode():
    measure(1, 200)
    measure(128, 50)
