"""Files of the first version of the format still load, answer as they did and go on training as they did.

``tests/artifacts`` holds three models as hyotan 0.1 wrote them, and what that version answered.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import hyotan as hy

FILES = Path(__file__).parents[1] / "artifacts"
SAVED = ("dense-vae-images", "recurrent-ae-series", "vae-table-with-holes")


def rows_of(saved):
    """The rows the answers are of, as they were given: images, a frame, or a list of series."""
    if "lengths" not in saved:
        return saved["X"] if saved["X"].ndim > 2 else pa.table(dict(zip("abcdef", saved["X"].T, strict=True)))
    return np.split(saved["X"], np.cumsum(saved["lengths"])[:-1])


@pytest.mark.parametrize("name", SAVED)
def test_its_answers_are_those_of_before(name):
    model, saved = hy.load(FILES / f"{name}.hyotan"), np.load(FILES / f"{name}.npz")
    X = rows_of(saved)
    found = model.reconstruct(X)
    answers = {
        "transform": model.transform(X),
        "error": model.reconstruction_error(X),
        "score": model.score_samples(X),
        "reconstruct": np.concatenate(found) if isinstance(found, list) else found,
    }
    if "sample" in saved:
        answers |= {"sample": model.sample(3, random_state=5), "kl": model.kl_per_dim(X)}
    for what, answer in answers.items():
        # Equal to the bit on the machine they were made on; on another one up to what its arithmetic rounds otherwise.
        np.testing.assert_allclose(answer, saved[what], rtol=2e-5, atol=2e-6, err_msg=what)


def test_training_goes_on_from_it():
    saved = np.load(FILES / "dense-vae-images-resumed.npz")
    model = hy.load(FILES / "dense-vae-images.hyotan").set_params(epochs=7, verbose=0).fit(saved["X"], resume=True)
    np.testing.assert_allclose(model.history_["loss"], saved["loss"], rtol=1e-5)
    np.testing.assert_allclose(model.transform(saved["X"][:20]), saved["transform"], rtol=1e-4, atol=1e-5)
    assert model._fitted.state.epoch == 7


def test_early_stopping_goes_on_from_it():
    saved = np.load(FILES / "early-stopping-resumed.npz")
    model = hy.load(FILES / "early-stopping.hyotan").set_params(epochs=15, verbose=0)
    model.fit(saved["X"], validation_data=saved["V"], resume=True)
    np.testing.assert_allclose(model.history_["loss"], saved["loss"], rtol=1e-4)
    np.testing.assert_allclose(model.transform(saved["X"]), saved["transform"], rtol=1e-3, atol=1e-4)


def test_what_is_saved_anew_is_of_this_version(tmp_path):
    model = hy.load(FILES / "dense-vae-images.hyotan")
    again = hy.load(model.save(tmp_path / "again.hyotan", training=True))
    saved = np.load(FILES / "dense-vae-images.npz")
    np.testing.assert_array_equal(again.transform(saved["X"]), model.transform(saved["X"]))
    assert again._fitted.state.parts.keys() == {"history", "minibatches", "nan_guard"}
