"""The page in a browser: nothing is fetched, nothing fails, every picture is there."""

from __future__ import annotations

from pathlib import Path

import pytest

import hyotan as hy

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"


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


@pytest.fixture(scope="module")
def every(pages, solid, table, tmp_path_factory):
    """The pages of single runs, and one of several."""
    path = tmp_path_factory.mktemp("runs") / "runs.html"
    return {**pages, "runs": hy.report.compare({"one": solid, "two": solid}, out=path, command="x" * 300)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["solid", "table", "series", "runs"])
def test_axe_finds_nothing_serious(browser, every, name, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in web/")
    page = opened(browser, every[name], color_scheme=scheme)
    page.add_script_tag(content=AXE.read_text())
    # Plotly's picture is another's work.
    found = page.evaluate("axe.run({exclude: ['#codes-3d']}, {resultTypes: ['violations']})")
    grave = [(v["id"], v["nodes"][0]["html"]) for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert grave == []
    page.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_page_of_several_runs_fits_and_has_no_errors(browser, every, width):
    page = opened(browser, every["runs"], viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.troubles == [] and all(url.startswith(("file:", "data:")) for url in page.requested)
    assert all(page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth)"))
    page.close()
