"""The pages in a browser: nothing is fetched, nothing fails, nothing sticks out."""

from __future__ import annotations

import pytest

from hyotan.reproduce import _page, names

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages(browser, bench, tmp_path, width, scheme):
    _page.write_all(bench, tmp_path / "dense-ae")
    for path in (tmp_path / "dense-ae" / "index.html", _page.write_index(tmp_path, names())):
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        troubles, requested = [], []
        page.on("console", lambda message, told=troubles: told.append(message.text))
        page.on("pageerror", lambda error, told=troubles: told.append(str(error)))
        page.on("dialog", lambda dialog, told=troubles: (told.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request, told=requested: told.append(request.url))
        page.goto(path.as_uri())
        assert troubles == []
        assert all(url.startswith(("file:", "data:")) for url in requested)
        assert all(page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth)"))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()
