"""Building the model: resolve the parts from the parameters, and build the network."""

from __future__ import annotations

from typing import Any

from hyotan.core.errors import HyotanError, ParameterError, shown
from hyotan.core.keras_defaults import built_or_forgotten
from hyotan.core.part import Part, resolve
from hyotan.core.spec import Spec
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.nets import Net


def parts_of(model: Any, net: Net, likelihood: Any) -> Parts:
    """Return the four parts of a model; ``likelihood`` is used if the model's own is "auto" or a name."""
    return Parts(
        net=net,
        latent=resolve("latent", model.latent),
        likelihood=resolve("likelihood", model.likelihood if isinstance(model.likelihood, Part) else likelihood),
        corruption=None if model.corruption is None else resolve("corruption", model.corruption),
    )


def built(parts: Parts, spec: Spec, seed: int, rows: int | None = None) -> Autoencoding:
    """Return the built model; if a custom net does not fit the data or the code, raise an error that says so."""
    try:
        with built_or_forgotten():
            return Autoencoding(parts, spec, seed, rows)
    except Exception as err:
        told = _told_by_a_part(err)
        if told is not None:
            raise told from None
        if isinstance(err, MemoryError) or "out of memory" in str(err).lower() or "allocate memory" in str(err):
            raise ParameterError(
                "The model does not fit into memory",
                expected="layers whose weights fit",
                received=shown(" → ".join(repr(part) for _, part in parts.items() if part is not None), 200),
                do="take a smaller code, or narrower layers",
            ) from err
        if not isinstance(err, ValueError) or not parts.net.not_saved:
            raise
        raise ParameterError(
            "The custom net does not fit the data or the code",
            expected=f"an encoder of rows {spec.event} and a decoder of the latent's codes",
            received=" ".join(str(err).split())[:200],
            do="change the shapes of the networks' inputs",
        ) from err


def _told_by_a_part(err: BaseException) -> HyotanError | None:
    """Return the error raised by a part, which Keras may have wrapped in its own error; None if there is none."""
    found: HyotanError | None = None
    inner: BaseException | None = err
    while inner is not None:
        if isinstance(inner, HyotanError) and str(inner) in str(err):
            found = inner
        inner = inner.__cause__ or inner.__context__
    return found
