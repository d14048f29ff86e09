"""Writes memory.json: what the stored networks do, by their definitions, in NumPy and f64.

    python make_memory.py          # needs numpy only

Each unit's new sign is found by computing the energy with the unit up and down; no formula of the Rust code is used.
"""
import json
import numpy as np

rng = np.random.default_rng(3)


class Undecided(Exception):
    """The sign hangs on terms that f32 loses."""


def step(state, terms, asynchronous):
    """One update of every unit: the sign with the lower energy, the sum of terms; ties keep the unit."""
    new = state.copy()
    for unit in range(len(state)):
        base = (new if asynchronous else state).copy()
        up, down = base.copy(), base.copy()
        up[unit], down[unit] = 1.0, -1.0
        differences = terms(down) - terms(up)
        field, size = differences.sum(), np.abs(differences).sum()
        if abs(field) <= 1e-12 * size:
            new[unit] = base[unit] if base[unit] != 0 else 1.0
        elif abs(field) < 1e-5 * size:
            raise Undecided
        else:
            new[unit] = np.sign(field)
    return new


def draw(X, kind):
    """A pattern with changed units, a random state, or a pattern whose second half is unknown."""
    N, d = X.shape
    if kind == "random":
        return rng.choice([-1.0, 1.0], d)
    state = np.where(rng.random(d) < 0.25, -1.0, 1.0) * X[rng.integers(0, N)]
    if kind == "half":
        state[d // 2:] = 0.0
    return state


def case(name, settings, X, terms, energy=lambda terms: terms.sum()):
    result = dict(name=name, settings=settings, patterns=X.tolist(), states=[], energy=[], synchronous=[], asynchronous=[])
    for kind in ("changed", "changed", "random", "half", "half"):
        while True:
            state = draw(X, kind)
            try:
                at_once, in_turn = step(state, terms, False), step(state, terms, True)
                break
            except Undecided:
                continue
        result["states"].append(state.tolist())
        result["energy"].append(float(energy(terms(state))))
        result["synchronous"].append(at_once.tolist())
        result["asynchronous"].append(in_turn.tolist())
    return result


cases = []
for N, d in [(1, 7), (3, 12), (6, 12), (9, 16)]:
    X = rng.choice([-1.0, 1.0], (N, d))
    b = rng.integers(-2, 3, d).astype(float)
    for storage in ("hebbian", "pseudo_inverse"):
        W = X.T @ X if storage == "hebbian" else np.linalg.pinv(X) @ X
        W = W - np.diag(np.diag(W))
        for bias in (np.zeros(d), b):
            terms = lambda s, W=W, bias=bias: -0.5 * s * (W @ s) + bias * s
            cases.append(case("classical", dict(storage=storage, biases=bias.tolist()), X, terms))
    for n in (2, 3, 4, 7, 30):
        cases.append(case("polynomial", dict(degree=n), X, lambda s, n=n: -((X @ s / d) ** n)))
        cases.append(case("rectified", dict(degree=n), X, lambda s, n=n: -(np.maximum(X @ s / d, 0) ** n)))
    for beta in (0.1, 1.0, 4.0):
        cases.append(case("exponential", dict(beta=beta), X, lambda s, beta=beta: -np.exp(beta * (X @ s)),
                          lambda terms, beta=beta: -np.log(-terms.sum()) / beta))
    for beta in (0.25, 2.0):
        y = rng.normal(size=(5, d))
        M2 = (X ** 2).sum(1).max()
        weights = [np.exp(beta * (X @ s)) for s in y]
        energy = [-np.log(w.sum()) / beta + 0.5 * s @ s + np.log(N) / beta + 0.5 * M2 for w, s in zip(weights, y)]
        cases.append(dict(name="continuous", settings=dict(beta=beta), patterns=X.tolist(), states=y.tolist(),
                          energy=energy, synchronous=[(w / w.sum() @ X).tolist() for w in weights], asynchronous=[]))

with open("memory.json", "w") as file:
    json.dump(cases, file)
    file.write("\n")
print(len(cases), "cases")
