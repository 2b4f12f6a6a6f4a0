"""From version 1 (hyotan 0.1): terms get labels and units, and each object with training state gets its own entry."""

from __future__ import annotations

from typing import Any


def migrate(document: dict[str, Any], given: tuple[dict[str, Any], dict[str, Any]] | None) -> None:
    """Convert a document from version 1 to version 2, in place."""
    document.setdefault("about", {})
    if given is None:
        return
    training, arrays = given
    parts = {"minibatches": training.pop("order"), "history": training.pop("history")}
    parts["nan_guard"] = {"validation": training.pop("validation")}
    stopping, kept = training.pop("stopping"), training["sizes"].pop("best", 0)
    best = [arrays.pop(f"best/{i}") for i in range(kept)]
    if stopping is not None:
        parts["early_stopping"] = stopping
        training["sizes"]["early_stopping.best_weights"] = kept
        arrays |= {f"early_stopping.best_weights/{i}": array for i, array in enumerate(best)}
    training["parts"] = parts
