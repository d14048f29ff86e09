"""The other side of `run.py`: the same jobs in PyTorch, JAX and NumPy, as one would write them.

    python peers.py PEER THREADS JOB

    PEER: torch, torch.compile, torch.bf16, torch.plain, jax, numpy; on a GPU (or a CPU, where there is none) gpu, gpu.compile, gpu.graph,
    gpu.tf32 and gpu.bf16

    JOB: step LAYERS PATTERNS BATCH | products LAYERS PATTERNS BATCH | retrieve PATTERNS BATCH DIM | epoch IDX_FILE

Like `ours.rs`: prints "ready", then for each line of seconds on stdin how often the job was done, and how long it took.
(`epoch` is a whole program: it trains once and prints its loss.)"""

import sys
import time

DIM, IMAGES, BETA, RATE = 784, 10_000, 0.05, 1e-3


def place(peer):
    """Where a peer of PyTorch has its tensors."""
    import torch

    return "cuda" if peer.startswith("gpu") and torch.cuda.is_available() else "cpu"


def torch_training(layers, patterns, batch, threads, images=None, way="torch"):
    import contextlib

    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    device = place(way)
    stack = [torch.nn.Parameter(torch.rand(patterns, DIM, device=device)) for _ in range(layers)]
    sgd = torch.optim.SGD(stack, lr=RATE)
    images = torch.rand(max(IMAGES, batch), DIM, device=device) if images is None else torch.from_numpy(images).float() / 255
    batches = images.split(batch)[: len(images) // batch]
    half = torch.autocast(device, dtype=torch.bfloat16) if way.endswith(".bf16") else contextlib.nullcontext()
    torch.set_float32_matmul_precision("high" if way.endswith(".tf32") else "highest")

    def error(images):
        answer = images
        with half:
            for h in stack:
                answer = torch.softmax(BETA * (answer @ h.T), dim=-1) @ h
        return torch.nn.functional.mse_loss(answer.float(), images)

    if way.endswith(".compile"):
        error = torch.compile(error)

    def train(images):
        loss = error(images)
        sgd.zero_grad(set_to_none=True)
        loss.backward()
        sgd.step()
        return loss

    if way != "gpu.graph":
        return lambda index: train(batches[index % len(batches)])

    # The whole step becomes one launch, on images that lie where the graph expects them.
    images = batches[0].clone()
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            train(images)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = train(images)

    def step(index):
        images.copy_(batches[index % len(batches)])
        graph.replay()
        return loss

    return step


def jax_training(layers, patterns, batch, threads, images=None):
    import jax
    import jax.numpy as jnp
    import numpy as np

    rng = np.random.default_rng(0)
    stack = [jnp.asarray(rng.random((patterns, DIM), dtype=np.float32)) for _ in range(layers)]
    images = rng.random((IMAGES, DIM), dtype=np.float32) if images is None else images.astype(np.float32) / 255
    batches = [jnp.asarray(images[at : at + batch]) for at in range(0, IMAGES - batch + 1, batch)]

    def error(stack, images):
        answer = images
        for h in stack:
            answer = jax.nn.softmax(BETA * (answer @ h.T), -1) @ h
        return jnp.mean((answer - images) ** 2)

    def update(stack, images):
        loss, gradients = jax.value_and_grad(error)(stack, images)
        return [h - RATE * g for h, g in zip(stack, gradients)], loss

    update = jax.jit(update, donate_argnums=0)
    state = {"stack": stack}

    def step(index):
        state["stack"], loss = update(state["stack"], batches[index % len(batches)])
        jax.block_until_ready(state["stack"])
        return loss

    return step


def numpy_training(layers, patterns, batch, threads, images=None):
    import numpy as np

    rng = np.random.default_rng(0)
    stack = [rng.random((patterns, DIM), dtype=np.float32) for _ in range(layers)]
    images = rng.random((IMAGES, DIM), dtype=np.float32) if images is None else images.astype(np.float32) / 255
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
        loss = (g**2).sum() * images.size / 4
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
        return loss

    return step


def training(peer, *numbers):
    if peer.startswith(("torch", "gpu")):
        return torch_training(*numbers, way=peer)
    return {"jax": jax_training, "numpy": numpy_training}[peer](*numbers)


def matrices(peer, threads):
    """Random matrices of a library."""
    if peer.startswith(("torch", "gpu")):
        import torch

        torch.set_num_threads(threads)
        return lambda *shape: torch.rand(*shape, device=place(peer))
    import numpy as np

    rng = np.random.default_rng(0)
    return lambda *shape: rng.random(shape, dtype=np.float32)


def products(peer, threads, layers, patterns, batch):
    """The products of a step, and nothing else."""
    random = matrices(peer, threads)
    h, p, x = random(patterns, DIM), random(batch, patterns), random(batch, DIM)

    def step(_):
        for layer in range(layers):
            x @ h.T
            p @ h
        for layer in reversed(range(layers)):
            x @ h.T
            p.T @ x
            p.T @ x
            if layer:
                p @ h

    return step


def retrieve(peer, threads, patterns, batch, dim):
    random = matrices(peer, threads)
    h = random(patterns, dim)
    q = h[:batch] + 0
    if peer in ("torch", "gpu"):
        from torch.nn.functional import scaled_dot_product_attention

        return lambda _: scaled_dot_product_attention(q[None, None], h[None, None], h[None, None], scale=0.5)
    if peer == "torch.plain":
        return lambda _: (0.5 * (q @ h.T)).softmax(-1) @ h
    raise SystemExit(f"no retrieval in {peer}")


def epoch(peer, threads, path):
    import numpy as np

    images = np.fromfile(path, np.uint8)[16:].reshape(-1, DIM)[:IMAGES]
    step = training(peer, 3, 256, 128, threads, images)
    for index in range(IMAGES // 128):
        loss = step(index)
    print(loss.item())


def main():
    peer, threads, job, *rest = sys.argv[1:]
    threads = int(threads)
    if job == "epoch":
        return epoch(peer, threads, *rest)
    numbers = list(map(int, rest))
    if job == "step":
        step = training(peer, *numbers, threads)
    else:
        step = {"products": products, "retrieve": retrieve}[job](peer, threads, *numbers)
    on_gpu = peer.startswith("gpu") and place(peer) == "cuda"
    index = 0
    for index in range(1 if job == "retrieve" and not on_gpu else 3):
        began = time.perf_counter()
        step(index)
        wait(on_gpu)
        once = time.perf_counter() - began
    # A GPU may be behind by a twentieth of a second.
    together = max(1, int(0.05 / once)) if on_gpu else 1
    print("ready", flush=True)
    for line in sys.stdin:
        seconds, began, count = float(line), time.perf_counter(), 0
        while count == 0 or time.perf_counter() - began < seconds:
            for _ in range(together):
                index += 1
                step(index)
            wait(on_gpu)
            count += together
        print(count, time.perf_counter() - began, flush=True)


def wait(on_gpu):
    if on_gpu:
        import torch

        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
