"""What every prior is: a density over codes that can be sampled."""

from __future__ import annotations

from typing import Any

from hyotan.core.part import Part


class Prior(Part, kind="prior"):
    """What codes look like before any data; abstract."""

    def log_prob(self, z: Any, condition: Any) -> Any:
        """Return log p(z) of codes (n, B, *code), of shape (n, B)."""
        raise NotImplementedError

    def sample(self, n: int, shape: tuple[int, ...], condition: Any, seed: Any) -> Any:
        """Return n codes of the given shape."""
        raise NotImplementedError
