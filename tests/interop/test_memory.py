"""A pattern database of 100,000 × 784 goes in and out within twice its size of memory."""

import filecmp
import shutil
import subprocess
import sys

from conftest import BINARIES, ROOT

COUNT, DIM = 100_000, 784
SIZE = 4 * COUNT * DIM


# A child begins with the peak of its parent, so that the one that measures must be small: this process is not.
MEASURE = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss * 1024)
if status:
    sys.exit(f"wait status {status}")
"""


def peak(*args):
    """The peak resident memory of `hopfield …`, in bytes."""
    command = [sys.executable, "-c", MEASURE, BINARIES / "hopfield", *map(str, args), "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = int(done.stdout)
    print(f"{args[0]} {args[1].name} {args[2:4]}: {found / SIZE:.3f} × the database")
    return found


WRITE = f"""
import numpy as np
rows = np.random.default_rng(0).random(({COUNT}, {DIM}), dtype=np.float32)
np.save("a.npy", rows)
np.savez("a.npz", rows)
"""


def test_memory_is_bounded(tmp_path):
    """Files of 300 MB each go as soon as they have served: disks are full more often than memory."""
    subprocess.run([sys.executable, "-c", WRITE], cwd=tmp_path, check=True)
    assert peak("import", tmp_path / "a.npz", "--beta", 8, "--run", tmp_path / "a-npz") < SIZE / 4
    shutil.rmtree(tmp_path / "a-npz")
    (tmp_path / "a.npz").unlink()
    run = tmp_path / "a-npy"
    assert peak("import", tmp_path / "a.npy", "--beta", 8, "--run", run) < SIZE / 4
    for end in ["safetensors", "npz", "npy", "parquet"]:
        out = tmp_path / f"out.{end}"
        assert peak("export", run, "--format", end, "--out", out) < SIZE / 4
        if end == "npy":
            assert filecmp.cmp(out, tmp_path / "a.npy", shallow=False)
        out.unlink()
    (tmp_path / "a.npy").unlink()
    # A picture is in memory as a whole, with a byte for a number.
    assert peak("export", run, "--format", "png", "--out", tmp_path / "out.png") < 2 * SIZE
    (tmp_path / "out.png").unlink()
    canonical = run / "patterns.safetensors"
    assert peak("import", canonical, "--run", tmp_path / "again") < SIZE / 4
    assert filecmp.cmp(tmp_path / "again/patterns.safetensors", canonical, shallow=False)
