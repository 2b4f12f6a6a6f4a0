"""What a fit leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hyotan.data.scaling import Scaler
from hyotan.data.schema import Schema
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.training.state import State


@dataclass
class Fitted:
    """All that a fit leaves behind."""

    network: Autoencoding
    parts: Parts
    schema: Schema
    scaler: Scaler
    seed: int
    history: dict[str, list[Any]] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    state: State | None = None  # to go on from

    @property
    def normalised(self) -> bool:
        """Whether scores are logarithms of a normalised distribution (Bernoulli on grey values is not)."""
        return bool(self.info.get("normalised"))

    def data(self) -> str:
        """Return the data in words."""
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
        return f"{what}, {rows}{missing}, values {self.scaler.describe()}"

    def scores(self) -> str:
        """Return what a score is, in words."""
        if not self.normalised:
            return "cross-entropy on grey values: unnormalised"
        return "nats" if self.parts.likelihood.density else "nats, values 0 or 1"
