"""The page in a browser: nothing is fetched, nothing fails, every picture is there."""

from __future__ import annotations

import shutil

import pytest

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("Debian's chromium is not installed")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]
        )
        yield browser
        browser.close()


def opened(browser, path, **options):
    page = browser.new_page(**options)
    page.troubles, page.requested = [], []
    page.on("console", lambda message: page.troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("dialog", lambda dialog: (page.troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: page.requested.append(request.url))
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("name", ["solid", "table", "series", "seeing"])
def test_it_opens_without_a_network_and_without_errors(browser, pages, name):
    page = opened(browser, pages[name])
    if name == "solid":
        page.wait_for_selector("#codes-3d canvas", timeout=30_000)
    assert page.troubles == []
    assert [url for url in page.requested if not url.startswith(("file:", "data:", "blob:"))] == []
    widths = page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth)")
    assert len(widths) > 5 and all(widths)
    page.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["solid", "table", "series", "seeing"])
def test_nothing_sticks_out(browser, pages, name, width):
    page = opened(browser, pages[name], viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_dark_mode_is_dark_and_its_text_legible(browser, pages):
    page = opened(browser, pages["table"], color_scheme="dark")
    ink, paper = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    card = page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor")

    def light(colour):
        parts = [int(v) / 255 for v in colour[4:-1].split(",")]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert light(paper) < 0.05 and card == "rgb(255, 255, 255)"
    assert (light(ink) + 0.05) / (light(paper) + 0.05) > 7
    page.close()


def test_it_prints(browser, pages):
    page = opened(browser, pages["table"])
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()
