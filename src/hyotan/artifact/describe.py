"""A fitted model in words: a summary line, and the model card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyotan.artifact.fitted import Fitted
from hyotan.core.versions import versions


def describe(fitted: Fitted) -> str:
    """Return a one-line summary: data, parts, meaning of the score, number of parameters."""
    parts = " → ".join(repr(part) for _, part in fitted.parts.items() if part is not None)
    parameters = f"{fitted.info.get('parameters', 0):,} parameters"
    return f"{fitted.data_summary()} · {' '.join(parts.split())} · score: {fitted.score_meaning()} · {parameters}"


def card(fitted: Fitted) -> str:
    """Return the model card in Markdown; the artifact contains it as README.md."""
    last = {name: values[-1] for name, values in fitted.history.items() if values}
    terms = [f"* {name}: {value:.6g}" for name, value in last.items() if isinstance(value, (int, float))]
    return "\n".join(
        [
            "# Model card",
            "",
            "An autoencoder fitted with hyotan. Open it with `hyotan.load(path)`.",
            "",
            f"* data: {fitted.data_summary()}",
            *(f"* {kind}: `{' '.join(repr(part).split())}`" for kind, part in fitted.parts.items()),
            f"* score: {fitted.score_meaning()}",
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
