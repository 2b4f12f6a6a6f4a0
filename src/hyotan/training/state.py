"""Where a training stands: all that its next epoch depends on, so that going on equals never having stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hyotan.core.errors import ArtifactError, DataError, ParameterError, shown
from hyotan.core.ops import to_numpy


@dataclass
class State:
    """Where a training stands after an epoch.

    Parameters
    ----------
    epoch : int
        Epochs that are done.
    order : dict
        State of the generator that shuffles the rows.
    history : dict of lists
        As ``history_``, up to this epoch.
    arrays : dict of lists of ndarrays
        ``model``: every variable, those of its random generators too; ``optimizer``; ``best``: the weights that come
        back with early stopping.
    stopping : dict or None
        Of early stopping: ``best`` loss, ``best_epoch``, and for how many epochs it did not improve, ``wait``.
    validation : int or None
        The first epoch whose ``val_loss`` was not finite.
    about : dict
        What the fit was of: parameters, rows, seed, seconds.

    Examples
    --------
    >>> state = State(1, {}, {"loss": [0.5]}, {"model": [np.zeros(2)], "optimizer": [], "best": []})
    >>> document, arrays = state.plain()
    >>> sorted(arrays), State.of(document, arrays).history
    (['model/0'], {'loss': [0.5]})
    """

    epoch: int
    order: dict[str, Any]
    history: dict[str, list[Any]]
    arrays: dict[str, list[np.ndarray]]
    stopping: dict[str, Any] | None = None
    validation: int | None = None
    about: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return all but the arrays for JSON, and the arrays by name."""
        document = {name: value for name, value in vars(self).items() if name != "arrays"}
        document["sizes"] = {kind: len(arrays) for kind, arrays in self.arrays.items()}
        return document, {f"{kind}/{i}": array for kind, found in self.arrays.items() for i, array in enumerate(found)}

    @classmethod
    def of(cls, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> State:
        """Rebuild from :meth:`plain`."""
        rest = dict(document)
        sizes = rest.pop("sizes")
        return cls(**rest, arrays={kind: [arrays[f"{kind}/{i}"] for i in range(size)] for kind, size in sizes.items()})


def values_of(variables: Iterable[Any]) -> list[np.ndarray]:
    """Return copies of the values of variables."""
    return [to_numpy(variable) for variable in variables]


def assign(variables: list[Any], values: list[np.ndarray], what: str) -> None:
    """Set variables to values that were kept, or refuse all of them."""
    own, kept = ([tuple(array.shape) for array in arrays] for arrays in (variables, values))
    if own != kept:
        raise ArtifactError(
            f"The training state does not fit the {what}",
            expected=f"{len(own)} arrays of the {what}'s own shapes",
            received=f"{len(kept)} arrays, of other shapes" if len(own) == len(kept) else f"{len(kept)} arrays",
            do="go on with the version of hyotan and Keras it was written by, or fit anew",
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def check(state: State, now: dict[str, Any], epochs: int, patience: int | None) -> None:
    """Raise unless a fit can go on from a state.

    Parameters
    ----------
    state : State
    now : dict
        What the fit is of this time, from :func:`about`.
    epochs : int
        How many there are to be in all.
    patience : int or None
        Of early stopping.

    Raises
    ------
    DataError
        If the rows are others than they were.
    ParameterError
        If a parameter is another, or there is nothing left to do.
    """
    then = state.about
    for what, key in (("training", ""), ("validation", "validation_")):
        count, digest = f"{key}rows", f"{key}sha256"
        if then[digest] != now[digest]:
            same = then[count] == now[count]
            raise DataError(
                f"Training cannot go on with other {what} rows",
                expected=f"the same {then[count]:,} rows, in their order",
                received="as many rows with other values" if same else f"{now[count]:,} rows",
                do="give the rows of the first fit, or fit anew",
            )
    for name, value in now["settings"].items():
        if value != then["settings"].get(name):
            raise ParameterError(
                f"Training cannot go on with another {name!r}",
                expected=shown(then["settings"].get(name)),
                received=shown(value),
                do="set it back, or fit anew; epochs and patience may change",
            )
    done = f"{state.epoch} epoch{'s' * (state.epoch != 1)}"
    if epochs <= state.epoch:
        raise ParameterError(
            f"{done} {'is' if state.epoch == 1 else 'are'} done already",
            expected=f"epochs > {state.epoch}",
            received=f"epochs = {epochs}",
            do="ask for more epochs: the number is that of all epochs, those done among them",
        )
    if patience is not None and state.stopping is not None and state.stopping["wait"] >= max(patience, 1):
        raise ParameterError(
            f"Training stopped by itself after {done}: val_loss no longer improved",
            expected=f"patience > {state.stopping['wait']}",
            received=f"patience = {patience}",
            do="go on with a larger patience, or fit anew without early_stopping",
        )
