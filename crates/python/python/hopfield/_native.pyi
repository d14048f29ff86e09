from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import disjoint_base

__all__ = [
    "Classical",
    "Continuous",
    "Dense",
    "Layer",
    "Memory",
    "Recall",
    "Retrieval",
    "Run",
    "__version__",
    "digits",
    "load",
    "program",
    "train",
]
__version__: str

@final
class Layer:
    def __new__(
        cls,
        patterns: ArrayLike,
        *,
        values: ArrayLike | None = None,
        beta: float | Sequence[float] | None = None,
        similarity: str = "dot",
        separation: str = "softmax",
        steps: int = 1,
        heads: int = 1,
    ) -> Layer: ...
    def __call__(self, states: ArrayLike) -> NDArray[np.float32]: ...
    def weights(self, states: ArrayLike) -> NDArray[np.float32]: ...
    def similarities(self, states: ArrayLike) -> NDArray[np.float32]: ...
    def energy(self, states: ArrayLike) -> NDArray[np.float32]: ...
    def retrieve(
        self, states: ArrayLike, *, max_steps: int = 100, tolerance: float = 1e-4
    ) -> NDArray[np.float32]: ...
    def trace(self, states: ArrayLike, *, max_steps: int = 100, tolerance: float = 1e-4) -> Retrieval: ...
    def __getnewargs_ex__(self) -> tuple[tuple[NDArray[np.float32]], dict[str, Any]]: ...
    @property
    def patterns(self) -> NDArray[np.float32]: ...
    @property
    def values(self) -> NDArray[np.float32] | None: ...
    @property
    def beta(self) -> float | list[float]: ...
    @property
    def similarity(self) -> str: ...
    @property
    def separation(self) -> str: ...
    @property
    def steps(self) -> int: ...
    @property
    def heads(self) -> int: ...

@final
class Retrieval:
    @property
    def states(self) -> NDArray[np.float32]: ...
    @property
    def weights(self) -> NDArray[np.float32]: ...
    @property
    def steps(self) -> NDArray[np.int64]: ...
    @property
    def converged(self) -> NDArray[np.bool_]: ...
    @property
    def energy(self) -> NDArray[np.float32] | None: ...

@disjoint_base
class Memory:
    def recall(self, states: ArrayLike, *, max_steps: int = 100) -> NDArray[np.float32]: ...
    def trace(self, states: ArrayLike, *, max_steps: int = 100) -> Recall: ...
    def update(self, states: ArrayLike) -> NDArray[np.float32]: ...
    def energy(self, states: ArrayLike) -> NDArray[np.float32]: ...
    @property
    def dim(self) -> int: ...

@final
class Recall:
    @property
    def states(self) -> NDArray[np.float32]: ...
    @property
    def steps(self) -> NDArray[np.int64]: ...
    @property
    def ends(self) -> list[str]: ...

@final
class Classical(Memory):
    def __new__(
        cls,
        patterns: ArrayLike,
        *,
        storage: str = "hebbian",
        biases: ArrayLike | None = None,
        updates: str = "synchronous",
    ) -> Classical: ...
    @property
    def weights(self) -> NDArray[np.float32]: ...

@final
class Dense(Memory):
    def __new__(
        cls,
        patterns: ArrayLike,
        *,
        interaction: str = "exponential",
        degree: int | None = None,
        beta: float | None = None,
        updates: str = "synchronous",
    ) -> Dense: ...

@final
class Continuous(Memory):
    def __new__(
        cls,
        patterns: ArrayLike,
        *,
        beta: float = 8.0,
        similarity: str = "dot",
        separation: str = "softmax",
        tolerance: float = 1e-4,
    ) -> Continuous: ...

@final
class Run:
    def __call__(self, rows: ArrayLike) -> NDArray[np.float32]: ...
    def weights(self, rows: ArrayLike, *, layer: int = -1) -> NDArray[np.float32]: ...
    def report(self, path: str | PathLike[str] | None = None, *, rows: ArrayLike | None = None) -> None: ...
    @property
    def path(self) -> Path: ...
    @property
    def layers(self) -> list[Layer]: ...
    @property
    def patterns(self) -> list[NDArray[np.float32]]: ...
    @property
    def values(self) -> list[NDArray[np.float32] | None]: ...
    @property
    def beta(self) -> list[float | list[float]]: ...
    @property
    def residual(self) -> bool: ...
    @property
    def image_shape(self) -> tuple[int, ...] | None: ...
    @property
    def classes(self) -> list[str]: ...
    @property
    def metrics(self) -> list[dict[str, Any]]: ...
    @property
    def config(self) -> dict[str, Any] | None: ...

def digits() -> tuple[
    tuple[NDArray[np.float32], NDArray[np.uint32]], tuple[NDArray[np.float32], NDArray[np.uint32]]
]: ...
def load(path: str | PathLike[str]) -> Run: ...
def train(
    kind: str,
    config: str,
    settings: str,
    rows: ArrayLike | None,
    labels: ArrayLike | None,
    folder: str | None,
    resume: bool,
    progress: Callable[[str], None] | None,
) -> Run: ...
def program(words: Sequence[str], arguments: Sequence[str]) -> int: ...
