"""The record of an evaluation: what it holds, what it remarks, its pictures, and its way to a file and back."""

import hashlib
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats
from sklearn.exceptions import NotFittedError

import hyotan as hy
from hyotan.core.errors import ArtifactError, DataError
from hyotan.core.spec import Seeds, Spec
from hyotan.metrics import Record, View, _evaluate, _pictures, evaluate, metric, registered
from hyotan.metrics._pictures import pictures

LABELS = np.arange(30) % 3


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((30, 4, 3))


@pytest.fixture(scope="module")
def vae(images):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hy.HyotanWarning)  # two epochs leave it collapsed
        return hy.VAE(2, kind="images", epochs=2, random_state=0, verbose=0).fit(images)


@pytest.fixture(scope="module")
def record(vae, images):
    return evaluate(vae, images, LABELS, command="hyotan evaluate")


def test_the_record_tells_of_model_data_and_metrics(record, vae, images):
    # Of a decoder that sees the code alone, and predicts nothing, and of what are no series.
    assert set(record.metrics) == set(registered()) - {"code_use", "forecast", "spectrum"}
    assert record.data == {
        "kind": "images",
        "rows": 30,
        "shape": [4, 3],
        "ragged": False,
        "future": 0,
        "columns": None,
        "labels": ["0", "1", "2"],
        "label_rows": [10, 10, 10],
        "missing": 0,
        "range": [pytest.approx(images.min()), pytest.approx(images.max())],
        "mark": hashlib.sha256(images.astype("float32").tobytes()).hexdigest()[:16],
        "scaling": "as they are",
    }
    assert record.model["decoder_sees"] == "nothing"
    assert record.model["seed"] == vae.seed_
    assert record.model["code"] == [2]
    assert record.model["probabilistic"] is True
    assert set(record.model["parts"]) == {"net", "latent", "likelihood"}
    assert record.history == vae.history_
    assert record.command == "hyotan evaluate"
    assert {"python", "hyotan", "keras", "numpy"} <= record.versions.keys()


def test_metrics_are_found_in_the_registry(vae, images):
    @metric
    def rows_seen(view):
        return {"n": len(view.rows)}

    try:
        assert evaluate(vae, images).metrics["rows_seen"] == {"n": 30}
    finally:
        from hyotan.metrics._base import _REGISTRY

        del _REGISTRY["rows_seen"]
    assert "rows_seen" not in registered()


def test_the_record_survives_its_file(record, tmp_path):
    again = Record.load(record.save(tmp_path / "record.json"))
    for field in ("model", "data", "history", "metrics", "warnings", "versions", "command"):
        assert getattr(again, field) == getattr(record, field), field
    assert again.pictures.keys() == record.pictures.keys()
    for name, picture in record.pictures.items():
        if isinstance(picture, np.ndarray) and picture.dtype.kind != "U":
            assert again.pictures[name].dtype == picture.dtype
        np.testing.assert_array_equal(again.pictures[name], picture)


HEADER = '{"format": "hyotan record", "version": 1, '


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"text"',
        "{}",
        '{"format": "other", "version": 1}',
        '{"format": "hyotan record"}',
        '{"format": "hyotan record", "version": 99}',
        HEADER + '"extra": 1}',
        HEADER + '"pictures": {"array": "AAAA", "dtype": "<f8", "shape": [3]}}',
        HEADER + '"pictures": {"array": "AAAA", "dtype": "O", "shape": [1]}}',
    ],
)
def test_what_is_no_record_is_refused(text, tmp_path, refused):
    path = tmp_path / "record.json"
    path.write_text(text)
    with refused(ArtifactError, "record.json is not a hyotan record", "record.json of a run"):
        Record.load(path)


def test_a_model_that_is_not_fitted_is_refused(images, refused):
    with refused(NotFittedError, "VAE", "evaluate()"):
        evaluate(hy.VAE(2), images)


@pytest.mark.parametrize("y", [LABELS[:-1], LABELS[:, None]], ids=["short", "2-d"])
def test_labels_that_do_not_fit_are_refused(y, vae, images, refused):
    with refused(DataError, "y does not fit X", "30 labels", f"shape {y.shape}"):
        evaluate(vae, images, y)


def test_remarks_say_what_a_reader_should_not_miss(record, vae):
    text = "\n".join(record.warnings)
    idle = int(np.sum(np.var(record.pictures["codes"], axis=0) <= 0.01))
    assert idle > 0
    collapsed = "posterior collapse: 0 of 2 latent units are active"  # the latent's own words, as the fit has them
    assert (f"{idle} of 2 latent units carry nothing" in text) is (idle < 2)
    assert text.count(collapsed) == (idle == 2)
    assert "cross-entropies on grey values" in text
    assert set(vae.warnings_) <= set(record.warnings)
    assert len(set(record.warnings)) == len(record.warnings)


def test_remarks_on_pca_and_dead_units():
    X = np.random.default_rng(0).normal(size=(60, 2)) @ np.random.default_rng(1).normal(size=(2, 6))
    params = {"net": hy.nets.Dense((2,)), "activation": "relu", "optimizer": "sgd", "learning_rate": 1e-9}
    weak = hy.AE(3, epochs=1, random_state=0, verbose=0, **params).fit(X)  # as good as untrained
    found = evaluate(weak, X)
    assert found.metrics["reconstruction"]["pca_mean"] < found.metrics["reconstruction"]["mean"]
    assert any("PCA with 3 components reconstructs better" in text for text in found.warnings)
    assert (weak.transform(X).var(axis=0) == 0).sum() == found.metrics["codes"]["dead_units"] == 1
    assert any("1 of 3 code units never change: they are dead" in text for text in found.warnings)


def test_pairs_are_the_first_of_each_class_in_turn(vae, images):
    labels = np.array(["b"] * 4 + ["a"] * 25 + ["c"])
    found = pictures(View(vae, images, labels))
    assert found["pairs_row"].tolist() == [4, 0, 29, 5, 1, 6, 2, 7, 3, 8]
    assert found["pairs_label"].tolist() == ["a", "b", "c", "a", "b", "a", "b", "a", "b", "a"]
    np.testing.assert_allclose(found["pairs_original"], images[found["pairs_row"]], rtol=1e-6)
    np.testing.assert_array_equal(found["pairs_mean"], vae.reconstruct(images)[found["pairs_row"]])
    assert found["pairs_draw"].shape == found["pairs_mean"].shape
    assert (found["pairs_draw"] != found["pairs_mean"]).any()
    assert pictures(View(vae, images))["pairs_row"].tolist() == list(range(10))


def test_best_and_worst_go_by_the_error(vae, images):
    error = np.linalg.norm((images - vae.reconstruct(images)).reshape(30, -1), axis=1)
    found = pictures(View(vae, images))
    assert found["worst_row"].tolist() == np.argsort(-error)[:8].tolist()
    assert found["best_row"].tolist() == np.argsort(error)[:8].tolist()
    assert found["worst_rank"].tolist() == list(range(1, 9))
    assert found["best_rank"].tolist() == list(range(30, 22, -1))
    np.testing.assert_allclose(found["worst_error"], np.sort(error)[::-1][:8], rtol=1e-6)
    np.testing.assert_allclose(found["error"], np.sort(error), rtol=1e-6)


def test_the_grid_is_laid_out_as_a_plot_is(vae, images):
    found = pictures(View(vae, images))
    axis, grid = found["grid_axis"], found["grid"]
    assert grid.shape == (20, 20, 4, 3)
    for row, column in ((0, 0), (0, 19), (19, 0), (3, 11)):
        code = np.array([[axis[0][column], axis[1][19 - row]]])  # the second dimension rises
        np.testing.assert_allclose(grid[row, column], vae.inverse_transform(code)[0], atol=1e-5)


def test_traversals_change_one_dimension(vae, images):
    found, z = pictures(View(vae, images)), vae.transform(images)
    order = np.argsort(-vae.kl_per_dim(images).mean(axis=0))
    assert found["traversal_dims"].tolist() == order.tolist()
    for k, dim in enumerate(found["traversal_dims"]):
        codes = np.tile(z.mean(axis=0), (9, 1))
        codes[:, dim] = np.linspace(-3, 3, 9)
        np.testing.assert_allclose(found["traversals"][k], vae.inverse_transform(codes), atol=1e-5)


def test_codes_of_many_dimensions_are_shown_by_pca(images):
    model = hy.AE(5, epochs=1, random_state=0, verbose=0).fit(images)
    found, z = pictures(View(model, images, LABELS)), model.transform(images)
    centred = z - z.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(found["codes"]), np.abs(left[:, :2] * singular[:2]), rtol=1e-3, atol=1e-4)
    assert found["codes_pca"] == pytest.approx((singular[:2] ** 2).sum() / (singular**2).sum(), rel=1e-4)
    assert found["codes_label"].tolist() == LABELS.astype(str).tolist()
    assert not {"grid", "samples", "pairs_draw"} & found.keys()


def test_between_two_rows_codes_lie_on_a_line(vae, images):
    found, z = pictures(View(vae, images, LABELS)), vae.transform(images)
    assert found["interpolation_row"].tolist() == [0, 1, 2, 3, 4, 5]  # of classes 0, 1, 2 in turn
    assert found["interpolation_label"].tolist() == ["0", "1", "2", "0", "1", "2"]
    assert found["interpolation"].shape == (3, 9, 4, 3)
    np.testing.assert_allclose(found["interpolation_from"], images[[0, 2, 4]], rtol=1e-6)
    np.testing.assert_allclose(found["interpolation_to"], images[[1, 3, 5]], rtol=1e-6)
    for k, share in ((0, 0.0), (2, 0.25), (8, 1.0)):
        expected = vae.inverse_transform(z[[2]] * (1 - share) + z[[3]] * share)[0]
        np.testing.assert_allclose(found["interpolation"][1, k], expected, atol=1e-5)


def test_of_one_row_nothing_lies_between(vae, images):
    assert "interpolation" not in pictures(View(vae, images[:1]))


def test_missing_cells_and_ends_are_not_the_same():
    series = [np.arange(6.0)[:, None], np.array([[0.0], [np.nan], [2.0], [3.0]])]
    view = View.__new__(View)
    view.series, view.rows = True, np.full((2, 6, 1), np.nan)
    for k, row in enumerate(series):
        view.rows[k, : len(row)] = row
    told = _evaluate._cells(view)
    assert told["missing"] == 1 and told["range"] == [0.0, 5.0]
    view.rows[0, 0] = 0.5
    assert _evaluate._cells(view)["mark"] != told["mark"]


def test_many_codes_are_thinned_out(vae, images, monkeypatch):
    monkeypatch.setattr(_pictures, "CODES", 12)
    found = pictures(View(vae, images))
    assert len(found["codes"]) == 12
    assert {tuple(code) for code in found["codes"]} <= {tuple(code) for code in vae.transform(images)}


def test_draws_are_laid_beside_the_prior(vae, images):
    found, draws = pictures(View(vae, images)), vae.draw(images, random_state=0)
    dims = found["prior_dims"]
    np.testing.assert_allclose(found["prior_draws"], draws[:, dims], atol=1e-4)
    axis = found["prior_axis"]
    for k, j in enumerate(dims):
        below = [np.mean(draws[:, j] <= x) - stats.norm.cdf(x) for x in axis]
        np.testing.assert_allclose(found["prior_difference"][k], below, atol=2e-2)
    assert axis[0] == -axis[-1] <= -4
    assert "prior_draws" not in pictures(View(vae, images[:10]))


def test_units_that_carry_something_come_first_and_then_those_far_off():
    view = View.__new__(View)
    generator = np.random.default_rng(0)
    shift = np.array([0.0, 2.0, 0.5, 1.0])
    view.draws = generator.normal(shift, 1, (500, 4))
    view.codes = generator.normal(0, [1.0, 0.01, 1.0, 1.0], (500, 4))
    latent = hy.latents.Gaussian(4)
    network = SimpleNamespace(latent=latent.build(Spec((2,)), Seeds(0)))
    view.model = SimpleNamespace(parts_=SimpleNamespace(latent=latent), _fitted=SimpleNamespace(network=network))
    view.X = view.rows = np.zeros((500, 2))
    assert _pictures._prior(view)["prior_dims"].tolist() == [3, 2, 0, 1]


def test_series_are_shown_with_their_ends():
    series = [np.random.default_rng(i).normal(size=(3 + i % 4, 2)) for i in range(40)]
    model = hy.VAE(2, net=hy.nets.Recurrent(4), epochs=1, random_state=0, verbose=0).fit(series)
    record = evaluate(model, series, np.arange(40) % 2)
    assert record.data["kind"] == "series" and record.data["shape"] == [6, 2] and record.data["ragged"]
    found = record.pictures
    for k, row in enumerate(found["pairs_row"]):
        for name in ("pairs_original", "pairs_mean", "pairs_draw"):
            there = np.isfinite(found[name][k]).all(axis=1)
            assert there.tolist() == [step < len(series[row]) for step in range(6)], name
    written = model.reconstruct(series)
    np.testing.assert_allclose(found["pairs_mean"][1][: len(written[1])], written[1], rtol=1e-4, atol=1e-6)
    assert found["grid"].shape == (20, 20, 6, 2) and found["samples"].shape[0] == 30
    assert Record.from_json(record.to_json()).data == record.data


def test_long_series_are_decoded_with_fewer_steps():
    X = np.random.default_rng(0).normal(size=(20, 300))
    model = hy.AE(2, kind="series", epochs=1, random_state=0, verbose=0).fit(X)
    found = pictures(View(model, X))
    assert found["pairs_mean"].shape == (10, 300)
    assert found["grid"].shape == (20, 20, 100)
    axis = found["grid_axis"]
    code = np.array([[axis[0][5], axis[1][19]]])
    np.testing.assert_allclose(found["grid"][0, 5], model.inverse_transform(code)[0, ::3], atol=1e-5)
