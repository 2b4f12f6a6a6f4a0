"""The pictures of README and docs: python benchmarks/screenshots.py [--out docs/pictures].

Fits a VAE of MNIST with two units, a VAE of series of unequal length and one of a table with holes, writes their
explorers and the first one's report, opens them in Debian's chromium and takes pictures of what is seen. About five
minutes; ``$HYOTAN_DATA`` names the folder that holds ``mnist.npz``.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright
from sklearn.datasets import load_wine

import hyotan as hy  # it chooses the backend, so it comes before Keras

import keras  # isort: skip

OUT = Path(__file__).parent.parent / "docs" / "pictures"
WIDE = {"width": 1400, "height": 900}


def digits() -> tuple[Any, Any, np.ndarray]:
    """Return a VAE of MNIST with two units, and the test images with their labels."""
    data = hy.data.load("mnist")
    epochs, batch = 20, 256
    rate = keras.optimizers.schedules.CosineDecay(1e-3, epochs * -(-len(data.X) // batch))
    net = hy.nets.Dense(hidden=(512, 256, 128))
    model = hy.VAE(2, net=net, epochs=epochs, batch_size=batch, learning_rate=rate, random_state=0, verbose=0)
    return model.fit(data.X), data.X_test, data.y_test


def waves() -> tuple[Any, list[np.ndarray], np.ndarray]:
    """Return a VAE of noisy waves of unequal length, the waves, and what kind each is."""
    random = np.random.default_rng(0)
    kind = random.integers(3, size=900)
    series = []
    for which, steps in zip(kind, random.integers(30, 61, size=900), strict=True):
        angle = 2 * np.pi * (np.arange(steps) / (12, 20, 34)[which] + random.uniform())
        shape = np.stack([np.sin(angle), np.cos(angle) * random.uniform(0.4, 1.0)], axis=1)
        series.append(shape + random.normal(scale=0.08, size=shape.shape))
    names = np.array(["short", "middle", "long"])[kind]
    net = hy.nets.Recurrent(48, order="reversed")
    model = hy.VAE(2, beta=0.3, net=net, epochs=40, learning_rate=5e-3, random_state=0, verbose=0)
    return model.fit(series), series, names


def wine() -> tuple[Any, Any, np.ndarray]:
    """Return a VAE of scikit-learn's wine with every tenth cell taken out, the table, and its classes."""
    found = load_wine(as_frame=True)
    holes = np.random.default_rng(0).uniform(size=found.data.shape) < 0.1
    table = found.data.mask(holes)
    model = hy.VAE(3, epochs=300, learning_rate=3e-3, random_state=0, verbose=0).fit(table)
    return model, table, found.target_names[found.target]


def shoot(page: Page, url: str, out: Path, at: tuple[float, float] | None = None, click: bool = True) -> None:
    """Open a page, put the pointer somewhere on its map, and take a picture."""
    page.goto(url)
    if at is not None:
        page.evaluate("() => window.hyotan.ready")
        box: Any = page.locator("canvas").first.bounding_box()
        x, y = box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]
        if click:
            page.mouse.click(x, y)
        page.mouse.move(x + 6, y + 4)
        page.wait_for_timeout(400)
    page.screenshot(path=out)
    print(out)


def main() -> int:
    """Fit, write, open, take pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        parser.error("there is no chromium")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        pages = Path(folder)
        model, X, y = digits()
        hy.explore(model, X, y, out=pages / "digits.html")
        hy.report(model, X, y, out=pages / "report.html")
        for name, (fitted, rows, labels) in {"series": waves(), "table": wine()}.items():
            hy.explore(fitted, rows, labels, out=pages / f"{name}.html")
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for scheme, suffix in (("light", ""), ("dark", "-dark")):
            page = browser.new_page(viewport=WIDE, color_scheme=scheme)
            shoot(page, (pages / "digits.html").as_uri(), args.out / f"explorer{suffix}.png", (0.45, 0.4))
            page.close()
        page = browser.new_page(viewport=WIDE)
        for name in ("series", "table"):
            shoot(page, (pages / f"{name}.html").as_uri(), args.out / f"explorer-{name}.png", (0.4, 0.45))
        page.set_viewport_size({"width": 1000, "height": 1250})
        shoot(page, (pages / "report.html").as_uri(), args.out / "report.png")
        page.set_viewport_size({"width": 390, "height": 844})
        shoot(page, (pages / "digits.html").as_uri(), args.out / "explorer-phone.png", (0.5, 0.5))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
