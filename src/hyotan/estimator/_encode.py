"""Encoding: codes of rows, draws from the posterior, and the KL per dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyotan.core.errors import ParameterError
from hyotan.estimator._base import FittedBase
from hyotan.estimator.preparation import seeds_of
from hyotan.model.sampling import sampling_encoder


class EncodeMixin(FittedBase):
    """The methods ``transform``, ``draw``, ``sampling_encoder``, ``describe_latent`` and ``kl_per_dim``."""

    def transform(self, X: Any) -> np.ndarray:
        """Return the code of each row: the mean of q(z|x).

        Parameters
        ----------
        X : array or frame of the kind the model was fitted on

        Returns
        -------
        ndarray of shape (n, code), float32
            A code on a grid is flattened.
        """
        reading = self._read("transform", X)
        codes = self._predictor.encode(reading.chunks)
        return codes.reshape(len(codes), -1)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of a code, z0, z1, …, as in the files that the command line writes.

        Parameters
        ----------
        input_features : ignored
        """
        self._require_fitted("get_feature_names_out")
        return np.array([f"z{index}" for index in range(self._n_features_out)], dtype=object)

    def draw(self, X: Any, *, random_state: int = 0) -> np.ndarray:
        """Return one draw from the posterior of each row, of shape (n, code); for deterministic latents, the code.

        The noise depends on the position: unlike its code or score, the draw of a row changes with its place in X.
        """
        reading = self._read("draw", X)
        codes = self._predictor.draw(reading.chunks, random_state)
        return codes.reshape(len(codes), -1)

    def sampling_encoder(self, random_state: Any = None) -> Any:
        """Return ``encoder_`` with a drawn code as a further output: row → mean, log_var and z, by name.

        z = mean + exp(½ log_var) · ε with ε ~ N(0, I), new in each call. With ``head="sigma"``, ``sigma`` is in the
        place of ``log_var``. Unlike :meth:`draw`, it is a Keras model in network units, to be built on.

        Parameters
        ----------
        random_state : int, RandomState or None
            Seed of ε.

        Returns
        -------
        keras.Model
            A new model that shares its weights with ``encoder_``; its input is that of ``encoder_``.

        Raises
        ------
        ParameterError
            If the latent is deterministic.

        Examples
        --------
        >>> import hyotan as hy
        >>> X = np.random.default_rng(0).normal(size=(40, 5))
        >>> model = hy.VAE(2, scale="none", epochs=2, random_state=0, verbose=0).fit(X)
        >>> q = model.sampling_encoder(random_state=0)(X)
        >>> sorted(q), q["z"].shape
        (['log_var', 'mean', 'z'], (40, 2))
        """
        self._require_fitted("sampling_encoder")
        self._require("noise", "sampling_encoder", "codes that are drawn", "use encoder_, or fit a VAE (hyotan.VAE)")
        return sampling_encoder(self._fitted.network, seeds_of(random_state)[1])

    def describe_latent(self, X: Any) -> dict[str, np.ndarray]:
        """Return the quantities the latent reports for each row, by name, of shape (n, …); e.g. ``kl_per_dim``."""
        reading = self._read("describe_latent", X)
        return self._predictor.describe(reading.chunks)

    def kl_per_dim(self, X: Any) -> np.ndarray:
        """Return KL(q(z_j|x) ‖ p(z_j)) of each row and dimension in nats, of shape (n, code); Gaussian latents only."""
        self._require_fitted("kl_per_dim")
        self._require("divergence", "kl_per_dim", "a divergence")
        found = self.describe_latent(X)
        if "kl_per_dim" not in found:
            raise ParameterError(
                "kl_per_dim() needs a KL in closed form, and this latent has none",
                expected="a Gaussian latent with prior='standardnormal'",
                received=repr(self.parts_.latent),
                do="score_samples() estimates the bound; describe_latent(X) tells what there is",
            )
        return found["kl_per_dim"]
