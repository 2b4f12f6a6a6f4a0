"""What a fit leaves behind, and how it is told in words: one line, and the model card."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import keras

from hyotan.data.scaling import Scaler
from hyotan.data.schema import Schema
from hyotan.model import Autoencoding, Parts
from hyotan.state import State


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


def describe(fitted: Fitted) -> str:
    """Return one line: the data and the parts that were chosen."""
    parts = " → ".join(repr(part) for _, part in fitted.parts.items() if part is not None)
    parameters = f"{fitted.info.get('parameters', 0):,} parameters"
    return f"{fitted.data()} · {' '.join(parts.split())} · score: {fitted.scores()} · {parameters}"


def card(fitted: Fitted) -> str:
    """Return the model card, Markdown that travels in the artifact."""
    last = {name: values[-1] for name, values in fitted.history.items() if values}
    terms = [f"* {name}: {value:.6g}" for name, value in last.items() if isinstance(value, (int, float))]
    return "\n".join(
        [
            "# Model card",
            "",
            "An autoencoder fitted with hyotan. Open it with `hyotan.load(path)`.",
            "",
            f"* data: {fitted.data()}",
            *(f"* {kind}: `{' '.join(repr(part).split())}`" for kind, part in fitted.parts.items()),
            f"* score: {fitted.scores()}",
            f"* parameters: {fitted.info.get('parameters', 0):,}",
            f"* random seed: {fitted.seed}",
            f"* epochs: {len(fitted.history.get('loss', []))}",
            "",
            "## Last epoch",
            "",
            *terms,
            "",
            "## Warnings",
            "",
            *([f"* {text}" for text in fitted.warnings] or ["none"]),
            "",
            "## Versions",
            "",
            *listed(versions()),
            "",
        ]
    )


def listed(pairs: Mapping[str, Any]) -> list[str]:
    """Return pairs as a Markdown list."""
    return [f"* {name}: {value}" for name, value in pairs.items()]


def versions() -> dict[str, str]:
    """Return the versions of everything a result depends on."""
    found = {"python": platform.python_version(), "backend": keras.backend.backend()}
    for name in ("hyotan", "keras", "jax", "numpy", "scikit-learn"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
