"""Training."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from . import _native
from ._native import Run


def train(
    config: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    *,
    example: str | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    rows: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    run: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: bool = False,
) -> Run:
    """Trains a stack, as `hopfield train` does. Ctrl-C saves and raises KeyboardInterrupt.

    Args:
        config: The path of a TOML config, or the same as a dict (docs/config.md lists the keys).
        example: Instead of `config`: the name of a config that comes with the program, such as "digits".
        seed: The seed, in place of that of the config. Equal seeds give equal patterns, bit for bit.
        settings: Other changes of the config; keys are written with dots, as in {"training.epochs": 5}. None removes a key.
        rows: Rows to train on, in place of those that the config names: [n, d], or images [n, height, width] or
            [n, height, width, 3]. `data.test` of the config, a tenth by default, is drawn from them to test on.
        labels: For each of `rows`, a whole number, 0 or more, or a text.
        run: The run folder, which must not hold a run yet. Default: runs/NAME of a file or an example, and a temporary folder
            for a dict, which is removed with the `Run`.
        resume: Continue the run in the folder.
        progress: Print a line for each epoch.

    Raises:
        ValueError: The config (all problems in one error), the rows or the run folder are not what they should be.
        FileNotFoundError: A file is not there.
        RuntimeError: The training diverged.
    """
    if (config is None) == (example is None):
        raise ValueError("give either `config` or `example`")
    if example is not None:
        kind, text = "example", example
    elif isinstance(config, Mapping):
        kind, text = "json", _json(config, "config")
    else:
        assert config is not None
        kind, text = "file", os.fspath(config)
    changes = dict(settings or {})
    if seed is not None:
        changes["seed"] = seed
    show = (lambda line: print(line, flush=True)) if progress else None
    folder = None if run is None else os.fspath(run)
    return _native.train(kind, text, _json(changes, "settings"), rows, labels, folder, resume, show)


def _json(settings: Mapping[str, Any], name: str) -> str:
    """As JSON; numbers and arrays of NumPy, tuples and paths may be among them. `name`: the argument, for errors."""

    def plain(value: Any) -> Any:
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if hasattr(value, "tolist"):
            return value.tolist()
        raise ValueError(f"{value!r} is not a number, text, list or dict")

    try:
        if name == "config":
            _check_none(settings, "")
        if any("=" in str(key) for key in settings):
            raise ValueError("a key contains `=`")
        return json.dumps(settings, default=plain, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None


def _check_none(value: Any, key: str) -> None:
    """Refuses None, wherever it is; `key` is the place of the value."""
    if value is None:
        raise ValueError(f"{key} is None, which TOML does not have; leave the key out")
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    for name, part in inner:
        _check_none(part, f"{key}.{name}" if key else str(name))
