"""The texts and numbers of the page: title, key numbers with their baselines, settings, data card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from hyotan.core.numbers import number
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.metrics import KeyNumber as Shown
from hyotan.metrics import Record, end_of_fit
from hyotan.metrics import key_numbers as shown_numbers
from hyotan.plots._rows import column_names

LABELS = 12  # labels, or values of a list, that are shown at most


@dataclass(frozen=True)
class KeyNumber:
    """A line of the table of key numbers."""

    what: str
    value: str
    beside: str
    reading: str


def title(record: Record) -> str:
    """Return the heading of the page."""
    if "kind" not in record.data:
        return "Autoencoder"
    shape = " × ".join(map(str, record.data["shape"]))
    what = {"images": f"images {shape}", "table": f"a table of {shape} columns"}.get(record.data["kind"]) or _series(
        record
    )
    code = " × ".join(map(str, record.model.get("code", ())))
    units = f", {code} code unit{'s' * (code != '1')}" if code else ""
    return f"Autoencoder of {what}{units}"


def _series(record: Record) -> str:
    """Describe the shape of the series.

    Examples
    --------
    >>> _series(Record(data={"kind": "series", "shape": [40, 3], "ragged": True}))
    'series of up to 40 steps (unequal length) × 3 channels'
    """
    steps, channels = (*record.data["shape"], 1)[:2]
    ragged, future = record.data.get("ragged"), record.data.get("future", 0)
    told = f"up to {steps} steps (unequal length)" if ragged else f"{steps - future} steps"
    ahead = f", with the {future} that follow" if future else ""
    return f"series of {told} × {channels} channel{'s' * (channels != 1)}{ahead}"


def key_numbers(record: Record) -> list[KeyNumber]:
    """Return the table of key numbers with their baselines, as the metrics declare them."""
    return [_line(record, shown) for shown in shown_numbers(record)]


def _line(record: Record, shown: Shown) -> KeyNumber:
    key = shown.key
    beside = ", ".join(f"{key.text(value, shown.found)} {label}" for label, value in shown.beside.items())
    told = {
        "what": key.label,
        "value": shown.text,
        "beside": beside or "–",
        "reading": key.read(),
    }
    return KeyNumber(**{**told, **(key.words(shown.found, record) if key.words else {})})


def settings(record: Record) -> dict[str, str]:
    """Return the settings of the model and its training, as texts by name."""
    model = record.model
    told = {kind.capitalize(): repr_ for kind, repr_ in model.get("parts", {}).items()}
    if model.get("decoder_sees", "nothing") != "nothing":
        told["The decoder sees"] = f"the code and the {model['decoder_sees']}"
    if "parameters" in model:
        told["Parameters"] = f"{model['parameters']:,}"
    told["Set otherwise than by default"] = ", ".join(f"{name}={value}" for name, value in changed(record).items())
    if record.history.get("loss"):
        seconds = f", in {number(model['seconds'])} s" if "seconds" in model else ""
        epochs = len(record.history["loss"])
        kept = f"; the weights are those of epoch {model['epoch']}" if model.get("epoch", epochs) != epochs else ""
        told["Trained"] = f"{epochs:,} epoch{'s' * (epochs != 1)}{seconds}{kept}"
    if "seed" in model:
        told["Random seed"] = str(model["seed"])
    return {name: text for name, text in told.items() if text}


def changed(record: Record) -> dict[str, str]:
    """Return the estimator's parameters that differ from their defaults, without its parts."""
    defaults = {name: repr(known.default) for name, known in signature(Autoencoder).parameters.items()}
    parts = ("latent", "net", "likelihood", "corruption")
    given = record.model.get("params", {})
    return {name: text for name, text in given.items() if name not in parts and text != defaults.get(name, text)}


def data_card(record: Record) -> dict[str, str]:
    """Return the description of the data: rows, shape, missing cells, range, scaling and labels."""
    model, data = record.model, record.data
    told = {"Fitted on": model.get("data", "")}
    if model.get("validation_rows"):
        told["Validation rows"] = f"{model['validation_rows']:,}"
    if model.get("missing"):
        told["Missing in training"] = f"{model['missing']:,} cells"
    if "rows" in data:
        told["Measured on"] = f"{data['rows']:,} rows" + _labels(data.get("labels"))
    if "kind" in data:
        told["Shape of a row"] = shape(record)
    if "missing" in data:
        told["Missing in these rows"] = f"{data['missing']:,} cells" if data["missing"] else "none"
    if data.get("range"):
        told["Values"] = f"from {number(data['range'][0], 4)} to {number(data['range'][1], 4)}"
    if data.get("scaling"):
        told["Scaling"] = data["scaling"]
    counts = data.get("label_rows")
    if counts:
        told["Rows with a label"] = _counts(data["labels"], counts)
    return {name: text for name, text in told.items() if text}


def shape(record: Record) -> str:
    """Return the shape of a row in words.

    Examples
    --------
    >>> shape(Record(data={"kind": "images", "shape": [28, 28]}))
    '28 × 28 (height × width)'
    """
    kind, sizes = record.data["kind"], record.data["shape"]
    if kind == "series":
        return _series(record).removeprefix("series of ")
    told = " × ".join(map(str, sizes))
    if kind == "table":
        return f"{told} columns"
    return f"{told} ({' × '.join(('height', 'width', 'channels')[: len(sizes)])})"


def columns(record: Record) -> list[tuple[str, str, str, str]]:
    """Return name, mean, standard deviation and error of each column of a table or channel of series."""
    found = record.metrics.get("reconstruction", {})
    if "column_std" not in found:
        return []
    parts = (found["column_mean"], found["column_std"], found["column_rmse"])
    names = column_names(record, 200)
    return [
        (name, *("–" if v is None or not np.isfinite(v) else number(v, 4) for v in values))  # type: ignore[misc]
        for name, *values in zip(names, *parts, strict=True)
    ]


def _counts(labels: list[str], counts: list[int]) -> str:
    shown = ", ".join(f"{label}: {n:,}" for label, n in list(zip(labels, counts, strict=True))[:LABELS])
    return shown + (", …" if len(labels) > LABELS else "")


def _labels(labels: list[str] | None) -> str:
    if not labels:
        return ""
    shown = ", ".join(labels[:LABELS]) + (", …" if len(labels) > LABELS else "")
    return f", with {len(labels)} label{'s' * (len(labels) != 1)}: {shown}"


def everything(record: Record) -> dict[str, str]:
    """Return all settings and measurements as texts, by their path in the record.

    The loss and its terms, listed by their labels, are taken from the epoch whose weights the model has kept.
    """
    terms = {f"history: {term.text}": _plain(value) for term, value in end_of_fit(record)}
    return terms | dict(_flat("model", record.model)) | dict(_flat("metrics", record.metrics))


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}", inner)
    elif isinstance(value, (list, tuple, np.ndarray)):
        texts = [_plain(v) for v in np.asarray(value, dtype=object).ravel()[: LABELS + 1]]
        yield path, ", ".join(texts[:LABELS]) + (f", … ({len(value)} in all)" if len(texts) > LABELS else "")
    else:
        yield path, _plain(value)


def _plain(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value)
