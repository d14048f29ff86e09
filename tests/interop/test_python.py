"""The Python package, against Rust, NumPy and scikit-learn."""

import copy
import doctest
import inspect
import multiprocessing
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import hopfield
import numpy as np
import pytest
from conftest import ROOT, program
from conftest import hopfield as command

random = np.random.default_rng(7)
H, X = random.normal(size=(20, 12)), random.normal(size=(9, 12))
CONFIG = {
    "task": {"kind": "reconstruct"},
    "layers": [{"patterns": 16, "beta": 0.5}],
    "training": {"epochs": 3, "batch_size": 32, "learning_rate": 2.0},
}


def softmax(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def python(code, **options):
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], text=True, cwd=ROOT, **options)


# Against Rust.


def test_a_run_is_that_of_the_command_line(run, tmp_path):
    ours = hopfield.train(str(ROOT / "configs/digits.toml"), run=tmp_path / "digits", settings={"data.source": "bundled"})
    theirs = (run / "patterns.safetensors").read_bytes()
    assert (tmp_path / "digits/patterns.safetensors").read_bytes() == theirs
    for a, b in zip(ours.layers, hopfield.load(run).layers):
        assert np.array_equal(a.patterns, b.patterns) and (a.beta, a.similarity, a.separation) == (b.beta, b.similarity, b.separation)
    assert ours.metrics[-1]["test_mse"] < 0.029 and len(ours.metrics) == 28
    assert ours.config["training"]["epochs"] == 28 and ours.image_shape == (28, 28) and ours.residual
    ours.report(tmp_path / "page.html")
    ours.report(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 100_000


@pytest.mark.parametrize("which", ["run", "odd_run"])
def test_answers_and_weights_are_those_of_encode(which, request, tmp_path):
    folder = request.getfixturevalue(which)
    opened = hopfield.load(folder)
    rows = random.integers(0, 256, (70, 784)).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows)
    for layer in range(len(opened.layers)):
        out = tmp_path / f"{layer}.npz"
        command("encode", folder, tmp_path / "rows.npy", "--out", out, "--recalled", "--layer", layer)
        with np.load(out) as codes:
            assert np.array_equal(opened.weights(rows, layer=layer), codes["weights"])
            assert np.array_equal(opened(rows), codes["recalled"])
    assert np.array_equal(opened.weights(rows), opened.weights(rows, layer=-1))
    # Dark pictures are bytes, too.
    np.save(tmp_path / "dark.npy", rows % 9)
    command("encode", folder, tmp_path / "dark.npy", "--out", tmp_path / "dark.npz")
    with np.load(tmp_path / "dark.npz") as codes:
        np.testing.assert_allclose(opened.weights(rows % 9 / 255), codes["weights"], atol=1e-6)


def test_rows_in_memory_are_those_of_a_file(tmp_path):
    rows, labels = random.integers(0, 256, (300, 6, 5)), random.integers(0, 3, 300)
    np.save(tmp_path / "rows.npy", rows)
    place = {"train": tmp_path / "rows.npy", "test": 0.2}
    of_file = hopfield.train(CONFIG | {"data": place}, seed=np.int64(5))
    given = hopfield.train(CONFIG | {"data": {"test": 0.2}}, seed=5, rows=rows)
    assert np.array_equal(of_file.patterns[0], given.patterns[0]) and given.image_shape == (6, 5)
    assert given.config["data"]["train"] == "rows in memory"
    assert np.array_equal(given(rows), given(rows.reshape(300, -1)))
    dark = np.vstack([rows[:3].reshape(3, -1), np.minimum(rows[:3], 9).reshape(3, -1)])
    one_by_one = np.vstack([given(row) for row in dark])
    np.testing.assert_allclose(given(dark), one_by_one, rtol=1e-4)
    np.testing.assert_allclose(given(dark / 255) * 255, one_by_one, rtol=1e-4)
    given.report(tmp_path / "-page.html")
    given.report(tmp_path / "-page.html", rows=rows[:50])
    assert (tmp_path / "-page.html").stat().st_size > 50_000
    classify = {"task": {"kind": "classify", "memories": 10}, "training": {"epochs": 1}}
    scores = hopfield.train(classify, rows=rows.astype(float), labels=labels)(rows)
    assert scores.shape == (300, 10)  # task.labels
    named = hopfield.train(classify, rows=rows, labels=np.array(["ant", "bee", "cat"])[labels])
    assert named.classes == ["ant", "bee", "cat"] and np.array_equal(named(rows), scores)


def test_the_command_is_the_program():
    for arguments in (["--version"], ["train", "--help"], ["train"]):
        done = subprocess.run([sys.executable, "-m", "hopfield", *arguments], capture_output=True, text=True)
        assert done.returncode == (2 if arguments == ["train"] else 0)
        if done.returncode == 0:
            assert done.stdout == program("hopfield", *arguments)


# Against NumPy.


def test_a_layer_is_the_formula():
    layer = hopfield.Layer(H, beta=0.7)
    weights = softmax(0.7 * X @ H.T)
    np.testing.assert_allclose(layer.weights(X), weights, atol=1e-6)
    np.testing.assert_allclose(layer(X), weights @ H, atol=1e-5)
    np.testing.assert_allclose(layer.similarities(X), X @ H.T, atol=1e-5)
    largest = (H**2).sum(1).max()
    energy = -np.log(np.exp(0.7 * X @ H.T).sum(1)) / 0.7 + 0.5 * (X**2).sum(1) + np.log(20) / 0.7 + 0.5 * largest
    np.testing.assert_allclose(layer.energy(X), energy, rtol=1e-5)
    values = random.normal(size=(20, 4))
    np.testing.assert_allclose(hopfield.Layer(H, values=values, beta=0.7)(X), weights @ values, atol=1e-5)
    assert hopfield.Layer(H).beta == pytest.approx(12**-0.5)
    heads = hopfield.Layer(H, heads=3, beta=[0.1, 0.2, 0.3])
    parts = [softmax(b * X[:, k : k + 4] @ H[:, k : k + 4].T) for b, k in zip((0.1, 0.2, 0.3), (0, 4, 8))]
    np.testing.assert_allclose(heads.weights(X), np.hstack(parts), atol=1e-6)


def test_retrieval_converges_to_a_fixed_point():
    layer = hopfield.Layer(H, beta=2.0)
    found = layer.trace(X, tolerance=1e-6)
    assert found.converged.all() and found.steps.max() > 1 and found.steps.shape == (9,)
    np.testing.assert_allclose(layer(found.states), found.states, atol=1e-4)
    np.testing.assert_allclose(found.weights @ H, found.states, atol=1e-5)
    assert (np.diff(found.energy) <= 1e-4).all()
    assert np.array_equal(layer.retrieve(X, tolerance=1e-6), found.states)
    assert hopfield.Layer(H, separation="polynomial:2").trace(X).energy is None
    assert layer.trace(X.reshape(3, 3, 12)).steps.shape == (3, 3)


def test_memories_recall():
    stored = random.choice([-1.0, 1.0], (3, 50))
    damaged = stored.copy()
    damaged[:, :8] = 0
    w = stored.T @ stored
    np.fill_diagonal(w, 0)
    hebbian = hopfield.Classical(stored)
    assert np.array_equal(hebbian.weights, w)
    np.testing.assert_allclose(hebbian.energy(stored), -0.5 * np.einsum("bi,ij,bj->b", stored, w, stored))
    for memory in (
        hebbian,
        hopfield.Classical(stored, storage="pseudo_inverse", updates="asynchronous", biases=np.zeros(50)),
        hopfield.Dense(stored, interaction="polynomial", degree=4),
        hopfield.Dense(stored, beta=0.5, updates="asynchronous"),
        hopfield.Continuous(stored, beta=1.0),
    ):
        found = memory.trace(damaged)
        np.testing.assert_allclose(found.states, stored, atol=1e-3)
        assert found.ends == ["fixed_point"] * 3 and memory.dim == 50 and isinstance(memory, hopfield.Memory)
        assert np.array_equal(memory.recall(damaged[0]), found.states[0])
        assert memory.recall(np.empty((0, 50))).shape == memory.update(np.empty((0, 50))).shape == (0, 50)


# Arrays and errors.


def test_arrays_of_any_type_and_order_are_taken():
    single = np.round(X * 8).astype(np.float32)
    layer = hopfield.Layer(H, beta=0.1)
    expected = layer(single)
    assert expected.dtype == np.float32 and expected.flags.c_contiguous
    wide = np.repeat(np.repeat(single, 2, 0), 3, 1)
    for states in (
        single.astype(np.float64),
        single.astype(np.float16),
        single.astype(np.int8),
        single.astype(">f4"),
        np.asfortranarray(single),
        wide[::2, ::3],
        single[::-1][::-1],
        single.tolist(),
        np.frombuffer(single.tobytes(), np.float32).reshape(9, 12),
    ):
        assert np.array_equal(layer(states), expected)
    assert np.array_equal(layer(single.reshape(3, 3, 12)), expected.reshape(3, 3, 12))
    np.testing.assert_allclose(layer(single[0]), expected[0], rtol=1e-5)
    assert layer.energy(single[0]).shape == () and layer(np.empty((0, 12))).shape == (0, 12)
    assert layer.weights(np.empty((2, 0, 12))).shape == (2, 0, 20)
    of_others = hopfield.Layer(np.asfortranarray(H)[::-1], beta=0.1)
    np.testing.assert_allclose(of_others(single), expected, atol=1e-5)
    with pytest.raises(ValueError, match="read-only"):
        layer.patterns[0] = 0


LAYER = hopfield.Layer(H)
ERRORS = [
    (lambda: LAYER(X[:, :5]), "states have the shape [9, 5]; the last axis must have 12 numbers"),
    (lambda: LAYER(1.0), "states have the shape []"),
    (lambda: LAYER(["a"]), "states: their dtype is <U1; expected real numbers"),
    (lambda: LAYER([[None] * 12]), "states: their dtype is object"),
    (lambda: LAYER(X * 1j), "states: their dtype is complex128"),
    (lambda: LAYER([[1], [2, 3]]), "states: setting an array element with a sequence"),
    (lambda: LAYER(np.where(X > 2, X, np.nan)), "states: row 0, column 0 is missing (NaN); allowed: finite numbers"),
    (lambda: LAYER(np.full((1, 1, 12), np.inf)), "states: the number at [0, 0, 0] is infinite"),
    (lambda: LAYER(np.full((1, 12), 1e200)), "states: row 0, column 0 is 1e200, too large for a 32-bit float"),
    (lambda: LAYER(np.full(12, 3e38)), "states: the result for state 0 overflows a 32-bit float"),
    (lambda: LAYER.retrieve(X, max_steps=0), "`max_steps` is 0; allowed: a whole number, 1 or more"),
    (lambda: LAYER.retrieve(X, tolerance=-1), "`tolerance` is -1; allowed: a number, 0 or more"),
    (lambda: hopfield.Layer(H[0]), "patterns have the shape [12]; expected two axes, [n, d]"),
    (lambda: hopfield.Layer(H[:0]), "patterns have the shape [0, 12]; expected at least one row"),
    (lambda: hopfield.Layer(H, beta=0), "`beta` is 0.0; allowed: a number from 1.2e-38"),
    (lambda: hopfield.Layer(H, beta="x"), "`beta` is x; allowed: a number, or a list"),
    (lambda: hopfield.Layer(H, beta=[1, 2]), "`beta` is 2 values; allowed: one per head, 1"),
    (lambda: hopfield.Layer(H, heads=5), "`heads` is 5; allowed: a divisor of the dimension, 12"),
    (lambda: hopfield.Layer(H, steps=-1), "`steps` is -1; allowed: a whole number, 1 or more"),
    (lambda: hopfield.Layer(H, values=X), "values have shape [9, 12]; by the settings it is [20, 12]"),
    (lambda: hopfield.Layer(H, similarity="l2"), '`similarity` is "l2"; allowed: dot, centred_dot, cosine'),
    (lambda: hopfield.Layer(H, separation="top_k"), '`separation` is "top_k"; allowed: softmax, sparsemax'),
    (lambda: hopfield.Classical(H), "a pattern has an entry that is not +1 or -1"),
    (lambda: hopfield.Classical(np.sign(H), storage="x"), '`storage` is "x"; allowed: hebbian, pseudo_inverse'),
    (lambda: hopfield.Classical(np.sign(H), biases=[1]), "`biases` is 1 numbers; allowed: 12 finite numbers"),
    (lambda: hopfield.Dense(np.sign(H)).recall(X), "allowed: +1, -1 or, if it is unknown, 0"),
    (lambda: hopfield.Dense(np.sign(H), degree=3), "`degree` applies only to polynomials"),
    (lambda: hopfield.Dense(np.sign(H), updates="x"), '`updates` is "x"; allowed: synchronous, asynchronous'),
    (lambda: hopfield.Continuous(H, tolerance=-1), "`tolerance` is -1; allowed: a number, 0 or more"),
    (lambda: hopfield.train(), "give either `config` or `example`"),
    (lambda: hopfield.train(example="x"), '`example` is "x"; allowed: digits, accurate'),
    (lambda: hopfield.train({"seed": None}), "config: seed is None, which TOML does not have"),
    (lambda: hopfield.train(CONFIG, settings={"a=b": 1}), "settings: a key contains `=`"),
    (lambda: hopfield.train(CONFIG | {"data": {"test": "x.npy"}}, rows=X), "data.test names a file, but the rows are in memory"),
    (lambda: hopfield.train(CONFIG | {"data": {"labels": "x.npy"}}, rows=X), "data.labels names a file, but"),
    (lambda: hopfield.HopfieldStack(settings={"residual": False}).fit(X), "only keys that begin with 'training.' are allowed"),
    (lambda: hopfield.HopfieldStack(patterns=8).fit(X), "patterns is 8; expected the number of patterns of each layer"),
    (lambda: hopfield.train({"layers": [{"patterns": 3, "beta": None}]}), "config: layers.0.beta is None"),
    (lambda: hopfield.train({"seed": object()}), "is not a number, text, list or dict"),
    (lambda: hopfield.train({"seed": float("nan")}), "config: Out of range float values"),
    (lambda: hopfield.train(CONFIG, rows=X[0]), "rows: their shape is [12]; expected at least one row"),
    (lambda: hopfield.train(CONFIG, rows=X[:1]), "a single row; needed are two or more"),
    (lambda: hopfield.train(CONFIG, rows=X, labels=[0, 1]), "rows: there are 9 of them, but 2 labels"),
    (lambda: hopfield.train(CONFIG, rows=X, labels=[0.5] * 9), "labels: expected one non-negative integer or one text for each row"),
    (lambda: hopfield.train(CONFIG, labels=[1]), "`labels` without `rows`"),
    (lambda: hopfield.train(CONFIG, rows=np.zeros((9, 3, 8, 8))), "channels first"),
    (lambda: hopfield.train(CONFIG, rows=X, run=ROOT / "docs"), "choose another folder with run=DIR"),
    (lambda: hopfield.load(ROOT / "README.md"), "needed is a pattern database"),
    (lambda: hopfield.load(ROOT / "docs"), "there is no patterns.safetensors in it"),
]


@pytest.mark.parametrize("call, expected", ERRORS, ids=[expected[:40] for _, expected in ERRORS])
def test_mistakes_are_one_sentence(call, expected):
    with pytest.raises(ValueError) as error:
        call()
    text = str(error.value)
    assert expected in text and "\n" not in text and "--" not in text, text


def test_all_problems_of_a_config_are_one_error(tmp_path):
    config = {"layers": [{"patterns": -1, "beta": 0.0}], "task": {"kind": "reconstruct"}, "colour": 3}
    with pytest.raises(ValueError) as error:
        hopfield.train(config, settings={"training.epochs": 0})
    lines = str(error.value).splitlines()
    for expected in ("layers.0.patterns = -1; allowed", "layers.0.beta = 0.0; allowed", "unknown key colour", "training.epochs = 0; allowed"):
        assert sum(expected in line for line in lines) == 1, lines
    assert len(lines) == 4
    (tmp_path / "bad.toml").write_text("seed = -1\n[task]\nkind = 3\n")
    with pytest.raises(ValueError, match=r"bad.toml:1: seed = -1; allowed(.|\n)*bad.toml:3: task.kind = 3"):
        hopfield.train(tmp_path / "bad.toml")


def test_what_is_not_there_is_said(tmp_path):
    for call in (
        lambda: hopfield.load(tmp_path / "none"),
        lambda: hopfield.train(tmp_path / "none.toml"),
        lambda: hopfield.train(CONFIG | {"data": {"train": tmp_path / "none.npy"}}),
    ):
        with pytest.raises(FileNotFoundError, match="none"):
            call()
    with pytest.raises(RuntimeError, match="training diverged in epoch"):
        hopfield.train(CONFIG, rows=X, settings={"training.learning_rate": 1e30}, run=tmp_path / "diverges")


def test_a_run_of_a_newer_format_is_refused(run, tmp_path):
    content = (run / "patterns.safetensors").read_bytes()
    newer = content.replace(b'\\"format\\":3', b'\\"format\\":9')
    assert newer != content
    (tmp_path / "newer.safetensors").write_bytes(newer)
    with pytest.raises(ValueError, match="format"):
        hopfield.load(tmp_path / "newer.safetensors")


# Threads, processes, interrupts.


def test_threads_answer_alike():
    layer = hopfield.Layer(random.normal(size=(300, 200)), beta=0.1)
    states = random.normal(size=(400, 200))
    expected = layer(states)
    with ThreadPoolExecutor(8) as pool:
        for answer in pool.map(layer, [states] * 40):
            assert np.array_equal(answer, expected)


def test_a_training_does_not_hold_others_up():
    layer, states = hopfield.Layer(random.normal(size=(300, 200))), random.normal(size=(400, 200))
    with ThreadPoolExecutor(1) as pool:
        trained = pool.submit(hopfield.train, example="digits", settings={"training.epochs": 4}, run=tempfile.mkdtemp())
        began, longest = time.perf_counter(), 0
        while not trained.done():
            start = time.perf_counter()
            layer(states)
            longest = max(longest, time.perf_counter() - start)
    # No call waits for the end of the training.
    assert trained.result().metrics and longest < 0.5 * (time.perf_counter() - began)


def test_the_lock_is_released():
    layer = hopfield.Layer(random.normal(size=(4000, 500)))
    states = random.normal(size=(4000, 500)).astype(np.float32)
    with ThreadPoolExecutor(1) as pool:
        done, turns = pool.submit(layer, states), 0
        while not done.done():
            turns += 1
            time.sleep(1e-4)
    assert turns > 20


def answers(states):
    try:
        return hopfield.Layer(H)(states)
    except RuntimeError as error:
        return str(error)


def test_processes_that_are_spawned_compute_and_forked_ones_say_why_not():
    hopfield.Layer(H)(X)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert all(np.array_equal(answer, LAYER(X)) for answer in pool.map(answers, [X, X]))
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert "spawn" in pool.apply(answers, (X,))


TRAIN = """
    import sys, hopfield
    try:
        hopfield.train(example="digits", settings={"training.epochs": 6}, run=sys.argv[1], resume=len(sys.argv) > 2, progress=True)
    except KeyboardInterrupt as error:
        print("interrupted:", error, flush=True)
        sys.exit(130)
"""


def test_ctrl_c_saves_and_the_run_goes_on(tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(TRAIN), str(tmp_path / "run")]
    process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("epoch   2/6"):
            process.send_signal(signal.SIGINT)
    assert process.wait() == 130 and not any(line.startswith("epoch   6/6") for line in lines), lines
    assert lines[-1].startswith("interrupted: saved in") and "resume=True" in lines[-1]
    subprocess.run([*command, "resume"], check=True, stdout=subprocess.DEVNULL)
    whole = hopfield.train(example="digits", settings={"training.epochs": 6}, run=tmp_path / "whole")
    found = hopfield.load(tmp_path / "run")
    assert all(np.array_equal(a, b) for a, b in zip(found.patterns, whole.patterns))


def test_ctrl_c_ends_the_command():
    code = """
        import sys
        from hopfield.__main__ import main
        sys.argv = ["hopfield", "experiment", "compare"]
        print("ready", flush=True)
        main()
    """
    process = python(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=5)
    assert process.returncode == -signal.SIGINT and "Traceback" not in errors


def test_an_error_while_progress_is_printed_ends_the_training(monkeypatch, tmp_path):
    monkeypatch.setattr("builtins.print", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        hopfield.train(CONFIG, rows=X, settings={"training.epochs": 100_000}, run=tmp_path / "run", progress=True)


# Runs.


def test_a_temporary_folder_goes_with_its_run(capsys):
    run = hopfield.train(CONFIG, rows=X, progress=True)
    folder = run.path
    assert folder.exists() and re.search("epoch +3/3", capsys.readouterr().out)
    assert run(X[0]).shape == (12,) and run.values == [None] and run.classes == []
    del run
    assert not folder.exists()
    assert hopfield.train(CONFIG, rows=X).metrics and capsys.readouterr().out == ""


def test_objects_are_copied_and_pickled():
    for layer in (
        hopfield.Layer(H, beta=0.3),
        hopfield.Layer(H, values=X[[0] * 20], similarity="cosine", separation="top_k:3", steps=2, heads=2, beta=[0.123, 4.567]),
    ):
        for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
            assert np.array_equal(twin(X), layer(X)) and repr(twin) == repr(layer)


# The estimator.


@pytest.fixture(scope="module")
def estimator():
    return hopfield.HopfieldStack(patterns=(8, 8), epochs=3, random_state=0)


@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_accepts_the_estimator(estimator):
    from sklearn.utils.estimator_checks import check_estimator

    found = check_estimator(estimator, on_fail=None, on_skip=None)
    failed = [(check["check_name"], str(check["exception"])) for check in found if check["status"] == "failed"]
    assert not failed
    assert len(found) > 40 and sum(check["status"] == "skipped" for check in found) <= 1


def test_the_estimator_works_with_others():
    from sklearn.base import clone
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    rows, labels = load_digits(return_X_y=True)
    stack = hopfield.HopfieldStack(patterns=(32, 32), epochs=40, random_state=1).fit(rows)
    assert stack.transform(rows).shape == (1797, 32) and set(stack.predict(rows)) <= set(range(32))
    np.testing.assert_allclose(stack.inverse_transform(stack.transform(rows)), stack.reconstruct(rows), atol=1e-3)
    assert -stack.score(rows) < rows.var(0).mean() / 2
    assert len(stack.metrics_) == 40
    assert np.array_equal(clone(stack).fit(rows).transform(rows), stack.transform(rows))
    twin = pickle.loads(pickle.dumps(stack))
    assert np.array_equal(twin.transform(rows), stack.transform(rows))
    pipeline = make_pipeline(stack, LogisticRegression(max_iter=1000))
    assert pipeline.fit(rows[:1200], labels[:1200]).score(rows[1200:], labels[1200:]) > 0.7
    search = GridSearchCV(hopfield.HopfieldStack(epochs=2, random_state=0), {"patterns": [(4,), (16, 16)]}, cv=2)
    assert search.fit(rows[:300]).best_params_ == {"patterns": (16, 16)}
    broken = clone(stack).set_params(patterns=(0,))
    with pytest.raises(hopfield.NotFittedError):
        broken.transform(rows)
    with pytest.raises(ValueError, match="layers.0.patterns = 0"):
        hopfield.HopfieldStack(patterns=(0,)).fit(rows)


# What people and their tools read.


def test_examples_in_docstrings_are_true():
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    tried = 0
    for name in hopfield.__all__:
        for test in finder.find(getattr(hopfield, name), name, module=False, globs={}):
            tried += runner.run(test).attempted
    assert tried > 4 and runner.summarize().failed == 0


def test_everything_is_documented_and_typed(tmp_path):
    for name in hopfield.__all__:
        thing = getattr(hopfield, name)
        assert name == "__version__" or inspect.getdoc(thing), name
        if inspect.isclass(thing):
            for part, value in vars(thing).items():
                assert part.startswith("_") or inspect.getdoc(value), f"{name}.{part}"
    client = tmp_path / "client.py"
    client.write_text(
        textwrap.dedent(
            """
            import numpy as np
            from numpy.typing import NDArray
            import hopfield

            layer = hopfield.Layer([[1.0, 2.0]], beta=8.0, similarity="cosine")
            answer: NDArray[np.float32] = layer(np.zeros((3, 2)))
            run: hopfield.Run = hopfield.train("digits.toml", seed=2, progress=True)
            error: float = run.metrics[-1]["test_mse"]
            codes: NDArray[np.float32] = hopfield.HopfieldStack(patterns=(4, 4)).fit(answer).transform(answer)
            ends: list[str] = hopfield.Dense(answer).trace(answer).ends
            """
        )
    )
    for tool in (["mypy", "--strict", str(client)], ["mypy", "--strict", "-p", "hopfield"], ["mypy.stubtest", "hopfield"]):
        done = subprocess.run([sys.executable, "-m", *tool], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_python_of_the_readmes_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for page in ("README.md", "crates/python/README.md"):
        blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
        assert len(blocks) == 1
        exec(blocks[0], {"patterns": H, "states": X, "X": random.normal(size=(100, 12))})


def test_the_notebook_runs(tmp_path):
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(ROOT / "examples/tour.ipynb", as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": tmp_path}}).execute()
    kinds = [kind for cell in notebook.cells for output in cell.get("outputs", []) for kind in output.get("data", {})]
    assert kinds.count("image/png") >= 4
