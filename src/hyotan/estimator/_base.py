"""Base class of the estimator's methods: access to the fitted model, reading of rows, checks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from hyotan.artifact.fitted import Fitted
from hyotan.core.errors import DataError, ParameterError, not_fitted, shown
from hyotan.core.part import Configurable, registered
from hyotan.core.validation import is_whole
from hyotan.core.warn import WarningLog
from hyotan.data.arrays import read_array
from hyotan.estimator.reading import Reading, read
from hyotan.inference.predictor import Predictor


class FittedBase(Configurable):
    """An estimator, fitted or not; abstract.

    Attributes
    ----------
    _fitted : Fitted
        The result of the fit; missing before the first fit.
    _predictor : Predictor
        Runs the network over any number of rows; missing before the first fit.
    """

    _fitted: Fitted
    _predictor: Predictor

    def _require_fitted(self, method: str) -> Predictor:
        """Return the predictor, or raise if the model is not fitted."""
        if not hasattr(self, "_fitted"):
            raise not_fitted(self, method)
        return self._predictor

    def _take_fitted(self, fitted: Fitted, X: Any = None) -> None:
        """Set all fitted attributes from the result of a fit on ``X``, or from a loaded file."""
        if X is not None and fitted.schema.kind == "table":
            validate_data(self, X, reset=True, skip_check_array=True)
        network = fitted.network
        self._fitted, self._predictor = fitted, Predictor(network)
        self.encoder_, self.decoder_, self.model_ = network.encoder, network.decoder, network.reconstructor
        self.history_, self.scaler_, self.schema_ = fitted.history, fitted.scaler, fitted.schema
        self.parts_, self.warnings_, self.seed_ = fitted.parts, fitted.warnings, fitted.seed
        self.n_features_in_ = math.prod(network.spec.event)
        self._n_features_out = int(np.prod(network.code))
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_  # may be from an earlier fit
        if fitted.schema.columns is not None and fitted.schema.kind == "table":
            self.feature_names_in_: np.ndarray = np.asarray(fitted.schema.columns, dtype=object)

    def _read(self, method: str, X: Any, whole: bool = False) -> Reading:
        """Return rows, checked against the data the model was fitted on.

        A plain array is read and checked in chunks, while it is processed. With ``whole``, it is read at once.
        """
        if not hasattr(self, "_fitted"):
            raise not_fitted(self, method)
        reading = read(self._fitted, X, WarningLog(type(self).__name__), 0 if whole else self._predictor.chunk)
        if self._fitted.schema.kind == "table":
            validate_data(self, X, reset=False, skip_check_array=True)
        return reading

    def _codes(self, Z: Any) -> np.ndarray:
        """Return codes as an array (n, *code), or raise if they cannot be decoded."""
        Z = read_array(Z, owner=type(self).__name__)
        code = self._fitted.network.code
        if Z.reshape(len(Z), -1).shape[1] != int(np.prod(code)) or not np.isfinite(Z).all():
            raise DataError(
                f"Codes of shape {Z.shape} cannot be decoded",
                expected=f"finite numbers of shape (n, {int(np.prod(code))})",
                received=f"{Z.shape}" + ("" if np.isfinite(Z).all() else " with NaN"),
                do="give what transform() returns",
            )
        return Z.reshape(len(Z), *code)

    def _require_future(self, method: str, reading: Reading) -> None:
        """Raise if the net predicts a future and the rows lack it: with no cells to score, the score would be best."""
        if self.parts_.net.future and reading.steps != self.schema_.shape[0]:
            raise DataError(
                f"{method}() of a net that predicts needs what came to be",
                expected=f"rows of {self.schema_.shape[0]} steps",
                received=f"{reading.steps} steps",
                do="give past and future; forecast() needs the past alone",
            )

    def _require_lone_decoder(self, method: str) -> None:
        net = self.parts_.net
        if net.decoder_sees == "previous frames" and method in ("sample", "inverse_transform") and not net.writes_past:
            raise ParameterError(
                f"{method}() cannot do with a predictor that goes on from the last frame it is given",
                expected="a decoder that writes a row from its code",
                received=repr(net),
                do="use forecast(X), or fit with decoder='unconditional' or reconstruct=True",
            )
        if net.decoder_sees == "input":
            raise ParameterError(
                f"{method}() cannot do with a decoder that sees the input",
                expected="a decoder that writes a row from its code",
                received=repr(net),
                do="use reconstruct(X) and reconstruction_error(X), or fit with decoder='conditional'",
            )

    def _require(self, ability: str, method: str, what: str, do: str = "") -> None:
        """Raise if a method needs an ability that the latent does not have."""
        latent = self.parts_.latent
        if ability not in latent.abilities:
            able = [part.__name__ for part in registered("latent").values() if ability in part.abilities]
            raise ParameterError(
                f"{method}() needs {what}, and a {type(latent).__name__} latent has none",
                expected=f"a {' or '.join(able)} latent",
                received=repr(latent),
                do=do or "fit a VAE (hyotan.VAE), or use reconstruct() and score_samples()",
            )


def check_count(n_samples: Any) -> None:
    """Raise unless ``n_samples`` is a whole number of at least 1."""
    if not is_whole(n_samples, 1):
        raise ParameterError(
            "The 'n_samples' parameter is not valid", expected="a whole number >= 1", received=shown(n_samples)
        )
