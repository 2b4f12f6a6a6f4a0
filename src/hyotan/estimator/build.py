"""From parameters to a built model: parts by name or object, and the network of them."""

from __future__ import annotations

from typing import Any

from hyotan.core.errors import ParameterError
from hyotan.core.part import Part, resolve
from hyotan.core.spec import Spec
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.nets import Net


def parts_of(model: Any, net: Net, likelihood: Any) -> Parts:
    """Return the four parts of a model; the likelihood is what "auto" or a name stands for."""
    return Parts(
        net=net,
        latent=resolve("latent", model.latent),
        likelihood=resolve("likelihood", model.likelihood if isinstance(model.likelihood, Part) else likelihood),
        corruption=None if model.corruption is None else resolve("corruption", model.corruption),
    )


def built(parts: Parts, spec: Spec, seed: int) -> Autoencoding:
    """Return the model, or say which network of the user's own does not fit."""
    try:
        return Autoencoding(parts, spec, seed)
    except ValueError as err:
        if isinstance(err, ParameterError) or not parts.net.not_saved:
            raise
        raise ParameterError(
            "The custom net does not fit the data or the code",
            expected=f"an encoder of rows {spec.event} and a decoder of the latent's codes",
            received=" ".join(str(err).split())[:200],
            do="change the shapes of the networks' inputs",
        ) from err
