"""A plain Keras model that encodes rows and draws from their posterior."""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.keras_defaults import settled
from hyotan.latents._base import LatentLayer
from hyotan.model.autoencoding import Autoencoding


class Draw(keras.Layer):
    """One draw z of q(z|x) from its parameters, with new noise in each call.

    Parameters
    ----------
    latent : LatentLayer
    seed : int
    """

    def __init__(self, latent: LatentLayer, seed: int) -> None:
        super().__init__(name="z")
        self.given, self.noise = latent.given, keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, parameters: dict[str, Any]) -> Any:
        """Return codes of shape (B, *code)."""
        return self.given(parameters).sample(1, self.noise)[0]


def sampling_encoder(model: Autoencoding, seed: int) -> keras.Model:
    """Return the encoder with a draw from q(z|x) as a further output ``z``; the weights are shared."""
    encoder = model.encoder
    with settled(model.policy):
        z = Draw(model.latent, seed)(encoder.output)
        return keras.Model(encoder.input, {**encoder.output, "z": z}, name="sampling_encoder")
