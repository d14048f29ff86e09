"""What we write, NumPy, safetensors, pandas and pyarrow read, to the bit; and the other way round."""

import io
import json
import pickle
import struct
import subprocess
import sys
import types
import zipfile
from collections import OrderedDict

import numpy as np
import pandas
import pyarrow.parquet
import pytest
from conftest import BINARIES, hopfield
from safetensors import safe_open
from safetensors.numpy import save_file

PARTS = ["patterns", "log_beta", "mean_weights", "best_matches"]


def tensors(folder):
    """The tensors of the canonical file, read without any library, and the JSON text beside them."""
    content = (folder / "patterns.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    about = json.loads(header.pop("__metadata__")["hopfield"])
    data = content[8 + length :]
    found = {}
    for name, info in header.items():
        start, end = info["data_offsets"]
        assert info["dtype"] == "F32"
        found[name] = np.frombuffer(data[start:end], "<f4").reshape(info["shape"])
    return found, about


def assert_same(a, b):
    """The same f32 bits."""
    assert a.dtype == np.float32 and a.shape == b.shape
    assert np.array_equal(a.view(np.uint32), b.view(np.uint32))


def export(run, tmp_path, name, *args):
    hopfield("export", run, "--out", tmp_path / name, *args)
    return tmp_path / name


def test_numpy_reads_npz(run, tmp_path):
    expected, about = tensors(run)
    assert len(expected) == 3 * len(PARTS)
    with np.load(export(run, tmp_path, "a.npz", "--format", "npz")) as npz:
        assert sorted(npz.files) == sorted([*expected, "hopfield"])
        for name, tensor in expected.items():
            assert_same(npz[name], tensor)
        assert json.loads(npz["hopfield"].item()) == about


def test_numpy_reads_npy(odd_run, tmp_path):
    expected, about = tensors(odd_run)
    folder = tmp_path / "npy"
    folder.mkdir()
    export(odd_run, tmp_path, "npy", "--format", "npy")
    tables = {name: t for name, t in expected.items() if name.endswith(("patterns", "values"))}
    assert len(tables) == 5
    for name, tensor in tables.items():
        _, layer, part = name.split(".")
        assert_same(np.load(folder / f"{part}.layer-{layer}.npy"), tensor)
    assert json.loads((folder / "patterns.json").read_text()) == about


@pytest.mark.parametrize("which", ["run", "odd_run"])
def test_safetensors_reads_safetensors(which, request, tmp_path):
    folder = request.getfixturevalue(which)
    expected, about = tensors(folder)
    file = export(folder, tmp_path, "a.safetensors", "--format", "safetensors")
    with safe_open(file, "np") as opened:
        assert sorted(opened.keys()) == sorted(expected)
        for name, tensor in expected.items():
            assert_same(opened.get_tensor(name), tensor)
        assert json.loads(opened.metadata()["hopfield"]) == about


def test_pandas_reads_csv(run, tmp_path):
    expected, _ = tensors(run)
    table = pandas.read_csv(export(run, tmp_path, "a.csv", "--format", "csv", "--layer", 1))
    pixels = table.filter(regex=r"^x\d+$").to_numpy()
    assert_same(pixels.astype(np.float32), expected["layers.1.patterns"])
    assert_same(table.mean_weight.to_numpy().astype(np.float32), expected["layers.1.mean_weights"])
    assert list(table.best_matches) == list(expected["layers.1.best_matches"])


@pytest.mark.parametrize("which", ["run", "odd_run"])
def test_pandas_and_pyarrow_read_parquet(which, request, tmp_path):
    folder = request.getfixturevalue(which)
    expected, about = tensors(folder)
    file = export(folder, tmp_path, "a.parquet", "--format", "parquet")
    metadata = pyarrow.parquet.read_schema(file).metadata
    assert json.loads(metadata[b"hopfield"]) == about
    table = pandas.read_parquet(file)
    for layer, of_layer in table.groupby("layer"):
        assert list(of_layer["index"]) == list(range(len(of_layer)))
        assert_same(np.stack(of_layer["pattern"]), expected[f"layers.{layer}.patterns"])
        values = expected.get(f"layers.{layer}.values")
        if values is None:
            assert of_layer["value"].isna().all()
        else:
            assert_same(np.stack(of_layer["value"]), values)
        heads = len(about["layers"][layer]["beta"])
        weights = expected[f"layers.{layer}.mean_weights"].reshape(heads, -1).mean(0)
        assert np.allclose(of_layer["mean_weight"], weights, rtol=1e-6)
        matches = expected[f"layers.{layer}.best_matches"].reshape(heads, -1).sum(0)
        assert list(of_layer["best_matches"]) == list(matches)
    assert len(table) == sum(len(t) for n, t in expected.items() if n.endswith("patterns"))


ROWS = np.random.default_rng(0).random((7, 12), dtype=np.float32)
# Denormal, negative zero, the largest and the smallest.
ROWS[0, :4] = [1e-45, -0.0, np.finfo(np.float32).max, np.finfo(np.float32).tiny]


def write_npz(file, compressed=False):
    (np.savez_compressed if compressed else np.savez)(file, mine=ROWS)


WRITERS = {
    "a.npy": lambda file: np.save(file, ROWS),
    "a.npz": write_npz,
    "compressed.npz": lambda file: write_npz(file, True),
    "a.safetensors": lambda file: save_file({"mine": ROWS}, file),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_others_wrote_we_import(name, tmp_path):
    WRITERS[name](tmp_path / name)
    hopfield("import", tmp_path / name, "--run", tmp_path / "run", "--beta", 2.5, "--image-shape", "3x4")
    found, about = tensors(tmp_path / "run")
    assert_same(found["layers.0.patterns"], ROWS)
    assert_same(found["layers.0.log_beta"], np.log([2.5]).astype(np.float32))
    assert about["image_shape"] == [3, 4]


# Every type that we read, little- and big-endian.
TYPES = [order + kind for kind in ["f8", "f4", "f2", "i8", "i4", "i2", "u8", "u4", "u2"] for order in "<>"]
TYPES += ["i1", "u1", "?"]


def numbers(dtype, shape=(7, 12)):
    """Numbers over the whole range of the type, as far as it fits f32; integers beyond 2^24 that lie between two f32."""
    dtype, count = np.dtype(dtype), int(np.prod(shape))
    native = dtype.newbyteorder("=")
    rng = np.random.default_rng(count)
    if dtype.kind == "b":
        flat = rng.random(count) < 0.5
    elif dtype.kind == "f":
        largest = min(float(np.finfo(native).max), float(np.finfo(np.float32).max))
        flat = rng.standard_normal(count)
        flat[:6] = [largest, -largest, np.finfo(native).tiny, -0.0, 0.1, 1 + 2**-24]
    else:
        info = np.iinfo(native)
        flat = rng.integers(info.min, info.max, count, native, endpoint=True)
        flat[:2] = info.min, info.max
        if dtype.itemsize > 2:
            flat[2:8] = [2**24 + 1, 2**24 + 3, 2**25 + 2, 2**25 + 6, 2**30 + 2**6, 2**30 + 2**6 + 1]
    return flat.astype(dtype).reshape(shape)


def imported(tmp_path, file):
    hopfield("import", file, "--run", tmp_path / "run", "--beta", 1, "--image-shape", "3x4", "--force")
    return tensors(tmp_path / "run")[0]["layers.0.patterns"]


@pytest.mark.parametrize("dtype", TYPES)
def test_types_and_orders_are_converted_as_numpy_does(dtype, tmp_path):
    table = numbers(dtype)
    expected = table.astype(np.float32)
    for order in [np.ascontiguousarray, np.asfortranarray, lambda a: np.ascontiguousarray(a.T).T]:
        array = order(table)
        np.save(tmp_path / "a.npy", array)
        np.savez(tmp_path / "a.npz", mine=array)
        np.savez_compressed(tmp_path / "compressed.npz", mine=array)
        for name in ["a.npy", "a.npz", "compressed.npz"]:
            assert_same(imported(tmp_path, tmp_path / name), expected)
    little = table.astype(table.dtype.newbyteorder("<"))
    save_file({"mine": little}, tmp_path / "a.safetensors")
    assert_same(imported(tmp_path, tmp_path / "a.safetensors"), expected)


def test_a_leading_one_does_not_disturb_the_order(tmp_path):
    table = numbers("<f8", (1, 7, 12))
    np.save(tmp_path / "a.npy", np.asfortranarray(table))
    assert_same(imported(tmp_path, tmp_path / "a.npy"), table[0].astype(np.float32))


def test_bfloat16_is_the_high_half_of_float32(tmp_path):
    halves = (numbers("<f4").view("<u4") >> 16).astype("<u2")
    header = json.dumps({"mine": {"dtype": "BF16", "shape": halves.shape, "data_offsets": [0, halves.nbytes]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + halves.tobytes())
    expected = (halves.astype("<u4") << 16).view("<f4")
    assert_same(imported(tmp_path, tmp_path / "a.safetensors"), expected)


STORAGES = {
    "<f8": "DoubleStorage",
    "<f2": "HalfStorage",
    "<i8": "LongStorage",
    "<i4": "IntStorage",
    "<i2": "ShortStorage",
    "i1": "CharStorage",
    "u1": "ByteStorage",
    "?": "BoolStorage",
}


@pytest.mark.parametrize("dtype", STORAGES)
def test_tensors_of_pytorch_are_converted(dtype, tmp_path, monkeypatch):
    """A checkpoint as torch.save writes it: a zip file with a pickle that refers to storages. The tensor is transposed."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    storage = type(STORAGES[dtype], (), {"__module__": "torch"})

    rebuild = type("_rebuild_tensor_v2", (), {"__module__": "torch._utils"})
    for module, member in [(torch, storage), (utils, rebuild)]:
        setattr(module, member.__name__, member)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    table = numbers(dtype)

    class Tensor:
        def __reduce__(self):
            return rebuild, (storage(), 0, table.shape, (1, table.shape[0]), False, OrderedDict())

    class Pickler(pickle.Pickler):
        def persistent_id(self, found):
            return ("storage", storage, "0", "cpu", table.size) if isinstance(found, storage) else None

    content = io.BytesIO()
    Pickler(content, 2).dump(OrderedDict(mine=Tensor()))
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as file:
        file.writestr("archive/data.pkl", content.getvalue())
        file.writestr("archive/data/0", table.tobytes(order="F"))
        file.writestr("archive/version", "3\n")
    assert_same(imported(tmp_path, tmp_path / "a.pt"), table.astype(np.float32))


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("value", [1e39, -1e300, np.nan, np.inf])
def test_entries_that_f32_can_not_hold_are_named(order, value, tmp_path):
    table = numbers("<f8").astype(">f8", order=order)
    table[4, 7] = value
    np.save(tmp_path / "a.npy", table)
    done = subprocess.run(
        [BINARIES / "hopfield", "import", tmp_path / "a.npy", "--run", tmp_path / "run", "--beta", "1", "--image-shape", "3x4"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    shown = {1e39: "1e39", -1e300: "-1e300", np.inf: "inf"}.get(value, "NaN")
    assert f"array `array`: entry [4, 7] is {shown}; " in done.stderr


def test_a_single_query_needs_a_row_and_the_hint_makes_one(tmp_path):
    a = np.arange(12, dtype=np.uint8)
    np.save(tmp_path / "database.npy", ROWS[1:])
    args = ["retrieve", tmp_path / "database.npy", tmp_path / "q.npy", "--beta", "1"]
    np.save(tmp_path / "q.npy", a)
    done = subprocess.run([BINARIES / "hopfield", *args], capture_output=True, text=True)
    assert done.returncode == 2
    assert "(one row: a.reshape(1, -1)); there are: array [12] (uint8)" in done.stderr
    np.save(tmp_path / "q.npy", a.reshape(1, -1))
    (found,) = hopfield(*args)
    assert found["matches"][0]["pattern"] == np.argmax(ROWS[1:] @ a)


def test_retrieve_answers_alike_whatever_the_type(tmp_path):
    """The strips of a column-major array and the blocks of any other are several here: 64 MiB each."""
    rng = np.random.default_rng(1)
    database = rng.integers(-3, 4, (300_000, 100)).astype(np.int8)
    queries = rng.integers(0, 2, (3, 100)).astype(np.uint8)

    def found(name, array):
        np.save(tmp_path / name, array)
        answers = tmp_path / "answers.npy"
        lines = hopfield("retrieve", tmp_path / name, tmp_path / "q.npy", "--beta", 0.3, "--out", answers, "--force")
        return [[match["pattern"] for match in line["matches"]] for line in lines], np.load(answers)

    np.save(tmp_path / "q.npy", np.asfortranarray(queries))
    scores = 0.3 * (queries.astype(float) @ database.T)
    weights = np.exp(scores - scores.max(1, keepdims=True))
    expected = weights / weights.sum(1, keepdims=True) @ database
    best = np.argsort(-scores, 1, kind="stable")[:, :5].tolist()
    # What the documentation advises for a database that is searched often, the last, is mapped; the others are read.
    line = lambda a: np.ascontiguousarray(a, dtype=np.float32)
    for name, convert in {"a.npy": np.asarray, "f.npy": np.asfortranarray, "x.npy": line}.items():
        patterns, answers = found(name, convert(database))
        assert patterns == best
        assert np.abs(answers - expected).max() < 1e-4


def test_several_layers_of_others_become_a_stack(tmp_path):
    arrays = {"second": ROWS / 2, "first": ROWS, "unused": np.arange(3)}
    np.savez(tmp_path / "a.npz", **arrays)
    args = ["--tensor", "first", "--tensor", "second", "--beta", 1, "--image-shape", "3x4", "--residual"]
    hopfield("import", tmp_path / "a.npz", "--run", tmp_path / "run", *args)
    found, about = tensors(tmp_path / "run")
    assert_same(found["layers.0.patterns"], ROWS)
    assert_same(found["layers.1.patterns"], ROWS / 2)
    assert about["residual"] and len(about["layers"]) == 2


def sparsemax(scores):
    """max(0, z − τ), with τ such that a row sums to 1, by bisection."""
    low, high = scores.max(1, keepdims=True) - 1, scores.max(1, keepdims=True)
    for _ in range(100):
        middle = (low + high) / 2
        too_much = np.maximum(scores - middle, 0).sum(1, keepdims=True) > 1
        low, high = np.where(too_much, middle, low), np.where(too_much, high, middle)
    return np.maximum(scores - low, 0)


def test_the_stack_answers_as_numpy_does(run):
    """An independent forward pass, in f64."""
    layers, about = tensors(run)
    settings = [(layer["similarity"], layer["separation"]) for layer in about["layers"]]
    assert about["residual"]
    assert settings == [("euclidean", "softmax"), ("euclidean", "softmax"), ("dot", "sparsemax")]
    recalled = hopfield("recall", run, "crates/data/assets/t10k-images-idx3-ubyte.gz", "--only", "0..20")
    state = np.array([image["state"] for image in recalled])
    for layer in range(3):
        patterns = layers[f"layers.{layer}.patterns"].astype(float)
        if layer == 2:
            similarities = state @ patterns.T
        else:
            similarities = -((state[:, None] - patterns[None]) ** 2).sum(2) / 2
        scores = np.exp(layers[f"layers.{layer}.log_beta"].astype(float)) * similarities
        if layer == 2:
            weights = sparsemax(scores)
        else:
            weights = np.exp(scores - scores.max(1, keepdims=True))
            weights /= weights.sum(1, keepdims=True)
        answer = weights @ patterns
        state = answer if layer == 2 else state + answer
    assert np.abs(state - [image["retrieved"] for image in recalled]).max() < 1e-4
    best = [[match["pattern"] for match in image["matches"]] for image in recalled]
    # Only what has a weight is in order.
    assert all(weights[image, patterns[0]] == weights[image].max() for image, patterns in enumerate(best))
    for image, patterns in enumerate(best):
        assert (np.diff(weights[image, patterns]) < 1e-6).all()
