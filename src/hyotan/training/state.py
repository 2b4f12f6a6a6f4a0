"""The training state: everything the next epoch depends on, so that a resumed training equals an uninterrupted one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hyotan.core.errors import ArtifactError, DataError, ParameterError, shown


@dataclass(frozen=True)
class TrainingState:
    """The state of a training after an epoch.

    Parameters
    ----------
    epoch : int
        Number of epochs done.
    arrays : dict of lists of ndarrays
        ``model``: all variables of the model, including random generators; ``optimizer``: those of the optimizer.
    parts : dict of dicts
        State of the other objects involved, by their name: ``history``, ``minibatches``, ``nan_guard``,
        ``early_stopping``. Each holds plain values and lists of arrays.
    about : dict
        Fingerprint of the fit (parameters, rows, seed; see :func:`hyotan.training.fingerprint.fingerprint`) and its
        ``seconds``.

    Examples
    --------
    >>> state = TrainingState(1, {"model": [np.zeros(2)]}, {"history": {"loss": [0.5]}})
    >>> document, arrays = state.plain()
    >>> sorted(arrays), TrainingState.of(document, arrays).parts
    (['model/0'], {'history': {'loss': [0.5]}})
    """

    epoch: int
    arrays: dict[str, list[np.ndarray]]
    parts: dict[str, dict[str, Any]]
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def waited(self) -> int:
        """The number of epochs for which early stopping has seen no improvement."""
        return int(self.parts.get("early_stopping", {}).get("wait", 0))

    def plain(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return a document for JSON with everything but the arrays, and the arrays by name."""
        lists = dict(self.arrays)
        parts: dict[str, dict[str, Any]] = {}
        for name, part in self.parts.items():
            held = {key: value for key, value in part.items() if _arrays(value)}
            lists |= {f"{name}.{key}": value for key, value in held.items()}
            parts[name] = {key: value for key, value in part.items() if key not in held}
        sizes = {name: len(found) for name, found in lists.items()}
        document = {"epoch": self.epoch, "parts": parts, "about": self.about, "sizes": sizes}
        return document, {f"{name}/{i}": array for name, found in lists.items() for i, array in enumerate(found)}

    @classmethod
    def of(cls, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> TrainingState:
        """Rebuild from :meth:`plain`."""
        lists = {name: [arrays[f"{name}/{i}"] for i in range(size)] for name, size in document["sizes"].items()}
        parts = {name: dict(part) for name, part in document["parts"].items()}
        for name in [name for name in lists if "." in name]:
            owner, _, key = name.partition(".")
            parts[owner][key] = lists.pop(name)
        return cls(document["epoch"], lists, parts, document["about"])


def _arrays(value: Any) -> bool:
    """Whether a value is a list of arrays that is not empty."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, np.ndarray) for each in value)


def assign(variables: list[Any], values: list[np.ndarray], what: str) -> None:
    """Set variables to saved values; raise, and set none, if a shape differs."""
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


def check(state: TrainingState, now: dict[str, Any], epochs: int, patience: int | None) -> None:
    """Raise unless a fit can be resumed from a state.

    Parameters
    ----------
    state : TrainingState
    now : dict
        Fingerprint of the new fit, from :func:`hyotan.training.fingerprint.fingerprint`.
    epochs : int
        Total number of epochs, including those already done.
    patience : int or None
        Patience of early stopping; None without early stopping.

    Raises
    ------
    DataError
        If the rows differ from those of the first fit.
    ParameterError
        If a parameter differs, or no epoch is left to train.
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
    if patience is not None and state.waited >= max(patience, 1):
        raise ParameterError(
            f"Training stopped by itself after {done}: val_loss no longer improved",
            expected=f"patience > {state.waited}",
            received=f"patience = {patience}",
            do="go on with a larger patience, or fit anew without early_stopping",
        )
