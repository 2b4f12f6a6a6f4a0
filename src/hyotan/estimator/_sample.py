"""Sampling: new rows drawn from the model."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from hyotan.core.errors import ParameterError
from hyotan.data.series.ragged import unpadded
from hyotan.estimator._base import FittedBase, check_count
from hyotan.estimator.units import blank_rows, in_own_units
from hyotan.inference.tiles import Rows


class SampleMixin(FittedBase):
    """The method ``sample``."""

    def sample(self, n_samples: int = 1, *, random_state: Any = None, noise: bool = False) -> Any:
        """Return new rows: codes are drawn from the prior and decoded, in the data's own units.

        Parameters
        ----------
        n_samples : int
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
            If the latent has no prior, the decoder sees the input, or ``noise`` is used with a conditional decoder.
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
        seeds = check_random_state(random_state).randint(2**31 - 1, size=2).tolist()
        network = self._fitted.network
        codes = network.sample_prior(int(n_samples), seeds[0])
        ends = rows = None
        if self.schema_.lengths is not None:
            lengths = np.random.default_rng(seeds[1]).choice(self.schema_.lengths, len(codes))
            ends, blank = blank_rows(self.schema_, lengths, len(codes))
            rows = Rows.blank(blank)
        events = predictor.decode_noisy(codes, seeds[1], rows) if noise else predictor.decode(codes, rows)
        drawn = in_own_units(self._fitted, events)
        return drawn if ends is None else unpadded(drawn, ends)
