"""Built-in data sets, available by name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hyotan.core.errors import DataError
from hyotan.core.files import reading

__all__ = ["BUILTIN", "Parts"]


class Parts(NamedTuple):
    """The arrays of a source, a description of where they came from, and the word for its rows.

    Examples
    --------
    >>> Parts(np.zeros((2, 3)), None, None, None, "from nowhere", "rows").where
    'from nowhere'
    """

    X: Any
    y: np.ndarray | None
    X_test: Any | None
    y_test: np.ndarray | None
    where: str
    rows: str
    remark: str = ""


def _digits() -> Parts:
    from sklearn.datasets import load_digits  # imported here, because it imports all of scikit-learn's data sets

    found = load_digits()
    X = (found.images / 16).astype(np.float32)
    return Parts(X, np.asarray(found.target), None, None, "from scikit-learn", "images", "in [0, 1]")


def _sines() -> Parts:
    """Windows of two noisy sines, the same at each call, split in time so that the two parts share no step.

    The noise is that of ``np.random.seed(0)``, drawn for the period of 20 first, as in the article they come from.
    """
    width, random = 100, np.random.RandomState(0)
    training: list[np.ndarray] = []
    test: list[np.ndarray] = []
    for period in (20, 80):
        t = np.arange(200 * period + 1)
        x = np.sin(2 * np.pi * t / period + random.uniform(-1, 1, len(t)) * 0.05).astype(np.float32)
        cut = round(0.9 * len(x))
        for part, windows in ((x[:cut], training), (x[cut:], test)):
            # One window fewer than fits in each part, for a total of 17,802 training and 1,800 test windows.
            windows.append(np.lib.stride_tricks.sliding_window_view(part, width)[:-1, :, np.newaxis])
    X, X_test = np.concatenate(training), np.concatenate(test)
    y, y_test = (np.repeat([0, 1], [len(part) for part in parts]) for parts in (training, test))
    return Parts(X, y, X_test, y_test, "generated (periods 20 and 80)", "windows", "in [-1, 1]")


def _mnist() -> Parts:
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    places = {"Keras's cache": home / "datasets" / "mnist.npz"}
    if os.environ.get("HYOTAN_DATA"):
        places = {"$HYOTAN_DATA/mnist.npz": Path(os.environ["HYOTAN_DATA"]).expanduser() / "mnist.npz", **places}
    names = ("x_train", "y_train", "x_test", "y_test")
    for where, path in places.items():
        with reading(path):
            if path.is_file():
                with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                    X, y, X_test, y_test = (file[name] for name in names)
                    return _mnist_parts(X, y, X_test, y_test, where)
    try:
        import keras  # imported here, because it is slow and only needed for the download

        (X, y), (X_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as err:  # Keras reports a failed download as a bare Exception
        raise DataError(
            "MNIST is not on this machine and could not be downloaded",
            expected="a file mnist.npz with " + ", ".join(names),
            received=f"{type(err).__name__}: {' '.join(str(err).split())[:200]}",
            do=f"set HYOTAN_DATA to a folder with mnist.npz in it, or put it at {home / 'datasets' / 'mnist.npz'}",
        ) from err
    return _mnist_parts(X, y, X_test, y_test, "Keras's download")


def _mnist_parts(X: np.ndarray, y: np.ndarray, X_test: np.ndarray, y_test: np.ndarray, where: str) -> Parts:
    X, X_test = (np.divide(part, 255, dtype=np.float32) for part in (X, X_test))
    return Parts(X, y, X_test, y_test, f"from {where}", "images", "in [0, 1]")


BUILTIN: dict[str, Callable[[], Parts]] = {"digits": _digits, "mnist": _mnist, "sines": _sines}
