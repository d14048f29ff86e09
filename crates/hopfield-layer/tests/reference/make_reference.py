#!/usr/bin/env python3
"""Reference values for the Hopfield layer, computed independently of it.

    pip install numpy torch entmax
    git clone https://github.com/ml-jku/hopfield-layers     # its package `hflayers` is not on PyPI
    PYTHONPATH=hopfield-layers python make_reference.py

layer.json      NumPy, float64, from the definitions: thresholds by bisection, gradients by differences of
                fourth order. No code and no algorithm is shared with the Rust side.
libraries.json  what entmax, torch and hflayers compute.
hflayers.pt     a state dict saved by hflayers.
"""
import itertools
import json
import math
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SIMILARITIES = ["dot", "centred_dot", "cosine", "euclidean", "layer_norm"]
SEPARATIONS = ["softmax", "sparsemax", "entmax_1.5", {"top_k": 2}, "softmax1", {"polynomial": 3}]


# --- the definitions ---------------------------------------------------------------------------------


def direction(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def layer_norm(x):
    return (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)


def key_space(similarity, H):
    """The keys, and the map of states."""
    if similarity == "centred_dot":
        mean = H.mean(0)
        return H - mean, lambda x: x - mean
    phi = {"cosine": direction, "layer_norm": layer_norm}.get(similarity, lambda x: x)
    return phi(H), phi


def similarities(similarity, q, K):
    if similarity == "euclidean":
        return -0.5 * ((q[:, None, :] - K[None, :, :]) ** 2).sum(-1)
    return q @ K.T


def bisect(excess, low, high):
    """The zero of a falling function."""
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return 0.5 * (low + high)


def separate(separation, z):
    """The weights of one state's scores."""
    if separation == "softmax":
        e = np.exp(z - z.max())
        return e / e.sum()
    if separation == "softmax1":
        return np.exp(z) / (1 + np.exp(z).sum())
    if separation == "sparsemax":
        tau = bisect(lambda t: np.maximum(z - t, 0).sum() - 1, z.min() - 1, z.max())
        return np.maximum(z - tau, 0)
    if separation == "entmax_1.5":
        tau = bisect(lambda t: (np.maximum(z / 2 - t, 0) ** 2).sum() - 1, z.min() / 2 - 1, z.max() / 2)
        return np.maximum(z / 2 - tau, 0) ** 2
    if "top_k" in separation:
        best = np.argsort(-z)[: separation["top_k"]]
        p = np.zeros_like(z)
        p[best] = separate("softmax", z[best])
        return p
    if separation == "log_sum_relu":
        near = (z > -1).astype(float)
        return near / max(near.sum(), 1)
    powers = np.maximum(z, 0) ** separation["polynomial"]
    return powers / powers.sum() if powers.sum() > 0 else powers


def conjugate(separation, z):
    """max_p p·z − Ω(p), and min Ω."""
    n = len(z)
    if separation == "softmax":
        return math.log(np.exp(z).sum()), -math.log(n)
    if separation == "softmax1":
        return math.log(1 + np.exp(z).sum()), -math.log(n + 1)
    if separation == "log_sum_relu":
        return math.log(np.maximum(z + 1, 0).sum() + np.finfo(np.float32).tiny), -math.log(n)
    if "top_k" in separation:
        k = separation["top_k"]
        return math.log(np.exp(np.sort(z)[-k:]).sum()), -math.log(k)
    p = separate(separation, z)
    if separation == "sparsemax":
        return p @ z - 0.5 * ((p**2).sum() - 1), 0.5 * (1 / n - 1)
    return p @ z - 4 / 3 * ((p**1.5).sum() - 1), 4 / 3 * (n * n**-1.5 - 1)


def energy_of_head(similarity, separation, beta, q, K):
    C = similarities(similarity, q, K)
    M2 = (K**2).sum(-1).max()
    spherical = similarity in ("cosine", "layer_norm")
    if "polynomial" in separation:
        return -(np.maximum(C / M2, 0) ** (separation["polynomial"] + 1)).sum(-1) if spherical else None
    if (similarity, separation) == ("euclidean", "softmax1"):
        return None
    both = np.array([conjugate(separation, beta * c) for c in C])
    free = -(both[:, 0] + both[:, 1]) / beta
    if similarity == "euclidean":
        return free
    return free + 0.5 * M2 + (0.5 * M2 if spherical else 0.5 * (q**2).sum(-1))


def answer(case, H, V, I, log_beta):
    """Weights [B, h·N], output [B, m] and energy [B]."""
    h, similarity, separation = case["heads"], case["similarity"], case["separation"]
    weights, outputs, energies = [], [], []
    cut = lambda x: np.split(x, h, axis=1)
    for Hh, Vh, Ih, beta in zip(cut(H), cut(H if V is None else V), cut(I), np.exp(log_beta)):
        K, phi = key_space(similarity, Hh)
        q = phi(Ih)
        energies.append(energy_of_head(similarity, separation, beta, q, K))
        for step in range(case["steps"]):
            C = similarities(similarity, q, K)
            P = np.array([separate(separation, beta * c) for c in C])
            # A state that no pattern reaches stays.
            stays = separation == "log_sum_relu" and P.sum(-1, keepdims=True) == 0
            q = np.where(stays, q, P @ K)
            if similarity in ("cosine", "layer_norm"):
                q = phi(q)
        weights.append(P)
        outputs.append(P @ Vh)
    energy = None if energies[0] is None else sum(energies)
    return np.hstack(weights), np.hstack(outputs), energy


def difference(f, x):
    """∂f/∂x by central differences of fourth order."""
    out = np.zeros_like(x)
    e = 1e-4
    for i in np.ndindex(x.shape):
        def at(by):
            y = x.copy()
            y[i] += by
            return f(y)
        out[i] = (8 * (at(e) - at(-e)) - (at(2 * e) - at(-2 * e))) / (12 * e)
    return out


def layer_case(similarity, separation, seed, heads=1, steps=1, values=None, beta=(1.3,)):
    rng = np.random.default_rng(seed)
    N, d, B = 6, 8, 4
    case = {"similarity": similarity, "separation": separation, "heads": heads, "steps": steps}
    H, I = rng.normal(0.2, 0.7, (N, d)), rng.normal(0.2, 0.7, (B, d))
    V = None if values is None else rng.normal(0, 1, (N, values))
    G = rng.normal(0, 1, (B, d if values is None else values))
    log_beta = np.log(np.array(beta))
    weights, output, energy = answer(case, H, V, I, log_beta)
    loss = lambda H, V, I, log_beta: (answer(case, H, V, I, log_beta)[1] * G).sum()
    case |= {
        "beta": list(beta), "patterns": H, "values": V, "states": I, "upstream": G,
        "weights": weights, "output": output, "energy": energy,
        "d_patterns": difference(lambda x: loss(x, V, I, log_beta), H),
        "d_values": None if V is None else difference(lambda x: loss(H, x, I, log_beta), V),
        "d_states": difference(lambda x: loss(H, V, x, log_beta), I),
        "d_log_beta": difference(lambda x: loss(H, V, I, x), log_beta),
    }
    return case


def layer_cases():
    pairs = itertools.product(SIMILARITIES, SEPARATIONS)
    # Euclidean similarities are never positive: there is nothing for a rectified polynomial to weigh.
    pairs = [pair for pair in pairs if pair != ("euclidean", {"polynomial": 3})]
    cases = [layer_case(*pair, seed) for seed, pair in enumerate(pairs)]
    for seed, pair in enumerate(itertools.product(SIMILARITIES, ["softmax", "entmax_1.5"]), 100):
        cases.append(layer_case(*pair, seed, heads=2, steps=3, values=4, beta=(0.7, 2.5)))
    cases.append(layer_case("euclidean", "log_sum_relu", 200, beta=(0.3,)))
    cases.append(layer_case("euclidean", "log_sum_relu", 201, heads=2, steps=3, values=4, beta=(0.5, 0.9)))
    return cases


# --- the libraries -----------------------------------------------------------------------------------


def entmax_cases():
    import entmax
    import torch

    rng = np.random.default_rng(7)
    cases = []
    for name, function in [("sparsemax", entmax.sparsemax), ("entmax_1.5", entmax.entmax15)]:
        for scale in [0.3, 2.0, 20.0]:
            z = torch.tensor(rng.normal(0, scale, (5, 9)), requires_grad=True)
            g = torch.tensor(rng.normal(0, 1, (5, 9)))
            p = function(z, dim=-1)
            (p * g).sum().backward()
            cases.append({"separation": name, "scores": z.detach().numpy(), "upstream": g.numpy(),
                          "weights": p.detach().numpy(), "d_scores": z.grad.numpy()})
    return cases


def attention_case():
    import torch

    torch.manual_seed(3)
    q, h = torch.randn(5, 16, dtype=torch.float64), torch.randn(7, 16, dtype=torch.float64)
    out = torch.nn.functional.scaled_dot_product_attention(q[None], h[None], h[None])[0]
    return {"states": q.numpy(), "patterns": h.numpy(), "output": out.numpy()}


def hflayers_cases():
    import hflayers
    import torch

    torch.manual_seed(11)
    plain = {f"normalize_{part}{affine}": False for affine in ["", "_affine"]
             for part in ["stored_pattern", "state_pattern", "pattern_projection"]}
    static = {f"{part}_as_static": True for part in ["stored_pattern", "state_pattern", "pattern_projection"]}
    lookup = hflayers.HopfieldLayer(input_size=12, quantity=9, scaling=0.8, update_steps_max=2,
                                    disable_out_projection=True, **plain, **static)
    torch.nn.init.normal_(lookup.lookup_weights)
    states = torch.randn(2, 3, 12)
    torch.save(lookup.state_dict(), HERE / "hflayers.pt")
    numpy = lambda x: x.detach().numpy()
    lookup = {"states": numpy(states), "output": numpy(lookup(states)), "beta": 0.8, "steps": 3}

    # hidden_size and pattern_size are per head; the state dict holds q, k and v one below the other.
    full = hflayers.Hopfield(input_size=10, stored_pattern_size=6, pattern_projection_size=6, hidden_size=4,
                             pattern_size=5, num_heads=2, output_size=7, scaling=0.9, update_steps_max=1,
                             update_steps_eps=1e-9, **plain)
    for parameter in full.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    states, stored = torch.randn(3, 4, 10), torch.randn(3, 5, 6)
    padding = torch.zeros(3, 5, dtype=torch.bool)
    padding[1, 3:] = True
    padding[2, 0] = True
    output = full((stored, states, stored), stored_pattern_padding_mask=padding)
    weights = {name: numpy(value) for name, value in full.state_dict().items()}
    full = {"states": numpy(states), "stored": numpy(stored), "padding": padding.int().numpy(), "beta": 0.9,
            "steps": 2, "state_dict": weights, "output": numpy(output)}
    return {"lookup": lookup, "hopfield": full}


def plain(x):
    """Arrays as nested lists of numbers with 17 digits."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(value) for value in x]
    return x.tolist() if isinstance(x, np.ndarray) else x


def write(name, content):
    text = json.dumps(plain(content), separators=(",", ":"))
    (HERE / name).write_text(text.replace('{"similarity"', '\n{"similarity"') + "\n")


if __name__ == "__main__":
    write("layer.json", layer_cases())
    write("libraries.json", {"entmax": entmax_cases(), "attention": attention_case(), "hflayers": hflayers_cases()})
