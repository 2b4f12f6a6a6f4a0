"""Scoring: the log-density of rows, exact or as a bound, in nats."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyotan.estimator._base import FittedBase, check_count
from hyotan.estimator.density import Jacobians, normalised


class ScoreMixin(FittedBase):
    """The methods ``score_samples``, ``score`` and ``log_likelihood``."""

    def score_samples(self, X: Any) -> np.ndarray:
        """Return the score of each row in nats; a higher score means a more normal row.

        For a deterministic latent, the score is log p(x|z). For a Gaussian latent, it is the evidence lower bound
        (ELBO) E_q log p(x|z) − KL(q ‖ p) with β = 1, estimated from 16 fixed draws that are the same for every row.
        Densities are in the data's own units. Bernoulli on grey values is not normalised, so such scores can only be
        compared with each other.

        For codes of at most 8 dimensions, the draws have exact first and second moments. For larger codes, the
        estimate has an error that does not average out over rows, because all rows share the same draws. The error is
        the same in every call, so rows can be compared; but to compare models with small differences, use
        :meth:`log_likelihood`.

        A conditional decoder is fed the true frames: log p(x|z) = Σ_t log p(x_t | x_<t, z).

        Returns
        -------
        ndarray of shape (n,), float64

        Raises
        ------
        ParameterError
            If the decoder sees the input: its output then is not a likelihood of the input.
        """
        predictor = self._require_fitted("score_samples")
        self._require_lone_decoder("score_samples")
        reading = self._read("score_samples", X)
        self._require_future("score_samples", reading)
        chunks = Jacobians(self._fitted, reading.chunks)
        return predictor.score(chunks).astype(np.float64) + chunks.all()

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean of :meth:`score_samples`, which scikit-learn's model selection maximises."""
        return float(np.mean(self.score_samples(X)))

    def log_likelihood(self, X: Any, n_samples: int = 5000, *, random_state: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return an estimate of log p(x) for each row by importance sampling, and its standard error, in nats.

        log p(x) ≈ log 1/K Σ_k p(x|z_k) p(z_k) / q(z_k|x) with z_k ~ q(z|x). In expectation, the estimate lies between
        the ELBO and the true value, and approaches the true value as K grows (Burda, Grosse and Salakhutdinov, 2016).

        Parameters
        ----------
        X : array or frame
        n_samples : int
            Number K of draws per row.
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
