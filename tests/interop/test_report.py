"""The report in a real browser: nothing goes wrong, everything moves, and its numbers are the program's."""

import json

import pytest
from conftest import Page, hopfield
from playwright.sync_api import expect

DIGITS = "crates/data/assets/t10k-images-idx3-ubyte.gz"


class Report(Page):
    """The report of a run."""

    def __init__(self, browser, run, **context):
        super().__init__(browser, run / "report.html", **context)
        self.page.wait_for_function("window.hopfield")

    def output(self):
        self.settled()
        return self.page.evaluate("window.hopfield.output()")


@pytest.fixture(scope="module")
def report(browser, run):
    [written] = hopfield("report", run)
    assert written["bytes"] < 6_000_000
    page = Report(browser, run, viewport={"width": 1280, "height": 900})
    yield page
    assert page.problems == []


def test_nothing_goes_wrong(report):
    report.settled()
    assert report.problems == []
    assert report.page.locator("#curves svg").count() == 4
    assert report.page.locator("#sheets img").count() == 3
    assert report.page.locator("#usage svg").count() == 3


def test_the_slider_changes_the_sheets(report, run):
    sheet = report.page.locator("#sheets img").nth(2)
    slider = report.page.locator("#step")
    last = sheet.get_attribute("src")
    label = report.page.locator("#step-label")
    epochs = len((run / "metrics.jsonl").read_text().splitlines())
    assert label.inner_text().startswith(f"epoch {epochs} test MSE 0.0")
    slider.focus()
    report.page.keyboard.press("Home")
    first = sheet.get_attribute("src")
    assert first != last
    assert label.inner_text().startswith("epoch 0 test MSE 0.")
    report.page.keyboard.press("ArrowRight")
    assert sheet.get_attribute("src") not in (first, last)
    report.page.keyboard.press("End")
    assert sheet.get_attribute("src") == last
    # It can be looked at: an image of 9 × 8 tiles was decoded.
    assert sheet.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [262, 233]


def test_the_page_opens_with_a_film(browser, report, run):  # `report` has written the page
    page = Report(browser, run, reduced_motion="no-preference")
    play = page.page.locator("#play")
    expect(play).to_contain_text("Stop")
    seen = page.page.locator("#sheets img").nth(2).get_attribute("src")
    expect(play).to_contain_text("Play", timeout=60_000)
    assert page.page.locator("#step").input_value() == page.page.locator("#step").get_attribute("max")
    assert page.page.locator("#sheets img").nth(2).get_attribute("src") != seen
    assert page.problems == []


def test_a_pattern_that_is_clicked_shows_what_it_is_like(report):
    figure = report.page.locator("#sheets figure.sheet").nth(2)
    figure.locator("img").click(position={"x": 40, "y": 40})
    details = figure.locator(".details")
    assert details.inner_text().startswith("pattern ")
    # The pattern, three training images, three neighbours.
    assert details.locator("canvas").count() == 7
    images = details.locator("figcaption").all_inner_texts()[1:4]
    likeness = [float(text.split(": ")[1]) for text in images]
    assert all(text.startswith("training image ") for text in images)
    assert likeness == sorted(likeness, reverse=True) and likeness[0] > 0.5
    details.locator("canvas").nth(1).scroll_into_view_if_needed()
    assert report.problems == []


def test_values_are_read_by_pointer_and_keyboard(report, run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    chart = report.page.locator("#curves figure").first
    svg, readout = chart.locator("svg"), chart.locator(".readout")
    svg.focus()
    report.page.keyboard.press("Home")
    assert readout.inner_text().startswith(f"epoch 1: training {lines[0]['train_mse']:.4g}")
    report.page.keyboard.press("ArrowRight")
    assert readout.inner_text().startswith("epoch 2: ")
    svg.hover()
    # The middle of the picture; left of the curve stand the numbers of the axis.
    assert readout.inner_text().startswith(f"epoch {round(0.45 * len(lines))}: ")


def test_the_pages_answers_are_the_programs(report, run):
    recalled = hopfield("recall", run, DIGITS, "--only", "0..10")
    for index, expected in enumerate(recalled):
        report.page.select_option("#digit", str(index))
        found = report.output()
        assert max(abs(a - b) for a, b in zip(found, expected["retrieved"], strict=True)) < 1e-4
        winner = report.page.locator("#layers .layer").nth(2).locator("figcaption").first.inner_text()
        best = expected["matches"][0]
        assert winner == f"{best['pattern']}: {best['weight']:.3f}"


def test_damage_is_the_programs(report, run):
    report.page.select_option("#digit", "0")
    report.page.select_option("#mask", "bottom")
    [expected] = hopfield("recall", run, DIGITS, "--only", "0", "--mask", "bottom")
    assert max(abs(a - b) for a, b in zip(report.output(), expected["retrieved"], strict=True)) < 1e-4
    report.page.select_option("#mask", "none")
    before = report.output()
    report.page.locator("#noise").fill("0.5")
    assert report.output() != before
    report.page.locator("#noise").fill("0")
    assert report.output() == before


def test_drawing_changes_the_output(report):
    page = report.page
    page.click("#clear")
    blank = report.output()
    canvas = page.locator("#input")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
    page.mouse.up()
    drawn = report.output()
    # A stroke in the middle is answered with ink in the middle.
    middle = 14 * 28 + 14
    assert drawn[middle] > blank[middle] + 0.2
    # And with the keyboard alone.
    page.click("#clear")
    canvas.focus()
    for _ in range(6):
        page.keyboard.press("Shift+ArrowUp")
    assert report.output() != blank
    page.click("#clear")
    assert report.output() == blank


def test_it_fits_a_phone_and_the_dark(browser, run, report):
    page = Report(browser, run, viewport={"width": 400, "height": 800}, color_scheme="dark")
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"
    # Every control has a name for those who can't see it.
    for control in page.page.locator("button, select, input, svg, canvas, img").all():
        name = control.evaluate("(e) => e.ariaLabel || e.alt || e.labels?.[0]?.textContent || e.textContent")
        assert name.strip(), control.evaluate("(e) => e.outerHTML")
    assert page.problems == []


def test_stacks_of_every_kind_answer_in_the_page(browser, odd_run):
    hopfield("report", odd_run)
    page = Report(browser, odd_run)
    for index, expected in enumerate(hopfield("recall", odd_run, DIGITS, "--only", "0..10")):
        page.page.select_option("#digit", str(index))
        found = page.output()
        assert max(abs(a - b) for a, b in zip(found, expected["retrieved"], strict=True)) < 1e-4
    # Only what is an image is shown as one.
    assert [page.page.locator("#layers .layer").nth(k).locator(".winner canvas:visible").count() for k in range(3)] == [5, 0, 5]
    assert "(head " in page.page.locator("#layers .layer figcaption").first.inner_text()
    assert page.problems == []


@pytest.mark.parametrize("separation", ["softmax", "sparsemax", "entmax_1.5", "softmax1", "log_sum_relu", "top_k:3", "polynomial:2"])
@pytest.mark.parametrize("similarity", ["dot", "centred_dot", "cosine", "euclidean", "layer_norm"])
def test_layers_of_every_kind_answer_in_the_page(browser, run, tmp_path, similarity, separation):
    if (similarity, separation) == ("euclidean", "polynomial:2"):
        pytest.skip("no score is ever positive")
    if separation == "log_sum_relu" and similarity != "euclidean":
        pytest.skip("only Euclidean similarities are 0 at a pattern and fall with the distance")
    import numpy as np

    np.save(tmp_path / "a.npy", np.random.default_rng(0).random((20, 784), dtype=np.float32))
    beta = 0.05 if similarity in ("dot", "centred_dot", "euclidean") else 2
    if separation == "log_sum_relu":
        beta = 0.0077  # About half of the patterns are within reach.
    args = ["--similarity", similarity, "--separation", separation, "--beta", beta]
    hopfield("import", tmp_path / "a.npy", "--run", tmp_path / "run", *args)
    hopfield("report", tmp_path / "run")
    page = Report(browser, tmp_path / "run")
    assert not page.page.locator("#film").is_visible()
    [expected] = hopfield("recall", tmp_path / "run", DIGITS, "--only", "0")
    found = page.output()
    assert max(abs(a - b) for a, b in zip(found, expected["retrieved"], strict=True)) < 1e-4
    assert page.problems == []


def test_a_page_of_three_times_256_patterns_is_small(browser, tmp_path):
    from conftest import program

    run = tmp_path / "run"
    large = ["--set", "layers.0.patterns=256", "--set", "training.epochs=1"]
    program("train", "configs/digits.toml", "--quiet", "--run", run, *large)
    [written] = hopfield("report", run)
    assert written["bytes"] < 6_000_000
    page = Report(browser, run)
    steps = int(page.page.locator("#step").get_attribute("max"))
    assert steps >= 4, "some snapshots must be left"
    assert page.problems == []
