"""The record, the view a metric is given, and the registry metrics are found in."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from hyotan.core.errors import ArtifactError, shown
from hyotan.core.files import read, write
from hyotan.core.part import discover  # noqa: F401  (the same way of finding modules)
from hyotan.data.arrays import read_array
from hyotan.data.series.windows import Windows
from hyotan.estimator.autoencoder import Autoencoder

VERSION = 1
Metric = Callable[["View"], dict[str, Any] | None]
_REGISTRY: dict[str, Metric] = {}


def metric(function: Metric) -> Metric:
    """Register a metric under its function's name.

    A metric takes a :class:`View` and returns plain numbers by name, or None if it does not apply.
    """
    _REGISTRY[function.__name__] = function
    return function


def registered() -> dict[str, Metric]:
    """Return the metrics by name, sorted."""
    return dict(sorted(_REGISTRY.items()))


class View:
    """A model and rows, with what several metrics need of them worked out once.

    Parameters
    ----------
    model : Autoencoder
    X : array, frame or list of series
        Series become one array, with NaN after the end of each.
    y : ndarray or None
        A label for each row.
    reference : array, frame or list of series, optional
        Rows to fit baselines on, as a rule those the model was trained on. Without them a baseline is fitted on one
        half of the rows and measured on the other, in turn.

    Attributes
    ----------
    future : int
        Steps at the end of a series that the net predicts instead of reading, 0 for all others.
    reconstructs : bool
        Whether the net writes again what it read, rather than the future alone.
    sees : str
        What the decoder looks at beside the code: "nothing", "previous frames" or "input".
    """

    def __init__(self, model: Autoencoder, X: Any, y: Any = None, reference: Any = None) -> None:
        self.model, self.X, self.reference = model, X, reference
        net = model.parts_.net
        self.future, self.sees = int(net.future), str(net.decoder_sees)
        self.reconstructs = bool(not self.future or net.reconstruct)
        self.series = model.schema_.kind == "series"
        if self.series:  # of arrays every answer is an array
            self.X = X if isinstance(X, Windows) else self._array(X)
            self.reference = None if reference is None else self._array(reference)
        self.y = None if y is None else np.asarray(y)

    def _array(self, X: Any) -> np.ndarray:
        array = read_array(X, owner=type(self.model).__name__, series=self.series)
        ahead = self.model.schema_.shape[0] - array.shape[1]
        if self.future and ahead == self.future:  # a past alone: nothing is known of what follows
            array = np.concatenate([array, np.full((len(array), ahead, *array.shape[2:]), np.nan)], axis=1)
        return array

    @cached_property
    def rows(self) -> np.ndarray:
        """The rows as an array in the data's own units, NaN where missing and after the end of a series."""
        return self._array(self.X)

    @property
    def target(self) -> np.ndarray:
        """What a reconstruction is to be like: the rows, of a net that predicts only the steps it reads."""
        return self.rows[:, : self.rows.shape[1] - self.future] if self.future else self.rows

    @cached_property
    def codes(self) -> np.ndarray:
        """The posterior means, (n, d)."""
        return np.asarray(self.model.transform(self.X))  # a frame, if set_output says so

    @cached_property
    def draws(self) -> np.ndarray:
        """One draw from the posterior of each row, (n, d): a sample of the aggregated posterior."""
        return np.asarray(self.model.draw(self.X, random_state=0))

    @cached_property
    def reconstruction(self) -> np.ndarray:
        """The rows decoded from their codes, in the data's own units; as many steps as ``target`` has."""
        return self.model.reconstruct(self.X)[:, : self.target.shape[1]]

    @cached_property
    def forecast(self) -> np.ndarray:
        """The steps after those the net reads, as it predicts them, of a net with ``future``."""
        return self.model.forecast(self.X)

    @cached_property
    def residuals(self) -> np.ndarray:
        """Residuals x − x̂ of ``target`` in the data's own units, 0 where missing, flattened to (n, cells)."""
        difference = self.target.astype(np.float64) - self.reconstruction
        return np.nan_to_num(difference, nan=0.0).reshape(len(difference), -1)

    @cached_property
    def error(self) -> np.ndarray:
        """Euclidean norm of each row's residuals."""
        return np.sqrt(np.sum(np.square(self.residuals), axis=1))

    @cached_property
    def scores(self) -> np.ndarray:
        """The score of each row in nats; not of a decoder that sees the input."""
        return self.model.score_samples(self.X)

    @cached_property
    def kl(self) -> np.ndarray | None:
        """KL of each row and dimension in nats, where the latent can tell it."""
        return self.described.get("kl_per_dim")

    @cached_property
    def described(self) -> dict[str, np.ndarray]:
        """What the latent says of each row, by name."""
        return self.model.describe_latent(self.X)

    @property
    def latent(self) -> Any:
        """The latent's layer."""
        return self.model._fitted.network.latent

    def can(self, ability: str) -> bool:
        """Whether the latent has an ability: "sample", "density", "divergence" or "noise"."""
        return ability in self.model.parts_.latent.abilities

    def network_rows(self, X: Any) -> np.ndarray:
        """Return rows in network units, flattened, with 0 (after standardising, the mean) where missing.

        Series have the steps that are reconstructed, and all of them the same number: 0 after the end of each.
        """
        model = self.model
        model.schema_.check_names(X, type(model).__name__)
        array = self._array(X)
        if not self.series:
            events = model.schema_.events(array)
            return np.nan_to_num(model.scaler_.apply(events), nan=0.0).reshape(len(events), -1)
        events = array.reshape(*array.shape[:2], -1)[:, : array.shape[1] - self.future]
        scaled = np.nan_to_num(model.scaler_.apply(events), nan=0.0)
        steps = max(part.shape[1] for part in (self.X, self.reference) if part is not None) - self.future
        return np.pad(scaled, ((0, 0), (0, steps - scaled.shape[1]), (0, 0))).reshape(len(scaled), -1)

    def own(self, flat: np.ndarray) -> np.ndarray:
        """Return flattened rows in network units as flattened rows in the data's own units."""
        schema, scaler = self.model.schema_, self.model.scaler_
        if not self.series:
            return scaler.undo(flat.reshape(len(flat), *schema.event)).reshape(len(flat), -1)
        events = scaler.undo(flat.reshape(len(flat), -1, schema.event[-1]))
        return events[:, : self.target.shape[1]].reshape(len(flat), -1)


def ends_of(rows: np.ndarray) -> np.ndarray:
    """Return how many steps each series of an array has before its end, after which nothing is known.

    Examples
    --------
    >>> ends_of(np.array([[1.0, np.nan, 2.0, np.nan], [np.nan] * 4]))
    array([3, 0])
    """
    there = (~np.isnan(rows)).reshape(*rows.shape[:2], -1).any(axis=2)
    return np.where(there.any(axis=1), there.shape[1] - np.argmax(there[:, ::-1], axis=1), 0)


@dataclass
class Record:
    """Everything that was measured of a model on some rows, as one JSON-able object.

    Parameters
    ----------
    model : dict
        Parts, data and score in words, number of parameters, seed.
    data : dict
        What it was evaluated on.
    history : dict of lists
        As ``model.history_``.
    metrics : dict of dicts
        What each metric returned, by its name.
    pictures : dict of arrays
        What the plots draw: examples, codes, grids; small and rounded.
    warnings : list of str
        In plain words.
    versions : dict
    command : str
        The command that made it, if one did.
    """

    model: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    history: dict[str, list[Any]] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    command: str = ""

    def to_json(self) -> str:
        """Return the record as JSON; arrays are base64 of their bytes beside type and shape."""
        document = {"format": "hyotan record", "version": VERSION, **_plain(asdict(self))}
        return json.dumps(document, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, where: str = "the record") -> Record:
        """Rebuild a record.

        Raises
        ------
        ArtifactError
            If the text is not a record.
        """
        try:
            document = json.loads(text, object_hook=_decode)
            if document.pop("format") != "hyotan record" or document.pop("version") > VERSION:
                raise ValueError("another format, or a newer version")
            document["history"] = {k: _numbers(v) for k, v in document.get("history", {}).items()}
            return cls(**document)
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            raise ArtifactError(
                f"{where} is not a hyotan record", expected="record.json of a run", received=shown(str(err), 80)
            ) from err

    def save(self, path: str | Path) -> Path:
        """Write the record, whole or not at all."""
        return write(path, self.to_json().encode())

    @classmethod
    def load(cls, path: str | Path) -> Record:
        """Read a record."""
        return cls.from_json(read(path, "record.json, as a run folder holds it").decode(errors="replace"), str(path))


def _plain(value: Any) -> Any:
    """Return a value as strict JSON: NaN, which JSON does not have, becomes null."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "OU":
            return [str(v) for v in value.tolist()]
        data = np.ascontiguousarray(value)
        return {"array": base64.b64encode(data.tobytes()).decode(), "dtype": data.dtype.str, "shape": list(value.shape)}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _decode(value: dict[str, Any]) -> Any:
    if value.keys() == {"array", "dtype", "shape"}:
        return np.frombuffer(base64.b64decode(value["array"]), value["dtype"]).reshape(value["shape"]).copy()
    return value


def _numbers(value: Any) -> Any:
    """Return what JSON has null for as NaN again."""
    return [_numbers(v) for v in value] if isinstance(value, list) else math.nan if value is None else value
