"""The live pages of the site (`web/build`), as their users meet them."""

import base64
import hashlib
import json
import re
import shutil
import tomllib

import numpy
import pytest
from conftest import SITE, Server, hopfield, needs_site, program, wait_for
from safetensors.numpy import load_file, save_file

pytestmark = needs_site

STEPS = "window.hopfieldLive?.state.steps"


def named(page, name):
    return page.locator(f'[data-name="{name}"]')


def hide(page, hidden):
    """As if the tab were in the background, or were no longer."""
    page.evaluate(f"Object.defineProperty(document, 'hidden', {{ value: {json.dumps(hidden)}, configurable: true }})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.fixture
def training(visit):
    """The first page, which has trained for some steps and then paused."""
    page = visit("", viewport={"width": 1280, "height": 900}, accept_downloads=True).page
    wait_for(page, f"{STEPS} > 30")
    named(page, "start").click()
    wait_for(page, "hopfieldLive.state.state === 'paused'")
    # The steps that were under way when it paused.
    before = None
    while before != (before := page.evaluate(STEPS)):
        page.wait_for_timeout(300)
    return page


def test_the_first_page_trains_by_itself_and_can_be_stopped_and_looked_back_at(training):
    page = training
    steps = page.evaluate(STEPS)
    named(page, "one").click()
    wait_for(page, f"{STEPS} === {steps + 1}")
    assert named(page, "step").inner_text() == f"{steps + 1} of 2,212"
    assert 0.01 < float(named(page, "train-error").inner_text()) < 0.07

    named(page, "time").focus()
    page.keyboard.press("Home")
    wait_for(page, "document.querySelector('[data-name=step]').innerText.startsWith('0 of')")
    named(page, "back").click()
    wait_for(page, f"document.querySelector('[data-name=step]').innerText.startsWith('{steps + 1} of')")

    hide(page, True)
    named(page, "start").click()
    hide(page, False)
    wait_for(page, "hopfieldLive.state.running")
    hide(page, True)
    assert page.evaluate("hopfieldLive.state.state") == "background"
    assert "background" in named(page, "status").inner_text()
    hide(page, False)
    wait_for(page, "hopfieldLive.state.running")
    named(page, "restart").click()
    wait_for(page, f"{STEPS} < {steps}")


def test_what_is_drawn_is_answered_by_every_layer(training):
    page = training
    assert page.locator(".winner").count() >= 9
    before = named(page, "answer-error").inner_text()
    named(page, "hide").select_option("bottom")
    wait_for(page, f"document.querySelector('[data-name=answer-error]').innerText !== {json.dumps(before)}")
    named(page, "hide").select_option("none")
    named(page, "clear").click()
    named(page, "pad").focus()
    for _ in range(6):
        page.keyboard.press("Shift+ArrowDown")
    wait_for(page, "document.querySelector('[data-name=digit-name]').innerText === 'your drawing'")
    assert "energy" in named(page, "answers").inner_text()


def test_downloads_are_those_of_the_program(training, tmp_path):
    page = training
    for name in ["safetensors", "npz", "png", "config"]:
        with page.expect_download() as download:
            named(page, f"save-{name}").click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    names = {"patterns.safetensors", "patterns.npz", "patterns.png", "config.toml"}
    assert {file.name for file in tmp_path.iterdir()} == names
    [info] = hopfield("info", tmp_path / "patterns.safetensors")
    assert [layer["patterns"] for layer in info["layers"]] == [64, 64, 72]
    arrays = load_file(tmp_path / "patterns.safetensors")
    with numpy.load(tmp_path / "patterns.npz") as same:
        assert all(numpy.array_equal(same[name], array) for name, array in arrays.items())
    config = tomllib.loads((tmp_path / "config.toml").read_text())
    assert (config["residual"], len(config["layers"]), config["training"]["epochs"]) == (True, 3, 28)


def test_settings_begin_a_new_training_or_are_refused(training):
    page = training
    page.get_by_label("Depth").fill("2")
    page.get_by_label("Patterns, N, last layer").fill("40")
    named(page, "apply").click()
    wait_for(page, "hopfieldLive.state.about.layers.map((layer) => layer.patterns).join() === '64,40'")
    wait_for(page, "location.hash === '#depth=2&last.patterns=40'")
    page.get_by_label("Similarity, last layer").select_option("euclidean")
    page.get_by_label("Separation, last layer").select_option("polynomial")
    named(page, "apply").click()
    named(page, "settings-problem").wait_for(state="visible")
    assert "allowed" in named(page, "settings-problem").inner_text()
    assert page.evaluate("hopfieldLive.state.about.layers.length") == 2


def test_files_are_opened_or_refused_with_a_sentence(training, tmp_path):
    page = training

    def opened(name, content):
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        named(page, "open-file").set_input_files(file)

    def refused(name, content):
        opened(name, content)
        named(page, "toast").wait_for(state="visible")
        sentence = named(page, "toast-text").inner_text()
        named(page, "toast-close").click()
        return sentence

    assert "bad.npz" in refused("bad.npz", b"hello")
    save_file({"weights": numpy.ones((2, 3), "f4")}, tmp_path / "other.safetensors")
    assert "other.safetensors" in refused("other.safetensors", (tmp_path / "other.safetensors").read_bytes())
    page.evaluate("""() => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(65 * 2 ** 20)], "big.npz"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }""")
    named(page, "toast").wait_for(state="visible")
    assert "64 MB" in named(page, "toast-text").inner_text()
    named(page, "toast-close").click()

    # Patterns of 8 × 8 can be seen, but not drawn for.
    numpy.save(tmp_path / "small.npy", numpy.random.default_rng(1).random((10, 64), "f4"))
    program("hopfield", "import", tmp_path / "small.npy", "--beta", "8", "--run", tmp_path / "small")
    opened("patterns.safetensors", (tmp_path / "small/patterns.safetensors").read_bytes())
    named(page, "file-banner").wait_for(state="visible")
    assert "8 × 8" in named(page, "drawing-unfit").inner_text()
    named(page, "file-back").click()
    named(page, "drawing").wait_for(state="visible")


def test_what_is_missing_is_said(browser, server):
    def said(script=None, route=None):
        page = browser.new_context(service_workers="block").new_page()
        if script:
            page.add_init_script(script)
        if route:
            page.route(route, lambda request: request.fulfill(status=404))
        page.goto(server.url)
        named(page, "broken").wait_for(state="visible")
        sentence = named(page, "broken").inner_text()
        page.context.close()
        return sentence

    assert "no WebAssembly" in said("delete window.WebAssembly")
    assert "no SIMD" in said("WebAssembly.validate = () => false")
    assert "could not be loaded" in said(route="**/digits/*")
    assert "could not be loaded" in said(route="**/worker.js")


# The largest rise of an energy on the way, as a part of its range.
RISE = """() => Math.max(...Object.values(hopfieldMemories.state.runs).map(({ frames }) => {
  const energies = frames.map(({ energy }) => energy);
  const range = Math.max(...energies) - Math.min(...energies);
  return Math.max(...energies.slice(1).map((energy, i) => (energy - energies[i]) / range));
}))"""


def test_memories_recall_what_is_hidden_and_energies_fall(visit):
    page = visit("memories.html").page
    page.evaluate("hopfieldMemories.ready")
    wait_for(page, "document.querySelector('.verdict').innerText.includes('the stored 2')")
    outcomes = page.locator(".outcome").all_inner_texts()
    assert ["Recalled" in outcome for outcome in outcomes] == [False, True, True]
    assert page.evaluate(RISE) < 1e-5
    page.locator(".networks label").nth(2).click()
    page.locator("[data-damage=noise]").click()
    wait_for(page, "document.querySelectorAll('.outcome.waiting').length === 0")
    assert page.evaluate(RISE) < 1e-5
    assert "network=continuous" in page.url


@pytest.mark.parametrize("name", ["", "memories.html"])
def test_pages_fit_a_phone(visit, name):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = visit(name, **phone).page
    wait_for(page, "Boolean(window.hopfieldLive?.state.steps > 5 || window.hopfieldMemories?.state.runs.dense)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_it_works_offline_once_loaded(browser):
    server = Server()
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url)
    page.evaluate("navigator.serviceWorker.ready")
    server.close()
    page.reload()
    wait_for(page, f"{STEPS} > 5")
    page.goto(server.url + "memories.html")
    wait_for(page, "Boolean(window.hopfieldMemories?.state.runs.dense)")
    page.goto(server.url + "devices.html")
    assert "You are offline" in page.inner_text("body")
    context.close()


def test_a_new_build_takes_over_and_is_never_mixed_with_the_old_one(browser, tmp_path):
    shutil.copytree(SITE, tmp_path / "site")
    server = Server(tmp_path / "site")
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url)
    page.evaluate("navigator.serviceWorker.ready")
    changed = tmp_path / "site/index.html"
    changed.write_text(changed.read_text().replace("<title>", "<title>New: "))
    worker = tmp_path / "site/service-worker.js"
    digest = base64.b64encode(hashlib.sha256(changed.read_bytes()).digest()).decode()
    text = re.sub(r'"index.html":"[^"]*"', f'"index.html":"sha256-{digest}"', worker.read_text())
    worker.write_text(re.sub(r'"build":"[^"]*"', '"build":"new"', text))
    page.reload()
    assert not page.title().startswith("New: ")  # still the old build, as a whole
    wait_for(page, "navigator.serviceWorker.getRegistration().then(({ waiting }) => Boolean(waiting))")
    page.goto("about:blank")
    page.goto(server.url)
    wait_for(page, "document.title.startsWith('New: ')")
    server.close()
    context.close()


def test_equations_are_rendered_and_the_search_finds(visit):
    page = visit("experiments.html").page
    assert page.locator("math").count() > 10
    page.keyboard.press("s")
    page.locator("#mdbook-searchbar").press_sequentially("simplex bound")
    page.locator("#mdbook-searchresults a").first.click()
    page.wait_for_url("**/training.html?*")
