"""The other side of `run.py`: the same jobs in PyTorch, JAX and NumPy, as one would write them.

python peers.py torch|jax|numpy THREADS step LAYERS PATTERNS BATCH

Like `ours.rs`: prints "ready", then for each line of seconds on stdin how often the job was done, and how long it took."""

import sys
import time

DIM, IMAGES, BETA, RATE = 784, 10_000, 0.05, 1e-3


def torch_step(layers, patterns, batch, threads):
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    stack = [torch.nn.Parameter(torch.rand(patterns, DIM)) for _ in range(layers)]
    sgd = torch.optim.SGD(stack, lr=RATE)
    batches = torch.rand(IMAGES, DIM).split(batch)[: IMAGES // batch]

    def step(index):
        images = answer = batches[index % len(batches)]
        sgd.zero_grad(set_to_none=True)
        for h in stack:
            answer = torch.softmax(BETA * (answer @ h.T), dim=-1) @ h
        torch.nn.functional.mse_loss(answer, images).backward()
        sgd.step()

    return step


def jax_step(layers, patterns, batch, threads):
    import jax
    import jax.numpy as jnp
    import numpy as np

    rng = np.random.default_rng(0)
    stack = [jnp.asarray(rng.random((patterns, DIM), dtype=np.float32)) for _ in range(layers)]
    images = rng.random((IMAGES, DIM), dtype=np.float32)
    batches = [jnp.asarray(images[at : at + batch]) for at in range(0, IMAGES - batch + 1, batch)]

    def loss(stack, images):
        answer = images
        for h in stack:
            answer = jax.nn.softmax(BETA * (answer @ h.T), -1) @ h
        return jnp.mean((answer - images) ** 2)

    def update(stack, images):
        gradients = jax.grad(loss)(stack, images)
        return [h - RATE * g for h, g in zip(stack, gradients)]

    update = jax.jit(update, donate_argnums=0)
    state = {"stack": stack}

    def step(index):
        state["stack"] = update(state["stack"], batches[index % len(batches)])
        jax.block_until_ready(state["stack"])

    return step


def numpy_step(layers, patterns, batch, threads):
    import numpy as np

    rng = np.random.default_rng(0)
    stack = [rng.random((patterns, DIM), dtype=np.float32) for _ in range(layers)]
    images = rng.random((IMAGES, DIM), dtype=np.float32)
    batches = [images[at : at + batch] for at in range(0, IMAGES - batch + 1, batch)]
    beta, rate = np.float32(BETA), np.float32(RATE)

    def step(index):
        images = answer = batches[index % len(batches)]
        states, weights = [], []
        for h in stack:
            p = answer @ h.T
            p *= beta
            p -= p.max(1, keepdims=True)
            np.exp(p, out=p)
            p /= p.sum(1, keepdims=True)
            states.append(answer)
            weights.append(p)
            answer = p @ h
        g = (answer - images) * np.float32(2 / images.size)
        for layer in reversed(range(layers)):
            h, p, x = stack[layer], weights[layer], states[layer]
            by_pattern = p.T @ g
            s = g @ h.T
            s -= (s * p).sum(1, keepdims=True)
            s *= p
            s *= beta
            by_pattern += s.T @ x
            if layer:
                g = s @ h
            by_pattern *= rate
            h -= by_pattern

    return step


def main():
    peer, threads, job, *numbers = sys.argv[1:]
    make = {"torch": torch_step, "jax": jax_step, "numpy": numpy_step}[peer]
    assert job == "step", job
    step = make(*map(int, numbers), int(threads))
    index = 0
    for index in range(3):
        step(index)
    print("ready", flush=True)
    for line in sys.stdin:
        seconds, began, count = float(line), time.perf_counter(), 0
        while count == 0 or time.perf_counter() - began < seconds:
            index += 1
            step(index)
            count += 1
        print(count, time.perf_counter() - began, flush=True)


main()
