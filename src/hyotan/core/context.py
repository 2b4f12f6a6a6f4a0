"""Context: what a part may know besides its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Context:
    """What the model tells every part it calls.

    Parameters
    ----------
    condition : array of shape (B, c), or None
        What is known beside each row.
    weight : array of shape (B,), or None
        Weight of each row in the loss; 0 for a row that only fills up a batch. None where nothing is averaged over
        rows.
    training : bool
        Whether this is a step of training; validation and answers are not.
    seed : keras.random.SeedGenerator, or None
        Where random numbers come from; None where nothing may be random.
    progress : float or scalar tensor
        Share of the training that is done, from 0 to 1; 1 outside training. For schedules.
    rows : int, scalar tensor or None
        Rows in the training data, for estimates that weigh a batch against all of them.
    teacher_forcing : bool
        Whether a decoder that feeds on the frames before is fed the true ones of its ``teacher``; else its own.
    """

    condition: Any = None
    weight: Any = None
    training: bool = False
    seed: Any = None
    progress: Any = 1.0
    rows: Any = None
    teacher_forcing: bool = True
