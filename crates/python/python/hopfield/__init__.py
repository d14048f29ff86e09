"""Trainable dense Hopfield networks.

A dense Hopfield layer holds N patterns H and answers states I with softmax(β · I · Hᵀ) · H. This package has

- `Layer`, a layer with patterns of your own,
- `train` and `load`, which train stacks of layers, or open them, and give a `Run`,
- `HopfieldStack`, the same as an estimator in the style of scikit-learn,
- `Classical`, `Dense` and `Continuous`, the networks that store patterns and recall them,
- the command `hopfield` (`hopfield --help`).

It takes NumPy arrays of any real type and order, and gives arrays of 32-bit floats.
"""

from ._native import (
    Classical,
    Continuous,
    Dense,
    Layer,
    Memory,
    Recall,
    Retrieval,
    Run,
    __version__,
    digits,
    load,
)
from ._stack import HopfieldStack, NotFittedError
from ._train import train

__all__ = [
    "Classical",
    "Continuous",
    "Dense",
    "HopfieldStack",
    "Layer",
    "Memory",
    "NotFittedError",
    "Recall",
    "Retrieval",
    "Run",
    "__version__",
    "digits",
    "load",
    "train",
]
