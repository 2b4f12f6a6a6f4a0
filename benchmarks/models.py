"""The four models as a hyotan user writes them."""

from __future__ import annotations

import math
from typing import Any

import hyotan as hy  # it chooses the backend, so it comes before Keras

import keras  # isort: skip

from workloads import BETA, LEARNING_RATE, STEPS, UNITS, WORKLOADS

CONSTANT = 0.5 * math.log(math.pi) * STEPS
"""What −log p(x|z) of a window has beside its squared error, with σ = √½."""


def model_of(name: str, **settings: Any) -> hy.Autoencoder:
    """Return a model that is not fitted yet; the settings are those of any :class:`hyotan.Autoencoder`."""
    settings = {"batch_size": WORKLOADS[name].batch_size, "random_state": 0, "verbose": 0, **settings}
    code = WORKLOADS[name].code
    if name == "ae":
        return hy.AE(code, activation="relu", net=hy.nets.Dense(hidden=()), likelihood="bernoulli", **settings)
    if name == "vae":
        return hy.VAE(code, net=hy.nets.Dense(hidden=(256,)), likelihood="bernoulli", **settings)
    if name == "gru":
        net = hy.nets.Recurrent(40, cell="gru")
        return hy.VAE(code, beta=BETA, net=net, likelihood="bernoulli", kind="series", **settings)
    return hy.AE(
        None,  # the last state itself
        net=hy.nets.Recurrent(UNITS, cell="lstm", decoder="reversed-input", output_hidden=(10,)),
        likelihood=hy.likelihoods.Gaussian(sigma=math.sqrt(0.5), link="tanh"),  # the squared error
        kind="series",
        scale="none",
        # Keras's epsilon, for a loss that is the sum of a window's cells and not their mean.
        optimizer=keras.optimizers.RMSprop(LEARNING_RATE, epsilon=STEPS**2 * 1e-7),
        **settings,
    )
