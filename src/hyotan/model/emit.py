"""The output head: from the decoder's last layer to the parameters of p(x|z)."""

from __future__ import annotations

from typing import Any


class Emit:
    """The way from the decoder's last layer to the parameters of p(x|z), and to what a feeding decoder is fed."""

    def __init__(self, likelihood: Any) -> None:
        self.likelihood, self.numbers = likelihood, likelihood.numbers

    def __call__(self, h: Any) -> tuple[dict[str, Any], Any]:
        """Return the parameters from the likelihood's own head, and their mean."""
        params = self.likelihood.head(h)
        return params, self.likelihood.feedback(params)

    def given(self, output: Any) -> tuple[dict[str, Any], Any]:
        """Return the same from a decoder that has its own head."""
        params = self.likelihood.given(output)
        return params, self.likelihood.feedback(params)
