"""Digits per second that a browser trains on, beside the program with one thread, in turns: run.py SITE... [--turns N]

SITE: what `web/build` makes (target/web/site), or copies of it with other builds of live/hopfield_web*. Needs the programs in target/release, and the
environment of tests/interop/run:

    tests/interop/run --collect-only >/dev/null; target/interop/bin/python benches/web/run.py target/web/site
"""

import argparse
import functools
import http.server
import json
import os
import statistics
import subprocess
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
# One layer of 64 patterns, and three of them, as the shipped configs train them.
STACKS = {"1 × 64": "readable", "3 × 64": "accurate"}
EPOCHS = 2

IN_PAGE = """async ([preset, epochs]) => {
  const [live] = (await (await fetch("index.html")).text()).match(/live-[0-9a-f]{8}/);
  const { open } = await import(new URL(`${live}/engine.js`, location.href));
  const engine = await open();
  const settings = JSON.parse(await engine.call("module", "choices")).presets[preset];
  settings.training.epochs = epochs;
  const training = await engine.make("Training", JSON.stringify(settings), engine.train, engine.test);
  await training.train(5);
  const digits = epochs * await engine.train.count() - 5 * settings.training.batch_size;
  const began = performance.now();
  await training.train(await training.total());
  return (digits * 1000) / (performance.now() - began);
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(site):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/changelog.html"


def native(preset):
    with tempfile.TemporaryDirectory() as folder:
        command = [ROOT / "target/release/train", f"configs/{preset}.toml", "--quiet", "--run", f"{folder}/run", "--set", f"training.epochs={EPOCHS}"]
        subprocess.run(["taskset", "-c", "0", *command], cwd=ROOT, check=True, env={**os.environ, "RAYON_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL)
        lines = Path(folder, "run/metrics.jsonl").read_text().splitlines()
    return json.loads(lines[-1])["images_per_sec"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("sites", nargs="+", type=Path)
    arguments.add_argument("--turns", type=int, default=5)
    given = arguments.parse_args()
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        places = {str(site): serve(site) for site in given.sites}
        for _ in range(given.turns):
            for stack, preset in STACKS.items():
                found.setdefault(("train, one thread", stack), []).append(native(preset))
                for site, address in places.items():
                    page = browser.new_page()
                    page.goto(address)
                    found.setdefault((site, stack), []).append(page.evaluate(IN_PAGE, [preset, EPOCHS]))
                    page.close()
        print(f"Chromium {browser.version}; medians of {given.turns} turns, digits per second\n")
        browser.close()
    print("|", *[f"| {stack} " for stack in STACKS], "|", sep="")
    print("|---", *["|--:"] * len(STACKS), "|", sep="")
    for who in ["train, one thread", *map(str, given.sites)]:
        cells = [f"| {statistics.median(found[who, stack]):,.0f} " for stack in STACKS]
        print(f"| {who} ", *cells, "|", sep="")


if __name__ == "__main__":
    main()
