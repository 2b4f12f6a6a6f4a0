"""The result of a fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hyotan.core.terms import Term
from hyotan.data.scaling import Scaler
from hyotan.data.schema import Schema
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.training.state import TrainingState


@dataclass(frozen=True)
class Assembly:
    """A built network, with the schema and scaler that convert between the user's data and network units.

    Parameters
    ----------
    network : Autoencoding
    parts : Parts
    schema : Schema
    scaler : Scaler
    """

    network: Autoencoding
    parts: Parts
    schema: Schema
    scaler: Scaler


@dataclass(frozen=True)
class Fitted(Assembly):
    """The result of a fit.

    Parameters
    ----------
    seed : int
        Given as ``random_state``, it gives the same model again.
    history : dict of lists
    info : dict
        ``rows``, ``validation_rows``, number of ``missing`` cells, number of ``parameters``, ``normalised``;
        ``epoch`` to which the weights belong, ``seconds``; ``reading``: the options with which a file was read. A
        loaded model also has ``versions`` and ``created``.
    warnings : list of str
    about : dict of Term
        Label and unit of the entries in the history, by name.
    state : TrainingState or None
        The training state to resume from.
    """

    seed: int
    history: dict[str, list[Any]] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    about: dict[str, Term] = field(default_factory=dict)
    state: TrainingState | None = None

    @property
    def normalised(self) -> bool:
        """Whether scores are log-probabilities of a normalised distribution (not so for Bernoulli on grey values)."""
        return bool(self.info.get("normalised"))

    def data_summary(self) -> str:
        """Return a description of the training data: shape, number of rows, missing cells, scaling."""
        shape, info = self.schema.shape, self.info
        rows = f"{info.get('rows', 0):,} training {'series' if self.schema.kind == 'series' else 'rows'}"
        channels = self.schema.event[-1]
        what = {
            "table": f"table of {shape[0]} columns",
            "images": "images " + " × ".join(map(str, shape)),
            "series": f"series of {'up to ' * self.schema.ragged}{shape[0]} steps × "
            f"{channels} channel{'s' * (channels != 1)}",
        }[self.schema.kind]
        missing = f", {info['missing']:,} cells missing" if info.get("missing") else ""
        guess = f" ({info['guess']})" if info.get("guess") else ""
        return f"{what}{guess}, {rows}{missing}, values {self.scaler.describe()}"

    def score_meaning(self) -> str:
        """Return the meaning of a score, in words."""
        if not self.normalised:
            return "cross-entropy on grey values: unnormalised"
        density = np.any(self.parts.likelihood.density(self.network.spec))
        return "nats" if density else "nats, values 0 or 1"
