"""What tests share: small real data, and MNIST where it is."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_wine
from sklearn.utils.estimator_checks import check_estimator

import hyotan  # noqa: F401  (chooses the backend before anything imports Keras)
from hyotan.core.errors import HyotanError
from hyotan.core.spec import Seeds, Spec

# Checks that are declared not to apply, and why.
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": (
        "weight 2 means the same row twice up to float32 rounding only (and for a VAE up to the noise of each row); "
        "the check wants 1e-7. test_training.py holds the equivalence at 1e-3"
    )
}


@pytest.fixture(scope="session")
def digits():
    """300 real digits, 8 × 8 in [0, 1], with their labels."""
    found = load_digits()
    return (found.images[:300] / 16).astype(np.float32), found.target[:300]


@pytest.fixture(scope="session")
def wine():
    """A real table of 13 columns with very different scales, as a pandas frame, with its classes."""
    found = load_wine(as_frame=True)
    return found.data, found.target.to_numpy()


@pytest.fixture(scope="session")
def mnist():
    """The real MNIST, (x_train, y_train, x_test, y_test) with pixels / 255."""
    folder = os.environ.get("HYOTAN_DATA")
    if not folder or not (Path(folder) / "mnist.npz").exists():
        pytest.skip("HYOTAN_DATA is not set to a folder with mnist.npz")
    with np.load(Path(folder) / "mnist.npz") as found:
        x_train, x_test = ((found[k] / 255).astype(np.float32) for k in ("x_train", "x_test"))
        return x_train, found["y_train"], x_test, found["y_test"]


@pytest.fixture
def build():
    """Make the twin of a part for rows of some shape."""

    def make(part, event=(5,), *, missing=False, seed=0):
        return part.build(Spec(event, missing=missing), Seeds(seed))

    return make


@pytest.fixture
def refused():
    """Expect a refusal of some class that tells what was expected and received, and holds some words."""

    @contextmanager
    def expect(kind, *words):
        with pytest.raises(kind) as caught:
            yield
        error = caught.value
        assert isinstance(error, HyotanError), repr(error)
        assert error.what and error.expected and error.received, str(error)
        for word in words:
            assert word in str(error)

    return expect


@pytest.fixture
def checked():
    """Hold an estimator to scikit-learn's contract."""

    def check(estimator):
        results = check_estimator(estimator, expected_failed_checks=EXPECTED, on_fail=None, on_skip=None)
        assert [r["check_name"] for r in results if r["status"] == "failed"] == []
        assert {r["check_name"] for r in results if r["status"] == "xfail"} <= set(EXPECTED)
        # Skipped by scikit-learn itself unless SCIPY_ARRAY_API is set before SciPy is imported.
        assert {r["check_name"] for r in results if r["status"] == "skipped"} <= {"check_array_api_input"}
        assert sum(r["status"] == "passed" for r in results) >= 45

    return check


@pytest.fixture(scope="module")
def browser():
    """Debian's chromium; WebGL in software, which pictures that turn want."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Debian's chromium is not installed")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        args = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]
        browser = started.chromium.launch(executable_path=chromium, args=args)
        yield browser
        browser.close()
