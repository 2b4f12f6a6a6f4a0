"""Several runs on one page, read by the parser and by the records."""

from __future__ import annotations

import numpy as np
import pytest

import hyotan as hy
from hyotan.report._compare import differing, numbers, same_rows


def cells(found):
    return {line.what: dict(zip(("values", "best"), (line.values, line.best), strict=True)) for line in found}


@pytest.fixture(scope="module")
def runs(digits):
    X, y = digits
    params = {"epochs": 2, "verbose": 0, "random_state": 0}
    models = {"narrow <b>": hy.AE(1, **params), "wide": hy.AE(8, batch_size=16, **params), "vae": hy.VAE(2, **params)}
    return {name: hy.evaluate(model.fit(X), X, y, reference=X) for name, model in models.items()}


@pytest.fixture(scope="module")
def page(runs, tmp_path_factory, parse):
    path = hy.report.compare(runs, out=tmp_path_factory.mktemp("runs") / "new" / "runs.html", command="compare <them>")
    text = path.read_text(encoding="utf-8")
    assert "narrow <b>" not in text
    return parse(text)


def test_every_run_has_its_verdict_and_its_column(page, runs):
    assert (1, "3 runs compared") in page.heads
    for name, record in runs.items():
        found = hy.report.verdict(record)
        assert f"{name}: {found.word}" in page.text and " ".join(found.reasons[0].text.split()) in page.text
    heads = [attrs for tag, attrs in page.tags if tag == "th" and attrs.get("scope") == "col"]
    assert len(heads) == 2 * (1 + len(runs))
    assert "compare <them>" in page.text


def test_the_best_of_a_number_is_marked(runs):
    assert same_rows(runs)
    found = cells(numbers(runs, True))
    errors = [record.metrics["reconstruction"]["mean"] for record in runs.values()]
    line = found["Mean reconstruction error"]
    assert line["values"] == [f"{error:.4g}" for error in errors]
    assert line["best"] == [error == min(errors) for error in errors]
    probes = [record.metrics["probe"]["codes"] for record in runs.values()]
    assert found["Label read off the codes"]["best"] == [value == max(probes) for value in probes]
    assert found["Error of PCA of the same size"]["best"] == [False] * 3  # not the runs' own
    # An ELBO and log p(x|z) mean different things.
    assert found["Score"]["best"] == [False] * 3
    assert cells(numbers({name: runs[name] for name in ("narrow <b>", "wide")}, True))["Score"]["best"].count(True) == 1
    assert found["Units in use"]["values"][1] == "8 of 8" and found["Rate"]["values"][:2] == ["–", "–"]
    assert found["Parameters"]["values"][0] == f"{runs['narrow <b>'].model['parameters']:,}"


def test_of_equals_none_is_best(runs):
    record = runs["wide"]
    assert not any(any(line.best) for line in numbers({"a": record, "b": record}, True))


def test_a_number_that_is_missing_is_not_the_best(runs):
    without = hy.Record(**{**vars(runs["wide"]), "metrics": {"codes": runs["wide"].metrics["codes"]}})
    line = cells(numbers({"a": without, "b": runs["wide"], "c": runs["narrow <b>"]}, True))["Mean reconstruction error"]
    assert line["values"][0] == "–" and line["best"][0] is False and any(line["best"])


def test_other_rows_are_not_compared(runs, parse, tmp_path, digits):
    model = hy.AE(2, epochs=1, verbose=0, random_state=0).fit(digits[0])
    mixed = {"a": runs["wide"], "b": hy.evaluate(model, digits[0][:90])}
    assert not same_rows(mixed)
    assert not same_rows({"a": hy.Record(), "b": hy.Record()})  # nobody can tell
    page = parse(hy.report.compare(mixed, out=tmp_path / "x.html").read_text(encoding="utf-8"))
    assert "★" not in page.text and "numbers are not compared" in page.text
    assert {attrs.get("id") for attrs in page.all("figure")} == {"plot-losses"}


def test_settings_that_differ_are_told(runs):
    found = {line.what: line.values for line in differing(runs)}
    assert found["batch_size"] == ["64", "16", "64"]
    assert found["Latent"] == [record.model["parts"]["latent"] for record in runs.values()]
    assert found["Code units"] == ["1", "8", "2"]
    assert {"Net", "epochs", "Measured on", "version of keras"}.isdisjoint(found)
    assert differing({"a": runs["wide"], "b": runs["wide"]}) == []


def test_pictures_are_told_in_words_and_nothing_is_fetched(page, runs):
    losses, rows = page.all("img")
    assert "wide ends at" in losses["alt"] and "10 rows of the data" in rows["alt"]
    for image in (losses, rows):
        assert image["src"].startswith("data:image/png;base64,")
    assert not page.all("script") and not page.all("link")
    assert [level for level, _ in page.heads] == [1, 2, 2, 2, 2, 2, 2, 3]


def test_tables_and_series_can_be_compared(table, series, tmp_path, parse):
    for record in (table, series):
        page = parse(hy.report.compare({"a": record, "b": record}, out=tmp_path / "x.html").read_text(encoding="utf-8"))
        assert len(page.all("img")) == 2 and "None: all runs were set alike." in page.text


def test_what_cannot_be_compared_is_refused(table, tmp_path):
    with pytest.raises(hy.ParameterError, match=r"nothing to compare · .* received: 1 record · .* page of one"):
        hy.report.compare({"a": table}, out=tmp_path / "x.html")
    with pytest.raises(hy.ParameterError, match=r"nothing to compare · .* received: \[1, 2\]"):
        hy.report.compare([1, 2], out=tmp_path / "x.html")
    with pytest.raises(hy.ParameterError, match=r"Run 'b' is not a record · .* received: 3"):
        hy.report.compare({"a": table, "b": 3}, out=tmp_path / "x.html")
    assert list(tmp_path.iterdir()) == []


def test_runs_come_back_from_their_files(runs, tmp_path):
    again = {name: hy.Record.from_json(record.to_json()) for name, record in runs.items()}
    one, two = (hy.report.compare(found, out=tmp_path / f"{k}.html") for k, found in enumerate((runs, again)))
    assert one.read_bytes() == two.read_bytes()
    assert np.isfinite(again["vae"].metrics["likelihood"]["mean"])


def judged(error, **data):
    """Return a record whose verdict has one reason, of the same rows as all others."""
    found = {"mean": error, "pca_mean": 2.0, "constant_mean": 4.0}
    codes = {"dim": 2, "dead_units": 0}
    return hy.Record(data={"mark": "m", **data}, metrics={"reconstruction": found, "codes": codes})


def test_runs_with_one_reason_each_are_compared(tmp_path):
    records = {"a": judged(1.0), "b": judged(3.0)}
    assert {len(hy.report.verdict(record).reasons) for record in records.values()} == {1}
    assert "usable" in hy.report.compare(records, out=tmp_path / "c.html").read_text()


def test_a_loss_that_was_nan_is_read_again_and_drawn(tmp_path):
    record = judged(1.0)
    record.history = {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, float("nan"), 2.5]}
    read = hy.Record.load(record.save(tmp_path / "record.json"))
    assert np.isnan(read.history["val_loss"][1]) and read.history["loss"] == [3.0, 2.0, 1.0]
    assert "2.5, epoch 3" in hy.plots.history(read).axes[0].get_legend_handles_labels()[1][-1]
