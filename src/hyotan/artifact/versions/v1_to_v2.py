"""From version 1 (hyotan 0.1): terms got words and units, and everybody who remembers something a place of its own."""

from __future__ import annotations

from typing import Any


def migrate(document: dict[str, Any], training: dict[str, Any] | None) -> None:
    """Bring a document of version 1 to version 2, in place."""
    document.setdefault("about", {})
    if training is None:
        return
    parts = {"minibatches": training.pop("order"), "history": training.pop("history")}
    parts["nan_guard"] = {"validation": training.pop("validation")}
    stopping = training.pop("stopping")
    if stopping is not None:
        parts["early_stopping"] = stopping
        training["sizes"]["early_stopping.best_weights"] = training["sizes"].pop("best")
    else:
        training["sizes"].pop("best", None)
    training["parts"] = parts
