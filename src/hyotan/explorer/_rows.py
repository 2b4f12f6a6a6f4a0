"""The data in the explorer's page: codes, quantities to colour by, the rows themselves, and the decoder."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from hyotan.artifact.describe import describe
from hyotan.core.errors import DataError, shown
from hyotan.core.numbers import single
from hyotan.core.versions import versions
from hyotan.data.scaling import Scaler
from hyotan.data.series.windows import Windows
from hyotan.data.tables.frames import column_of, is_frame, values_of
from hyotan.data.tables.selection import take_rows
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.explorer._arrays import pack
from hyotan.explorer._layout import check_layout, tsne
from hyotan.explorer._program import check, decoder_program
from hyotan.metrics.view import View

NOUNS = {"images": "images", "series": "series", "table": "rows"}
CHUNK = 10_000  # rows in one call of the model
COMPONENTS = 8  # principal components of the codes, at most
CLASSES = 42  # integer labels with more distinct values than this are a quantity
CATEGORIES = 2**16 - 1  # categories, at most; the rarest of more become "others"
COLUMNS = 64  # columns of a table to colour by, at most; fewer if there are very many rows
CELLS = 4_000_000  # cells of all those columns, at most
ROOM = 8_000_000  # compressed bytes of the rows, at most
LEAST = 1_000_000  # compressed bytes that rows may always take, even with a large decoder
FILE = 13_000_000  # compressed bytes of rows and decoder; base64 adds a third
TAKEN = ("label", "error")  # names of columns that the page has already
HELD = 150_000_000  # bytes of the rows after the page has unpacked them, at most
WORST = 200  # rows with the largest errors that are always kept
SAMPLE = 1000  # rows used to estimate the compression ratio


def payload(
    model: Autoencoder,
    X: Any,
    y: Any = None,
    *,
    layout: str | None = None,
    columns: Mapping[str, Any] | None = None,
    rows: Any = None,
    command: str = "",
) -> dict[str, Any]:
    """Return all data that the page shows of a model and rows, as JSON.

    Parameters
    ----------
    model : Autoencoder
    X : array, frame, list of series or Windows
    y : array of shape (n,), optional
        A label for each row.
    layout : {None, "tsne"}
        A two-dimensional layout in addition to the code's dimensions and principal components.
    columns : dict, optional
        Additional quantities to colour by: arrays of n numbers by name.
    rows : array of int of shape (n,), optional
        The number of each row in its source.
    command : str
        The shell command of this run, if any.

    Returns
    -------
    dict
        All arrays are packed. Some of the entries are:

        * ``codes``, and ``rows``, the numbers of the rows;
        * ``columns``: the quantities to colour by, which are label, error, the given columns, and a table's columns;
        * ``originals``: the rows, in the data's own units after ``values · scale + offset``; if not all fit, a random
          subset and the rows with the largest errors;
        * ``program``: the decoder; ``undo``: scale and offset from its output to the data's own units;
        * ``lengths``, for series of unequal length; ``aligned``: whether the steps of a shorter series are at the start
          or at the end of the decoded steps.

    Raises
    ------
    DataError, ParameterError

    Examples
    --------
    >>> import hyotan as hy
    >>> X = np.random.default_rng(0).normal(size=(40, 5))
    >>> found = payload(hy.AE(2, epochs=1, random_state=0, verbose=0).fit(X), X, y=["a", "b"] * 20)
    >>> found["kind"], found["shape"], found["codes"]["shape"], [column["name"] for column in found["columns"][:3]]
    ('table', [5], [40, 2], ['label', 'error', 'column 1'])
    """
    view = _viewed(model, X, y, layout)
    events, lengths = _events(view)
    steps = events.shape[1] if view.series and model._fitted.network.any_length else None
    program = decoder_program(model, steps)
    codes, error = _answers(view)
    given = _given(columns, len(codes))
    kind, scaler = model.schema_.kind, model.scaler_
    still = False if scaler.constant is None else scaler.constant  # columns of one value: decoded to it
    known = events[np.isfinite(events)] if events.dtype.kind == "f" else events
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    names = model.schema_.columns
    taken = sum(len(array["data"]) for array in program["constants"]) * 3 // 4
    backwards = model.parts_.net.order == "reversed"
    return {
        "title": f"{len(events):,} {NOUNS[kind]} · {codes.shape[1]} code unit{'s' * (codes.shape[1] != 1)}",
        "line": describe(model._fitted),
        "kind": kind,
        "shape": list(events.shape[1:]),
        "names": None if names is None else [*names],
        "range": [low, high],
        "d": codes.shape[1],
        "codes": pack(codes, "f4"),
        "rows": pack(_numbers(rows, view), "i4"),
        "pca": _components(codes),
        "layout": None if layout is None else {"name": "t-SNE", "points": pack(tsne(codes), "f4")},
        "columns": [
            *([] if view.y is None else [_label(view.y)]),
            _number("error", error),
            *(_number(name, values) for name, values in given.items()),
            *(_cells(events, names, given) if kind == "table" else []),
        ],
        "lengths": None if lengths is None else pack(lengths, "i4"),
        # A decoder that works backwards starts at the end, so a shorter series is the end of a longer one.
        "aligned": "end" if backwards and lengths is not None else "start",
        "originals": _originals(
            events, scaler, kind == "images", error, max(LEAST, min(ROOM, FILE - taken)), (low, high)
        ),
        "undo": {"scale": _plain(np.where(still, 0.0, scaler.scale)), "offset": _plain(scaler.offset)},
        "program": program,
        "versions": versions(),
        "command": command,
    }


def _viewed(model: Autoencoder, X: Any, y: Any, layout: Any) -> View:
    """Check the model, layout and labels before any computation, and return the view of model and rows."""
    check(model)
    check_layout(layout, int(np.prod(model._fitted.network.code)))
    view = View(model, X, y)
    if view.y is not None and view.y.shape != (len(view.rows),):
        raise DataError("y does not fit X", expected=f"{len(view.rows)} labels", received=f"shape {view.y.shape}")
    return view


def _events(view: View) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the rows with a channel axis, and the lengths of series that have unequal lengths, else None.

    Series are padded with NaN to the longest of them or of the training series, whichever is longer.
    """
    schema, windows = view.model.schema_, isinstance(view.X, Windows)
    events = schema.events(view.rows, windows)
    lengths = schema.ends(events, windows)
    ahead = schema.event[0] - events.shape[1]
    if not view.series or ahead <= 0:
        return events, lengths
    lengths = np.full(len(events), events.shape[1]) if lengths is None else lengths
    return np.pad(events.astype(np.float64), ((0, 0), (0, ahead), (0, 0)), constant_values=np.nan), lengths


def _answers(view: View) -> tuple[np.ndarray, np.ndarray]:
    """Return code and error of each row, computed in chunks (the rows do not depend on each other)."""
    parts = []
    for start in range(0, len(view.rows), CHUNK):
        part = View(view.model, take_rows(view.X, np.arange(start, min(start + CHUNK, len(view.rows)))))
        error = part.error if part.reconstructs else part.model.reconstruction_error(part.X)
        if not part.reconstructs:  # no error without observed future steps
            ahead = part.rows[:, -part.future :].reshape(len(error), -1)
            error = np.where(np.isfinite(ahead).any(axis=1), error, np.nan)
        parts.append((part.codes, error))
    codes, error = (np.concatenate(answers) for answers in zip(*parts, strict=True))
    return codes, error


def _given(columns: Any, n: int) -> dict[str, np.ndarray]:
    """Return the user's columns by name, each with one number for each row."""
    if is_frame(columns):
        columns = {name: values_of(column) for name, column in column_of(columns).items()}
    elif columns is not None and not isinstance(columns, Mapping):
        raise DataError(
            "columns is not valid",
            expected="a dict of names and numbers, or a frame",
            received=shown(columns),
            do="give columns={'name': numbers}",
        )
    found = {str(name): np.asarray(values) for name, values in (columns or {}).items()}
    for name, values in found.items():
        if values.shape != (n,) or values.dtype.kind not in "fiub":
            raise DataError(
                f"The column {name!r} does not fit X",
                expected=f"{n} numbers",
                received=f"shape {values.shape} of {values.dtype}",
            )
        if name in TAKEN:
            raise DataError(
                f"There is a column {name!r} already", expected="another name", received=name, do="name it otherwise"
            )
    return found


def _numbers(rows: Any, view: View) -> np.ndarray:
    """Return the numbers of the rows: those given, or the first steps of windows, or by default a count from 0."""
    n = len(view.rows)
    if rows is None:
        return np.asarray(view.X.start) if isinstance(view.X, Windows) else np.arange(n)
    found = np.asarray(rows)
    if found.shape != (n,) or found.dtype.kind not in "iu":
        raise DataError(
            "rows does not fit X",
            expected=f"{n} whole numbers",
            received=f"shape {found.shape} of {found.dtype}",
        )
    return found


def _components(codes: np.ndarray) -> dict[str, Any]:
    """Return mean, principal components and explained variance; each component's largest entry is positive."""
    values = codes.astype(np.float64)
    mean = values.mean(axis=0)
    variance, axes = np.linalg.eigh((values - mean).T @ (values - mean) / len(values))
    order = np.argsort(-variance, kind="stable")[:COMPONENTS]
    axes = axes.T[order]
    axes *= np.sign(axes[np.arange(len(axes)), np.argmax(np.abs(axes), axis=1)])[:, None]
    total = max(float(variance.sum()), 1e-300)
    return {
        "mean": mean.tolist(),
        "components": axes.tolist(),
        "share": (np.maximum(variance[order], 0) / total).tolist(),
    }


def _label(y: np.ndarray) -> dict[str, Any]:
    """Return the labels as categories if they are words or at most 42 distinct integers, else as a quantity."""
    numbers = y.astype(np.float64) if y.dtype.kind in "fiu" else None
    if numbers is not None:
        different = np.unique(numbers[np.isfinite(numbers)])
        if len(different) > CLASSES or (different != np.round(different)).any():
            return _number("label", numbers)
    words = np.asarray([_word(value) for value in (y.astype(str) if y.dtype.kind in "mM" else y).tolist()])
    names, which, counts = np.unique(words, return_inverse=True, return_counts=True)
    if numbers is not None:  # numerical order: 2 before 10
        order = np.argsort([float(name) if name != "missing" else np.inf for name in names], kind="stable")
    elif len(names) > CATEGORIES:
        order = np.argsort(-counts, kind="stable")
    else:
        order = np.arange(len(names))
    place = np.empty(len(names), int)
    place[order] = np.arange(len(names))
    categories = names[order].tolist()
    if len(categories) > CATEGORIES:
        categories = [*categories[: CATEGORIES - 1], "others"]
    values = np.minimum(place[which], len(categories) - 1)
    return {"name": "label", "type": "category", "categories": categories, "values": pack(values, "u2")}


def _word(value: Any) -> str:
    """Return a label as text: a float with an integer value without the point, a missing value as "missing".

    Examples
    --------
    >>> _word(3.0), _word("cat"), _word(None), _word(float("inf"))
    ('3', 'cat', 'missing', 'inf')
    """
    same = value == value  # False for NaN, and NA for pandas' NA
    if value is None or not (isinstance(same, (bool, np.bool_)) and same):
        return "missing"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _number(name: str, values: np.ndarray) -> dict[str, Any]:
    return {"name": name, "type": "number", "values": pack(values, "f4")}


def _cells(events: np.ndarray, names: tuple[str, ...] | None, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the columns of a table; " (column)" is added to a name that is already in use."""
    count = min(events.shape[1], COLUMNS, max(1, CELLS // len(events)))
    called = [f"column {i + 1}" if names is None else str(names[i]) for i in range(count)]
    called = [f"{name} (column)" if name in (*TAKEN, *given) else name for name in called]
    return [_number(name, events[:, i]) for i, name in enumerate(called)]


def _originals(
    events: np.ndarray, scaler: Scaler, images: bool, error: np.ndarray, room: int, span: tuple[float, float]
) -> dict[str, Any]:
    """Return the rows, or, if they do not fit into ``room`` bytes, the worst rows and a random subset of the others.

    Images are stored as bytes between the smallest and the largest value. Other rows are stored scaled, because
    float32 would not be precise enough for some raw columns, such as seconds since 1970.
    """
    bytes_ = events.dtype == np.uint8
    grey = images and (bytes_ or not np.isnan(single(events)).any())
    low, high = (0.0, 255.0) if bytes_ else span
    step = (high - low) / 255 or 1.0

    def written(rows: np.ndarray) -> np.ndarray:
        part = events[rows]
        if not grey:
            return scaler.bounded(part)
        return part if bytes_ else np.round((part - low) / step).astype(np.uint8)

    n = len(events)
    order = np.random.default_rng(0).permutation(n)
    sample = written(order[:SAMPLE])
    each = len(zlib.compress(sample.tobytes(), 6)) / len(sample)
    fitting = min(int(room / max(each, 1e-9)), HELD // max(1, sample[0].nbytes))
    if fitting < n:
        worst = np.argsort(-np.nan_to_num(error), kind="stable")[: min(WORST, fitting // 2)]
        others = order[~np.isin(order, worst)]
        rows = np.sort(np.concatenate([worst, others[: max(1, fitting - len(worst))]]))
    else:
        rows = np.arange(n)
    at = np.full(n, -1)
    at[rows] = np.arange(len(rows))
    scale, offset = (step, low) if grey else (_plain(scaler.scale), _plain(scaler.offset))
    return {
        "at": pack(at, "i4"),
        "values": pack(written(rows), "u1" if grey else "f4"),
        "scale": scale,
        "offset": offset,
    }


def _plain(values: np.ndarray) -> Any:
    """Return a number for all cells, or a list with one number for each index of the last axis."""
    return np.asarray(values, np.float64).tolist()
