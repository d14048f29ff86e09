#!/usr/bin/env python3
"""The range of the last layer is a dial between a low error and patterns that look like images.

    cargo build --release && python3 docs/dial.py

Trains configs/digits.toml with several ranges and sizes of the last layer, in a temporary folder (under 10 minutes on 2 cores), and
writes docs/dial.svg, the sheets docs/dial-*.png, and the table of docs/training.md to standard output.
"""
import json
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.environ.get("HOPFIELD_BIN", os.path.join(HERE, "..", "target", "release"))
RANGES = [("free", None), ("[−1, 2]", [-1.0, 2.0]), ("[0, 4]", [0.0, 4.0]), ("[0, 2]", [0.0, 2.0]), ("[0, 1]", [0.0, 1.0])]
SIZES = [64, 256]
SHEETS = {"free": "free", "[0, 4]": "parts", "[0, 1]": "images"}


def program(name, *arguments):
    command = [os.path.join(PROGRAMS, name), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def trained(folder, patterns, limits):
    """The last line of the metrics of a run, and its folder."""
    run = os.path.join(folder, f"{patterns}-{limits}")
    limits = "" if limits is None else json.dumps(limits)
    settings = [f"layers.1.patterns={patterns}", f"layers.1.range={limits}", "output.snapshots=0"]
    sets = [part for setting in settings for part in ("--set", setting)]
    program("train", os.path.join(HERE, "..", "configs", "digits.toml"), "--quiet", "--run", run, *sets)
    with open(os.path.join(run, "metrics.jsonl")) as lines:
        return json.loads(lines.readlines()[-1]), run


def drawn(curves):
    """Error against likeness, a curve for each number of patterns, as SVG."""
    width, height, left, bottom = 640, 360, 60, 50
    most_error = max(error for points in curves.values() for _, _, error in points) * 1.1
    x = lambda likeness: left + (likeness - 0.3) / 0.7 * (width - left - 20)
    y = lambda error: height - bottom - error / most_error * (height - bottom - 20)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>']
    for tick in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        parts.append(f'<path d="M{x(tick):.1f} 20V{y(0):.1f}" stroke="#ddd"/>'
                     f'<text x="{x(tick):.1f}" y="{y(0) + 16:.1f}" text-anchor="middle">{tick:.1f}</text>')
    for tick in range(0, int(most_error * 100) + 1):
        parts.append(f'<path d="M{left} {y(tick / 100):.1f}H{width - 20}" stroke="#ddd"/>'
                     f'<text x="{left - 6}" y="{y(tick / 100) + 4:.1f}" text-anchor="end">.{tick:02}</text>')
    parts.append(f'<text x="{(left + width) / 2}" y="{height - 10}" text-anchor="middle">likeness of the last layer</text>'
                 f'<text x="14" y="{height / 2}" text-anchor="middle" transform="rotate(-90 14 {height / 2})">test MSE per pixel</text>')
    for (patterns, points), colour in zip(curves.items(), ("#1f77b4", "#d62728")):
        path = "L".join(f"{x(likeness):.1f} {y(error):.1f}" for _, likeness, error in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}"/>')
        for name, likeness, error in points:
            parts.append(f'<circle cx="{x(likeness):.1f}" cy="{y(error):.1f}" r="4" fill="{colour}"/>'
                         f'<text x="{x(likeness) + 7:.1f}" y="{y(error) - 6:.1f}" fill="{colour}">{name}</text>')
        _, likeness, error = points[0]
        parts.append(f'<text x="{x(likeness):.1f}" y="{y(error) + 20:.1f}" fill="{colour}">{patterns} patterns</text>')
    return "\n".join(parts + ["</svg>\n"])


def main():
    curves = {}
    print("| range of the last layer | patterns | test MSE | simplex bound | likeness | above .6 | used |\n|---|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for patterns in SIZES:
            for name, limits in RANGES:
                line, run = trained(folder, patterns, limits)
                last = line["layers"][-1]
                likeness = last["likeness"]
                curves.setdefault(patterns, []).append((name, likeness["mean"], line["test_mse"]))
                print(f"| {name} | {patterns} | {line['test_mse']:.4f} | {line['simplex_bound']:.4f} | {likeness['mean']:.2f} "
                      f"| {likeness['alike']:.0%} | {last['used_patterns']} |", flush=True)
                if patterns == SIZES[0] and name in SHEETS:
                    program("hopfield", "show", run, "--out", os.path.join(HERE, f"dial-{SHEETS[name]}.png"), "--force")
    with open(os.path.join(HERE, "dial.svg"), "w") as svg:
        svg.write(drawn(curves))


if __name__ == "__main__":
    main()
