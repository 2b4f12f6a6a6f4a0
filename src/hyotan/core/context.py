"""Context: additional information that the model passes to its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Context:
    """Additional information that the model passes to its parts in each call.

    Parameters
    ----------
    condition : array of shape (B, c), or None
        The conditioning variables of each row.
    weight : array of shape (B,), or None
        Weight of each row in the loss; 0 for a row that only fills up a batch. None if nothing is averaged over rows.
    training : bool
        True in training steps, False in validation and inference.
    seed : keras.random.SeedGenerator, or None
        The source of random numbers; None if nothing may be random.
    progress : float or scalar tensor
        Completed share of the training, from 0 to 1, for schedules; 1 outside training.
    rows : int, scalar tensor or None
        Number of rows in the training data, for estimates that depend on the size of the whole data set.
    teacher_forcing : bool
        Whether an autoregressive decoder gets the true previous steps of its ``teacher`` instead of its own output.
    """

    condition: Any = None
    weight: Any = None
    training: bool = False
    seed: Any = None
    progress: Any = 1.0
    rows: Any = None
    teacher_forcing: bool = True
