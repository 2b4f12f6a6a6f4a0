"""Sampling: new rows drawn from the model."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from hyotan.core.errors import ParameterError, shown
from hyotan.core.validation import is_number
from hyotan.data.series.ragged import unpadded
from hyotan.estimator._base import FittedBase, check_count
from hyotan.estimator.units import blank_rows, in_own_units
from hyotan.inference.tiles import Rows


class SampleMixin(FittedBase):
    """The method ``sample``."""

    def sample(
        self, n_samples: int = 1, *, temperature: float = 1.0, random_state: Any = None, noise: bool = False
    ) -> Any:
        """Return new rows: codes are drawn from the prior and decoded, in the data's own units.

        Parameters
        ----------
        n_samples : int
        temperature : float
            T > 0: codes are drawn from N(0, T² I), as T times the draws of N(0, I). Below 1 they keep to the middle of
            the prior, so that rows are more typical and less diverse. Other priors than the standard normal have none.
        random_state : int, RandomState or None
        noise : bool
            Draw from p(x|z) instead of returning its mean, so that the rows contain noise as the data do. Not
            available for a conditional decoder: each step reads the previous one, and this library feeds back the
            mean, not the noisy step.

        Returns
        -------
        ndarray of shape (n_samples, *row)
            If the model was fitted on series of unequal length, a list of series; their lengths are drawn from those
            of the training series.

        Raises
        ------
        ParameterError
            If the latent has no prior, the decoder sees the input, ``temperature`` is not a finite number > 0 or the
            prior has none, or ``noise`` is used with a conditional decoder.

        Examples
        --------
        >>> import hyotan as hy
        >>> X = np.random.default_rng(0).normal(size=(40, 5))
        >>> model = hy.VAE(2, epochs=2, random_state=0, verbose=0).fit(X)
        >>> near, far = (model.sample(500, temperature=t, random_state=0) for t in (0.5, 2))
        >>> near.shape, bool(near.std() < far.std())
        ((500, 5), True)
        """
        predictor = self._require_fitted("sample")
        self._require("sample", "sample", "a prior to draw from")
        self._require_lone_decoder("sample")
        if noise and self.parts_.net.decoder_sees == "previous frames":
            raise ParameterError(
                "A conditional decoder cannot be sampled with noise",
                expected="noise=False, or a decoder that sees nothing but the code",
                received=f"noise=True and {self.parts_.net!r}",
                do="sample without noise, or fit with decoder='unconditional'",
            )
        check_count(n_samples)
        if not is_number(temperature) or temperature <= 0:
            raise ParameterError(
                "The 'temperature' parameter is not valid",
                expected="a finite number > 0",
                received=shown(temperature),
                do="temperature=1 draws from the prior itself",
            )
        seeds = check_random_state(random_state).randint(2**31 - 1, size=2).tolist()
        network = self._fitted.network
        codes = self._tempered(network.sample_prior(int(n_samples), seeds[0]), temperature)
        ends = rows = None
        if self.schema_.lengths is not None:
            lengths = np.random.default_rng(seeds[1]).choice(self.schema_.lengths, len(codes))
            ends, blank = blank_rows(self.schema_, lengths, len(codes))
            rows = Rows.blank(blank)
        events = predictor.decode_noisy(codes, seeds[1], rows) if noise else predictor.decode(codes, rows)
        drawn = in_own_units(self._fitted, events)
        return drawn if ends is None else unpadded(drawn, ends)

    def _tempered(self, codes: np.ndarray, temperature: float) -> np.ndarray:
        """Return draws of the prior at a temperature; at 1 they stay as they are."""
        if temperature == 1:
            return codes
        found = self._fitted.network.latent.tempered(codes, float(temperature))
        if found is None:
            raise ParameterError(
                "This prior has no temperature",
                expected="temperature=1, or a Gaussian latent with prior='standardnormal'",
                received=f"temperature={shown(temperature)} and {self.parts_.latent!r}",
                do="sample without temperature, or fit with prior='standardnormal'",
            )
        return np.asarray(found, np.float32)
