"""A pattern database of 100,000 × 784 goes in and out within twice its size of memory."""

import os
import subprocess

import numpy as np
import pytest
from conftest import BINARIES, ROOT

COUNT, DIM = 100_000, 784
SIZE = 4 * COUNT * DIM


def peak(*args):
    """The peak resident memory of `hopfield …`, in bytes."""
    process = subprocess.Popen([BINARIES / "hopfield", *map(str, args)], cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return usage.ru_maxrss * 1024


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).random((COUNT, DIM), dtype=np.float32)


def test_memory_is_bounded(rows, tmp_path):
    np.save(tmp_path / "a.npy", rows)
    np.savez(tmp_path / "a.npz", rows)
    for name in ["a.npy", "a.npz"]:
        run = tmp_path / name.replace(".", "-")
        found = peak("import", tmp_path / name, "--beta", 8, "--run", run, "--quiet")
        print(f"import {name}: {found / SIZE:.2f} × the database")
        assert found < 2 * SIZE
    for end in ["safetensors", "npz", "npy", "parquet", "png"]:
        out = tmp_path / f"out.{end}"
        found = peak("export", run, "--format", end, "--out", out, "--quiet")
        print(f"export {end}: {found / SIZE:.2f} × the database")
        assert found < 2 * SIZE
        if end == "npy":
            assert np.array_equal(np.load(out), rows)
        out.unlink()
    canonical = tmp_path / "a-npy/patterns.safetensors"
    found = peak("import", canonical, "--run", tmp_path / "again", "--quiet")
    assert found < 2 * SIZE
    assert (tmp_path / "again/patterns.safetensors").read_bytes() == canonical.read_bytes()
