"""Likelihoods: what a decoded number means.

A likelihood says how a row is read by the encoder, which parameters the decoder's last layer must give, and the
log-density of every single cell. It never sums and never masks: the model does both, in one place.
"""

from hyotan import _parts
from hyotan.likelihoods._base import Likelihood
from hyotan.likelihoods.bernoulli import Bernoulli
from hyotan.likelihoods.gaussian import Gaussian

_parts.discover(__name__, __path__)

__all__ = ["Bernoulli", "Gaussian", "Likelihood"]
