"""The page, read by the standard library's parser and by the record it was made from."""

from __future__ import annotations

import base64
import importlib
import io
import struct
from itertools import pairwise

import numpy as np
import pytest

import hyotan as hy

EVIL = "<script>alert(1)</script>"


@pytest.fixture(params=["solid", "table", "series"])
def name(request):
    return request.param


@pytest.fixture
def page(pages, name, parse):
    return parse(pages[name].read_text(encoding="utf-8"))


@pytest.fixture
def record(name, request):
    return request.getfixturevalue(name)


def test_nothing_is_fetched(page):
    for tag, attrs in page.tags:
        for attribute in ("src", "href", "srcset", "data", "action", "poster", "xlink:href"):
            value = attrs.get(attribute) or ""
            assert value.startswith(("#", "data:image/png;base64,")) or not value, (tag, value[:80])
        assert not any(attribute.startswith("on") for attribute in attrs), (tag, attrs)
        assert "url(" not in (attrs.get("style") or "")
    assert not page.all("link") and not page.all("iframe")


def test_styles_fetch_nothing(pages, name):
    style = pages[name].read_text(encoding="utf-8").split("<style>", 1)[1].split("</style>", 1)[0]
    assert "url(" not in style and "@import" not in style and "http" not in style


def test_it_is_a_whole_document(pages, name, page):
    assert pages[name].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("meta")[0] == {"charset": "utf-8"}
    assert {"header", "main", "footer", "nav"} <= {tag for tag, _ in page.tags}
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"][1:] for attrs in page.all("a")} <= set(ids)
    assert {attrs["aria-labelledby"] for attrs in page.all("section")} <= set(ids)


def test_headings_are_in_order(page):
    levels = [level for level, _ in page.heads]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_picture_is_whole_and_told_in_words(page, record):
    pictures = page.all("img")
    assert len(pictures) == sum(plot.applies(record) for plot in hy.plots.registered())
    assert len({attrs["alt"] for attrs in pictures}) == len(pictures)
    for attrs in pictures:
        assert len(attrs["alt"]) > 20
        data = base64.b64decode(attrs["src"].split(",", 1)[1], validate=True)
        width, height = struct.unpack(">II", data[16:24])
        assert data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82")
        assert int(attrs["width"]) / int(attrs["height"]) == pytest.approx(width / height, rel=0.02)


def test_what_the_user_wrote_is_text(pages, name, page, record):
    text = pages[name].read_text(encoding="utf-8")
    assert EVIL not in text and "<script>alert(2)" not in text and "<img src=x" not in text and "<b>bold" not in text
    shown = page.text
    for warning in record.warnings:
        assert warning in shown
    if name == "table":
        assert EVIL in shown
    elif name == "solid":
        assert "hyotan fit 'a & b' <data>" in shown and "low & <b>bold</b>" in shown


def test_numbers_stand_beside_their_baselines(page, record):
    found = record.metrics["reconstruction"]
    assert f"{found['mean']:.4g}" in page.text and f"{found['pca_mean']:.4g} by PCA with" in page.text
    score = record.metrics["likelihood"]
    value = f"{score['mean']:.4g} ± {score['stderr']:.2g} nats".replace("-", "−")
    assert value in page.text and record.model["score"] in page.text
    assert ("unnormalised" in page.text) is (not record.model["normalised"])
    assert f"{record.model['parameters']:,}" in page.text and str(record.model["seed"]) in page.text
    for repr_ in record.model["parts"].values():
        assert repr_ in page.text
    for package, version in record.versions.items():
        assert package in page.text and version in page.text


def test_sections_are_there_only_where_they_apply(pages):
    solid, table = (pages[n].read_text(encoding="utf-8") for n in ("solid", "table"))
    for name in ("samples", "probe"):
        assert f'id="plot-{name}"' in solid and f'id="plot-{name}"' not in table
    for name in ("columns", "grid"):
        assert f'id="plot-{name}"' in table and f'id="plot-{name}"' not in solid
    assert "The command that made this" in solid and "The command that made this" not in table
    assert 'id="codes-3d"' in solid and "Plotly.newPlot" in solid
    assert "Plotly" not in table and len(table) < 2e6


def test_series_are_told_in_words(pages, series, seeing, parse):
    page = parse(pages["series"].read_text(encoding="utf-8"))
    assert (1, "Autoencoder of series of 10 steps × 1 channel, with the 4 that follow, 2 code units") in page.heads
    ahead, gap, use = (series.metrics[name] for name in ("forecast", "prior_gap", "code_use"))
    assert f"{ahead['rmse']:.4g}" in page.text and f"{ahead['last_rmse']:.4g} by repeating the last frame" in page.text
    assert f"of the 4 steps ahead, in the data's own units. {ahead['reading']}" in page.text
    assert gap["reading"] in page.text and f"(unit {gap['worst_unit']})" in page.text
    assert use["reading"] in page.text and f"{use['shuffled']:.4g}" in page.text
    assert "the code and the previous frames" in page.text
    page = parse(pages["seeing"].read_text(encoding="utf-8"))
    assert (1, "Autoencoder of series of up to 14 steps (unequal length) × 1 channel, 2 code units") in page.heads
    assert "the code and the input" in page.text
    assert seeing.metrics["code_use"]["reading"] in page.text
    for name in ("grid", "samples", "traversals"):
        assert not [attrs for attrs in page.all("figure") if attrs.get("id") == f"plot-{name}"]
    assert "Score (" not in page.text
    assert {"plot-code_use", "plot-error_over_time"} <= {attrs.get("id") for attrs in page.all("figure")}


def test_it_is_read_from_the_verdict_to_the_command(page, record):
    from hyotan.report import verdict

    found = verdict(record)
    assert [text for level, text in page.heads if level == 2] == [
        "Verdict",
        "Key numbers",
        *(
            title
            for name, title in hy.plots.SECTIONS.items()
            if any(plot.section == name and plot.applies(record) for plot in hy.plots.registered())
        ),
        "Settings",
        "Data",
        "Versions and command",
    ]
    start = page.text.index(found.line)
    for reason in found.reasons:
        assert page.text.index(" ".join(reason.text.split()), start) > start
        start = page.text.index(" ".join(reason.text.split()), start)


def test_the_data_card_tells_of_the_cells(solid, table):
    from hyotan.report._words import columns, data_card, settings

    told = data_card(solid)
    assert told["Measured on"].startswith("100 rows, with 2 labels: ")
    assert told["Shape of a row"] == "8 × 8 (height × width)" and told["Values"] == "from 0 to 1"
    assert told["Missing in these rows"] == "none" and told["Validation rows"] == "20"
    assert sum(int(part.rsplit(": ", 1)[1]) for part in told["Rows with a label"].split(", ")) == 100
    assert "standardised" in data_card(table)["Scaling"]
    assert [line[0] for line in columns(table)] == table.data["columns"]
    found = table.metrics["reconstruction"]
    assert columns(table)[3][1:] == tuple(
        f"{found[name][3]:.4g}".replace("-", "−") for name in ("column_mean", "column_std", "column_rmse")
    )
    assert settings(table)["Set otherwise than by default"] == "epochs=2, random_state=0, verbose=0"
    lost = hy.Record(**{**vars(table), "data": {**table.data, "missing": 1234}})
    assert data_card(lost)["Missing in these rows"] == "1,234 cells"


def test_an_empty_record_is_a_page(tmp_path, parse):
    page = parse(hy.report(hy.Record(), out=tmp_path / "empty.html").read_text(encoding="utf-8"))
    assert "No warnings" in page.text and page.all("img") == []
    assert "Unmeasured Nothing was measured that could tell." in page.text


def test_warnings_are_counted(table, tmp_path, parse):
    for warnings, said in (([], "No warnings"), (["a"], "1 warning "), (["a", "b"], "2 warnings")):
        record = hy.Record(**{**vars(table), "warnings": warnings})
        assert said in parse(hy.report(record, out=tmp_path / "x.html").read_text(encoding="utf-8")).text


def test_the_same_record_makes_the_same_page(table, pages, tmp_path):
    again = hy.report(hy.Record.from_json(table.to_json()), out=tmp_path / "again.html")
    assert again.read_bytes() == pages["table"].read_bytes()


def test_a_model_is_evaluated(digits, tmp_path, parse):
    X, y = digits
    model = hy.AE(2, epochs=1, verbose=0, random_state=0).fit(X)
    path = hy.report(model, X, y, out=str(tmp_path / "new" / "report.html"), reference=X, command="make it")
    text = parse(path.read_text(encoding="utf-8")).text
    assert path == tmp_path / "new" / "report.html"
    assert "make it" in text and "fitted on the training rows" in text and "100 rows, with 10 labels" in text


def test_the_explorer_stands_in_a_frame(digits, tmp_path, parse):
    explorer = pytest.importorskip("hyotan.explorer")
    X, y = digits
    model = hy.AE(2, epochs=1, verbose=0, random_state=0).fit(X)
    page = parse(hy.report(model, X, y, out=tmp_path / "a.html", explorer=True).read_text(encoding="utf-8"))
    (frame,) = page.all("iframe")
    assert frame["title"] == "Explorer of the codes" and "src" not in frame
    assert frame["srcdoc"] == explorer.explore(model, X, y).html
    assert (2, "Explore") in page.heads and {"href": "#explore"} in page.all("a")


def test_the_report_of_mnist_is_small(mnist, tmp_path, parse):
    X, _, X_test, y_test = mnist
    model = hy.VAE(2, epochs=1, verbose=0, random_state=0).fit(X[:2000])
    path = hy.report(model, X_test[:1000], y_test[:1000], reference=X[:2000], out=tmp_path / "mnist.html")
    assert path.stat().st_size < 8e6
    assert len(parse(path.read_text(encoding="utf-8")).all("img")) == 14


def test_refusals(digits, table, tmp_path):
    model = hy.AE(2, epochs=1, verbose=0, random_state=0)
    with pytest.raises(hy.ParameterError, match=r"no rows to evaluate the model on · .* call report\(model, X"):
        hy.report(model, out=tmp_path / "x.html")
    with pytest.raises(hy.ParameterError, match=r"expected: a record alone, or a model and rows"):
        hy.report(table, digits[0], out=tmp_path / "x.html")
    with pytest.raises(hy.HyotanError, match="not fitted yet"):
        hy.report(model, digits[0], out=tmp_path / "x.html")
    with pytest.raises(hy.ParameterError, match=r"holds no decoder, .* call report\(model, X, y, explorer=True\)"):
        hy.report(table, explorer=True, out=tmp_path / "x.html")
    (tmp_path / "file").write_text("")
    with pytest.raises(hy.ArtifactError, match="cannot be written"):
        hy.report(table, out=tmp_path / "file" / "x.html")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_plot_that_fails_is_not_hidden(table, tmp_path, monkeypatch):
    broken = hy.Record(**{**vars(table), "pictures": {**table.pictures, "codes": "not an array"}})
    with pytest.raises(Exception):  # noqa: B017  (whatever it is, it is raised)
        hy.report(broken, out=tmp_path / "x.html")
    assert list(tmp_path.iterdir()) == []


def test_the_package_may_stand_where_the_function_belongs(table, tmp_path):
    room = importlib.import_module("hyotan.report")
    assert room.report is not room and callable(hy.report)
    assert hy.report.compare is room.compare and hy.report.verdict is room.verdict
    assert room(table, out=tmp_path / "a.html").exists()


def test_pictures_are_opened_by_others(pages, parse):
    from PIL import Image

    for attrs in parse(pages["solid"].read_text(encoding="utf-8")).all("img"):
        Image.open(io.BytesIO(base64.b64decode(attrs["src"].split(",", 1)[1]))).verify()


def test_pages_may_fetch_and_send_nothing(tmp_path):
    """The browser is told so, too: whatever a label or a name contains."""
    import re

    from hyotan.core.templates import environment

    base = environment().get_template("_base.html").render(versions={})
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', base)[1]
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"https?:|\*|'unsafe-eval'", policy)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("future", [None, 3], ids=["table", "series"])
def test_rows_very_far_away_are_drawn_as_well(future, tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 5)) if future is None else rng.normal(size=(60, 12, 2))
    net = "dense" if future is None else hy.nets.Recurrent(4, future=future)
    model = hy.VAE(2, net=net, epochs=2, random_state=0, verbose=0).fit(X)
    X[3], X[5] = 1e300, -1e200
    page = hy.report(model, X, out=tmp_path / "far.html").read_text()
    assert "missing" not in page.split("</h2>", 1)[0]
    hy.explore(model, X, out=tmp_path / "far-map.html")
