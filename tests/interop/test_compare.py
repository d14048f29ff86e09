"""Many runs side by side: the page in a real browser, and the table in pandas."""

import json

import pandas
import pytest
from conftest import Page, hopfield, program

SWEEP = """
example = "digits"
seeds = [1, 2]
[settings]
training.epochs = 2
training.batch_size = 500
output.snapshots = 3
[[axes]]
layers.0.separation = ["softmax", "sparsemax"]
[[axes]]
layers.1.patterns = [16, 32]
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "s.toml").write_text(SWEEP)
    program("hopfield", "sweep", folder / "s.toml", "--quiet", "--runs", folder / "runs")
    return folder / "runs"


@pytest.fixture(scope="module")
def comparison(browser, runs):
    file = runs.parent / "compare.html"
    hopfield("compare", runs, "--out", file)
    page = Page(browser, file, viewport={"width": 1280, "height": 900})
    yield page
    assert page.problems == []


def rows(comparison):
    """The cells of the table's rows, without the box that selects."""
    return [row.locator("td").all_inner_texts()[1:] for row in comparison.page.locator("#rows tbody tr").all()]


def test_the_page_shows_every_group_and_sorts(comparison, runs):
    records = hopfield("compare", runs)
    assert len(records) == 4
    shown = rows(comparison)
    settings = [[record[key] for key in record if key.startswith("layers.")] for record in records]
    assert [row[:2] for row in shown] == [[str(value) for value in values] for values in settings]
    best = comparison.page.locator("#rows tbody tr").first.locator("td.best")
    assert float(best.first.inner_text().split()[0]) == pytest.approx(records[0]["test_mse"], abs=1e-4)
    comparison.page.locator("#rows th button", has_text="patterns").click()
    assert [row[1] for row in rows(comparison)] == ["16", "16", "32", "32"]
    comparison.page.locator("#rows th button", has_text="patterns").click()
    assert [row[1] for row in rows(comparison)] == ["32", "32", "16", "16"]
    comparison.page.locator("#search").fill("sparsemax")
    comparison.settled()
    assert [row[0] for row in rows(comparison)] == ["sparsemax", "sparsemax"]
    comparison.page.locator("#search").fill("")


def test_curves_settings_and_patterns_are_drawn(comparison):
    page = comparison.page
    for section in ["training", "effect", "parallel"]:
        assert page.locator(f"#{section} svg").count() >= 1, section
    sheet = page.locator("#sheets img").first
    last = sheet.get_attribute("src")
    page.locator("#part").focus()
    page.keyboard.press("Home")
    assert sheet.get_attribute("src") != last
    assert sheet.evaluate("(image) => image.naturalWidth") > 100
    page.keyboard.press("End")
    assert sheet.get_attribute("src") == last


def test_a_phone_and_a_single_unfinished_run_will_do(browser, runs, tmp_path):
    for name, kept in [("one", 1), ("none", 0)]:
        run = tmp_path / name / "run"
        run.mkdir(parents=True)
        [source, *_] = sorted(runs.iterdir())
        (run / "config.toml").write_text((source / "config.toml").read_text())
        (run / "metrics.jsonl").write_text("".join((source / "metrics.jsonl").open().readlines()[:kept]))
        file = tmp_path / f"{name}.html"
        hopfield("compare", tmp_path / name, "--out", file)
        page = Page(browser, file, viewport={"width": 400, "height": 800})
        page.settled()
        assert page.page.locator("#rows tbody tr").count() == 1
        assert page.problems == []


def test_the_table_is_read_by_pandas(runs):
    out = runs.parent
    program("hopfield", "compare", runs, "--out", out / "t.parquet", "--out", out / "t.csv", "--out", out / "t.json")
    parquet = pandas.read_parquet(out / "t.parquet")
    csv = pandas.read_csv(out / "t.csv")
    records = json.loads((out / "t.json").read_text())
    assert list(parquet.columns) == list(csv.columns)
    assert sorted(parquet.columns) == sorted(records[0])
    for column in parquet.columns:
        expected = [record[column] for record in records]
        assert list(parquet[column]) == list(csv[column]) == expected, column
    assert parquet["layers.0.separation.kind"].tolist().count("sparsemax") == 2
