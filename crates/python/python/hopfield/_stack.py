"""An estimator in the style of scikit-learn, which it does not need."""

from __future__ import annotations

import importlib
import inspect
import operator
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._native import Layer
from ._train import train


class NotFittedError(ValueError, AttributeError):
    """`fit` was not called before. If scikit-learn is imported, it is also an error of scikit-learn's class of this name."""


class HopfieldStack:
    """A stack of dense Hopfield layers that learns to reconstruct its rows from few patterns.

    It works in scikit-learn's pipelines and grid searches, and can be cloned and pickled. All columns are scaled alike, from the smallest number of
    all rows to the largest; if columns have different units, scale them first.

    Args:
        patterns: The number of patterns of each layer, from the input on.
        similarity: How states and patterns are compared: "dot", "centred_dot", "cosine", "euclidean" or "layer_norm".
        separation: How scores become weights: "softmax", "sparsemax", "entmax_1.5", "softmax1", "log_sum_relu", "top_k:K" or "polynomial:DEGREE".
        beta: The inverse temperature that training begins with.
        residual: Whether each layer but the last adds its answer to its state. Without it, deeper stacks reconstruct worse.
        epochs: Passes through the rows.
        batch_size: Rows of a step.
        learning_rate: Of the patterns, whose gradients are limited to .03.
        validation_fraction: The share of rows that is not trained on, but measured after each epoch (`metrics_`).
        settings: Other settings of the training, such as {"training.balance": 1.0} (docs/config.md).
        random_state: The seed: a whole number, or a generator of NumPy to draw one from. None draws one.
        verbose: Print a line for each epoch.

    Attributes:
        layers_: The trained layers, a list of `Layer`.
        patterns_: The patterns of each layer, in the units of the rows' scale from 0 (their smallest number) to 1 (their largest).
        offset_, scale_: The rows' smallest number, and how much more their largest is.
        metrics_: A dict for each epoch.
        n_features_in_: d, the numbers of a row.
        feature_names_in_: The names of the columns, if the rows were a data frame whose columns have some.

    Examples:
        >>> import numpy as np, hopfield
        >>> rows = np.random.default_rng(0).normal(size=(300, 8))
        >>> stack = hopfield.HopfieldStack(patterns=(16, 16), epochs=5, random_state=1).fit(rows)
        >>> stack.transform(rows).shape
        (300, 16)
    """

    def __init__(
        self,
        patterns: Sequence[int] = (64, 64),
        *,
        similarity: str = "dot",
        separation: str = "softmax",
        beta: float = 0.4,
        residual: bool = True,
        epochs: int = 60,
        batch_size: int = 128,
        learning_rate: float = 8.0,
        validation_fraction: float = 0.1,
        settings: Mapping[str, Any] | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.patterns = patterns
        self.similarity = similarity
        self.separation = separation
        self.beta = beta
        self.residual = residual
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation_fraction = validation_fraction
        self.settings = settings
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: ArrayLike, y: Any = None) -> HopfieldStack:
        """Trains on rows [n, d]; `y` plays no part. Ctrl-C ends it with a KeyboardInterrupt."""
        rows = _rows(X)
        if len(rows) < 2:
            raise ValueError(f"X has n_samples = {len(rows)}; at least two rows are needed")
        for key in self.settings or {}:
            if not key.startswith("training."):
                raise ValueError(f"settings: {key!r} is not a setting of the training; only keys that begin with 'training.' are allowed")
        offset = float(rows.min())
        scale = float(rows.max()) - offset or 1.0
        run = train(
            self._config(),
            seed=_seed(self.random_state),
            settings=self.settings,
            rows=((rows - offset) / scale).astype(np.float32),
            progress=self.verbose,
        )
        # Only now: a training that fails leaves the estimator as it was.
        self.layers_: list[Layer] = run.layers
        self.residual_ = run.residual
        self.patterns_ = run.patterns
        self.metrics_ = run.metrics
        self.offset_, self.scale_ = offset, scale
        self.n_features_in_ = rows.shape[1]
        names = _names(X)
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float32]:
        """The weights that the last layer gives its patterns: [n, N]."""
        states = self._states(X)
        return self.layers_[-1].weights(states)

    def fit_transform(self, X: ArrayLike, y: Any = None) -> NDArray[np.float32]:
        """`fit`, then `transform`."""
        return self.fit(X, y).transform(X)

    def predict(self, X: ArrayLike) -> NDArray[np.intp]:
        """The pattern of the last layer with the largest weight: [n]."""
        best: NDArray[np.intp] = self.transform(X).argmax(axis=1)
        return best

    def reconstruct(self, X: ArrayLike) -> NDArray[np.float32]:
        """What the stack makes of rows: [n, d]."""
        states = self._states(X)
        return self._unscaled(self.layers_[-1](states))

    def inverse_transform(self, X: ArrayLike) -> NDArray[np.float32]:
        """Reconstructs rows [n, d] from weights [n, N], as returned by `transform`."""
        self._check_fitted()
        last = self.layers_[-1]
        weights = _rows(X)
        if weights.shape[1] != last.patterns.shape[0]:
            raise ValueError(f"X has {weights.shape[1]} weights; expected {last.patterns.shape[0]}, one for each pattern")
        return self._unscaled(weights.astype(np.float32) @ last.patterns)

    def score(self, X: ArrayLike, y: Any = None) -> float:
        """Minus the mean squared error of `reconstruct`: 0 at best."""
        rows = _rows(X)
        return -float(np.mean((self.reconstruct(X) - rows) ** 2))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """The names of the columns of `transform`."""
        self._check_fitted()
        count = self.layers_[-1].patterns.shape[0]
        return np.asarray([f"hopfieldstack{index}" for index in range(count)], dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments that it was made with."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> HopfieldStack:
        """Changes arguments."""
        known = self._parameters()
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"Invalid parameter {name!r} for estimator {self}; valid parameters are: {known}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = {name: parameter.default for name, parameter in inspect.signature(type(self)).parameters.items()}
        changed = [f"{name}={value!r}" for name, value in self.get_params().items() if repr(value) != repr(defaults[name])]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "layers_")

    def __sklearn_tags__(self) -> Any:
        utils = importlib.import_module("sklearn.utils")
        return utils.Tags(
            estimator_type=None,
            target_tags=utils.TargetTags(required=False),
            transformer_tags=utils.TransformerTags(preserves_dtype=["float32"]),
            input_tags=utils.InputTags(),
        )

    @classmethod
    def _parameters(cls) -> list[str]:
        return list(inspect.signature(cls).parameters)

    def _config(self) -> dict[str, Any]:
        layer = {
            "similarity": self.similarity,
            "separation": self.separation,
            "beta": {"start": self.beta, "trainable": True},
            "init": {"kind": "normal", "mean": 0.0, "std": 0.02},
        }
        return {
            "residual": bool(self.residual),
            "data": {"scale": "none", "test": self.validation_fraction},
            "task": {"kind": "reconstruct"},
            "layers": [{"patterns": count, **layer} for count in _counts(self.patterns)],
            "training": {
                "epochs": self.epochs,
                "batch_size": self.batch_size,
                "learning_rate": self.learning_rate,
                "gradient_limit": 0.03,
                "beta_learning_rate": 5e-3,
                "balance": 0.5,
                "momentum": 0.9,
                "schedule": "cosine",
            },
            "output": {"snapshots": 0},
        }

    def _unscaled(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return (rows * self.scale_ + self.offset_).astype(np.float32)

    def _states(self, X: ArrayLike) -> NDArray[np.float32]:
        """The states of the last layer."""
        self._check_fitted()
        names, known = _names(X), getattr(self, "feature_names_in_", None)
        if names is not None and known is not None and list(names) != list(known):
            raise ValueError(f"The feature names should match those that were passed during fit: {list(known)}, not {list(names)}")
        rows = _rows(X)
        if rows.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {rows.shape[1]} features, but HopfieldStack is expecting {self.n_features_in_} features as input"
            )
        states = ((rows - self.offset_) / self.scale_).astype(np.float32)
        for layer in self.layers_[:-1]:
            states = layer(states) + states if self.residual_ else layer(states)
        return states

    def _check_fitted(self) -> None:
        if hasattr(self, "layers_"):
            return
        error: type[Exception] = NotFittedError
        if "sklearn" in sys.modules:
            theirs = importlib.import_module("sklearn.exceptions").NotFittedError
            error = type("NotFittedError", (theirs, NotFittedError), {})
        raise error("This HopfieldStack is not fitted yet; call `fit` before")


def _rows(X: ArrayLike) -> NDArray[Any]:
    """Numbers with two axes, as scikit-learn's checks want them refused or taken."""
    if hasattr(X, "toarray"):
        raise TypeError("X is a sparse matrix; pass X.toarray()")
    rows = np.asarray(X)
    if rows.dtype.kind == "c":
        raise ValueError("X: Complex data not supported")
    if rows.dtype not in (np.float32, np.float64):
        try:
            rows = rows.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise type(error)(f"X: its numbers can't be read: {error}") from None
    if rows.ndim != 2:
        raise ValueError(f"X has the shape {rows.shape}; expected (n, d). Reshape your data, such as with X.reshape(-1, 1)")
    if rows.shape[0] == 0:
        raise ValueError(f"Found array with 0 sample(s) (shape={rows.shape}) while a minimum of 1 is required.")
    if rows.shape[1] == 0:
        raise ValueError(f"Found array with 0 feature(s) (shape={rows.shape}) while a minimum of 1 is required.")
    if not np.isfinite(rows).all():
        raise ValueError("X: a number is NaN or infinite (inf); remove such rows or fill in the values")
    return rows


def _names(X: Any) -> NDArray[np.object_] | None:
    """The names of the columns of a data frame, if all are texts."""
    columns = getattr(X, "columns", None)
    if columns is None or not all(isinstance(name, str) for name in columns):
        return None
    return np.asarray(list(columns), dtype=object)


def _counts(patterns: Any) -> list[int]:
    try:
        return [operator.index(count) for count in patterns]
    except TypeError:
        raise ValueError(f"patterns is {patterns!r}; expected the number of patterns of each layer, such as (64, 64)") from None


def _seed(random_state: Any) -> int:
    if random_state is None:
        return int(np.random.default_rng().integers(2**31))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    return operator.index(random_state)
