"""The binaries, and a finished run of the newcomer's config."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("HOPFIELD_BIN", ROOT / "target/debug"))


def program(name, *args):
    """Runs a binary, which must succeed; gives its standard output."""
    done = subprocess.run([BINARIES / name, *map(str, args)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def hopfield(*args):
    """Runs `hopfield … --json`; gives the objects that it prints."""
    return [json.loads(line) for line in program("hopfield", *args, "--json").splitlines()]


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The folder of `configs/digits.toml`, trained to the end."""
    folder = tmp_path_factory.mktemp("runs") / "digits"
    program("train", "configs/digits.toml", "--quiet", "--run", folder)
    return folder


@pytest.fixture(scope="session")
def odd_run(tmp_path_factory):
    """A run with layers of every kind: heads, values, several steps, sparse weights."""
    folder = tmp_path_factory.mktemp("runs") / "odd"
    program("train", "tests/configs/every-option.toml", "--quiet", "--run", folder)
    return folder
