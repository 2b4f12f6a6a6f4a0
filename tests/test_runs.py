"""A run of series: what is held out, what chooses the epoch, and what the model remembers."""

import numpy as np
import pytest

import hyotan as hy
from hyotan.data import Source, load, windows
from hyotan.data.splits import held_out
from hyotan.runs import fit_run

SERIES = np.sin(np.arange(400) / 5)
RAGGED = [np.random.default_rng(i).normal(size=(3 + i % 4, 2)) for i in range(20)]


class Spy(hy.Autoencoder):
    """The real model, that tells what it was fitted on."""

    def fit(self, X, y=None, *, validation_data=None, **given):
        self.saw = X, validation_data
        return super().fit(X, y, validation_data=validation_data, **given)


def model(**params):
    return Spy(hy.latents.Point(2), hy.nets.Dense(()), epochs=2, verbose=0, random_state=0, **params)


def steps_of(found):
    return set((found.start[:, None] + np.arange(found.length)).ravel())


def test_windows_are_held_out_in_time(tmp_path):
    spy, source = model(), load(SERIES, window=20)
    record, page = fit_run(spy, source, tmp_path / "run", 0.2, "test")
    train, test = source.X.split(0.2)
    for seen, expected in zip(spy.saw, (train, test), strict=True):
        np.testing.assert_array_equal(seen.start, expected.start)
    assert record.data["rows"] == len(test)
    assert page.exists()
    loaded = hy.load(tmp_path / "run" / "model.hyotan")
    assert loaded._fitted.info["reading"] == source.reading == {"window": 20}
    assert loaded.schema_.kind == "series"


@pytest.mark.parametrize("fraction", [None, 0.3])
def test_what_stops_a_run_early_shares_no_step_with_what_trains_it(tmp_path, fraction):
    spy, source = model(early_stopping=True, validation_fraction=fraction), load(SERIES, window=20)
    fit_run(spy, source, tmp_path / "run", 0.2, "test")
    train, validation = spy.saw
    test = source.X.split(0.2)[1]
    assert not steps_of(train) & steps_of(validation)
    assert not steps_of(test) & (steps_of(train) | steps_of(validation))
    before = source.X.split(0.2)[0]
    np.testing.assert_array_equal(validation.start, before.split(fraction or 0.1)[1].start)


def test_lists_are_held_out_by_rows(tmp_path):
    spy, y = model(), np.arange(20)
    record, _ = fit_run(spy, Source(RAGGED, y, None, None, "a", "a"), tmp_path / "run", 0.25, "test")
    train, test = held_out(20, 0.25, seed=0)
    for seen, rows in zip(spy.saw, (train, test), strict=True):
        assert isinstance(seen, list)
        assert [series.tobytes() for series in seen] == [RAGGED[row].tobytes() for row in rows]
    assert (record.data["rows"], record.data["ragged"]) == (5, True)
    assert "reading" not in spy._fitted.info


def test_a_source_of_series_says_so_unless_the_user_did(tmp_path):
    (tmp_path / "a.ts").write_text("@data\n" + "".join(f"{i},{i * i},{-i}:1,{i},2\n" for i in range(20)))
    source = load(tmp_path / "a.ts")
    spy = model()
    fit_run(spy, source, tmp_path / "run", 0.2, "test")
    assert (spy.schema_.kind, spy.schema_.shape) == ("series", (3, 2))
    spy = model(kind="images")
    fit_run(spy, source, tmp_path / "images", 0.2, "test")
    assert spy.schema_.kind == "images"


def test_a_series_too_short_to_be_held_out_leaves_no_folder(tmp_path):
    source = Source(windows(SERIES[:30], 20), None, None, None, "a", "a")
    with pytest.raises(hy.DataError, match="too short to hold windows out"):
        fit_run(model(), source, tmp_path / "run", 0.1, "test")
    assert not (tmp_path / "run").exists()
