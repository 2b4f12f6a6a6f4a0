"""load(): names, files, folders and things in memory become data with a note; the rest is refused in one sentence."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import struct
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import csv, parquet
from sklearn.datasets import load_digits

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.io.load import load
from hyotan.data.tables.frames import numeric

DATA = os.environ.get("HYOTAN_DATA", "")
needs_data = pytest.mark.skipif(not DATA, reason="HYOTAN_DATA is not set to a folder with the data sets")
X = np.arange(12.0).reshape(4, 3)
Y = np.array([0, 1, 0, 1])
TABLE = pa.table({"a": [1.0, None], "b": [3, 4], "kind": ["x", "y"]})


def test_importing_brings_no_heavy_library() -> None:
    code = "import sys, hyotan.data.io.load; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"keras", "jax", "sklearn", "PIL", "pandas", "polars", "pyarrow"} & {*found.stdout.split()}


# ---------------------------------------------------------------- built-in names


def test_digits() -> None:
    source = load("digits")
    expected = load_digits()
    assert source.X.dtype == np.float32
    np.testing.assert_array_equal(source.X * 16, expected.images)
    np.testing.assert_array_equal(source.y, expected.target)
    assert (source.X_test, source.y_test, source.name) == (None, None, "digits")
    assert source.note == "digits from scikit-learn: 1,797 x 8 x 8 float32 in [0, 1], labelled"


def test_sines_are_the_formula_and_split_in_time() -> None:
    source = load("sines")
    assert (source.X.shape, source.X_test.shape) == ((17802, 100, 1), (1800, 100, 1))
    assert (source.X.dtype, source.y.shape, source.y_test.shape) == (np.float32, (17802,), (1800,))
    for label, period, first_test in ((0, 20, 3601), (1, 80, 14401)):
        for windows, start in ((source.X[source.y == label], 0), (source.X_test[source.y_test == label], first_test)):
            t = start + np.arange(len(windows))[:, None] + np.arange(100)
            angle = 2 * np.pi * t / period
            # Noise of at most 0.05 in the angle: the sine is off by at most that, and never by the noise of another t.
            assert np.abs(windows[..., 0] - np.sin(angle)).max() <= 0.05
            np.testing.assert_array_equal(windows[1:, :-1], windows[:-1, 1:])
    np.testing.assert_array_equal(load("sines").X, source.X)


def test_sines_have_the_noise_they_say() -> None:
    series = load("sines").X[:3000, 0, 0].astype(float)
    t = np.arange(len(series))
    slope = np.cos(2 * np.pi * t / 20)
    noise = ((series - np.sin(2 * np.pi * t / 20)) / slope)[np.abs(slope) > 0.9]
    assert abs(noise.std() - 0.1 / np.sqrt(12)) < 0.002  # the spread of a flat distribution of width 0.1


@needs_data
def test_mnist_is_the_real_one() -> None:
    source = load("mnist")
    assert source.note == (
        "mnist from $HYOTAN_DATA/mnist.npz: 60,000 x 28 x 28 float32 in [0, 1], labelled, 10,000 test images"
    )
    assert (source.X.shape, source.X_test.shape, source.X.dtype) == ((60000, 28, 28), (10000, 28, 28), np.float32)
    assert np.bincount(source.y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(source.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (source.X.min(), source.X.max()) == (0, 1)
    raw = np.rint(source.X_test * 255).astype(np.uint8)
    np.testing.assert_array_equal(raw, np.load(Path(DATA) / "mnist.npz")["x_test"])
    assert round(float(source.X.mean()), 4) == 0.1307  # the mean everybody normalises MNIST by
    assert round(float(source.X.std()), 4) == 0.3081


@pytest.fixture
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without MNIST whose Keras cannot download: KERAS_HOME is the folder returned."""

    def fail() -> None:
        raise Exception("URL fetch failure on https://storage: None -- [Errno -2] Name or service not known")

    keras = types.ModuleType("keras")
    keras.datasets = types.SimpleNamespace(mnist=types.SimpleNamespace(load_data=fail))
    monkeypatch.setitem(sys.modules, "keras", keras)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("HYOTAN_DATA", raising=False)
    return tmp_path / "keras"


def small_mnist(path: Path, value: int = 255) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.full((2, 28, 28), value, np.uint8)
    np.savez(path, x_train=image, y_train=np.array([3, 4]), x_test=image[:1], y_test=np.array([5]))


def test_mnist_from_keras_cache(no_mnist: Path) -> None:
    small_mnist(no_mnist / "datasets" / "mnist.npz", 51)
    source = load("mnist")
    assert np.unique(source.X).tolist() == [np.float32(0.2)]
    assert (source.y.tolist(), source.y_test.tolist()) == ([3, 4], [5])
    assert "from Keras's cache" in source.note


def test_mnist_in_the_data_folder_comes_first(no_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_mnist(no_mnist / "datasets" / "mnist.npz", 0)
    small_mnist(tmp_path / "data" / "mnist.npz", 255)
    monkeypatch.setenv("HYOTAN_DATA", str(tmp_path / "data"))
    assert load("mnist").X.min() == 1
    monkeypatch.setenv("HYOTAN_DATA", str(tmp_path / "elsewhere"))
    assert load("mnist").X.min() == 0


def test_mnist_is_downloaded_last(no_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.full((2, 28, 28), 255, np.uint8)
    parts = (image, np.array([1, 2])), (image[:1], np.array([3]))
    monkeypatch.setattr(sys.modules["keras"].datasets.mnist, "load_data", lambda: parts)
    source = load("mnist")
    assert (source.X.dtype, source.X.max(), source.y_test.tolist()) == (np.float32, 1, [3])


def test_mnist_offline_says_which_file_to_put_where(no_mnist: Path) -> None:
    with pytest.raises(DataError, match=r"MNIST.*x_train.*URL fetch failure.*HYOTAN_DATA.*mnist\.npz") as caught:
        load("mnist")
    assert str(no_mnist / "datasets" / "mnist.npz") in str(caught.value)


def test_a_broken_mnist_is_named(no_mnist: Path) -> None:
    path = no_mnist / "datasets" / "mnist.npz"
    small_mnist(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=r"mnist\.npz cannot be read"):
        load("mnist")
    np.savez(path, other=X)
    with pytest.raises(DataError, match=r"mnist\.npz cannot be read.*x_train"):
        load("mnist")


@pytest.mark.parametrize("option", [{"label": "a"}, {"resize": 28}, {"key": "X"}, {"window": 3}, {"drop": ["a"]}])
def test_options_do_not_apply_to_names(option: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match="no meaning for the built-in 'digits'.*leave"):
        load("digits", **option)


# ---------------------------------------------------------------- in memory


@pytest.mark.parametrize("table", [TABLE, TABLE.to_pandas(), pl.from_arrow(TABLE)], ids=["arrow", "pandas", "polars"])
def test_tables_pass_through(table: object) -> None:
    assert load(table).X is table
    source = load(table, label="kind")
    assert type(source.X) is type(table)
    assert source.y.tolist() == ["x", "y"]
    assert source.note == "table from memory: 2 rows x 2 columns, labelled"


@pytest.mark.parametrize("data", [X, X.tolist(), [X, X[:2]]], ids=["array", "list", "ragged"])
def test_arrays_and_lists_pass_through(data: object) -> None:
    source = load(data)
    assert source.X is data
    assert source.y is None
    assert source.note.startswith("array from memory: ")


def test_options_do_not_apply_to_arrays() -> None:
    with pytest.raises(ParameterError, match="'label' parameter has no meaning for an array.*only with a table"):
        load(X, label="a")
    with pytest.raises(ParameterError, match="'resize'.*a folder of images"):
        load(TABLE, resize=3)
    with pytest.raises(ParameterError, match=r"'key'.*a file \.npz, \.mat"):
        load(TABLE, key="X")


def test_tables_with_nothing_in_them_are_refused() -> None:
    with pytest.raises(DataError, match="no rows"):
        load(TABLE.slice(0, 0))
    with pytest.raises(DataError, match="no columns to train on.*beside the label"):
        load(TABLE.select(["kind"]), label="kind")
    with pytest.raises(DataError, match="same name"):
        load(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(DataError, match="There are no data.*None"):
        load(None)
    with pytest.raises(DataError, match=r"\.collect\(\)"):
        load(pl.LazyFrame({"a": [1]}))


# ---------------------------------------------------------------- .npy and .npz


def test_npy(tmp_path: Path) -> None:
    path = tmp_path / "cells.npy"
    np.save(path, X)
    for given in (path, str(path)):
        source = load(given)
        np.testing.assert_array_equal(source.X, X)
        assert (source.y, source.name, source.note) == (None, "cells", f"cells from {path}: 4 x 3 float64")


def test_numbers_come_in_this_machines_byte_order(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", X.astype(">f8"))
    source = load(tmp_path / "a.npy")
    assert source.X.dtype.isnative
    np.testing.assert_array_equal(source.X, X)


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"X": X, "y": Y}, (X, Y, None, None)),
        ({"X": X, "y": Y[:, None]}, (X, Y, None, None)),
        ({"X": X, "y": Y, "other": X + 1}, (X, Y, None, None)),
        ({"x_train": X, "y_train": Y, "x_test": X[:2], "y_test": Y[:2]}, (X, Y, X[:2], Y[:2])),
        ({"X": X, "X_test": X[:1]}, (X, None, X[:1], None)),
        ({"data": X}, (X, None, None, None)),
        ({"whatever": X}, (X, None, None, None)),
    ],
)
def test_npz(tmp_path: Path, arrays: dict[str, np.ndarray], expected: tuple[np.ndarray | None, ...]) -> None:
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    source = load(tmp_path / "a.npz")
    for found, wanted in zip((source.X, source.y, source.X_test, source.y_test), expected, strict=True):
        assert (found is None) == (wanted is None)
        if wanted is not None:
            np.testing.assert_array_equal(found, wanted)


def test_npz_with_key_and_label(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=X, y=Y, z=X + 1, w=Y + 1)
    source = load(tmp_path / "a.npz", key="z", label="w")
    np.testing.assert_array_equal(source.X, X + 1)
    np.testing.assert_array_equal(source.y, Y + 1)
    assert load(tmp_path / "a.npz", key="z").y is None
    np.testing.assert_array_equal(load(tmp_path / "a.npz", label="w").y, Y + 1)


def test_npz_with_unknown_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", first=X, second=X)
    with pytest.raises(DataError, match=r"several arrays.*x_train, y_train.*first, second.*key='first'"):
        load(tmp_path / "a.npz")
    with pytest.raises(ParameterError, match="no array named 'frist'.*did you mean 'first'"):
        load(tmp_path / "a.npz", key="frist")
    with pytest.raises(ParameterError, match="no array named 'y'"):
        load(tmp_path / "a.npz", key="first", label="y")


def test_npz_whose_parts_do_not_fit(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=X, y=Y[:3])
    with pytest.raises(DataError, match=r"'y' in .*a\.npz is not one label per row.*\(4,\).*\(3,\)"):
        load(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", x_train=X, x_test=X[:, :2])
    with pytest.raises(DataError, match=r"test part .* another shape.*\(3,\).*\(2,\)"):
        load(tmp_path / "b.npz")


class Trap:
    """Unpickling this would leave a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Run a command when loaded."""
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "pickle.npy"])
def test_objects_are_never_unpickled(tmp_path: Path, name: str) -> None:
    trap = np.array([Trap(tmp_path / "sprung")], dtype=object)
    if name == "pickle.npy":
        (tmp_path / name).write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    else:
        (np.save if name == "a.npy" else np.savez)(tmp_path / name, trap)
    with pytest.raises(DataError, match="Python objects.*arrays of numbers.*astype"):
        load(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array(["a", "b"]), "does not hold numbers.*<U1"),
        (np.array([1j]), "does not hold numbers.*complex"),
        (np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), "does not hold numbers"),
        (np.zeros((0, 3)), r"holds no rows.*\(0, 3\)"),
        (np.array(3.0), r"holds no rows.*\(\)"),
    ],
)
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_arrays_that_are_no_data_are_refused(tmp_path: Path, array: np.ndarray, words: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    (np.save if suffix == ".npy" else np.savez)(path, array)
    with pytest.raises(DataError, match=words):
        load(path)


def damaged(kind: str) -> bytes:
    raw = io.BytesIO()
    if kind.startswith("npy"):
        np.save(raw, X)
    else:
        np.savez_compressed(raw, X=np.random.default_rng(0).normal(size=(50, 50)))
    whole = raw.getvalue()
    middle = len(whole) // 2
    return {
        "cut": whole[:middle],
        "tail": whole[:-1],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
        "header": whole[:12] + b"?" + whole[13:],
        "text": b"hello",
    }[kind.split("-")[1]]


@pytest.mark.parametrize("kind", ["npy-cut", "npy-tail", "npy-header", "npy-text", "npz-cut", "npz-flipped"])
def test_damaged_arrays_are_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind[:3]}"
    path.write_bytes(damaged(kind))
    with pytest.raises(DataError, match=r"a\.np[yz] (cannot be read|holds Python objects)"):
        load(path)


def test_an_npz_without_arrays_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w"):
        pass
    with pytest.raises(DataError, match="holds no arrays of numbers"):
        load(tmp_path / "a.npz")


# ---------------------------------------------------------------- tables in files


@pytest.mark.parametrize("name", ["cells.csv", "cells.tsv", "cells.parquet", "CELLS.CSV"])
def test_table_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".parquet":
        parquet.write_table(TABLE, path)
    else:
        csv.write_csv(TABLE, path, csv.WriteOptions(delimiter="\t" if path.suffix == ".tsv" else ","))
    source = load(path, label="kind")
    assert source.X.to_pydict() == {"a": [1.0, None], "b": [3, 4]}
    assert source.y.tolist() == ["x", "y"]
    assert source.note == f"{path.stem} from {path}: 2 rows x 2 columns, labelled"
    assert load(path).X.num_columns == 3


def test_an_unknown_label_is_refused(tmp_path: Path) -> None:
    parquet.write_table(TABLE, tmp_path / "a.parquet")
    with pytest.raises(ParameterError, match="no column named 'kid'.*did you mean 'kind'"):
        load(tmp_path / "a.parquet", label="kid")


@needs_data
def test_census_with_blanks_and_question_marks() -> None:
    path = Path(DATA) / "adult.csv"
    source = load(path, label="income")
    expected = pd.read_csv(path, skipinitialspace=True, na_values="?")
    assert source.X.column_names == list(expected.columns[:-1])
    np.testing.assert_array_equal(source.y, expected["income"].to_numpy())
    for name in source.X.column_names:
        assert source.X[name].null_count == expected[name].isna().sum(), name
        assert source.X[name].drop_null().to_pylist() == expected[name].dropna().tolist(), name


@needs_data
@pytest.mark.parametrize("name", ["14_glass", "4_breastw", "23_mammography"])
def test_anomaly_sets_come_with_labels(name: str) -> None:
    path = Path(DATA) / "adbench" / f"{name}.npz"
    source, expected = load(path), np.load(path)
    np.testing.assert_array_equal(source.X, expected["X"])
    np.testing.assert_array_equal(source.y, expected["y"])


# ---------------------------------------------------------------- IDX, folders, paths


def test_idx_with_its_partners(tmp_path: Path) -> None:
    images = np.arange(32, dtype=np.uint8).reshape(2, 4, 4)
    for part, count in (("train", 2), ("t10k", 1)):
        head = struct.pack(">4B3I", 0, 0, 8, 3, count, 4, 4)
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + images[:count].tobytes()))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(
            struct.pack(f">4BI{count}B", 0, 0, 8, 1, count, *range(count))
        )
    path = tmp_path / "train-images-idx3-ubyte.gz"
    source = load(path)
    np.testing.assert_array_equal(source.X, images)
    np.testing.assert_array_equal(source.X_test, images[:1])
    assert (source.y.tolist(), source.y_test.tolist()) == ([0, 1], [0])
    assert source.note == f"train-images-idx3-ubyte from {path}: 2 x 4 x 4 uint8, labelled, 1 test images"


def test_folder(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        Image.new("L", (6, 4), 9).save(tmp_path / "pets" / name / "1.png")
    source = load(tmp_path / "pets", resize=(2, 3))
    assert (source.X.shape, source.y.tolist(), source.name) == ((2, 2, 3), ["cat", "dog"], "pets")
    assert source.note == f"pets from {tmp_path / 'pets'}: 2 x 2 x 3 uint8, labelled"
    with pytest.raises(ParameterError, match="'label'.*a folder of images"):
        load(tmp_path / "pets", label="cat")


def test_a_path_wins_over_a_name_when_written_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    Image.new("L", (6, 4)).save(tmp_path / "digits" / "1.png")
    assert load("digits").X.shape == (1797, 8, 8)
    assert load("./digits").X.shape == load(Path("digits")).X.shape == (1, 4, 6)


def test_a_missing_file_is_refused_with_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "measured.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match="no file or folder 'mesured.csv'.*did you mean 'measured.csv'"):
        load("mesured.csv")
    with pytest.raises(DataError, match="no file or folder 'minst'.*digits, mnist, sines.*did you mean 'mnist'"):
        load("minst")
    with pytest.raises(DataError, match=r"no folder '.*nowhere'"):
        load(tmp_path / "nowhere" / "a.csv")
    with pytest.raises(DataError, match="empty text"):
        load("")
    with pytest.raises(DataError):
        load("a" * 5000)
    with pytest.raises(DataError):
        load("a\0b.csv")


@pytest.mark.parametrize("name", ["a.docx", "a", "a.png", "a.gz", "a.tar.gz"])
def test_other_kinds_of_files_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("hello")
    with pytest.raises(DataError, match=r"not a kind of file that can be read.*\.npy, \.npz, \.csv.*folder of images"):
        load(tmp_path / name)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.csv", "a.tsv", "a.parquet", "a.idx", "a-ubyte"])
def test_empty_files_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(DataError, match="is empty.*0 bytes"):
        load(tmp_path / name)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.csv", "a.parquet", "a.idx", "a.idx.gz"])
def test_binary_rubbish_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(hashlib.sha512(b"rubbish").digest() * 20)
    with pytest.raises(DataError):
        load(tmp_path / name)


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read anything")
@pytest.mark.parametrize("name", ["a.npy", "a.csv", "a.parquet", "a.idx"])
def test_locked_files_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("hello")
    (tmp_path / name).chmod(0)
    with pytest.raises(DataError, match="may not be read.*permissions"):
        load(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "option"),
    [("a.csv", {"resize": 3}), ("a.csv", {"key": "X"}), ("a.npy", {"key": "X"}), ("a.npy", {"label": "y"})],
)
def test_options_that_do_not_apply_to_a_file_are_refused(tmp_path: Path, name: str, option: dict[str, object]) -> None:
    np.save(tmp_path / "a.npy", X)
    (tmp_path / "a.csv").write_text("a\n1\n")
    with pytest.raises(ParameterError, match="has no meaning for"):
        load(tmp_path / name, **option)


# ---------------------------------------------------------------- series


SINE = pd.DataFrame({"at": pd.date_range("2024", periods=100, freq="30min"), "x": np.sin(np.arange(100)), "y": 0.0})


@needs_data
def test_a_long_series_in_a_file() -> None:
    path = Path(DATA) / "nab" / "nyc_taxi.csv"
    frame = pd.read_csv(path, parse_dates=["timestamp"])
    source = load(path, window=48, stride=48)
    assert source.note == (
        f"nyc_taxi from {path}: 10,320 steps x 1 channel every 30 minutes, 215 windows of 48 with stride 48"
    )
    np.testing.assert_array_equal(source.X.X.reshape(-1), frame["value"])
    np.testing.assert_array_equal(source.X.time, frame["timestamp"])
    assert source.reading == {"window": 48, "stride": 48, "time": "timestamp", "columns": ["value"]}
    assert (source.kind, source.y, source.X_test) == ("series", None, None)
    again = load(path, **source.reading)
    assert (again.note, again.reading) == (source.note, source.reading)


@needs_data
def test_gaps_are_told() -> None:
    path = Path(DATA) / "nab" / "ambient_temperature_system_failure.csv"
    times = pd.read_csv(path, parse_dates=["timestamp"])["timestamp"]
    gaps = int((times.diff().iloc[1:] != pd.Timedelta("1h")).sum())
    filled = len(pd.date_range(times.iloc[0], times.iloc[-1], freq="h")) - len(times)
    with pytest.raises(DataError, match=f"have {gaps} gaps"):
        load(path, window=24)
    assert f"every hour with {gaps} gaps, " in load(path, window=24, gaps="split").note
    assert load(path, window=24, gaps="mask").note.endswith(f"with stride 1, {filled} missing times filled in")


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
def test_a_long_series_in_memory(kind: type) -> None:
    source = load(kind(SINE.to_dict("list")), window=10, stride=5, drop=["y"])
    assert source.note == ("table from memory: 100 steps x 1 channel every 30 minutes, 19 windows of 10 with stride 5")
    np.testing.assert_array_equal(source.X.series[:, 0], SINE["x"])
    assert load(source.X).X is source.X


@pytest.mark.parametrize(
    ("options", "channels", "timed"),
    [
        ({}, ("x", "y"), True),
        ({"time": "at"}, ("x", "y"), True),
        ({"columns": ["y", "x"]}, ("y", "x"), True),
        ({"columns": ["y"], "time": "at"}, ("y",), True),
        ({"drop": ["at"]}, ("x", "y"), False),
        ({"drop": ["at", "x"]}, ("y",), False),
    ],
)
def test_columns_of_a_long_series(options: dict[str, object], channels: tuple[str, ...], timed: bool) -> None:
    found = load(SINE, window=3, **options).X
    assert (found.channels, found.time.dtype.kind == "M") == (channels, timed)


def test_arrays_as_long_series(tmp_path: Path) -> None:
    series = np.random.default_rng(0).normal(size=(40, 2))
    np.save(tmp_path / "a.npy", series)
    source = load(tmp_path / "a.npy", window=8, stride=4)
    np.testing.assert_array_equal(source.X, [series[at : at + 8] for at in range(0, 33, 4)])
    assert source.note == f"a from {tmp_path / 'a.npy'}: 40 steps x 2 channels, 9 windows of 8 with stride 4"
    assert source.reading == {"window": 8, "stride": 4}
    np.savez(tmp_path / "b.npz", x_train=series, x_test=series[:9], y_train=np.zeros(40))
    source = load(tmp_path / "b.npz", window=8)
    assert (source.X.shape, source.X_test.shape, source.y) == ((33, 8, 2), (2, 8, 2), None)
    assert source.note.endswith("33 windows of 8 with stride 1, 2 test windows")
    assert load(series[:, 0], window=8).X.shape == (33, 8, 1)


@needs_data
def test_ts_files() -> None:
    path = Path(DATA) / "series" / "JapaneseVowels_TRAIN.ts"
    source = load(path)
    assert source.note == (
        f"JapaneseVowels_TRAIN from {path}: 270 series of 7–26 steps x 12 channels, labelled, 370 test series"
    )
    assert (len(source.X), len(source.y), len(source.X_test), len(source.y_test)) == (270, 270, 370, 370)
    assert (source.name, source.kind, source.reading) == ("JapaneseVowels_TRAIN", "series", {})
    path = Path(DATA) / "series" / "BasicMotions_TRAIN.ts"
    source = load(path)
    assert source.note == f"BasicMotions_TRAIN from {path}: 40 x 100 x 6 float64, labelled, 40 test series"
    assert source.kind == "series"


def test_many_series_in_a_table(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    frame = pd.DataFrame({"who": list("aabab"), "at": [1, 2, 1, 3, 2], "x": range(5), "kind": list("uuvuv")})
    frame.to_csv(path, index=False)
    source = load(path, id="who", time="at", label="kind")
    assert [series[:, 0].tolist() for series in source.X] == [[0, 1, 3], [2, 4]]
    assert (source.y.tolist(), source.ids.tolist(), source.kind) == (["u", "v"], ["a", "b"], "series")
    assert source.reading == {"id": "who", "time": "at", "columns": ["x"]}
    assert source.note == f"log from {path}: 2 series of 2–3 steps x 1 channel, labelled"
    even = load(frame[:3].iloc[[0, 2]], id="who", drop=["kind", "at"])
    assert (even.X.shape, even.note) == ((2, 1, 1), "table from memory: 2 x 1 x 1 float64")


def test_gaps_within_the_series_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    frame = pd.DataFrame({"who": list("aaaabbb"), "at": [1, 2, 3, 6, 1, 2, 3], "x": range(7)})
    frame.to_csv(path, index=False)
    with pytest.raises(DataError, match="of the id 'a' have 1 gap.*3 at step 2, then 6 at step 3"):
        load(path, id="who", time="at")
    masked = load(path, id="who", time="at", gaps="mask")
    np.testing.assert_array_equal(masked.X[0][:, 0], [0, 1, 2, np.nan, np.nan, 3])
    assert masked.note.endswith("2 series of 3–6 steps x 1 channel, 2 missing times filled in")
    split = load(path, id="who", time="at", gaps="split")
    assert split.ids.tolist() == ["a", "a", "b"]
    assert split.note.endswith("3 series of 1–3 steps x 1 channel, cut at 1 gap")
    assert split.reading == {"id": "who", "gaps": "split", "time": "at", "columns": ["x"]}
    assert load(path, **split.reading).note == split.note


@pytest.mark.parametrize("name", ["load", None, 0])
def test_a_pandas_series_keeps_its_times(name: object) -> None:
    series = pd.Series(np.sin(np.arange(40)), index=pd.date_range("2024", periods=40, freq="h"), name=name)
    source = load(series, window=8)
    np.testing.assert_array_equal(source.X.time, series.index)
    assert source.reading["columns"] == [name or "value"]
    with pytest.raises(DataError, match="1 gap"):
        load(series.drop(series.index[9]), window=8)
    assert load(series.drop(series.index[9]), window=8, gaps="mask").note.endswith("1 missing times filled in")


def test_rows_are_no_series_unless_asked() -> None:
    assert (load(SINE).X is SINE, load(SINE).kind, load(SINE).reading) == (True, "auto", {})
    assert load(np.zeros((5, 4, 3))).kind == "auto"
    assert load([X, X[:2]]).note == "array from memory: 2 series of 2–4 steps x 3 channels"


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        (SINE, {"time": "at"}, "'time' .* a table without window=.*together with window= or id="),
        (SINE, {"stride": 3}, "'stride' .* only with window="),
        (SINE, {"gaps": "split"}, "'gaps' .* a table without window=.*together with window= or id="),
        (SINE, {"gaps": "split", "id": "x", "drop": ["at"]}, "no times to put the rows in order by.*gaps="),
        (SINE, {"window": 3, "id": "x"}, "'id' .* one long series.*many series"),
        (SINE, {"window": 3, "label": "xx"}, "no column named 'xx'"),
        (SINE, {"window": 3, "resize": 3}, "'resize'"),
        (SINE, {"window": 3, "time": "att"}, "no column named 'att'.*did you mean 'at'"),
        (SINE, {"id": "who"}, "no column named 'who'"),
        (SINE, {"drop": ["xx"]}, "no column named 'xx'"),
        (SINE, {"columns": ["xx"]}, "no column named 'xx'"),
        (SINE, {"window": 3, "drop": ["at"], "gaps": "split"}, "no times to put the rows in order by.*gaps="),
        (X, {"stride": 3}, "'stride' .* an array without window="),
        (X, {"window": 3, "time": "at"}, "'time' .* an array"),
        (X, {"window": 3, "gaps": "mask"}, "'gaps' .* an array"),
        (X, {"drop": ["a"]}, "'drop' .* an array.*only with a table"),
        ([X, X[:2]], {"window": 3}, "'window' .* a list of series"),
        (load(X, window=2).X, {"window": 3}, "'window' .* windows"),
    ],
)
def test_options_of_series_that_mean_nothing_are_refused(data: object, options: dict[str, object], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        load(data, **options)


@pytest.mark.parametrize("name", ["a.ts", "a.idx", "a.npy", "a.npz", "pictures"])
def test_files_of_other_kinds_have_no_columns(tmp_path: Path, name: str) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "a.ts").write_text("@data\n1,2\n")
    (tmp_path / "a.idx").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 1, 7]))
    np.save(tmp_path / "a.npy", X)
    np.savez(tmp_path / "a.npz", X=X)
    for option in ({"drop": ["a"]}, {"columns": ["a"]}, {"id": "a"}, {"time": "a"}, {"gaps": "mask"}, {"stride": 2}):
        with pytest.raises(ParameterError, match="has no meaning for"):
            load(tmp_path / name, **option)


def test_a_date_in_a_table_of_rows_tells_how_to_read_series() -> None:
    with pytest.raises(DataError, match="'at' .*drop it, encode it.*window= and time='at', for many with id="):
        numeric(SINE)


def test_an_archive_larger_than_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "a.npz", X=np.zeros((1000, 1000)))
    monkeypatch.setattr("hyotan.data.io.arrays._free_memory", lambda: 4_096_000)
    with pytest.raises(DataError, match="does not fit in memory.*GiB when unpacked"):
        load(tmp_path / "a.npz")
    monkeypatch.undo()
    assert load(tmp_path / "a.npz").X.shape == (1000, 1000)


def test_lines_longer_than_a_block_are_read(tmp_path: Path) -> None:
    names, values = ",".join(f"c{i}" for i in range(200_000)), ",".join(["1.25"] * 200_000)
    (tmp_path / "a.csv").write_text(f"a,b\n{'x' * 3_000_000},2\n")
    assert load(tmp_path / "a.csv").X.num_columns == 2
    (tmp_path / "b.csv").write_text(f"{names}\n{values}\n{values}\n")
    assert load(tmp_path / "b.csv").X.shape == (2, 200_000)


def test_a_source_is_one_line() -> None:
    text = repr(load("digits"))
    assert text.startswith("<Source digits from scikit-learn: 1,797") and "\n" not in text and len(text) < 200
