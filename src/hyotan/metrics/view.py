"""The view of a model and rows that a metric is given."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from hyotan.data.arrays import read_array
from hyotan.data.series.windows import Windows
from hyotan.estimator.autoencoder import Autoencoder


class View:
    """A model and rows, with what several metrics need of them worked out once.

    Parameters
    ----------
    model : Autoencoder
    X : array, frame or list of series
        Series become one array, with NaN after the end of each.
    y : ndarray or None
        A label for each row.
    reference : array, frame or list of series, optional
        Rows to fit baselines on, as a rule those the model was trained on. Without them a baseline is fitted on one
        half of the rows and measured on the other, in turn.

    Attributes
    ----------
    future : int
        Steps at the end of a series that the net predicts instead of reading, 0 for all others.
    reconstructs : bool
        Whether the net writes again what it read, rather than the future alone.
    sees : str
        What the decoder looks at beside the code: "nothing", "previous frames" or "input".
    """

    def __init__(self, model: Autoencoder, X: Any, y: Any = None, reference: Any = None) -> None:
        self.model, self.X, self.reference = model, X, reference
        net = model.parts_.net
        self.future, self.sees = int(net.future), str(net.decoder_sees)
        self.reconstructs = bool(net.writes_past)
        self.series = model.schema_.kind == "series"
        if self.series:  # of arrays every answer is an array
            self.X = X if isinstance(X, Windows) else self._array(X)
            self.reference = None if reference is None else self._array(reference)
        self.y = None if y is None else np.asarray(y)

    def _array(self, X: Any) -> np.ndarray:
        array = read_array(X, owner=type(self.model).__name__, series=self.series)
        ahead = self.model.schema_.shape[0] - array.shape[1]
        if self.future and ahead == self.future:  # a past alone: nothing is known of what follows
            array = np.concatenate([array, np.full((len(array), ahead, *array.shape[2:]), np.nan)], axis=1)
        return array

    @cached_property
    def rows(self) -> np.ndarray:
        """The rows as an array in the data's own units, NaN where missing and after the end of a series."""
        return self._array(self.X)

    @property
    def target(self) -> np.ndarray:
        """What a reconstruction is to be like: the rows, of a net that predicts only the steps it reads."""
        return self.rows[:, : self.rows.shape[1] - self.future] if self.future else self.rows

    @cached_property
    def codes(self) -> np.ndarray:
        """The posterior means, (n, d)."""
        return np.asarray(self.model.transform(self.X))  # a frame, if set_output says so

    @cached_property
    def draws(self) -> np.ndarray:
        """One draw from the posterior of each row, (n, d): a sample of the aggregated posterior."""
        return np.asarray(self.model.draw(self.X, random_state=0))

    @cached_property
    def reconstruction(self) -> np.ndarray:
        """The rows decoded from their codes, in the data's own units; as many steps as ``target`` has."""
        return self.model.reconstruct(self.X)[:, : self.target.shape[1]]

    @cached_property
    def forecast(self) -> np.ndarray:
        """The steps after those the net reads, as it predicts them, of a net with ``future``."""
        return self.model.forecast(self.X)

    @cached_property
    def residuals(self) -> np.ndarray:
        """Residuals x − x̂ of ``target`` in the data's own units, 0 where missing, flattened to (n, cells)."""
        difference = self.target.astype(np.float64) - self.reconstruction
        return np.nan_to_num(difference, nan=0.0).reshape(len(difference), -1)

    @cached_property
    def error(self) -> np.ndarray:
        """Euclidean norm of each row's residuals."""
        return np.sqrt(np.sum(np.square(self.residuals), axis=1))

    @cached_property
    def scores(self) -> np.ndarray:
        """The score of each row in nats; not of a decoder that sees the input."""
        return self.model.score_samples(self.X)

    @cached_property
    def described(self) -> dict[str, np.ndarray]:
        """What the latent says of each row, by name."""
        return self.model.describe_latent(self.X)

    @property
    def per_unit(self) -> dict[str, np.ndarray]:
        """What the latent says of each row and unit, by name, each (n, d)."""
        return {name: each for name, each in self.described.items() if each.shape == self.codes.shape}

    @property
    def charged(self) -> np.ndarray | None:
        """What each unit takes from the score of each row, in nats, (n, d); None if the latent does not tell."""
        return self.per_unit.get(self.latent.charged)

    @property
    def latent(self) -> Any:
        """The latent's layer."""
        return self.model._fitted.network.latent

    def can(self, ability: str) -> bool:
        """Whether the latent has an ability: "sample", "density", "divergence" or "noise"."""
        return ability in self.model.parts_.latent.abilities

    def network_rows(self, X: Any) -> np.ndarray:
        """Return rows in network units, flattened, with 0 (after standardising, the mean) where missing.

        Series have the steps that are reconstructed, and all of them the same number: 0 after the end of each.
        """
        model = self.model
        model.schema_.check_names(X, type(model).__name__)
        array = self._array(X)
        if not self.series:
            events = model.schema_.events(array)
            return np.nan_to_num(model.scaler_.apply(events), nan=0.0).reshape(len(events), -1)
        events = array.reshape(*array.shape[:2], -1)[:, : array.shape[1] - self.future]
        scaled = np.nan_to_num(model.scaler_.apply(events), nan=0.0)
        steps = max(part.shape[1] for part in (self.X, self.reference) if part is not None) - self.future
        return np.pad(scaled, ((0, 0), (0, steps - scaled.shape[1]), (0, 0))).reshape(len(scaled), -1)

    def own(self, flat: np.ndarray) -> np.ndarray:
        """Return flattened rows in network units as flattened rows in the data's own units."""
        schema, scaler = self.model.schema_, self.model.scaler_
        if not self.series:
            return scaler.undo(flat.reshape(len(flat), *schema.event)).reshape(len(flat), -1)
        events = scaler.undo(flat.reshape(len(flat), -1, schema.event[-1]))
        return events[:, : self.target.shape[1]].reshape(len(flat), -1)


def ends_of(rows: np.ndarray) -> np.ndarray:
    """Return how many steps each series of an array has before its end, after which nothing is known.

    Examples
    --------
    >>> ends_of(np.array([[1.0, np.nan, 2.0, np.nan], [np.nan] * 4]))
    array([3, 0])
    """
    there = (~np.isnan(rows)).reshape(*rows.shape[:2], -1).any(axis=2)
    return np.where(there.any(axis=1), there.shape[1] - np.argmax(there[:, ::-1], axis=1), 0)
