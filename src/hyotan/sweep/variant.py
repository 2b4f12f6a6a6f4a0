"""One model of a sweep, before and after its fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hyotan.core.errors import TrainingError, shown
from hyotan.estimator import preparation
from hyotan.estimator.autoencoder import Autoencoder


@dataclass
class Variant:
    """One of the models of a sweep, before and after its fit."""

    number: int
    model: Autoencoder
    varied: dict[str, Any]
    shape: tuple[int, ...]  # models with equal values can share a compiled program
    rows: tuple[int, ...]  # models with equal values can share their rows in network units
    ready: preparation.Ready | None = None
    error: TrainingError | None = None
    score: float | None = None

    def __str__(self) -> str:
        """Return the number of the model and its varied parameters."""
        varied = ", ".join(f"{name}={shown(value, 24)}" for name, value in self.varied.items())
        return f"model {self.number} ({varied})"
