"""The binaries, and a finished run of the newcomer's config."""

import functools
import http.server
import json
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from playwright.sync_api import Error, sync_playwright

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


# As the machine's documents advise for a closed network.
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


class Page:
    """A page in the browser, and all that went wrong in it."""

    def __init__(self, browser, file, reduced_motion="reduce", **context):
        self.problems = []
        self.page = browser.new_context(reduced_motion=reduced_motion, **context).new_page()
        self.page.on("console", lambda m: self.problems.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self.requested)
        self.page.goto(f"file://{file}")

    def requested(self, request):
        if not request.url.startswith(("file:", "data:")):
            self.problems.append(f"asked for {request.url}")

    def settled(self):
        """After the page has drawn what was asked for."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


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


SITE = Path(os.environ.get("HOPFIELD_SITE", ROOT / "target/web/site"))
needs_site = pytest.mark.skipif(not SITE.exists(), reason="web/build has not been run")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Serves a folder until it is closed."""

    def __init__(self, folder=SITE):
        super().__init__(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
        self.url = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


@pytest.fixture(scope="session")
def server():
    server = Server()
    yield server
    server.close()


class Visit:
    """A page of the site, all that it asked for, and all that went wrong in it."""

    def __init__(self, browser, url, **context):
        self.problems, self.asked = [], []
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.problems.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(url)


def wait_for(page, condition, seconds=60):
    """Until a JavaScript expression is true. (The policy of the site forbids the evaluation that Playwright waits with.)"""
    until = time.monotonic() + seconds
    while True:
        try:
            if page.evaluate(condition):
                return
        except Error as error:
            # A page that is being replaced can't answer.
            assert "context was destroyed" in str(error), error
        assert time.monotonic() < until, condition
        time.sleep(0.05)


@pytest.fixture
def visit(browser, server):
    visits = []

    def open_page(name="", **context):
        visits.append(Visit(browser, server.url + name, **context))
        return visits[-1]

    yield open_page
    for seen in visits:
        seen.context.close()
    for seen in visits:
        assert seen.problems == []
        assert [url for url in seen.asked if not url.startswith((server.url, "data:", "blob:"))] == []
