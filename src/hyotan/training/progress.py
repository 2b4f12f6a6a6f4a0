"""Progress of a fit: a bar with epoch, loss, terms and time left; or one line per epoch."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any

import keras

from hyotan.core.terms import Term, described

BAR = 24  # width of the bar in characters; it is narrower on a narrow terminal


def wanted(verbose: int) -> bool:
    """Whether progress should be shown; ``verbose=1`` shows it only on a terminal."""
    return verbose == 2 or (verbose == 1 and sys.stderr is not None and sys.stderr.isatty())


def terms(logs: dict[str, Any] | None, about: Mapping[str, Term], width: int = 10**6) -> str:
    """Return the loss and its terms as text, in their display order, as many as fit into ``width`` characters.

    Examples
    --------
    >>> about = {"kl": Term("kl", order=30), "nll": Term("nll", order=10)}
    >>> terms({"kl": 4.25, "loss": 152.123, "nll": 147.9, "seconds": 3.0}, about)
    'loss 152.12  nll 147.90  kl 4.2500'
    >>> terms({"kl": 4.25, "loss": 152.123, "nll": 147.9, "seconds": 3.0}, about, width=24)
    'loss 152.12  nll 147.90'
    """
    own = [name for name in logs or () if name == "val_loss" or not name.startswith("val_")]
    shown = [term.name for term in described(own, about) if term.name != "seconds"]
    found = [f"{name} {_number(logs[name])}" for name in shown] if logs else []
    while len(found) > 1 and len("  ".join(found)) > width:
        found.pop()
    return "  ".join(found)


def _number(value: float) -> str:
    """Return a number with five significant digits, so that the width of the text does not change between epochs."""
    return str(value) if isinstance(value, int) else f"{value:#.5g}"


def clock(seconds: float) -> str:
    """Return a duration as minutes:seconds or hours:minutes:seconds.

    Examples
    --------
    >>> clock(7.6), clock(83), clock(7500)
    ('0:08', '1:23', '2:05:00')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def lasting(hook: Callable[..., None]) -> Callable[..., None]:
    """Decorate a hook that writes: a terminal that is gone, or a full disk behind it, ends the progress alone."""

    @wraps(hook)
    def called(self: Progress, *args: Any, **given: Any) -> None:
        if not self.gone:
            try:
                hook(self, *args, **given)
            except OSError:
                self.gone = True

    return called


def _again() -> None:
    """Raise the error that is being handled; Rich would end the process, and standard output with it."""
    raise


class Progress(keras.callbacks.Callback):
    """A progress bar with epoch, time left, loss and terms; or one line per epoch.

    Parameters
    ----------
    epochs : int
        Total number of epochs, including those done before a resumed fit.
    about : mapping of Term
        The terms by name. It may be filled while training runs.
    bar : bool
        Show a bar; False prints lines.
    done : int
        Number of epochs done before.
    """

    def __init__(self, epochs: int, about: Mapping[str, Term], bar: bool, done: int = 0) -> None:
        super().__init__()
        self.about = about
        self.epochs, self.bar, self.done = epochs, bar, done
        self.logs: dict[str, Any] = {}
        self.gone = False  # whether what shows it can no longer be written to

    @lasting
    def on_train_begin(self, logs: Any = None) -> None:
        """Open the bar."""
        from rich.console import Console  # imported only when progress is shown
        from rich.progress import BarColumn, Progress, TextColumn

        self.console = Console(stderr=True, highlight=False)
        self.console.on_broken_pipe = _again  # type: ignore[method-assign]
        bar = BAR if self.console.width >= 100 else BAR - 10
        self.room = self.console.width - bar - 2 * len(str(self.epochs)) - 9  # characters left for text
        self.steps = self.params["steps"] or 1
        self.first: tuple[float, float] | None = None  # time after the first steps, so that compiling is not counted
        columns = (
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar),
            TextColumn("{task.fields[told]}", markup=False),
        )
        plain = not self.bar or self.console.is_dumb_terminal
        self.progress = Progress(*columns, console=self.console, disable=plain)
        self.progress.start()
        self.task = self.progress.add_task(
            "",
            total=self.epochs * self.steps,
            completed=self.done * self.steps,
            epoch=self._epoch(self.done),
            told="compiling",
        )

    def _epoch(self, epoch: int) -> str:
        return f"{epoch:>{len(str(self.epochs))}}/{self.epochs}"

    def _show(self, **what: Any) -> None:
        task = self.progress.tasks[0]
        now, done = time.perf_counter(), float(what.get("completed", task.completed))
        self.first = self.first or (now, done)
        since, before = self.first
        left = "" if done <= before else f"{clock((now - since) / (done - before) * ((task.total or 0) - done))} left"
        if done >= (task.total or 0):
            left = clock(task.elapsed or 0)
        told = "  ".join(filter(None, (left, terms(self.logs, self.about, self.room - len(left) - 2)))) or "first epoch"
        self.progress.update(self.task, told=told, **what)

    @lasting
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Show the number of the epoch."""
        self.progress.update(self.task, epoch=self._epoch(epoch + 1))

    @lasting
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Advance the bar."""
        if self.bar:
            self._show(completed=self.progress.tasks[0].completed + 1)

    @lasting
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Show the terms of the epoch."""
        self.logs = logs or {}
        if self.bar:
            self._show(completed=(epoch + 1) * self.steps)
        else:
            line = (
                f"epoch {self._epoch(epoch + 1)}  {terms(self.logs, self.about)}  {self.logs.get('seconds', 0):.2f} s"
            )
            self.console.print(line, soft_wrap=True)

    @lasting
    def on_train_end(self, logs: Any = None) -> None:
        """Close the bar."""
        self.progress.stop()

    def close(self) -> None:
        """Close the bar; also works if training was interrupted or never began."""
        if hasattr(self, "progress"):
            with suppress(OSError):
                self.progress.stop()
