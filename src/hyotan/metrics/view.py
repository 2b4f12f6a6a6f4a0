"""The view: a model and rows, the input of every metric."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from hyotan.data.arrays import read_array
from hyotan.data.series.windows import Windows
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.estimator.units import norms


class View:
    """A model and rows, the input of every metric; codes, reconstructions and the like are computed once and cached.

    Parameters
    ----------
    model : Autoencoder
    X : array, frame or list of series
        The rows. Series are converted to one array, with NaN after the end of each series.
    y : ndarray or None
        A label for each row.
    reference : array, frame or list of series, optional
        Rows to fit the baselines on, usually the training rows. Without them the baselines are fitted on each half of
        ``X`` and measured on the other half.

    Attributes
    ----------
    future : int
        Number of steps at the end of a series that the net predicts and does not read; 0 if it does not predict.
    reconstructs : bool
        Whether the net reconstructs the steps it reads; False if it only predicts.
    sees : str
        Other inputs of the decoder, apart from the code: "nothing", "previous frames" or "input".
    """

    def __init__(self, model: Autoencoder, X: Any, y: Any = None, reference: Any = None) -> None:
        self.model, self.X, self.reference = model, X, reference
        net = model.parts_.net
        self.future, self.sees = int(net.future), str(net.decoder_sees)
        self.reconstructs = bool(net.writes_past)
        self.series = model.schema_.kind == "series"
        if self.series:  # the model returns arrays for arrays, but lists for lists
            self.X = X if isinstance(X, Windows) else self._array(X)
            self.reference = None if reference is None else self._array(reference)
        self.y = None if y is None else np.asarray(y)

    def _array(self, X: Any) -> np.ndarray:
        array = read_array(X, owner=type(self.model).__name__, series=self.series)
        ahead = self.model.schema_.shape[0] - array.shape[1]
        if self.future and ahead == self.future:  # only the past is given: the future is missing
            array = np.concatenate([array, np.full((len(array), ahead, *array.shape[2:]), np.nan)], axis=1)
        return array

    @cached_property
    def rows(self) -> np.ndarray:
        """The rows as an array in the data's own units, NaN where missing and after the end of a series."""
        return self._array(self.X)

    @property
    def target(self) -> np.ndarray:
        """The rows that are to be reconstructed, without the future steps that the net predicts."""
        return self.rows[:, : self.rows.shape[1] - self.future] if self.future else self.rows

    @cached_property
    def codes(self) -> np.ndarray:
        """The posterior means, (n, d)."""
        return np.asarray(self.model.transform(self.X))  # transform returns a frame after set_output

    @cached_property
    def draws(self) -> np.ndarray:
        """One draw from the posterior of each row, (n, d): a sample of the aggregated posterior."""
        return np.asarray(self.model.draw(self.X, random_state=0))

    @cached_property
    def reconstruction(self) -> np.ndarray:
        """The rows decoded from their codes, in the data's own units, with as many steps as ``target``."""
        return self.model.reconstruct(self.X)[:, : self.target.shape[1]]

    @cached_property
    def forecast(self) -> np.ndarray:
        """The future steps that the net predicts; only for nets with ``future``."""
        return self.model.forecast(self.X)

    @cached_property
    def residuals(self) -> np.ndarray:
        """Residuals x − x̂ of ``target`` in the data's own units, 0 where missing, flattened to (n, cells)."""
        difference = self.target.astype(np.float64) - self.reconstruction
        return np.nan_to_num(difference, nan=0.0).reshape(len(difference), -1)

    @cached_property
    def error(self) -> np.ndarray:
        """Euclidean norm of each row's residuals."""
        return norms(self.residuals, 1)

    @cached_property
    def scores(self) -> np.ndarray:
        """The score of each row in nats; not available if the decoder sees the input."""
        return self.model.score_samples(self.X)

    @cached_property
    def described(self) -> dict[str, np.ndarray]:
        """The values that the latent reports for each row, by name."""
        return self.model.describe_latent(self.X)

    @property
    def per_unit(self) -> dict[str, np.ndarray]:
        """The values that the latent reports for each row and unit, by name, each (n, d)."""
        return {name: each for name, each in self.described.items() if each.shape == self.codes.shape}

    @property
    def charged(self) -> np.ndarray | None:
        """The cost in nats of each unit in the score of each row, (n, d), or None if the latent does not report it."""
        return self.per_unit.get(self.latent.charged)

    @property
    def latent(self) -> Any:
        """The Keras layer of the latent."""
        return self.model._fitted.network.latent

    def can(self, ability: str) -> bool:
        """Whether the latent has an ability: "sample", "density", "divergence" or "noise"."""
        return ability in self.model.parts_.latent.abilities

    def network_rows(self, X: Any) -> np.ndarray:
        """Return scaled rows, flattened, with 0 (the mean, after standardising) where missing.

        Series are cut to the steps that the net reads and padded with 0 to the same length.
        """
        model = self.model
        model.schema_.check_names(X, type(model).__name__)
        array = self._array(X)
        if not self.series:
            events = model.schema_.events(array)
            return np.nan_to_num(model.scaler_.bounded(events), nan=0.0).reshape(len(events), -1)
        events = array.reshape(*array.shape[:2], -1)[:, : array.shape[1] - self.future]
        scaled = np.nan_to_num(model.scaler_.bounded(events), nan=0.0)
        steps = max(part.shape[1] for part in (self.X, self.reference) if part is not None) - self.future
        return np.pad(scaled, ((0, 0), (0, steps - scaled.shape[1]), (0, 0))).reshape(len(scaled), -1)

    def own(self, flat: np.ndarray) -> np.ndarray:
        """Convert flattened scaled rows back to the data's own units."""
        schema, scaler = self.model.schema_, self.model.scaler_
        if not self.series:
            return scaler.undo(flat.reshape(len(flat), *schema.event)).reshape(len(flat), -1)
        events = scaler.undo(flat.reshape(len(flat), -1, schema.event[-1]))
        return events[:, : self.target.shape[1]].reshape(len(flat), -1)


def ends_of(rows: np.ndarray) -> np.ndarray:
    """Return the length of each series in a padded array: the position of its last step with an observed cell.

    Examples
    --------
    >>> ends_of(np.array([[1.0, np.nan, 2.0, np.nan], [np.nan] * 4]))
    array([3, 0])
    """
    there = (~np.isnan(rows)).reshape(*rows.shape[:2], -1).any(axis=2)
    return np.where(there.any(axis=1), there.shape[1] - np.argmax(there[:, ::-1], axis=1), 0)
