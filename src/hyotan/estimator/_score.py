"""Scores: what a row is worth in nats."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyotan.estimator._base import FittedBase, check_count
from hyotan.estimator.density import Jacobians, normalised


class ScoreMixin(FittedBase):
    """The verbs ``score_samples``, ``score`` and ``log_likelihood``."""

    def score_samples(self, X: Any) -> np.ndarray:
        """Return the score of each row in nats; higher is more normal.

        log p(x|z) of a deterministic latent; for a Gaussian one the evidence lower bound
        E_q log p(x|z) − KL(q ‖ p), with β = 1 and the same 16 fixed draws for every row. Densities are in the data's
        own units. Bernoulli on grey values is unnormalised: compare such scores with each other only.

        The draws have exact first and second moments while the code has at most 8 dimensions. Above that their mean
        keeps an error that does not average out over rows, because all rows share it: it is the same for each call,
        so rows can be compared, but small differences between models want :meth:`log_likelihood`.

        A conditional decoder is fed the true frames: log p(x|z) = Σ_t log p(x_t | x_<t, z).

        Returns
        -------
        ndarray of shape (n,), float64

        Raises
        ------
        ParameterError
            If the decoder sees the input: what it gives is no likelihood of it.
        """
        predictor = self._require_fitted("score_samples")
        self._require_lone_decoder("score_samples")
        reading = self._read("score_samples", X)
        self._require_future("score_samples", reading)
        chunks = Jacobians(self._fitted, reading.chunks)
        return predictor.score(chunks).astype(np.float64) + chunks.all()

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean of :meth:`score_samples`, what a grid search maximises."""
        return float(np.mean(self.score_samples(X)))

    def log_likelihood(self, X: Any, n_samples: int = 5000, *, random_state: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return log p(x) of each row by importance sampling, and its standard error, in nats.

        log p(x) ≈ log 1/K Σ_k p(x|z_k) p(z_k) / q(z_k|x) with z_k ~ q(z|x). It lies between the ELBO and the truth
        in expectation and tends to the truth as K grows (Burda, Grosse and Salakhutdinov, 2016).

        Parameters
        ----------
        X : array or frame
        n_samples : int
            K.
        random_state : int
            Seed of the draws, which are the same for every row.

        Returns
        -------
        log_p, stderr : ndarray of shape (n,), float64

        Raises
        ------
        ParameterError
            If the latent has no prior, or the likelihood is not normalised on these data.
        """
        predictor = self._require_fitted("log_likelihood")
        self._require("density", "log_likelihood", "a likelihood")
        self._require_lone_decoder("log_likelihood")
        check_count(n_samples)
        reading = self._read("log_likelihood", X)
        self._require_future("log_likelihood", reading)
        chunks = Jacobians(self._fitted, normalised(self._fitted, reading.chunks))
        log_p, stderr = predictor.log_likelihood(chunks, int(n_samples), random_state)
        return log_p + chunks.all(), stderr
