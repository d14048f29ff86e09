"""The recipes of docs/data.md, run in order as they are written there."""

import os
import re
import subprocess
import sys

import numpy as np
import pandas
from conftest import BINARIES, ROOT, hopfield, program
from skimage.io import imsave


def prepare(folder):
    """What the recipes ask for and do not make: embeddings in three clusters, a table, the files of a data set, pictures."""
    random = np.random.default_rng(1)
    kind = random.integers(0, 3, 600)
    x = (random.normal(size=(3, 20))[kind] * 3 + random.normal(size=(600, 20))).astype(np.float32)
    np.savez(folder / "vectors.npz", x=x, kind=kind)
    pandas.DataFrame({"embedding": list(x)}).to_parquet(folder / "embeddings.parquet")
    table = pandas.DataFrame(x[:, :5], columns=list("abcde"))
    table.assign(kind=kind, name="row").to_csv(folder / "table.csv", index=False)
    (folder / "fashion").symlink_to(ROOT / "crates/data/assets")
    for k in range(40):
        sort = folder / "pictures" / ["cats", "dogs"][k % 2]
        sort.mkdir(parents=True, exist_ok=True)
        imsave(sort / f"{k}.png", random.integers(0, 256, (6, 5), dtype=np.uint8), check_contrast=False)
    (folder / "configs").symlink_to(ROOT / "configs")


def test_every_recipe_runs(tmp_path):
    prepare(tmp_path)
    page = (ROOT / "docs/data.md").read_text()
    blocks = re.findall(r"^```(sh|python)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [kind for kind, _ in blocks].count("python") == 4 and len(blocks) == 12
    environment = os.environ | {"PATH": f"{BINARIES.resolve()}:{os.environ['PATH']}"}
    for kind, text in blocks:
        # Shorter trainings.
        text = re.sub(r"--run runs", "--set training.epochs=2 --run runs", re.sub(r" --set training.epochs=\d+", "", text))
        command = ["bash", "-euc", text] if kind == "sh" else [sys.executable, "-c", text]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, text + done.stdout + done.stderr
    assert pandas.read_csv(tmp_path / "codes.csv").best.between(0, 63).all()


def test_columns_of_texts_are_labels(tmp_path):
    random = np.random.default_rng(2)
    table = pandas.DataFrame(random.normal(size=(60, 3)), columns=list("abc"))
    table = table.assign(kind=random.choice(["oak", "ash", "elm"], 60))
    for name, save in [("t.parquet", table.to_parquet), ("t.csv", table.to_csv)]:
        save(tmp_path / name, index=False)
        place = tmp_path / name
        counts = table.kind.value_counts().to_dict()
        assert hopfield("data", place, "--labels", f"{place}#kind")[0]["classes"] == counts
        run = tmp_path / f"run-{name}"
        settings = [f"--set=data.{key}={value}" for key, value in
                    {"train": place, "labels": f"{place}#kind", "scale": "standard", "test": 0.5}.items()]
        program("train", "configs/best-64.toml", "--quiet", "--run", run, "--set=training.epochs=1", *settings)
        labels = hopfield("eval", run)[0]["labels"]
        assert [label["name"] for label in labels] == ["ash", "elm", "oak"]
