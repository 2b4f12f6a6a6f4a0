"""The explorer and the report, opened and measured: python benchmarks/explorer.py.

A VAE of MNIST with two units and its 10,000 test images, a GRU-VAE with three units, and 100,000 rows of a table, each
in headless chromium: what leaves the page, how long it takes to open, from pointer to picture and from frame to frame,
and whether what is shown is what the model decodes. Exit status 1 if a bar is missed. ``$HYOTAN_DATA`` names the folder
that holds ``mnist.npz``.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

import hyotan as hy

MISSED: list[str] = []
FRAMES = """() => { window.seen = []; let last = performance.now();
const f = (now) => { seen.push(now - last); last = now; window.going = requestAnimationFrame(f) };
window.going = requestAnimationFrame(f) }"""
PIXELS = """() => { const c = document.querySelector("canvas.large");
return Array.from(c.getContext("2d").getImageData(0, 0, c.width, c.height).data) }"""


def row(what: str, value: float, unit: str, bar: float) -> None:
    """Print a line of the table; every bar is a largest value."""
    met = value <= bar
    if not met:
        MISSED.append(what)
    print(f"| {what} | {value:.4g} {unit} | ≤ {bar:g} {unit} | {'met' if met else '**missed**'} |", flush=True)


def opened(browser: Browser, path: Path) -> tuple[Page, float, list[str]]:
    """Open a page; return it, the seconds that took, and what it asked the network for."""
    page, asked = browser.new_page(viewport={"width": 1400, "height": 900}), []
    page.on("request", lambda request: asked.append(request.url))
    began = time.perf_counter()
    page.goto(path.as_uri())
    page.evaluate("hyotan.ready")
    settled(page)
    return page, time.perf_counter() - began, asked


def settled(page: Page, frames: int = 2) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate(
        f"new Promise(d => {{ let n = {frames}; const f = () => n-- ? requestAnimationFrame(f) : d(); f() }})"
    )


def used(page: Page, name: str, panning: float) -> None:
    """Measure pointing and panning."""
    box: Any = page.locator("#overlay").bounding_box()
    x, y, width, height = (box[key] for key in ("x", "y", "width", "height"))
    page.evaluate("hyotan.stats.pointer.length = 0")
    for across, down in np.random.default_rng(2).uniform(0.1, 0.9, (100, 2)):
        page.mouse.move(x + width * across, y + height * down)
        settled(page, 1)
    row(f"{name}: pointer to decoded picture, median", np.median(page.evaluate("hyotan.stats.pointer")), "ms", 50)
    page.mouse.move(x + width / 2, y + height / 2)
    page.mouse.down()
    page.evaluate(FRAMES)
    for k in range(120):
        page.mouse.move(x + width / 2 + 60 * np.sin(k / 6), y + height / 2 + 40 * np.cos(k / 6))
    frames = page.evaluate("() => { cancelAnimationFrame(going); return seen }")
    page.mouse.up()
    row(f"{name}: from frame to frame while panning, median", float(np.median(frames[1:])), "ms", panning)


def agreement(page: Page, model: Any) -> float:
    """Return the largest mean absolute difference, over 100 places, of the picture shown and the model's, of 255."""
    box: Any = page.locator("#overlay").bounding_box()
    worst = 0.0
    for across, down in np.random.default_rng(0).uniform(0.05, 0.8, (100, 2)):
        place = [across * box["width"], down * box["height"]]
        page.mouse.move(box["x"] + place[0], box["y"] + place[1])
        settled(page)
        code = page.evaluate("([a, b]) => hyotan.codeAt(a, b)", place)
        shown = np.asarray(page.evaluate(PIXELS), float).reshape(28, 28, 4)[..., 0]
        worst = max(worst, np.abs(shown - 255 * model.inverse_transform(np.asarray([code], np.float32))[0]).mean())
    return worst


def digits(browser: Browser, folder: Path) -> None:
    """Measure the explorer and the report of a VAE of MNIST."""
    data = hy.data.load("mnist")
    model = hy.VAE(2, epochs=5, random_state=0, verbose=0).fit(data.X)
    path = folder / "digits.html"
    hy.explore(model, data.X_test, data.y_test, out=path)
    row("MNIST, 10,000 points: file", path.stat().st_size / 1e6, "MB", 20)
    page, seconds, asked = opened(browser, path)
    row("MNIST, 10,000 points: opens", seconds, "s", 5)
    outside = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    row("MNIST, 10,000 points: requests that leave the page", len(outside), "", 0)
    used(page, "MNIST, 10,000 points", 33)
    row("MNIST: picture under the pointer against the model's, worst of 100 places", agreement(page, model), "/ 255", 2)
    page.close()
    report = hy.report(model, data.X_test, data.y_test, out=folder / "report.html")
    row("MNIST: report without the explorer", report.stat().st_size / 1e6, "MB", 8)


def slices(browser: Browser, folder: Path) -> None:
    """Measure the explorer of a GRU-VAE with three units, and what it decodes."""
    data = hy.data.load("mnist")
    net = hy.nets.Recurrent(40, cell="gru")
    model = hy.VAE(3, net=net, epochs=2, random_state=0, verbose=0).fit(data.X[:10_000])
    path = folder / "gru.html"
    hy.explore(model, data.X_test, data.y_test, out=path)
    page, _, _ = opened(browser, path)
    used(page, "GRU-VAE, three units, 10,000 points", 33)
    codes = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    shown = page.evaluate("codes => codes.map(c => Array.from(hyotan.decodeAt(c)))", codes.astype(float).tolist())
    off = np.abs(np.asarray(shown).reshape(100, -1) - model.inverse_transform(codes).reshape(100, -1)).max()
    row("GRU-VAE: decoded in the page against the model, largest difference of a cell", float(off), "", 1e-4)
    page.close()


def many(browser: Browser, folder: Path) -> None:
    """Measure the explorer of 100,000 rows."""
    random = np.random.default_rng(0)
    kinds = random.integers(0, 5, 100_000)
    X = (random.normal(size=(5, 6))[kinds] * 2 + random.normal(size=(100_000, 6))).astype(np.float32)
    model = hy.AE(2, epochs=1, random_state=0, verbose=0).fit(X[:5000])
    path = folder / "many.html"
    hy.explore(model, X, kinds, out=path)
    page, seconds, _ = opened(browser, path)
    row("table, 100,000 points: opens", seconds, "s", 5)
    used(page, "table, 100,000 points", 100)
    page.close()


def main() -> int:
    """Measure everything; exit status 1 if a bar was missed."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("there is no chromium", file=sys.stderr)
        return 2
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
    print("| what | measured | bar | |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for part in (digits, slices, many):
            part(browser, Path(folder))
        browser.close()
    return int(bool(MISSED))


if __name__ == "__main__":
    sys.exit(main())
