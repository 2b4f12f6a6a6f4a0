"""Decoding: reconstructions, forecasts, and their differences from the data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from hyotan.core.errors import DataError, ParameterError
from hyotan.core.part import Part, registered
from hyotan.data.series.ragged import unpadded
from hyotan.estimator._base import FittedBase
from hyotan.estimator.reading import Reading
from hyotan.estimator.units import blank_rows, gathered, in_own_units, row_norms
from hyotan.inference.tiles import Rows


class DecodeMixin(FittedBase):
    """The methods ``inverse_transform``, ``reconstruct``, ``forecast``, ``residuals`` and ``reconstruction_error``."""

    def inverse_transform(self, Z: Any, lengths: Any = None) -> Any:
        """Return the mean of p(x|z) of each code, in the data's own units.

        Parameters
        ----------
        Z : array of shape (n, code)
        lengths : array of int of shape (n,), optional
            For series: the number of steps to decode from each code; the result is then a list. None decodes as many
            steps as the (longest) training series had.

        Returns
        -------
        ndarray of shape (n, *row), or a list

        Raises
        ------
        ParameterError
            If the decoder needs more than the code: it sees the input, or it only continues a given series.
        """
        predictor = self._require_fitted("inverse_transform")
        self._require_lone_decoder("inverse_transform")
        codes = self._codes(Z)
        if lengths is None:
            return in_own_units(self._fitted, predictor.decode(codes))
        ends, rows = blank_rows(self.schema_, lengths, len(codes))
        return unpadded(in_own_units(self._fitted, predictor.decode(codes, Rows.blank(rows))), ends)

    def reconstruct(self, X: Any, *, teacher_forcing: bool = False, codes: Any = None) -> Any:
        """Return each row decoded from its posterior mean, in the data's own units.

        Known cells change, too: this is the model's mean of every cell, not an imputation.

        With a net that has ``future``, the result is the reconstruction of the past (the steps the encoder saw)
        followed by the forecast. A net with ``reconstruct=False`` gives NaN for the past.

        Parameters
        ----------
        X : array, frame or list of the kind the model was fitted on
        teacher_forcing : bool
            Feed a conditional decoder the true previous frames. If False, it gets its own output instead.
        codes : array of shape (n, code), optional
            Decode these codes instead of those of the rows. Decoders that read the data still read it from ``X``.

        Returns
        -------
        ndarray of shape (n, *row)
            A list if X is a list of series. If the model was fitted on series of unequal length, NaN after the end of
            each.
        """
        return self._reconstructed(self._read("reconstruct", X, codes is not None), teacher_forcing, codes)

    def _reconstructed(self, reading: Reading, teacher_forcing: bool = False, codes: Any = None) -> Any:
        """Return rows decoded from their own codes or from ``codes``, in the form in which the user gave the rows."""
        predictor, series = self._predictor, self.schema_.kind == "series"
        if codes is None and not series:
            return gathered(self._fitted, predictor.reconstruct(reading.chunks), len(reading))
        rows = reading.rows if series else None  # only for series does decoding depend on the row: its length, frames
        chosen = predictor.encode(reading.chunks) if codes is None else self._codes(codes)
        if len(chosen) != len(reading):
            raise DataError("The codes do not fit X", expected=f"{len(reading)} codes", received=f"{len(chosen)}")
        written = predictor.decode(chosen, rows, teacher_forcing=bool(teacher_forcing))
        return in_own_units(self._fitted, written, reading.X, reading.array)

    def forecast(self, X: Any) -> np.ndarray:
        """Return the next steps of each series, predicted by a net with ``future``, in the data's own units.

        Parameters
        ----------
        X : array of shape (n, T, channels) or (n, T + future, channels)
            The past steps. If the rows also hold the future, their last ``future`` steps are ignored.

        Returns
        -------
        ndarray of shape (n, future, channels)

        Raises
        ------
        ParameterError
            If the net has no ``future``.

        Examples
        --------
        >>> import hyotan as hy
        >>> X = np.sin(np.arange(12) + np.arange(40)[:, None])[..., None]
        >>> net = hy.nets.Recurrent(4, future=3)
        >>> model = hy.AE(2, net=net, epochs=1, random_state=0, verbose=0).fit(X)
        >>> model.forecast(X[:5, :9]).shape  # the three steps after the nine that are given
        (5, 3, 1)
        """
        self._require_fitted("forecast")
        future = self.parts_.net.future
        if not future:
            raise ParameterError(
                "forecast() needs a net that predicts",
                expected="a net with the parameter 'future', as hyotan.nets."
                + " or hyotan.nets.".join(f"{part.__name__}(future=…)" for part in predictors()),
                received=repr(self.parts_.net),
                do="fit rows of past and future steps with such a net",
            )
        rows = self._read("forecast", X).rows
        written = self._predictor.decode(self._predictor.encode([rows]), rows)[:, -future:]
        own = self.scaler_.undo(written)
        return own[..., 0] if np.ndim(X) == 2 else own

    def reconstruction_error(self, X: Any) -> np.ndarray:
        """Return the reconstruction error ‖x − x̂‖₂ of each row over its known cells, in the data's own units.

        With a net that has ``future``, the error covers only the steps the encoder saw; if the net predicts without
        reconstructing, it covers the future steps.

        Returns
        -------
        ndarray of shape (n,), float64
        """
        return row_norms(self._residuals(X, "reconstruction_error"))

    def residuals(self, X: Any) -> Any:
        """Return x − x̂ of each cell in the data's own units, 0 where x is missing.

        Returns
        -------
        ndarray of shape (n, *row), float64
            A list if X is a list of series.
        """
        difference = self._residuals(X, "residuals")
        return self.schema_.rows(difference, X) if isinstance(X, (list, tuple)) else difference

    def _residuals(self, X: Any, method: str) -> np.ndarray:
        reading = self._read(method, X)
        own = reading.array.astype(np.float64)
        net, past = self.parts_.net, self.schema_.shape[0] - self.parts_.net.future
        if net.future and net.writes_past:
            own[:, past:] = np.nan
        else:
            self._require_future(method, reading)
        as_array = replace(reading, X=reading.array)  # a list of series would be returned as a list
        return np.nan_to_num(own - self._reconstructed(as_array).reshape(own.shape), nan=0.0)


def predictors() -> list[type[Part]]:
    """Return the nets that can predict: those with a parameter ``future``."""
    return [part for part in registered("net").values() if "future" in part._get_param_names()]
