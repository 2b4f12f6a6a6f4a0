"""Gaussian likelihood: each cell is a real number with mean m and standard deviation σ.

    log p(x|z) = −½ ((x − m) / σ)² − log σ − ½ log 2π

σ is fixed, learned, or predicted by the decoder. With one learned σ shared by all cells, a VAE is the σ-VAE of Rybkin,
Daniilidis and Levine, "Simple and effective VAE training with calibrated decoders" (2021); with a linear net, it is
probabilistic PCA (Tipping and Bishop, 1999).
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops, random

from hyotan.core.ops import LOG_2PI
from hyotan.core.spec import Column, Seeds, Spec
from hyotan.likelihoods._base import LINKS, Head, Likelihood, LikelihoodLayer

LOG_SIGMA = (-20.0, 20.0)  # bounds of log σ, so that the density of every finite value is finite


class Gaussian(Likelihood):
    """Real numbers with Gaussian noise.

    Parameters
    ----------
    sigma : float or {"learned", "per_cell", "predicted"}
        Standard deviation in network units (after scaling). A number is a fixed σ; "learned" is one σ for all cells;
        "per_cell" is one σ for each column of a table, pixel of an image or channel of series; "predicted" is one σ
        for each cell of each row, given by the decoder.
    link : {"identity", "sigmoid", "tanh"}
        The function that maps the decoder's output to the mean.
    min_sigma : float
        Lower bound of a learned or predicted σ, which is √(exp(2s) + min_sigma²). Without it, the density of a cell
        that can be copied exactly is unbounded.

    Notes
    -----
    With ``sigma=√½`` the negative log-likelihood is the summed squared error plus a constant.

    Examples
    --------
    >>> Gaussian(sigma=0.1)
    Gaussian(sigma=0.1)
    """

    def __init__(self, sigma: float | str = "learned", link: str = "identity", min_sigma: float = 1e-3) -> None:
        self.sigma = sigma
        self.link = link
        self.min_sigma = min_sigma

    def build(self, spec: Spec, seeds: Seeds) -> LikelihoodLayer:
        if isinstance(self.sigma, str):
            self.check_choice("sigma", ("learned", "per_cell", "predicted"))
        else:
            self.check_number("sigma", low=0, open_low=True)
        link = self.check_choice("link", LINKS)
        return GaussianLayer(spec, seeds, self.sigma, link, self.check_number("min_sigma", low=0))

    def constant_nll(self, mean: np.ndarray, variance: np.ndarray, share: np.ndarray) -> float | None:
        """Return Σ share · (½ variance / σ² + log σ + ½ log 2π), with the best σ where it is learned."""
        if isinstance(self.sigma, str):
            shared = self.sigma == "learned"
            best = np.sum(share * variance) / max(np.sum(share), 1e-12) if shared else variance
            square = np.maximum(best, max(self.min_sigma, 1e-6) ** 2)
        else:
            square = np.square(self.sigma)
        each = 0.5 * variance / square + 0.5 * np.log(square) + 0.5 * LOG_2PI
        return float(np.sum(share * each))

    def suits(self, column: Column) -> float:
        """Return ½: it fits all real numbers, but more specific likelihoods come first."""
        return 0.5


class GaussianLayer(LikelihoodLayer):
    """Layer of :class:`Gaussian`: the parameters of a cell are its mean and, if predicted, the raw log σ."""

    def __init__(self, spec: Spec, seeds: Seeds, sigma: float | str, link: str, min_sigma: float) -> None:
        super().__init__(spec, numbers=2 if sigma == "predicted" else 1)
        self.sigma, self.link, self.min_sigma = sigma, LINKS[link], min_sigma
        self.elementwise_iid = sigma != "per_cell"
        self.location = Head(spec, seeds, "location")
        if sigma == "predicted":
            # With s = 0 in every cell at the start, the first steps mainly train the mean.
            self.raw = Head(spec, seeds, "log_sigma", zero=True)
        elif isinstance(sigma, str):
            # Series may have any length, so σ depends on the channel, not on the step.
            each = spec.event[-1:] if len(spec.event) == 2 else spec.event
            shape = each if sigma == "per_cell" else ()
            self.raw = self.add_weight(shape=shape, initializer=keras.initializers.Zeros(), name="log_sigma")

    def head(self, h: Any) -> dict[str, Any]:
        """Return the means, and the raw log σ if the decoder predicts it."""
        params = {"mean": self.link(self.location(h))}
        return {**params, "log_sigma": self.raw(h)} if self.sigma == "predicted" else params

    def given(self, output: Any) -> dict[str, Any]:
        """Return the means from a decoder's output; with a predicted σ, both are stacked on its last axis."""
        if self.sigma != "predicted":
            return {"mean": self.link(output)}
        mean, raw = ops.split(output, 2, axis=-1)
        return {"mean": self.link(mean), "log_sigma": raw}

    def log_sigma(self, params: dict[str, Any]) -> Any:
        """Return log σ, in a shape that broadcasts to the event."""
        if not isinstance(self.sigma, str):
            return ops.convert_to_tensor(math.log(self.sigma), dtype="float32")
        raw = ops.clip(params["log_sigma"] if self.sigma == "predicted" else self.raw, *LOG_SIGMA)
        return 0.5 * ops.log(ops.exp(2 * raw) + self.min_sigma**2)

    def log_prob(self, params: dict[str, Any], values: Any) -> Any:
        """Return the log-density of each cell."""
        log_sigma = self.log_sigma(params)
        return -0.5 * ops.square((values - params["mean"]) * ops.exp(-log_sigma)) - log_sigma - 0.5 * LOG_2PI

    def mean(self, params: dict[str, Any]) -> Any:
        """Return the means."""
        return params["mean"]

    def sample(self, params: dict[str, Any], seed: Any) -> Any:
        """Return the means plus Gaussian noise."""
        mean = params["mean"]
        return mean + ops.exp(self.log_sigma(params)) * random.normal(ops.shape(mean), seed=seed)
