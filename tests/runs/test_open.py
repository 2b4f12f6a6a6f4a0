"""A run of series: what is held out, what chooses the epoch, and what the model remembers."""

import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hyotan as hy
from hyotan.data import Source, load, windows
from hyotan.data.series.ragged import padded
from hyotan.data.splits import held_out
from hyotan.runs.answers import reconstruction, scores
from hyotan.runs.config import RunConfig
from hyotan.runs.fit import fit_run
from hyotan.runs.open import Query, ask, record_of, records_of, sorted_out

SERIES = np.sin(np.arange(400) / 5)
RAGGED = [np.random.default_rng(i).normal(size=(3 + i % 4, 2)) for i in range(20)]


class Spy(hy.Autoencoder):
    """The real model, that tells what it was fitted on."""

    def fit(self, X, y=None, *, validation_data=None, **given):
        self.saw = X, validation_data
        return super().fit(X, y, validation_data=validation_data, **given)


def model(**params):
    return Spy(hy.latents.Point(2), hy.nets.Dense(()), epochs=2, verbose=0, random_state=0, **params)


def held(fraction):
    return RunConfig("nowhere", test_fraction=fraction)


def steps_of(found):
    return set((found.start[:, None] + np.arange(found.length)).ravel())


def test_windows_are_held_out_in_time(tmp_path):
    spy, source = model(), load(SERIES, window=20)
    record, page = fit_run(spy, source, tmp_path / "run", held(0.2), "test")
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
    fit_run(spy, source, tmp_path / "run", held(0.2), "test")
    train, validation = spy.saw
    test = source.X.split(0.2)[1]
    assert not steps_of(train) & steps_of(validation)
    assert not steps_of(test) & (steps_of(train) | steps_of(validation))
    before = source.X.split(0.2)[0]
    np.testing.assert_array_equal(validation.start, before.split(fraction or 0.1)[1].start)


def test_lists_are_held_out_by_rows(tmp_path):
    spy, y = model(), np.arange(20)
    record, _ = fit_run(spy, Source(RAGGED, y, None, None, "a", "a"), tmp_path / "run", held(0.25), "test")
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
    fit_run(spy, source, tmp_path / "run", held(0.2), "test")
    assert (spy.schema_.kind, spy.schema_.shape) == ("series", (3, 2))
    spy = model(kind="images")
    fit_run(spy, source, tmp_path / "images", held(0.2), "test")
    assert spy.schema_.kind == "images"


def test_a_series_too_short_to_be_held_out_leaves_no_folder(tmp_path):
    source = Source(windows(SERIES[:30], 20), None, None, None, "a", "a")
    with pytest.raises(hy.DataError, match="too short to hold windows out"):
        fit_run(model(), source, tmp_path / "run", held(0.1), "test")
    assert not (tmp_path / "run").exists()


def test_gaps_within_series_are_treated_as_they_were(tmp_path):
    hours = np.r_[0:9, 12:20]
    table = pd.DataFrame({"who": np.repeat(["a", "b", "c", "d"], 17), "at": np.tile(hours, 4)})
    table["x"] = np.random.default_rng(0).normal(size=len(table))
    table.to_csv(tmp_path / "log.csv", index=False)
    for gaps, length in (("mask", 20), ("split", 9)):
        spy, source = model(), load(tmp_path / "log.csv", id="who", time="at", gaps=gaps)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", hy.HyotanWarning)
            fit_run(spy, source, tmp_path / gaps, held(0.5), "test")
        asked = ask(tmp_path / gaps, str(tmp_path / "log.csv"), "train")
        np.testing.assert_array_equal(padded(list(asked.X)), padded(list(source.X)))
        assert spy.schema_.shape == (length, 1)
        assert asked.beside["id"].tolist() == source.ids.tolist()
        if gaps == "split":  # the same table as one long series, cut at the same places
            table.assign(at=np.r_[hours, hours + 30, hours + 60, hours + 90]).to_csv(tmp_path / "long.csv", index=False)
            asked = ask(tmp_path / gaps, str(tmp_path / "long.csv"), "train", window=9, columns=["x"])
            assert asked.X.start.tolist() == [0, 17, 34, 51]


# ---------------------------------------------------------------- at the times of a series


PAST, AHEAD = 6, 3
WAVES = np.stack([np.sin(np.arange(60) / 4), np.cos(np.arange(60) / 7)], axis=1)
WAVES[20:23] = np.nan  # nothing is known of these steps
WAVES[31, 0] = np.nan  # and half of this one
NAMED = pd.DataFrame(WAVES, columns=["a", "b"])


def predictor(**params):
    net = hy.nets.Recurrent(4, future=AHEAD, **params)
    found = hy.Autoencoder(hy.latents.Point(2), net, epochs=1, verbose=0, random_state=0)
    with pytest.warns(hy.HyotanWarning, match="missing"):
        return found.fit(windows(NAMED, PAST + AHEAD))


@pytest.fixture(scope="module")
def composite():
    return predictor()


@pytest.fixture(scope="module")
def alone():
    return predictor(reconstruct=False)


def means(cells, steps):
    """The mean of (step, values) by step, as pandas makes it."""
    frame = pd.DataFrame([[at, *values] for at, values in cells]).groupby(0).mean()
    return np.array(frame.reindex(range(steps)))


def columns_of(model, X, what):
    with pytest.warns(hy.HyotanWarning, match="missing"):
        answer = what(Query(model, X, None))
    return dict(zip(answer.names, np.asarray(answer.values).T, strict=True)), answer


@pytest.mark.parametrize("stride", [1, 4])
@pytest.mark.parametrize("whole", [True, False])
def test_what_was_seen_and_what_was_predicted_stand_apart(composite, alone, stride, whole):
    X = windows(NAMED, PAST + AHEAD * whole, stride)
    with pytest.warns(hy.HyotanWarning, match="missing"):
        written, told = composite.reconstruct(X.X), composite.forecast(X.X)
    assert told.shape == (len(X), AHEAD, 2)
    seen = means([(at + j, written[i, j]) for i, at in enumerate(X.start) for j in range(PAST)], 60)
    fitting = [(i, at) for i, at in enumerate(X.start) if at + PAST + AHEAD <= 60]
    ahead = means([(at + PAST + j, told[i, j]) for i, at in fitting for j in range(AHEAD)], 60)
    found, _ = columns_of(composite, X, reconstruction)
    assert list(found) == ["a", "b", "forecast_a", "forecast_b"]
    np.testing.assert_allclose(np.stack([*found.values()], axis=1), np.c_[seen, ahead], rtol=1e-5, atol=1e-6)
    assert np.isnan(found["forecast_a"][:PAST]).all()
    assert np.isfinite(found["forecast_a"][PAST])
    found, _ = columns_of(alone, X, reconstruction)
    assert list(found) == ["forecast_a", "forecast_b"]

    if not whole:  # what came to be is part of a score
        with pytest.raises(hy.DataError, match="rows of 9 steps"), pytest.warns(hy.HyotanWarning, match="missing"):
            scores(Query(composite, X, None))
        return
    found, _ = columns_of(composite, X, scores)
    assert list(found) == ["score", "reconstruction_error", "known"]
    apart = np.where(np.isnan(seen), np.nan, WAVES - seen)
    expected = np.sqrt(np.nansum(apart**2, axis=1))
    expected[np.isnan(apart).all(axis=1)] = np.nan
    np.testing.assert_allclose(found["reconstruction_error"], expected, rtol=1e-4)
    assert "reconstruction_error" not in columns_of(alone, X, scores)[0]


def test_scores_tell_how_much_they_know(composite, alone):
    X = windows(NAMED, PAST + AHEAD)
    known = ~np.isnan(X.X)
    for model, counted in ((composite, slice(None)), (alone, slice(PAST, None))):
        found, _ = columns_of(model, X, scores)
        share = known[:, counted].mean(axis=(1, 2))
        cells = [(at + j, [share[i]]) for i, at in enumerate(X.start) for j in range(PAST + AHEAD)]
        np.testing.assert_allclose(found["known"], means(cells, 60)[:, 0], rtol=1e-12)
        with pytest.warns(hy.HyotanWarning, match="missing"):
            each = model.score_samples(X.X)
        scored = [(i, at) for i, at in enumerate(X.start) if share[i] > 0]
        assert len(X) - len(scored) == (model is alone)  # one window is followed by the hole
        cells = [(at + j, [each[i]]) for i, at in scored for j in range(PAST + AHEAD)]
        expected = means(cells, 60)[:, 0]
        expected[20:23] = np.nan
        np.testing.assert_allclose(found["score"], expected, rtol=1e-5)
        assert np.isfinite(found["score"][31])
        assert found["known"][21] < 0.8 < found["known"][50] == 1


def test_forecasts_run_over_no_gap(composite):
    hours = np.r_[0:15, 40:60]
    table = NAMED.fillna(0).iloc[: len(hours)].set_index(pd.Timestamp("2024") + pd.to_timedelta(hours, "h"))
    X = windows(table, PAST, gaps="split")
    answer = reconstruction(Query(composite, X, None))
    told = np.isfinite(answer.values[:, 2])
    assert np.flatnonzero(told).tolist() == [*range(PAST, 15), *range(15 + PAST, 35)]
    assert answer.beside["time"][15] == "2024-01-02T16:00:00"


def test_errors_of_rows_are_of_what_was_seen(composite, alone):
    X = np.nan_to_num(np.asarray(windows(NAMED, PAST + AHEAD, 9)))
    answer = scores(Query(composite, X, None))
    expected = np.linalg.norm((X - composite.reconstruct(X))[:, :PAST].reshape(len(X), -1), axis=1)
    assert answer.names == ["score", "reconstruction_error"]
    np.testing.assert_allclose(answer.values[:, 1], expected, rtol=1e-5)
    assert scores(Query(alone, X, None)).names == ["score"]


# ---------------------------------------------------------------- runs and data on the command line


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on a table with a label column, whose folder can be read again."""
    folder = tmp_path_factory.mktemp("again")
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3)), columns=["a", "b", "c"])
    frame.assign(kind=["x", "y"] * 20).to_csv(folder / "rows.csv", index=False)
    start = RunConfig.of(str(folder / "rows.csv"), {"label": "kind", "drop": ["b"]}, test_fraction=0.25)
    fit_run(model(), start.source(), folder / "run", start, "test")
    return folder / "run"


def test_a_run_reads_its_own_rows_again(run):
    frame = pd.read_csv(run.parent / "rows.csv")
    train, test = held_out(40, 0.25, seed=0)
    for part, rows, reference in (("test", test, train), ("train", train, None)):
        asked = ask(run, None, part)
        np.testing.assert_array_equal(np.asarray(asked.X, dtype=float), frame[["a", "c"]].to_numpy()[rows])
        assert asked.y.tolist() == frame["kind"][rows].tolist()
        assert (asked.reference is None) == (reference is None)
        if reference is not None:
            np.testing.assert_array_equal(
                np.asarray(asked.reference, dtype=float), frame[["a", "c"]].to_numpy()[reference]
            )
    assert len(ask(run / "model.hyotan", None, "test").X) == 10


def test_runs_are_told_from_data(run, tmp_path, monkeypatch, refused):
    monkeypatch.chdir(run.parent)
    (tmp_path / "empty").mkdir()
    path = str(run / "model.hyotan")
    assert sorted_out(["run"]) == ([Path("run")], None)
    assert sorted_out(["run", "rows.csv"]) == ([Path("run")], "rows.csv")
    assert sorted_out(["run", path, "run"]) == ([Path("run"), Path(path), Path("run")], None)
    assert sorted_out(["run", str(tmp_path / "empty")])[1] == str(tmp_path / "empty")  # a folder of images, say
    assert sorted_out(["run", "digits"])[1] == "digits"
    for names in (["run", "run", "digits"], ["run", "rows.csv", "digits"]):
        with refused(hy.ParameterError, "Only one run", names[-1]):
            sorted_out(names)


def test_a_run_that_was_not_measured_is_measured_now(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    whole = record_of(run)
    for name in ("record.json", "history.csv"):
        (tmp_path / "run" / name).unlink()
    again = record_of(tmp_path / "run")
    assert again.metrics == whole.metrics
    assert (tmp_path / "run" / "history.csv").read_bytes() == (run / "history.csv").read_bytes()
    assert records_of([run, tmp_path / "run"]).keys() == {str(run), str(tmp_path / "run")}
    assert records_of([run]).keys() == {"run"}
