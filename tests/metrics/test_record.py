"""The record of an evaluation: what it holds, what it remarks, its pictures, and its way to a file and back."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import hyotan as hy
from hyotan._errors import ArtifactError, DataError
from hyotan.metrics import Record, View, _pictures, evaluate, metric, registered
from hyotan.metrics._pictures import pictures

LABELS = np.arange(30) % 3


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((30, 4, 3))


@pytest.fixture(scope="module")
def vae(images):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hy.HyotanWarning)  # two epochs leave it collapsed
        return hy.VAE(2, epochs=2, random_state=0, verbose=0).fit(images)


@pytest.fixture(scope="module")
def record(vae, images):
    return evaluate(vae, images, LABELS, command="hyotan evaluate")


def test_the_record_tells_of_model_data_and_metrics(record, vae):
    assert set(record.metrics) == set(registered())
    assert record.data == {"kind": "images", "rows": 30, "shape": [4, 3], "columns": None, "labels": ["0", "1", "2"]}
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
    with refused(NotFittedError, "Autoencoder", "evaluate()"):
        evaluate(hy.VAE(2), images)


@pytest.mark.parametrize("y", [LABELS[:-1], LABELS[:, None]], ids=["short", "2-d"])
def test_labels_that_do_not_fit_are_refused(y, vae, images, refused):
    with refused(DataError, "y does not fit X", "30 labels", f"shape {y.shape}"):
        evaluate(vae, images, y)


def test_remarks_say_what_a_reader_should_not_miss(record, vae):
    text = "\n".join(record.warnings)
    idle = int(np.sum(np.var(record.pictures["codes"], axis=0) <= 0.01))
    assert idle > 0
    assert f"{idle} of 2 latent units carry nothing" in text
    assert ("the model has collapsed" in text) is (idle == 2)
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


def test_many_codes_are_thinned_out(vae, images, monkeypatch):
    monkeypatch.setattr(_pictures, "CODES", 12)
    found = pictures(View(vae, images))
    assert len(found["codes"]) == 12
    assert {tuple(code) for code in found["codes"]} <= {tuple(code) for code in vae.transform(images)}
