"""How many models to train side by side: measured, and what follows from it."""

from __future__ import annotations

from collections import Counter

import numpy as np

PROBE = 2  # blocks that are timed at once
TIMES = 2  # how often each way is timed: the first time is the slower one
SHORT = 2.0  # seconds an epoch of all models may take for whole epochs to be timed
WORTH = 30  # a program for several is compiled where what is left takes so many times longer than compiling one did


class Pacing:
    """How many models side by side: what was measured here, and what follows from it.

    Parameters
    ----------
    models : int
    blocks : int
        In an epoch.
    compiling : float
        Seconds it took to compile the program for one model.
    measured : bool
        Whether it is chosen by measuring; else as many as fit, which is what an accelerator is good at.
    """

    def __init__(self, models: int, blocks: int, compiling: float, measured: bool) -> None:
        self.models, self.blocks, self.compiling, self.measured = models, blocks, compiling, measured
        self.limit = models  # side by side
        self.seconds: dict[int, float] = {}  # a block of a model, by how many are side by side
        self.runs: Counter[int] = Counter()
        self.because = "too short a training to compile another program and measure it"

    def next(self, live: int, at: int, epochs: int) -> tuple[int, int]:
        """Return how many are to run side by side now, and up to which block of the epoch.

        Parameters
        ----------
        live : int
            Models that go on.
        at : int
            Blocks of this epoch that are done.
        epochs : int
            Epochs that are left, with this one.
        """
        wide, alone = self.limit, self.seconds.get(1)
        if wide == 1 or not self.measured:
            return wide, self.blocks
        if alone is None or self.runs[1] < TIMES:
            return 1, min(self.blocks, at + PROBE)
        if self.runs[wide] >= TIMES:
            # Models that stopped leave their places empty, which take as long as before.
            return (wide if wide * self.seconds[wide] < live * alone else 1), self.blocks
        if live < wide or alone * live * (self.blocks * epochs - at) < WORTH * self.compiling:
            return 1, self.blocks
        # A whole epoch where that is nothing: to stack the models and to part them again is a part of it.
        return wide, self.blocks if alone * live * self.blocks < SHORT else min(self.blocks, at + PROBE)

    def note(self, width: int, live: int, blocks: int, seconds: float) -> None:
        """Take down how long so many blocks took."""
        each = seconds / (blocks * -(-live // width) * width)
        self.seconds[width] = min(each, self.seconds.get(width, np.inf))
        self.runs[width] += 1

    def told(self) -> str:
        """Return in words what was chosen and why."""
        text, wide, alone = f"{self.models} models in one compiled program, ", self.limit, self.seconds.get(1)
        if not self.measured and wide > 1:
            return text + ("all side by side" if wide == self.models else f"{wide} side by side at a time")
        if alone is None or wide not in self.seconds or wide == 1:
            return f"{text}one after another: {self.because}"
        chosen = "side by side" if self.seconds[wide] < alone else "one after another"
        ratio = alone / self.seconds[wide]
        return f"{text}{chosen}: measured here, side by side is {ratio:.2f} times as fast as one after another"
