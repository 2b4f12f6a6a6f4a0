"""Latents: what sits at the waist, with the priors and divergences of those that have a distribution there."""

from hyotan import _parts
from hyotan.latents import divergences, priors
from hyotan.latents._base import Latent
from hyotan.latents.gaussian import Gaussian
from hyotan.latents.point import Point
from hyotan.latents.sparse import Sparse

_parts.discover(__name__, __path__)

__all__ = ["Gaussian", "Latent", "Point", "Sparse", "divergences", "priors"]
