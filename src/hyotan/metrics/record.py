"""The record: all measurements of a model as one object that can be written as JSON."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hyotan.core.errors import ArtifactError, shown
from hyotan.core.files import read, write
from hyotan.core.json import plain
from hyotan.core.terms import Term, from_json, to_json

VERSION = 2


@dataclass
class Record:
    """All measurements of a model on some rows, as one object that can be written as JSON.

    Parameters
    ----------
    model : dict
        Description of the model: its parts, parameters, seed, and the meaning of its score.
    data : dict
        Description of the rows it was evaluated on.
    history : dict of lists
        The training history, ``model.history_``.
    terms : dict of dicts
        Label, unit, order and direction of the entries of the history, by name.
    keys : dict of lists
        The keys that each metric declares, so that the numbers can be shown where the metric is not registered.
    metrics : dict of dicts
        The output of each metric, by its name.
    pictures : dict of arrays
        Small arrays for the plots, such as example rows, codes and grids.
    warnings : list of str
        Sentences.
    versions : dict
        Versions of Python and of the packages.
    command : str
        The shell command that made the record, if any.
    """

    model: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    history: dict[str, list[Any]] = field(default_factory=dict)
    terms: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    command: str = ""

    @property
    def about(self) -> dict[str, Term]:
        """The terms of the history, by name."""
        return from_json(self.terms)

    def to_json(self) -> str:
        """Return the record as JSON; an array is stored as dtype, shape and its bytes in base64."""
        document = {"format": "hyotan record", "version": VERSION, **plain(asdict(self), _packed)}
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
            version = document.pop("version")
            if document.pop("format") != "hyotan record" or version > VERSION:
                raise ValueError("another format, or a newer version")
            if version == 1:
                _from_first(document)
            document["history"] = {k: _numbers(v) for k, v in document.get("history", {}).items()}
            return cls(**document)
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            raise ArtifactError(
                f"{where} is not a hyotan record", expected="record.json of a run", received=shown(str(err), 80)
            ) from err

    def save(self, path: str | Path) -> Path:
        """Write the record to a file atomically and return its path."""
        return write(path, self.to_json().encode())

    @classmethod
    def load(cls, path: str | Path) -> Record:
        """Read a record."""
        return cls.from_json(read(path, "record.json, as a run folder holds it").decode(errors="replace"), str(path))


def _from_first(document: dict[str, Any]) -> None:
    """Convert a document of version 1, which did not store the terms, to version 2 in place."""
    codes, parts = document.get("metrics", {}).get("codes"), document.get("model", {})
    bound = codes is not None and "kl_per_dim" in codes
    if codes is not None:
        codes.setdefault("idle_below", 0.01 if bound else 1e-12)
    if bound:
        parts.setdefault("charged", "kl_per_dim")
    likelihood = document.get("metrics", {}).get("likelihood") or {}
    if "kl" in likelihood:
        likelihood["rate"] = likelihood.pop("kl")
    known = {
        "nll": Term("nll", "−log p(x|z)", "nats", 10, "lower"),
        "kl": Term("kl", "KL to the prior", "nats", 30),
        "sparsity": Term("sparsity", "Σ|z|", "", 40, "lower"),
        "active_units": Term("active_units", "active units", "", 50, "higher"),
    }
    document.setdefault("terms", to_json({name: term for name, term in known.items() if name in document["history"]}))


def _packed(value: np.ndarray) -> Any:
    """Return a numeric array as dtype, shape and base64 bytes, and an array of strings or objects as a list of str."""
    if value.dtype.kind in "OU":
        return [str(v) for v in value.tolist()]
    data = np.ascontiguousarray(value)
    return {"array": base64.b64encode(data.tobytes()).decode(), "dtype": data.dtype.str, "shape": list(value.shape)}


def _decode(value: dict[str, Any]) -> Any:
    if value.keys() == {"array", "dtype", "shape"}:
        return np.frombuffer(base64.b64decode(value["array"]), value["dtype"]).reshape(value["shape"]).copy()
    return value


def _numbers(value: Any) -> Any:
    """Replace None by NaN in nested lists, because JSON stores NaN as null."""
    return [_numbers(v) for v in value] if isinstance(value, list) else math.nan if value is None else value
